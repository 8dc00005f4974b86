"""Eigenvalues and singular values of the recurrent matrices of a layer, Pascanu's bound, and what tames both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.jobs import Job
from rnnviz.engine.laboratory import near_ends
from rnnviz.engine.requests import Spectra
from rnnviz.engine.spectrum import bound, spectrum
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from torch import Tensor

    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: Spectra, memo: Memo) -> Job[Answer]:
    """Arrays "eigenvalues NAME" (complex) and "singular NAME", the largest first, per recurrent matrix.

    A recurrent vector is a diagonal matrix.
    Facts: "matrices", their names; "radius NAME", "largest NAME" (singular value), "norm NAME" (Frobenius). Of the
    bound of Pascanu "applies", "reason" (a sentence), "gamma" and "singular". "saturated NAME", per tanh or sigmoid
    the share of its values near an end of its range.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    facts: dict[str, Fact] = {}
    matrices = _matrices(trace, request)
    for done, (name, matrix) in enumerate(matrices.items()):
        found = spectrum(name, matrix)
        arrays |= {f"eigenvalues {name}": found.eigenvalues, f"singular {name}": found.singular}
        facts |= {f"radius {name}": found.radius, f"largest {name}": found.largest_singular, f"norm {name}": found.norm}
        yield done, len(matrices)
    limit = bound(trace, request.layer, request.direction)
    facts |= {"matrices": tuple(matrices), "applies": limit.applies, "reason": limit.reason}
    facts |= {"gamma": limit.gamma, "singular": limit.singular}
    shares = near_ends(trace, request.layer, request.direction)
    facts |= {f"saturated {name}": share for name, share in shares.items()}
    return Answer(arrays, facts)


def _truth(trace: Trace, request: Spectra, memo: Memo) -> Job[Truth]:
    """Held against numpy.linalg, every eigenvalue against the nearest of numpy's that is left."""
    shown: list[float] = []
    theirs: list[float] = []
    for done, (name, matrix) in enumerate(_matrices(trace, request).items()):
        found, array = spectrum(name, matrix), matrix.double().numpy()
        array = np.diag(array) if array.ndim == 1 else array
        if np.isfinite(array).all():
            shown += [*found.singular.tolist(), found.norm]
            theirs += [*np.linalg.svd(array, compute_uv=False).tolist(), float(np.linalg.norm(array))]
            left = np.linalg.eigvals(array).astype(np.complex128) if len(found.eigenvalues) else found.eigenvalues
            for value in found.eigenvalues:
                nearest = int(np.abs(left - value).argmin())
                # A complex number is as far from another as their distance, told at the size of the one found.
                shown.append(float(np.abs(left[nearest])) + float(np.abs(left[nearest] - value)))
                theirs.append(float(np.abs(left[nearest])))
                left = np.delete(left, nearest)
        yield done, 1
    return Truth.of(np.array(shown), np.array(theirs))


def _matrices(trace: Trace, request: Spectra) -> dict[str, Tensor]:
    at = trace.network.at(request.layer, request.direction)
    parameters = trace.weights.cells[at].parameters
    return {info.name: parameters[info.name].detach() for info in at.cell.parameters if info.role == "recurrent"}


ANALYSIS = Analysis(Spectra, _answer, _truth)
