"""The itemised gradient as it is drawn: a number per loss and step, and what the losses up to each add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.answer import Answer
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.itemised import Losses, chosen_losses, each_block
from rnnviz.engine.itemisedparameter import itemised_parameter, joined
from rnnviz.engine.jobs import Job
from rnnviz.engine.lognumbers import LogNumbers, norms
from rnnviz.engine.rowsback import rows_at_once
from rnnviz.engine.runningsums import RunningSums
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_PORTION = 1 << 16
"""Entries whose logarithm is taken between two yields."""


@dataclass(frozen=True, eq=False)
class Table:
    """Which loss puts how much on which step.

    Parameters
    ----------
    losses : ndarray, [K]
        The steps of the losses that are itemised, in ascending order.
    items : LogNumbers, [K, S]
        dL_k/ds_t: its norm, or the number of one unit with its sign.
    sums : LogNumbers, [K, S]
        The same of the sum over the losses up to row k, taken from the vectors.
    blocks : tuple of str
        Of a parameter that holds several: their names in the equations of the cell.
    """

    losses: NDArray[np.intp]
    items: LogNumbers
    sums: LogNumbers
    blocks: tuple[str, ...] = ()


def spread_losses(trace: Trace, most: int) -> tuple[int, list[int]]:
    """How many losses a run has, and which of them, evenly spread, make no more than so many entries.

    Raises
    ------
    ObjectiveError
        When there is no target, or no step that has been reached has a loss.
    """
    count = len(Losses.of(trace).steps)
    if not count:
        raise ObjectiveError("no step that has been reached has a loss yet: step forward, or run all")
    wanted = min(count, max(1, most // trace.steps))
    # The last loss is always among them: it is the one that comes from farthest.
    return count, np.unique(np.linspace(count - 1, 0, wanted).round().astype(np.intp)).tolist()


def itemised_table(
    trace: Trace,
    name: str,
    layer: int = 0,
    direction: Direction = "forward",
    rows: Sequence[int] | None = None,
    unit: int | None = None,
) -> Job[Table]:
    """Itemise the gradient of a signal.

    Parameters
    ----------
    trace : Trace
    name : str
        A signal of the layer's cell; with layer -1 also "x", "logits", "output" and "readout.0", ...
    layer : int
    direction : {"forward", "backward"}
    rows : sequence of int, optional
        Which of the losses, counted from 0; None: all.
    unit : int, optional
        Whose numbers are wanted; None: Euclidean norms over all units.

    Raises
    ------
    ObjectiveError
        When there is no target, no such loss or no such unit.
    UnknownNameError
        When there is no such signal.
    """
    size = trace.record.layout.field(name, layer, direction).size
    if unit is not None and not 0 <= unit < size:
        raise ObjectiveError(f"unit {unit + 1} of {name} was asked for, but it has {size}")
    losses, chosen = chosen_losses(trace, rows)
    items = LogNumbers.zeros(len(chosen), trace.steps)
    sums = sums_for(trace, len(chosen))

    def keep(first: int, step: int, inside: slice, adjoint: Scaled) -> None:
        place = slice(first + inside.start, first + inside.stop)
        part = adjoint if unit is None else adjoint.columns(unit, unit + 1)
        items.put(place, step, _measured(part, unit))
        sums.put(place, step, _measured(sums.add(step, part), unit))

    yield from each_block(trace, losses, chosen, (name, layer, direction), keep)
    return Table(chosen, items, (yield from sums.filled()))


def itemised_parameter_table(trace: Trace, name: str, rows: Sequence[int] | None = None, block: str = "") -> Job[Table]:
    """Itemise the gradient of a parameter: Frobenius norms of the parts that fall on each step.

    Parameters
    ----------
    trace : Trace
    name : str
        As the network names it.
    rows : sequence of int, optional
        Which of the losses, counted from 0; None: all.
    block : str
        One gate's part of a parameter that holds several; empty: all together.

    Raises
    ------
    ObjectiveError
        When there is no target, no such loss, parameter or block, or the parameter acts before the first step.
    """
    chosen = chosen_losses(trace, rows)[1]
    made: list[RunningSums] = []

    def make() -> RunningSums:
        made.append(sums_for(trace, len(chosen)))
        return made[-1]

    items = yield from itemised_parameter(trace, name, rows, make)
    if block and block not in items:
        raise ObjectiveError(f"{name} has no block {block}; it has {', '.join(items)}")
    sums = {}
    for held, kept in zip(items, made, strict=True):
        if block in ("", held):
            sums[held] = yield from kept.filled()
    if block:
        return Table(chosen, items[block], sums[block], tuple(items))
    return Table(chosen, joined(items), joined(sums), tuple(items))


def sums_for(trace: Trace, rows: int) -> RunningSums:
    """Sums to be kept over so many rows of a trace."""
    return RunningSums(rows, trace.steps, blocks=rows > rows_at_once(trace))


def answer_of(table: Table, count: int, *, signed: bool = False) -> Job[Answer]:
    """A table as the answer to a request.

    Parameters
    ----------
    table : Table
    count : int
        How many losses there are in all.
    signed : bool
        Whether the numbers have signs that mean something.

    Returns
    -------
    Answer
        Arrays "losses" [K], the steps of the losses; "items" and "sums" [K, S], log10 of the absolute values, -inf for
        a true zero; where signed also "item signs" and "sum signs" [K, S]. Facts "count" and "blocks".
    """
    arrays: dict[str, NDArray[np.generic]] = {"losses": table.losses}
    for name, numbers in (("items", table.items), ("sums", table.sums)):
        arrays[name] = yield from _logarithms(numbers)
        if signed:
            arrays[f"{name.removesuffix('s')} signs"] = np.sign(numbers.mantissas).astype(np.float32)
    return Answer(arrays, {"count": float(count), "blocks": table.blocks})


def _logarithms(numbers: LogNumbers) -> Job[NDArray[np.float64]]:
    rows, steps = len(numbers.mantissas), numbers.mantissas.shape[1]
    found = np.empty((rows, steps))
    height = max(1, _PORTION // max(1, steps))
    for start in range(0, rows, height):
        part = slice(start, start + height)
        found[part] = LogNumbers(numbers.mantissas[part], numbers.exponents[part]).log10
        yield start, rows
    return found


def _measured(rows: Scaled, unit: int | None) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return norms(rows) if unit is None else (rows.values[:, 0].numpy(), rows.exponents)
