"""Rows of adjoints carried back through the readout of one step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.readout import derivative, output_to_scores
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rowseeds import Seeds
from rnnviz.engine.scaled import NOTHING, Scaled, ldexp, magnitudes

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_ORDINARY = 64
"""The largest power of two that a row may have without a scale of its own."""


@dataclass(frozen=True, eq=False)
class _Passed:
    """What the way back through the readout has given for some rows.

    ``found`` and ``deltas`` are those of :class:`ReadoutRows`; ``features`` is what goes on to the layer below.
    """

    found: dict[str, Scaled]
    deltas: list[Scaled]
    features: Scaled

    def __getitem__(self, rows: slice) -> _Passed:
        found = {name: part[rows] for name, part in self.found.items()}
        return _Passed(found, [part[rows] for part in self.deltas], self.features[rows])


class ReadoutRows:
    """The way back through the dense layers of the readout, step by step.

    Parameters
    ----------
    trace : Trace
    seeds : Seeds
    """

    def __init__(self, trace: Trace, seeds: Seeds) -> None:
        self._spec = trace.network.spec
        self._seeds = seeds
        self._record = trace.record
        self._weights = [layer.weight.double() for layer in trace.weights.dense]
        self._holds = trace.holds.of_readout(slice(0, trace.steps), self._spec)
        self._passed: _Passed | None = None
        self._inside = slice(None)

    @property
    def found(self) -> dict[str, Scaled]:
        """The derivative with respect to "output", "logits" and every "readout.i" of the step, [n, size] each."""
        return {} if self._passed is None else self._passed[self._inside].found

    @property
    def deltas(self) -> list[Scaled]:
        """The same with respect to what every dense layer gives before its activation."""
        return [] if self._passed is None else self._passed[self._inside].deltas

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
        if coming is None:
            entry = self._seeds.entries.get(step)
            if entry is None:
                self._passed = None
                return None, slice(0, 0)
            self._passed, places = self._entering
            self._inside = places[step]
            return self._passed.features[self._inside], entry.rows
        rows = self._seeds.entered(step)
        y = torch.from_numpy(self._record.rows("y", step, step + 1).astype(np.float64))
        through = Scaled(output_to_scores(y, coming.values, self._spec.readout), coming.exponents, coming.live)
        output = self._joined(step, rows, later, coming, "output")
        scores = self._joined(step, rows, later, through, "scores")
        self._passed = self._through(np.full(len(scores.values), step), output, scores)
        self._inside = slice(None)
        return self._passed.features, rows

    @cached_property
    def _entering(self) -> tuple[_Passed, dict[int, slice]]:
        """All that enters, taken through the readout at once, and where each step's rows stand in it."""
        places: dict[int, slice] = {}
        start = 0
        for step, entry in self._seeds.entries.items():
            places[step] = slice(start, start + len(entry.scores))
            start = places[step].stop
        entries = self._seeds.entries.values()
        steps = np.repeat(list(places), [len(entry.scores) for entry in entries])
        output = Scaled.plain(torch.cat([entry.output for entry in entries]))
        return self._through(steps, output, _scaled(torch.cat([entry.scores for entry in entries]))), places

    def _joined(self, step: int, rows: slice, later: slice, coming: Scaled, kind: str) -> Scaled:
        """What comes from later steps and what enters here, as rows of their own or added up."""
        count = rows.stop - rows.start
        outputs = coming.values.shape[1]
        live = np.zeros(count, bool)
        whole = Scaled(torch.zeros(count, outputs, dtype=torch.float64), np.zeros(count, np.int64), live)
        inside = slice(later.start - rows.start, later.stop - rows.start)
        whole.values[inside], whole.exponents[inside], live[inside] = coming.values, coming.exponents, coming.entered
        entry = self._seeds.entries.get(step)
        if entry is not None:
            place = slice(entry.rows.start - rows.start, entry.rows.stop - rows.start)
            added = whole[place] + Scaled.plain(entry.output if kind == "output" else entry.scores)
            whole.values[place], whole.exponents[place], live[place] = added.values, added.exponents, added.entered
        return whole

    def _through(self, steps: NDArray[np.intp], output: Scaled, scores: Scaled) -> _Passed:
        """Go back through the dense layers; every row belongs to a step of its own."""
        value = self._free("logits", steps, scores.values)
        found = {"output": output, "logits": scores}
        deltas: list[Scaled] = []
        for index in reversed(range(len(self._weights))):
            if index < len(self._weights) - 1:
                found[f"readout.{index}"] = Scaled(value, scores.exponents)
                value = self._free(f"readout.{index}", steps, value * self._slope(index, steps))
            deltas.insert(0, Scaled(value, scores.exponents))
            value = value @ self._weights[index]
        return _Passed(found, deltas, Scaled(value, scores.exponents, scores.live))

    def _free(self, name: str, steps: NDArray[np.intp], values: Tensor) -> Tensor:
        """What of a derivative goes on: nothing where the signal is held."""
        if name not in self._holds:
            return values
        return torch.where(self._holds[name][torch.from_numpy(steps)].isnan(), values, 0.0)

    def _slope(self, index: int, steps: NDArray[np.intp]) -> Tensor:
        hidden = self._record.signal(f"readout.{index}", NETWORK)[steps].astype(np.float64)
        return derivative(self._spec.readout_activation, torch.from_numpy(hidden))


def _scaled(values: Tensor) -> Scaled:
    """The same rows, those that are very large or very small brought near one."""
    sizes = magnitudes(values)
    usual = (sizes != NOTHING) & (np.abs(sizes) > _ORDINARY)
    if not usual.any():
        return Scaled.plain(values)
    exponents = np.where(usual, sizes, 0)
    return Scaled(ldexp(values, -exponents), exponents)
