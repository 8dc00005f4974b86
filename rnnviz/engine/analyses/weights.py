"""The matrices and biases of a cell as one matrix, (W | R)(x; h), with its gradient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.aside import aside
from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.errors import EngineError, SpecError
from rnnviz.engine.fold import fold_of, folded, starts_of
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.matrixspectra import against_numpy, matrix_spectra
from rnnviz.engine.network import CellLayer
from rnnviz.engine.requests import Weights
from rnnviz.engine.truth import Truth
from rnnviz.engine.vectorblocks import vector_blocks
from rnnviz.engine.weightstack import WeightBlock, cell_gradients, weight_stack
from rnnviz.engine.wholegradient import whole_gradient

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

MOST = 1 << 22
"""Entries of the whole matrix that are told; of a larger one those farthest from zero."""
_MOST_STEPS = 20_000


@dataclass(frozen=True, eq=False)
class _Stack:
    """The whole matrix with the vectors beside it, unfolded; ``shape`` is that of the stack alone."""

    values: NDArray[np.float64]
    gradient: NDArray[np.float64] | None
    blocks: tuple[WeightBlock, ...]
    shape: tuple[int, int]


def _answer(trace: Trace, request: Weights, memo: Memo) -> Job[Answer]:
    """Arrays "values" and, where there is a loss, "gradient", [R, C]: the stack, and beside it what is no product.

    NaN where no block stands. "places", [B, 4], are first and last row and column of every block (stop excluded);
    "norms" and "gradient_norms", [B], are Frobenius norms.
    Facts: "names", "signals", "operands" and "notes", [B] each; "rows" and "columns" of the stack alone; "fold", how
    many rows and columns one stands for; "units"; "gradient", why there is none, or nothing.
    """
    at = trace.network.at(request.layer, request.direction)
    if not any(info.kind != "initial" for info in at.cell.parameters):
        raise SpecError("This cell has no weights: no matrix and no vector stands in its equations.")
    why = "" if trace.targets.kind is not None else "This sequence has no target, so there is no loss and no gradient."
    gradients = None
    if not why:
        gradients = yield from memo.get("gradient of the parameters", lambda: whole_gradient(trace))
    stack = yield from aside(lambda: _stacked(trace, at, gradients))
    fold = fold_of(stack.values.shape, MOST)
    arrays, places, shape = yield from aside(lambda: _told(stack, fold))
    arrays |= {"places": places, **_norms(stack)}
    facts: dict[str, Fact] = {
        "names": tuple(block.name for block in stack.blocks),
        "signals": tuple(block.row for block in stack.blocks),
        "operands": tuple(block.column for block in stack.blocks),
        "notes": tuple(_note(at, stack.blocks, block) for block in stack.blocks),
        "rows": float(shape[0]),
        "columns": float(shape[1]),
        "fold": float(fold),
        "units": float(at.units),
        "gradient": why,
    }
    return Answer(arrays, facts)


def _stacked(trace: Trace, at: CellLayer, gradients: dict[str, NDArray[np.float64]] | None) -> _Stack:
    own = weight_stack(trace, at.layer, at.direction, gradients)
    vectors, shape = vector_blocks(at, own.blocks, own.values.shape)
    blocks = (*own.blocks, *vectors)
    present = np.zeros(shape, bool)
    for block in blocks:
        present[slice(*block.rows), slice(*block.columns)] = True
    parameters = {name: value.double().numpy() for name, value in trace.weights.cells[at].parameters.items()}
    values = _beside(own.values, vectors, parameters, present)
    gradient = own.gradient
    if gradient is not None and gradients is not None:
        gradient = _beside(gradient, vectors, cell_gradients(at, gradients), present)
    return _Stack(values, gradient, blocks, own.values.shape)


def _beside(
    stack: NDArray[np.float64],
    vectors: tuple[WeightBlock, ...],
    parameters: dict[str, NDArray[np.float64]],
    present: NDArray[np.bool_],
) -> NDArray[np.float64]:
    found = np.zeros(present.shape)
    found[: stack.shape[0], : stack.shape[1]] = stack
    for block in vectors:
        if block.name in parameters:
            found[slice(*block.rows), slice(*block.columns)] = parameters[block.name][:, None]
    found[~present] = np.nan
    return found


def _told(stack: _Stack, fold: int) -> tuple[dict[str, NDArray[np.generic]], NDArray[np.int64], tuple[int, int]]:
    """The arrays of a stack, the places of its blocks and the shape of the stack alone, all as they are told."""
    rows = sorted({edge for block in stack.blocks for edge in block.rows} | {0, stack.shape[0]})
    columns = sorted({edge for block in stack.blocks for edge in block.columns} | {0, stack.shape[1]})
    down, across = starts_of(rows, fold), starts_of(columns, fold)
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, values in (("values", stack.values), ("gradient", stack.gradient)):
        if values is not None:
            arrays[name] = values if fold == 1 else folded(values, down, across)
    edges = np.array([[*block.rows, *block.columns] for block in stack.blocks], np.int64).reshape(-1, 4)
    places = np.stack([np.searchsorted(side, edges[:, k]) for k, side in enumerate((down, down, across, across))], 1)
    shape = int(np.searchsorted(down, stack.shape[0])), int(np.searchsorted(across, stack.shape[1]))
    return arrays, places.astype(np.int64), shape


def _norms(stack: _Stack) -> dict[str, NDArray[np.generic]]:
    return {
        "norms": np.array([_norm(stack.values, block) for block in stack.blocks]),
        "gradient_norms": np.array([_norm(stack.gradient, block) for block in stack.blocks]),
    }


def _norm(values: NDArray[np.float64] | None, block: WeightBlock) -> float:
    if values is None:
        return float("nan")
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(values[slice(*block.rows), slice(*block.columns)]))


def _note(at: CellLayer, blocks: tuple[WeightBlock, ...], block: WeightBlock) -> str:
    """What is to be known of a parameter that stands for more than one, or in more than one place."""
    shares = [share.parameter for share in at.shares[block.name]]
    if not shares:
        return f"{block.name} is no parameter of this network: it is zero."
    if len(shares) > 1:
        return f"{block.name} is the sum of {' and '.join(shares)}; the gradient is that of each of them."
    count = sum(other.name == block.name for other in blocks)
    if count > 1:
        return f"{block.name} stands in {count} places; the gradient is that of all of them together."
    if any(other is not block and (other.rows, other.columns) == (block.rows, block.columns) for other in blocks):
        return f"{block.name} shares its column with another bias; the sum of both is drawn."
    return ""


def _truth(trace: Trace, request: Weights, memo: Memo) -> Job[Truth]:
    """Hold the gradient against autograd on the unrolled loop, and the spectra against numpy."""
    if trace.steps > _MOST_STEPS:
        raise EngineError(f"runs of more than {_MOST_STEPS:,} steps are too long to be compared with autograd")
    at = trace.network.at(request.layer, request.direction)
    shown = yield from _answer(trace, request, memo)
    gradients: dict[str, NDArray[np.float64]] = {}
    if "gradient" in shown.arrays:
        gradients = yield from aside(lambda: _autograd(trace, at))
    stack = yield from aside(lambda: _stacked(trace, at, None))
    if gradients:
        filled = np.full(stack.values.shape, np.nan)
        for block in stack.blocks:
            place = slice(*block.rows), slice(*block.columns)
            filled[place] = np.nan_to_num(filled[place]) + gradients[block.name].reshape(filled[place].shape)
        stack = replace(stack, gradient=filled)
    theirs = _told(stack, int(float(str(shown.facts["fold"]))))[0]
    parts = [(shown.arrays[name], theirs[name]) for name in ("values", "gradient") if name in shown.arrays]
    spectra = yield from matrix_spectra(trace, at)
    parts.append((yield from against_numpy(trace, at, spectra)))
    ours, known = (np.concatenate([np.ravel(pair[k]) for pair in parts]).astype(np.float64) for k in (0, 1))
    return Truth.of(ours, known)


def _autograd(trace: Trace, at: CellLayer) -> dict[str, NDArray[np.float64]]:
    run = AutogradRun(trace)
    own = run.parameters[at]
    steps = Losses.of(trace).steps
    if not len(steps):
        return {name: np.zeros(tuple(value.shape)) for name, value in own.items()}
    loss = torch.stack([run.loss(int(step)) for step in steps]).sum()
    found = torch.autograd.grad(loss, list(own.values()), allow_unused=True, materialize_grads=True)
    return {name: gradient.numpy() for name, gradient in zip(own, found, strict=True)}


ANALYSIS = Analysis(Weights, _answer, _truth)
