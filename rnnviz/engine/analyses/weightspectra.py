"""Singular values and eigenvalues of all matrices of a cell: what each of them does to vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.jobs import Job
from rnnviz.engine.matrixspectra import matrix_spectra
from rnnviz.engine.requests import WeightSpectra

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: WeightSpectra, memo: Memo) -> Job[Answer]:
    """Arrays "singular NAME" and "eigenvalues NAME" of every matrix, the largest first.

    All NaN where an entry is not finite; eigenvalues are empty where a matrix is not square. Matrices that are too
    large are left out. How they are held against numpy stands with the weights.
    """
    found = yield from matrix_spectra(trace, trace.network.at(request.layer, request.direction))
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, own in found.items():
        arrays |= {f"singular {name}": own.singular, f"eigenvalues {name}": own.eigenvalues}
    return Answer(arrays)


ANALYSIS = Analysis(WeightSpectra, _answer)
