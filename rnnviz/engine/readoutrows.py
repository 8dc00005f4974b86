"""Rows of adjoints carried back through the readout of one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.readout import derivative, output_to_scores
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rowseeds import Seeds
from rnnviz.engine.scaled import NOT_FINITE, NOTHING, Scaled, ldexp, magnitudes

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_ORDINARY = 64
"""The largest power of two that a row may have without a scale of its own."""


class ReadoutRows:
    """The way back through the dense layers of the readout, step by step.

    Parameters
    ----------
    trace : Trace
    seeds : Seeds

    Attributes
    ----------
    found : dict of str to Scaled, [n, size]
        After :meth:`back`: the derivative with respect to "output", "logits" and every "readout.i" of that step.
    deltas : list of Scaled, [n, size]
        The same with respect to what every dense layer gives before its activation.
    """

    def __init__(self, trace: Trace, seeds: Seeds) -> None:
        self._spec = trace.network.spec
        self._seeds = seeds
        self._record = trace.record
        self._weights = [layer.weight.double() for layer in trace.weights.dense]
        self.found: dict[str, Scaled] = {}
        self.deltas: list[Scaled] = []

    def back(self, step: int, coming: Scaled | None, later: slice) -> tuple[Scaled | None, slice]:
        """Go back through the readout of one step.

        Parameters
        ----------
        step : int
        coming : Scaled, optional, [n, O]
            What comes into the output of this step from later steps, where the output is fed back.
        later : slice
            The rows that ``coming`` belongs to.

        Returns
        -------
        features : Scaled, [m, F], or None
            The derivative with respect to the last layer's h, directions joined; None where nothing enters.
        rows : slice
            The rows that it belongs to.
        """
        entry = self._seeds.entries.get(step)
        if coming is None:
            self.found, self.deltas = {}, []
            if entry is None:
                return None, slice(0, 0)
            output, scores, rows = Scaled.plain(entry.output), _scaled(entry.scores), entry.rows
        else:
            rows = self._seeds.entered(step)
            y = torch.from_numpy(self._record.rows("y", step, step + 1).astype(np.float64))
            through = Scaled(output_to_scores(y, coming.values, self._spec.readout), coming.exponents)
            output = self._joined(step, rows, later, coming, "output")
            scores = self._joined(step, rows, later, through, "scores")
        self.found = {"output": output, "logits": scores}
        return self._through(step, scores), rows

    def _joined(self, step: int, rows: slice, later: slice, coming: Scaled, kind: str) -> Scaled:
        """What comes from later steps and what enters here, as rows of their own or added up."""
        count = rows.stop - rows.start
        outputs = coming.values.shape[1]
        whole = Scaled.plain(torch.zeros(count, outputs, dtype=torch.float64))
        inside = slice(later.start - rows.start, later.stop - rows.start)
        whole.values[inside], whole.exponents[inside] = coming.values, coming.exponents
        entry = self._seeds.entries.get(step)
        if entry is not None:
            place = slice(entry.rows.start - rows.start, entry.rows.stop - rows.start)
            added = whole[place] + Scaled.plain(entry.output if kind == "output" else entry.scores)
            whole.values[place], whole.exponents[place] = added.values, added.exponents
        return whole

    def _through(self, step: int, scores: Scaled) -> Scaled:
        value = scores.values
        self.deltas = []
        for index in reversed(range(len(self._weights))):
            if index < len(self._weights) - 1:
                self.found[f"readout.{index}"] = Scaled(value, scores.exponents)
                value = value * self._slope(index, step)
            self.deltas.insert(0, Scaled(value, scores.exponents))
            value = value @ self._weights[index]
        return Scaled(value, scores.exponents)

    def _slope(self, index: int, step: int) -> Tensor:
        hidden = self._record.signal(f"readout.{index}", NETWORK)[step : step + 1].astype(np.float64)
        return derivative(self._spec.readout_activation, torch.from_numpy(hidden))


def _scaled(values: Tensor) -> Scaled:
    """The same rows, those that are very large or very small brought near one."""
    sizes = magnitudes(values)
    usual = (sizes != NOTHING) & (sizes != NOT_FINITE) & (np.abs(sizes) > _ORDINARY)
    if not usual.any():
        return Scaled.plain(values)
    exponents = np.where(usual, sizes, 0)
    return Scaled(ldexp(values, -exponents), exponents)
