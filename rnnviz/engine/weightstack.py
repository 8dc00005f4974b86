"""The matrices of a cell as one: a row of blocks per gate, a column of blocks per operand, as in (W | R)(x; h)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.language.model import (
    Binary,
    Call,
    Expr,
    MatrixProduct,
    Negate,
    Number,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
    walk,
)
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import CellLayer
from rnnviz.engine.plan import Operand
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@dataclass(frozen=True)
class WeightBlock:
    """One matrix or bias among the others.

    Parameters
    ----------
    name : str
        In the equations of the cell.
    row, column : str
        The signal that the block's sum belongs to ("f"), and what it is multiplied with ("x", "h", "bias").
    rows, columns : (int, int)
        Start and stop of its place.
    """

    name: str
    row: str
    column: str
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True, eq=False)
class WeightStack:
    """All matrices and biases of one cell, stacked.

    Parameters
    ----------
    values : ndarray, [sums * H, operands and bias]
        Zero where no block stands.
    gradient : ndarray or None
        Of the same shape: dL/d(values); None without a target.
    blocks : tuple of WeightBlock
    """

    values: NDArray[np.float64]
    gradient: NDArray[np.float64] | None
    blocks: tuple[WeightBlock, ...]


def weight_stack(
    trace: Trace,
    layer: int = 0,
    direction: Direction = "forward",
    gradients: Mapping[str, NDArray[np.float64]] | None = None,
) -> WeightStack:
    """The matrices and biases of one cell as a single matrix, with its gradient.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}
    gradients : mapping of str to ndarray, optional
        The gradient of the whole loss by every parameter of the network, where it is known; else it is computed.

    Returns
    -------
    WeightStack
        A row of blocks for every sum of products in the order of the equations, a column of blocks for every operand
        (x first) and one column for the biases. The gradient of two biases is that of each of them.

    Raises
    ------
    SpecError
        When there is no such layer.
    """
    at = trace.network.at(layer, direction)
    blocks, shape = _blocks(at)
    parameters = trace.weights.cells[at].parameters
    values = _filled(shape, blocks, {name: value.double().numpy() for name, value in parameters.items()})
    gradient = None
    if gradients is None and trace.targets.kind is not None:
        gradients = trace.gradients(LossObjective("whole")).parameters
    if gradients is not None:
        gradient = _filled(shape, blocks, cell_gradients(at, gradients))
    return WeightStack(values, gradient, blocks)


def cell_gradients(at: CellLayer, gradients: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """The gradients of a cell's parameters by their names in its equations; of two biases that of each of them."""
    return {name: gradients[shares[0].parameter][shares[0].rows] for name, shares in at.shares.items() if shares}


def _filled(
    shape: tuple[int, int], blocks: tuple[WeightBlock, ...], values: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    found = np.zeros(shape)
    for block in blocks:
        if block.name in values:
            value = values[block.name]
            found[slice(*block.rows), slice(*block.columns)] += value if value.ndim == 2 else value[:, None]
    return found


def _blocks(at: CellLayer) -> tuple[tuple[WeightBlock, ...], tuple[int, int]]:
    """Where every matrix and bias stands."""
    operands = sorted(enumerate(at.plan.operands), key=lambda pair: pair[1].kind != "input")
    columns: dict[int, tuple[str, tuple[int, int]]] = {}
    start = 0
    for index, operand in operands:
        stop = start + _size(at, operand)
        columns[index] = (_title(operand), (start, stop))
        start = stop
    found, sums = [], _rows(at)
    for row, (title, slot) in enumerate(sums):
        rows = (row * at.units, (row + 1) * at.units)
        entry = at.plan.slots[at.plan.place(slot)]
        found += [
            WeightBlock(matrix, title, columns[index][0], rows, columns[index][1]) for matrix, index in entry.products
        ]
        found += [WeightBlock(bias, title, "bias", rows, (start, start + 1)) for bias in entry.biases]
    return tuple(found), (len(sums) * at.units, start + 1)


def _rows(at: CellLayer) -> list[tuple[str, str]]:
    """(signal, slot) of every sum of products, in the order of the equations; what a signal is clamped at is no sum."""
    found: dict[str, str] = {}
    sums = [slot for slot in at.plan.slots if slot.products or slot.biases]
    for equation in at.cell.equations:
        inside = {part.matrix for part in walk(equation.expression) if isinstance(part, MatrixProduct)}
        for slot in sums:
            if all(matrix in inside for matrix, _ in slot.products):
                found.setdefault(slot.name, equation.signal)
    return [(signal, slot) for slot, signal in found.items()]


def _size(at: CellLayer, operand: Operand) -> int:
    return {"input": at.inputs, "output": at.outputs}.get(operand.kind, at.units)


def _title(operand: Operand) -> str:
    """What an operand is called."""
    if operand.kind == "computed":
        return f"{operand.name}[t]" if operand.expression is None else text_of(operand.expression)
    return {"input": "x[t]", "output": "y[t-1]"}.get(operand.kind, f"{operand.name}[t-1]")


def text_of(expr: Expr) -> str:
    """An expression as the cell language writes it."""
    match expr:
        case SignalAt(name):
            return f"{name}[t]"
        case StateBefore(name):
            return f"{name}[t-1]"
        case Parameter(name):
            return name
        case Number(value):
            return f"{value:g}"
        case Binary(op, left, right):
            return f"({text_of(left)} {op} {text_of(right)})"
        case Negate(inner):
            return f"-{text_of(inner)}"
        case Power(base, exponent):
            return f"{text_of(base)} ** {exponent}"
        case Call(function, arguments):
            return f"{function}({', '.join(map(text_of, arguments))})"
        case _:
            return "..."
