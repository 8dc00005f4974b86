"""Autograd's gradient of a parameter step by step: the run once more, with a copy of the parameter for every step.

The gradient of a loss with respect to the copy that a step used is the part of the parameter's gradient that falls on
that step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.elementwise import FUNCTIONS
from rnnviz.engine.holds import held
from rnnviz.engine.network import CellLayer
from rnnviz.engine.readout import activate
from rnnviz.engine.record import NETWORK

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


class AutogradCopies(AutogradRun):
    """The graph of a run in which some steps have a copy of their own of one parameter.

    Parameters
    ----------
    trace : Trace
    name : str
        The parameter, as the network names it.
    steps : sequence of int
        Those that have a copy; all others share one.

    Attributes
    ----------
    copies : dict of int to Tensor
        By step.

    Raises
    ------
    ObjectiveError
        When the run has not come to its end.
    """

    def __init__(self, trace: Trace, name: str, steps: Sequence[int]) -> None:
        self._name = name
        self._state = {key: value.double() for key, value in trace.weights.state.items()}
        whole = self._state[name]
        self.copies = {step: whole.clone().requires_grad_() for step in steps}
        super().__init__(trace)

    def _at(self, step: int) -> dict[str, Tensor]:
        """All parameters of the network, as a step uses them."""
        return {**self._state, self._name: self.copies.get(step, self._state[self._name])}

    def _input(self, step: int, y: Tensor | None) -> Tensor:
        if self._name == "embedding.weight" and step in self.copies:
            steps, tokens = self.trace.embedded_tokens()
            for token in tokens[steps == step]:
                table = self.copies[step]
                value = table[token] if tokens.dim() == 1 else token.double() @ table
                own = held(value, self._holds(NETWORK, "forward", step, len(value)).get("x"))
                return self._put((NETWORK, "forward", "x"), step, own)
        return super()._input(step, y)

    def _cell(
        self, at: CellLayer, step: int, x: Tensor, before: Mapping[str, Tensor], y: Tensor | None
    ) -> dict[str, Tensor]:
        self.parameters[at] = self.network.cell_parameters(at, self._at(step))
        return super()._cell(at, step, x, before, y)

    def _readout(self, step: int, value: Tensor) -> Tensor:
        spec, state = self.network.spec, self._at(step)
        last, puts = len(self.trace.weights.dense) - 1, self._puts_of_readout(step)
        for index in range(last + 1):
            value = state[f"readout.{index}.weight"] @ value + state[f"readout.{index}.bias"]
            if index < last:
                inner = FUNCTIONS[spec.readout_activation](value)
                own = held(inner, puts.get(f"readout.{index}"))
                value = self._put((NETWORK, "forward", f"readout.{index}"), step, own)
        logits = self._put((NETWORK, "forward", "logits"), step, held(value, puts.get("logits")))
        return self._put((NETWORK, "forward", "output"), step, activate(logits, spec.readout))


def gradients_of(number: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The gradient of a number with respect to tensors; zero where it does not depend on one. The graph is kept."""
    return list(torch.autograd.grad(number, tensors, retain_graph=True, allow_unused=True, materialize_grads=True))
