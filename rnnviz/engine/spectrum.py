"""Spectra of matrices, and Pascanu's bound on how far a gradient can reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.door import all_checked
from rnnviz.engine.language.model import Binary, Call, Cell, Expr, MatrixProduct, Negate, Parameter, StateBefore, walk
from rnnviz.engine.rowsback import returns
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

GAMMAS = {"tanh": 1.0, "relu": 1.0, "identity": 1.0, "sigmoid": 0.25}
"""The largest derivative of an activation (Pascanu, Mikolov and Bengio 2013, section 2.1)."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What one matrix does to vectors.

    Parameters
    ----------
    name : str
        In the equations of the cell.
    eigenvalues : ndarray, [H], complex
        The largest first; empty where the matrix is not square.
    singular : ndarray
        Singular values, the largest first.
    norm : float
        Frobenius norm.
    """

    name: str
    eigenvalues: NDArray[np.complex128]
    singular: NDArray[np.float64]
    norm: float

    @property
    def radius(self) -> float:
        """The spectral radius, the largest absolute value of an eigenvalue; NaN where there is none."""
        return float(np.abs(self.eigenvalues[0])) if len(self.eigenvalues) else float("nan")

    @property
    def largest_singular(self) -> float:
        """The largest singular value: how much a vector can grow at most."""
        return float(self.singular[0]) if len(self.singular) else 0.0


@all_checked
@dataclass(frozen=True)
class Bound:
    """Pascanu's bound: |dh_t/dh_k| is at most (gamma sigma)^(t - k), sigma being the largest singular value of U.

    sigma < 1/gamma suffices for gradients to vanish; sigma > 1/gamma is only necessary for them to explode.

    Parameters
    ----------
    applies : bool
        Only where the state is h = phi(U h + ...), U a matrix or the diagonal one that a vector stands for.
    reason : str
        One sentence for the screen that says why it applies, or why not.
    gamma : float
        The largest derivative of phi; NaN where the bound does not apply.
    singular : float
        Sigma; NaN where the bound does not apply.
    """

    applies: bool
    reason: str
    gamma: float = float("nan")
    singular: float = float("nan")

    @property
    def vanishes(self) -> bool:
        """Whether gradients vanish for certain."""
        return self.applies and self.gamma * self.singular < 1

    @property
    def may_explode(self) -> bool:
        """Whether gradients can explode; they need not."""
        return self.applies and self.gamma * self.singular > 1

    def log10(self, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        """log10 of the bound at some distances t - k."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: NDArray[np.float64] = np.where(distance == 0, 0.0, distance * np.log10(self.gamma * self.singular))
        return found


def spectrum(name: str, matrix: Tensor) -> Spectrum:
    """The spectrum of a matrix; NaN throughout where an entry is not finite.

    Parameters
    ----------
    name : str
    matrix : Tensor, [m, n] or [n]
        A vector stands for the diagonal matrix with its entries, which are then the eigenvalues.
    """
    matrix = matrix.detach().double()
    if matrix.dim() == 1:
        return _diagonal(name, matrix)
    square, least = matrix.shape[0] == matrix.shape[1], min(matrix.shape)
    if not bool(torch.isfinite(matrix).all()):
        nothing = np.full(least, np.nan)
        return Spectrum(name, nothing.astype(np.complex128) if square else np.empty(0, np.complex128), nothing, np.nan)
    eigenvalues = np.empty(0, np.complex128)
    if square:
        eigenvalues = torch.linalg.eigvals(matrix).numpy()
        eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    singular = torch.linalg.svdvals(matrix).numpy()
    return Spectrum(name, eigenvalues, singular, float(torch.linalg.vector_norm(matrix)))


def _diagonal(name: str, entries: Tensor) -> Spectrum:
    if not bool(torch.isfinite(entries).all()):
        entries = torch.full_like(entries, float("nan"))
    values = entries.numpy()[np.argsort(-entries.abs().numpy(), kind="stable")]
    return Spectrum(name, values.astype(np.complex128), np.abs(values), float(torch.linalg.vector_norm(entries)))


def spectra(trace: Trace, layer: int = 0, direction: Direction = "forward") -> dict[str, Spectrum]:
    """The spectra of the recurrent matrices of one layer, as they were in a run.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    dict of str to Spectrum
        Per matrix that stands before a state of the step before, or something computed from it, and per vector that
        scales it.

    Raises
    ------
    SpecError
        When there is no such layer.
    """
    at = trace.network.at(layer, direction)
    parameters = trace.weights.cells[at].parameters
    return {i.name: spectrum(i.name, parameters[i.name]) for i in at.cell.parameters if i.role == "recurrent"}


def bound(trace: Trace, layer: int = 0, direction: Direction = "forward") -> Bound:
    """Pascanu's bound for one layer, where it applies.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    Bound

    Raises
    ------
    SpecError
        When there is no such layer.
    """
    at = trace.network.at(layer, direction)
    matrix, function, reason = simple_recurrence(at.cell, trace.network.spec.activation)
    if matrix is None:
        return Bound(applies=False, reason=reason)
    if returns(trace.network):
        reason = "Pascanu's bound is for h = phi(U h + ...), but here h comes back through the output too."
        return Bound(applies=False, reason=reason)
    singular = spectrum(matrix, trace.weights.cells[at].parameters[matrix]).largest_singular
    return Bound(applies=True, reason=reason, gamma=GAMMAS[function], singular=singular)


def simple_recurrence(cell: Cell, activation: str) -> tuple[str | None, str, str]:
    """The matrix or vector U and the function phi of a cell h = phi(U h + ...), and a sentence on why, or why not.

    Parameters
    ----------
    cell : Cell
    activation : str
        What phi stands for.

    Returns
    -------
    matrix : str or None
    function : str
    reason : str
    """
    if len(cell.states) != 1:
        count = "no state" if not cell.states else f"{len(cell.states)} states, {', '.join(cell.states)}"
        return None, "", f"Pascanu's bound is for h = phi(U h + ...), but this cell carries {count}."
    state = cell.states[0]
    expr = cell.expression(state)
    function = expr.function if isinstance(expr, Call) else ""
    function = activation if function == "phi" else function
    if not isinstance(expr, Call) or function not in GAMMAS:
        return (
            None,
            "",
            f"Pascanu's bound is for h = phi(U h + ...), but {state} is more than a function of a sum.",
        )
    through = [term for term in _terms(expr.arguments[0]) if _depends(term, cell, state)]
    matrix = _multiplier(through[0], state) if len(through) == 1 else None
    if matrix is None:
        return (
            None,
            "",
            f"Pascanu's bound is for h = phi(U h + ...), but here {state} comes back in other ways too.",
        )
    return matrix, function, f"{state} = {function}({matrix} {state} + ...), so Pascanu's bound applies."


def _multiplier(term: Expr, state: str) -> str | None:
    """The matrix or vector that a term multiplies the state of the step before with, and nothing else."""
    match term:
        case MatrixProduct(matrix, StateBefore(name)) if name == state:
            return matrix
        case Binary("*", Parameter(vector), StateBefore(name)) if name == state:
            return vector
        case Binary("*", StateBefore(name), Parameter(vector)) if name == state:
            return vector
        case _:
            return None


def _terms(expr: Expr) -> list[Expr]:
    match expr:
        case Binary("+" | "-", left, right):
            return [*_terms(left), *_terms(right)]
        case Negate(operand):
            return _terms(operand)
        case _:
            return [expr]


def _depends(expr: Expr, cell: Cell, state: str) -> bool:
    """Whether anything in an expression comes from the state one step before, through other signals too."""
    for part in walk(expr):
        if part == StateBefore(state):
            return True
        name = getattr(part, "name", "")
        if name in cell.order and name != state and _depends(cell.expression(name), cell, state):
            return True
    return False
