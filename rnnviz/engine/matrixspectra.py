"""The spectra of all matrices of a cell, and how they are held against numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.aside import aside
from rnnviz.engine.jobs import Job
from rnnviz.engine.network import CellLayer
from rnnviz.engine.spectrum import Spectrum, spectrum

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

LARGEST = 1024
"""Rows or columns up to which a spectrum is computed: that of 1,024 units takes a few seconds."""
_SMALL = 48
"""Rows and columns up to which it takes so little time that it can be waited for."""


def matrix_spectra(trace: Trace, at: CellLayer) -> Job[dict[str, Spectrum]]:
    """Compute the spectra of the matrices of a cell, as they were in a run; too large ones are left out.

    Parameters
    ----------
    trace : Trace
    at : CellLayer

    Returns
    -------
    dict of str to Spectrum
        By the names in the equations.
    """
    found = {}
    matrices = [info.name for info in at.cell.parameters if info.kind == "matrix"]
    for done, name in enumerate(matrices):
        value = trace.weights.cells[at].parameters[name]
        if max(value.shape) <= _SMALL:
            found[name] = spectrum(name, value)
        elif min(value.shape) <= LARGEST:
            found[name] = yield from aside(lambda name=name, value=value: spectrum(name, value))  # type: ignore[misc]
        yield done, len(matrices)
    return found


def against_numpy(
    trace: Trace, at: CellLayer, spectra: Mapping[str, Spectrum]
) -> Job[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Compute singular values and sizes of eigenvalues once more, of all matrices whose entries are finite.

    Returns
    -------
    ours, theirs : ndarray
        All of them in one row.
    """
    ours, theirs = [np.zeros(0)], [np.zeros(0)]
    for name, own in spectra.items():
        matrix = trace.weights.cells[at].parameters[name].detach().double().numpy()
        if np.isfinite(matrix).all():
            ours += [own.singular, np.abs(own.eigenvalues)]
            theirs += yield from aside(lambda matrix=matrix: _by_numpy(matrix))  # type: ignore[misc]
    return np.concatenate(ours), np.concatenate(theirs)


def _by_numpy(matrix: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    square = matrix.shape[0] == matrix.shape[1]
    eigenvalues = np.linalg.eigvals(matrix) if square else np.zeros(0)
    return [np.linalg.svd(matrix, compute_uv=False), np.sort(np.abs(eigenvalues))[::-1]]
