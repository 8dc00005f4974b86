"""The way back through the readout: from dL/d(scores) to dL/dh of the last layer and the dense layers' parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.adjoint import Sink
from rnnviz.engine.backsource import features
from rnnviz.engine.objective import Start
from rnnviz.engine.readout import derivative, output_to_scores
from rnnviz.engine.record import NETWORK
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


class DenseAdjoint:
    """Backpropagation through the readout, for all steps at once or, where the output is fed back, step by step.

    Parameters
    ----------
    trace : Trace
    start : Start
        Where the gradient enters.
    sink : callable
        Takes the gradients of "output", "logits" and the dense layers.

    Attributes
    ----------
    parameters : dict
        Name -> gradient; complete after :meth:`run` or :meth:`finish`.
    """

    def __init__(self, trace: Trace, start: Start, sink: Sink) -> None:
        self.trace = trace
        self.start = start
        self.sink = sink
        self.parameters: dict[str, NDArray[np.float64]] = {}
        self._weights = [layer.weight.double() for layer in trace.weights.dense]
        self._spec = trace.network.spec
        self._scores, self._outputs = (_nothing(trace.steps, self._spec.outputs) for _ in range(2))

    def run(self) -> Scaled:
        """Go back through the readout at all steps; the result is dL/d(features), [S, F]."""
        whole = slice(0, self.trace.steps)
        self._outputs, self._scores = self._entering(self.start.output, whole), self._entering(self.start.scores, whole)
        return self.finish()

    def back(self, step: int, coming: Scaled) -> Scaled:
        """Go back through the readout at one step, into which dL/dy comes from later steps too.

        Parameters
        ----------
        step : int
        coming : Scaled, [1, O]

        Returns
        -------
        Scaled, [1, F]
        """
        rows = slice(step, step + 1)
        y = torch.from_numpy(self.trace.record.rows("y", step, step + 1).astype(np.float64))
        carried = Scaled(output_to_scores(y, coming.values, self._spec.readout), coming.exponents, coming.live)
        self._put(self._scores, rows, self._entering(self.start.scores, rows) + carried)
        self._put(self._outputs, rows, self._entering(self.start.output, rows) + coming)
        hidden = [value[rows] for value in self._hidden()]
        return self._through(self._scores[rows], hidden, rows)[0]

    def _entering(self, values: Tensor, rows: slice) -> Scaled:
        return Scaled(values[rows], np.zeros(rows.stop - rows.start, np.int64), self.start.entered[rows])

    @staticmethod
    def _put(whole: Scaled, rows: slice, part: Scaled) -> None:
        whole.values[rows] = part.values
        whole.exponents[rows] = part.exponents
        if whole.live is not None:
            whole.live[rows] = part.entered

    def finish(self) -> Scaled:
        """Hand out the gradients of the readout's signals and parameters."""
        steps = self.trace.steps
        self.sink("output", 0, steps, self._outputs)
        self.sink("logits", 0, steps, self._scores)
        if not self._weights:
            return self._free("logits", slice(0, steps), self._scores)
        # Steps that no gradient reaches may hold infinities, or nothing yet; they take no part.
        live = torch.from_numpy(self._scores.entered)[:, None]
        hidden = [torch.where(live, value, 0.0) for value in self._hidden()]
        below, inner = self._through(self._scores, hidden, slice(0, steps))
        for index, (adjoint, _) in enumerate(inner[:-1]):
            self.sink(f"readout.{index}", 0, steps, adjoint)
        fed = [torch.where(live, features(self.trace), 0.0), *hidden]
        for index, (_, delta) in enumerate(inner):
            true = delta.plainly()
            self.parameters[f"readout.{index}.weight"] = (true.t() @ fed[index]).numpy()
            self.parameters[f"readout.{index}.bias"] = true.sum(0).numpy()
        return below

    def _hidden(self) -> list[Tensor]:
        count = len(self._weights) - 1
        return [
            torch.from_numpy(self.trace.record.signal(f"readout.{index}", NETWORK).astype(np.float64))
            for index in range(count)
        ]

    def _through(
        self, scores: Scaled, hidden: list[Tensor], steps: slice
    ) -> tuple[Scaled, list[tuple[Scaled, Scaled]]]:
        """Per dense layer: the gradient after and before its activation; and what goes on to the layers below."""
        found: list[tuple[Scaled, Scaled]] = []
        adjoint, delta = scores, self._free("logits", steps, scores)
        below = delta
        for index in reversed(range(len(self._weights))):
            if index < len(hidden):
                slope = derivative(self._spec.readout_activation, hidden[index])
                delta = self._free(
                    f"readout.{index}", steps, Scaled(adjoint.values * slope, adjoint.exponents, scores.live)
                )
            found.insert(0, (adjoint, delta))
            adjoint = below = Scaled(delta.values @ self._weights[index], delta.exponents, scores.live)
        return below, found

    def _free(self, name: str, steps: slice, rows: Scaled) -> Scaled:
        """What of a gradient goes on: nothing where the signal is held."""
        return Scaled(self.trace.holds.free(NETWORK, "forward", name, steps, rows.values), rows.exponents, rows.live)


def _nothing(steps: int, outputs: int) -> Scaled:
    zeros = torch.zeros(steps, outputs, dtype=torch.float64)
    return Scaled(zeros, np.zeros(steps, np.int64), np.zeros(steps, bool))
