"""What a program does that does not care: a loop in Python that keeps every gate and every gradient."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def trace_with_gradients(module: nn.LSTM, x: Tensor, target: Tensor) -> dict[str, list[Tensor]]:
    """Run an LSTM step by step, keep every signal with its gradient, and go back.

    Parameters
    ----------
    module : nn.LSTM
        One layer, one direction.
    x : Tensor, [T, I]
    target : Tensor, [T, H]
        The loss is the mean squared error of every step, summed.

    Returns
    -------
    dict of str to list of Tensor
        Every signal by its name, one tensor [H] per step; its gradient is in ``grad``.
    """
    module.zero_grad()
    w, u, b, d = (module.get_parameter(f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h = c = torch.zeros(module.hidden_size)
    kept: dict[str, list[Tensor]] = {name: [] for name in ("i", "f", "g", "o", "c", "h")}
    loss = torch.zeros(())
    for step, wanted in zip(x, target, strict=True):
        before = (w @ step + b + u @ h + d).chunk(4)
        i, f, o = (torch.sigmoid(before[place]) for place in (0, 1, 3))
        g = torch.tanh(before[2])
        c = f * c + i * g
        h = o * torch.tanh(c)
        for name, value in zip(kept, (i, f, g, o, c, h), strict=True):
            value.retain_grad()
            kept[name].append(value)
        loss = loss + (h - wanted).square().mean()
    torch.autograd.backward(loss)
    return kept
