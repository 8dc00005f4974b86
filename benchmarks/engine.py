"""Traces and gradients against torch's fused modules, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import nn

import rnnviz
from benchmarks.naive import trace_with_gradients
from benchmarks.timing import Row, Times, side_by_side

_FUSED = {"lstm": nn.LSTM, "rnn": nn.RNN, "gru": nn.GRU}
_AIMS = {("lstm", 128): ("≤ 4", "≤ 5"), ("lstm", 512): ("≤ 2", "≤ 3")}

Action = Callable[[], object]


def rows(sizes: tuple[int, ...], steps: int, repetitions: int) -> Iterator[Row]:
    """Time every cell at every size.

    Parameters
    ----------
    sizes : tuple of int
        Numbers of units H; as many inputs.
    steps : int
        T.
    repetitions : int
        At the smallest size; fewer at the larger ones, which take longer.

    Yields
    ------
    Row
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for units in sizes:
            turns = max(2, repetitions * sizes[0] // units)
            for cell in _FUSED:
                yield from _cell(cell, units, steps, turns)
    finally:
        torch.set_num_threads(threads)


def _cell(cell: str, units: int, steps: int, repetitions: int) -> Iterator[Row]:
    torch.manual_seed(0)
    fused = _FUSED[cell](units, units)
    ours = rnnviz.from_torch(fused, readout=None)
    x, target = torch.randn(steps, units), torch.randn(steps, units)
    found = side_by_side(_actions(fused, ours, x, target), repetitions)
    aims = _AIMS.get((cell, units), ("", ""))
    yield Row(f"{cell}, H = {units}: trace", found["trace"], found["forward"], aims[0])
    yield Row(f"{cell}, H = {units}: trace and all gradients", found["all"], found["both"], aims[1])
    if isinstance(fused, nn.LSTM):
        naive = Times()
        for _ in range(2):
            naive.take(lambda: trace_with_gradients(fused, x, target))
        yield Row(f"{cell}, H = {units}: a plain loop in Python, for comparison", naive, found["both"])


def _actions(fused: nn.RNNBase, ours: rnnviz.Network, x: torch.Tensor, target: torch.Tensor) -> dict[str, Action]:
    inputs, wanted, batch = x.numpy(), target.numpy(), x[:, None]

    def forward() -> None:
        with torch.no_grad():
            fused(batch)

    def both() -> None:
        fused.zero_grad()
        output, _ = fused(batch)
        torch.autograd.backward((output[:, 0] - target).square().mean(1).sum())

    def trace() -> None:
        rnnviz.run(ours, inputs, wanted)

    def all_gradients() -> None:
        rnnviz.run(ours, inputs, wanted).gradients()

    return {"forward": forward, "trace": trace, "both": both, "all": all_gradients}
