"""Find the biases that make a cell remember longer when they are raised: those of its forget gate."""

from __future__ import annotations

from collections.abc import Iterator

from rnnviz.engine.language.expressions import Binary, Expr, Number, Parameter, SignalAt, StateBefore, walk
from rnnviz.engine.language.model import Cell

_GATE = SignalAt("f")
_REST = Binary("-", Number(1.0), _GATE)


def forget_biases(cell: Cell) -> tuple[str, ...]:
    """Return the biases in the sum behind the forget gate ``f``, empty where none would make the cell remember.

    There is none in a cell without an f, in one whose f follows from another gate (``1 - i[t]``), and in one where an
    open f lets the old state go (``(1 - f[t]) * h[t-1]``, as in the minimal gated unit).
    """
    if not any(info.name == _GATE.name and info.kind == "gate" for info in cell.signals) or _overwrites(cell):
        return ()
    added = {info.name for info in cell.parameters if info.role == "bias"}
    names = (node.name for node in _behind(cell, _GATE.name) if isinstance(node, Parameter))
    return tuple(dict.fromkeys(name for name in names if name in added))


def _overwrites(cell: Cell) -> bool:
    """Tell whether a state is scaled by ``1 - f[t]`` on its way to the next step."""
    products = (
        (node.left, node.right)
        for state in cell.states
        for node in walk(cell.expression(state))
        if isinstance(node, Binary) and node.op == "*"
    )
    return any(_REST in pair and any(isinstance(part, StateBefore) for part in pair) for pair in products)


def _behind(cell: Cell, signal: str) -> Iterator[Expr]:
    """Yield what a signal is computed from, through signals that have no part of their own (``f_tilde``)."""
    for node in walk(cell.expression(signal)):
        yield node
        if isinstance(node, SignalAt) and cell.signal(node.name).kind == "signal":
            yield from _behind(cell, node.name)
