"""The gradient of the whole loss by every parameter, without that by the signals: little memory for any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.gradients import Differentiation
from rnnviz.engine.jobs import Job
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.record import SegmentInfo
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


class _ParametersOnly(Differentiation):
    """A way back that keeps nothing of what it meets on it."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace, LossObjective("whole"), lambda first, rows: SegmentInfo("", first, 1))

    def _store(self, key: tuple[int, Direction, str], steps: slice, rows: Scaled) -> None:
        pass


def whole_gradient(trace: Trace) -> Job[dict[str, NDArray[np.float64]]]:
    """Differentiate the loss of all steps that are reached.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to ndarray
        dL/d(parameter) by the names of the network, float64, by backpropagation through time.

    Raises
    ------
    ObjectiveError
        When there is no target.
    """
    work = _ParametersOnly(trace)
    for _ in work.run():
        yield 0, 1
    return work.gradients.parameters
