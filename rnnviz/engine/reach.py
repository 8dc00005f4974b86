"""What a gradient comes to, whatever its size: where nothing comes, an infinite slope is no NaN.

Zero times infinity is undefined where a gradient of zero meets an infinite slope, and simply absent where no path leads
from what is differentiated to that slope: autograd never goes there. So does the way back, by the sets kept here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.language.model import Binary, Call, Cell, Number, Power, SignalAt, StateBefore, walk
from rnnviz.engine.layout import signals_block, slots_block
from rnnviz.engine.plan import Plan, is_slot, leaves

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Live = frozenset[str]
"""Outputs (quantities that carry a gradient into a step) that a gradient comes into."""

_UNBOUNDED = frozenset({"log", "sqrt", "exp"})


def may_be_undefined(trace: Trace) -> bool:
    """Whether a slope within a step of a run may be infinite or undefined, so that it matters where none comes."""
    layers = trace.network.cell_layers
    if any(_unbounded(at.cell) for at in layers):
        return True
    names = [name for at in layers for name in (signals_block(at), slots_block(at))]
    blocks = [segment.blocks[name] for segment in trace.record.segments for name in names if name in segment.blocks]
    starts = [value.numpy() for at in layers for value in trace.weights.cells[at].initial.values()]
    return not all(bool(np.isfinite(values).all()) for values in (*starts, *blocks))


@cache
def _unbounded(cell: Cell) -> bool:
    for node in (node for equation in cell.equations for node in walk(equation.expression)):
        if isinstance(node, Call) and node.function in _UNBOUNDED:
            return True
        if isinstance(node, Power) or (
            isinstance(node, Binary) and node.op == "/" and not isinstance(node.right, Number)
        ):
            return True
    return False


class Reach:
    """The ways on from the outputs of a cell.

    Parameters
    ----------
    plan : Plan
    outputs : tuple of str
        Those that are computed last first.

    Attributes
    ----------
    outputs : tuple of str
    inner, before : dict of str to tuple of str
        Per output the outputs of the same step, and the states one step before, that a gradient goes on to.
    leaving : dict of str to frozenset of str
        The outputs from which one goes on to the cell's "input", and to the network's "output" one step before.
    fed : dict of str to frozenset of str
        Per output the slots that it reads.
    """

    def __init__(self, plan: Plan, outputs: tuple[str, ...]) -> None:
        self.outputs = outputs
        self._plan = plan
        found = {name: frozenset(self._ways(name)) for name in outputs}
        self.inner = {name: tuple(n for kind, n in ways if kind == "computed") for name, ways in found.items()}
        self.before = {name: tuple(n for kind, n in ways if kind == "state") for name, ways in found.items()}
        self.leaving = {
            kind: frozenset(name for name, ways in found.items() if any(way == kind for way, _ in ways))
            for kind in ("input", "output")
        }
        self.fed = {name: frozenset(self._slots_of(name)) for name in outputs}
        self._known: dict[Live, Live] = {}

    def _ways(self, output: str) -> Iterator[tuple[str, str]]:
        """(kind of what is come to, its name), with kinds as those of operands."""
        for kind, name in self._read(output):
            if kind != "slot":
                yield kind, name
                continue
            for _, index in next(slot for slot in self._plan.slots if slot.name == name).products:
                operand = self._plan.operands[index]
                yield operand.kind, operand.name

    def _slots_of(self, output: str) -> Iterator[str]:
        return (name for kind, name in self._read(output) if kind == "slot")

    def _read(self, name: str) -> Iterator[tuple[str, str]]:
        """What an output reads directly: ("slot" | "state" | "computed", name)."""
        if name in self._plan.aliases:
            yield "slot", self._plan.aliases[name]
            return
        for leaf in leaves(self._plan.computation(name).expression):
            if isinstance(leaf, StateBefore):
                yield "state", leaf.name
            elif isinstance(leaf, SignalAt) and leaf.name in self.outputs:
                yield "computed", leaf.name
            elif isinstance(leaf, SignalAt) and is_slot(leaf.name):
                yield "slot", leaf.name
            elif isinstance(leaf, SignalAt):
                yield from self._read(leaf.name)

    def slots(self, live: Live) -> frozenset[str]:
        """The slots that a gradient comes to from the outputs of a step."""
        return frozenset[str]().union(*(self.fed[name] for name in live))

    def within(self, entered: Live) -> Live:
        """All outputs of a step that a gradient comes to from some of them."""
        if entered not in self._known:
            found = set(entered)
            for name in self.outputs:
                if name in found:
                    found.update(self.inner[name])
            self._known[entered] = frozenset(found)
        return self._known[entered]

    def earlier(self, live: Live) -> Live:
        """The states one step before that a gradient goes on to from the outputs of a step."""
        return frozenset(state for name in live for state in self.before[name])

    def leaves_by(self, kind: str, live: Live) -> bool:
        """Whether a gradient goes on to the "input" of a cell, or to the network's "output" one step before."""
        return not live.isdisjoint(self.leaving[kind])

    def stretches(self, entered: Mapping[str, NDArray[np.bool_]], steps: int) -> Iterator[tuple[int, int, Live]]:
        """Stretches of steps start .. stop - 1 with the outputs that a gradient comes to in them, the last first.

        Parameters
        ----------
        entered : mapping of str to ndarray, [S]
            Per output the steps at which one enters from outside.
        steps : int
        """
        together = np.stack(list(entered.values()))
        edges = np.flatnonzero((together[:, 1:] != together[:, :-1]).any(0)) + 1
        carried: Live = frozenset()
        stop, last = steps, frozenset[str]()
        for start, end in reversed(list(zip([0, *edges.tolist()], [*edges.tolist(), steps], strict=True))):
            given = frozenset(name for name, rows in entered.items() if rows[start])
            step = end
            while step > start:
                live = self.within(given | carried)
                goes_on = self.earlier(live)
                if live != last and step < stop:
                    yield step, stop, last
                    stop = step
                last = live
                step = start if goes_on == carried else step - 1
                carried = goes_on
        if stop:
            yield 0, stop, last
