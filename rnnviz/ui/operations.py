"""The single operations of which a position of the run consists, in the order in which they are computed.

They are the operators of the cell's diagram, those of one layer after those of the layer below, then the layers of the
readout and the loss. A weighted sum and the function of it, which the diagram draws as one box, are two operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from rnnviz.engine import cells
from rnnviz.engine.language.model import PRE_SUFFIX, Call, Cell, Expr, MatrixProduct, SignalAt
from rnnviz.engine.language.plain import plain_text
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK
from rnnviz.engine.schedule import Position
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.diagram.build import graph_of, terms
from rnnviz.ui.diagram.graph import Node
from rnnviz.ui.view import TraceView

Part: TypeAlias = Literal["cell", "readout", "loss"]
Kind: TypeAlias = Literal["sum", "function", "pointwise"]

_FUNCTIONS = {"sigmoid": "σ", "relu": "ReLU", "identity": "id"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes
    ----------
    part : Part
    layer : int
        NETWORK for readout and loss.
    direction : Direction
    equation : str
        The signal to whose equation it belongs: ``c`` for ``f * c[t-1]``; ``output`` and ``loss`` beyond the cells.
    operator : str
        The key of the diagram's operator (see ``diagram.graph.Node``); empty beyond the cells.
    kind : Kind
        A weighted ``sum``, a ``function`` of such a sum, or what acts unit by unit otherwise.
    gives : tuple of str
        The recorded signals that are known after it, and were not before.
    products : tuple of MatrixProduct
        The products that a sum adds up.
    text : str
        What is computed, for the reader: ``f = σ(f.pre)``.
    expression : Expr or None
        What is computed, as it stands in the equation; None beyond the cells.
    """

    part: Part
    layer: int
    direction: Direction
    equation: str
    operator: str
    kind: Kind
    gives: tuple[str, ...]
    products: tuple[MatrixProduct, ...]
    text: str
    expression: Expr | None = None

    @property
    def group(self) -> tuple[Part, int, Direction]:
        """What is computed in one go when the grain is a layer; the loss goes with the readout."""
        return ("readout" if self.part == "loss" else self.part, self.layer, self.direction)


def operations_at(trace: TraceView, position: int) -> tuple[Operation, ...]:
    """Return the operations of a position; the start has none."""
    schedule = trace.schedule
    if not 0 < position <= schedule.positions:
        return ()
    at = schedule.at(position)
    return operations_of(schedule.spec, at, at.step >= schedule.first_output, bool(trace.has_loss[at.step]))


def operations_of(spec: NetworkSpec, at: Position, output: bool, loss: bool) -> tuple[Operation, ...]:
    """Return the operations of one moment of a run.

    Parameters
    ----------
    spec : NetworkSpec
    at : Position
    output, loss : bool
        Whether its step has an output, and a target for it.
    """
    if at.phase == "start":
        return ()
    if at.phase == "output":
        return _beyond(spec, loss)
    if at.layer >= 0:
        return _of_layer(spec, at.layer, at.direction)
    return _of_step(spec, output, loss)


@lru_cache(maxsize=32)
def _of_step(spec: NetworkSpec, output: bool, loss: bool) -> tuple[Operation, ...]:
    below = tuple(one for layer in range(spec.num_layers) for one in _of_layer(spec, layer, "forward"))
    return below + (_beyond(spec, loss) if output else ())


@lru_cache(maxsize=64)
def _of_layer(spec: NetworkSpec, layer: int, direction: Direction) -> tuple[Operation, ...]:
    cell = cells.get(spec.cell_of(layer, direction))
    return tuple(_cell_operations(cell, layer, direction, spec.activation))


def _cell_operations(cell: Cell, layer: int, direction: Direction, phi: str) -> Iterator[Operation]:
    for node in graph_of(cell).nodes:
        if node.kind in ("box", "operator"):
            for kind, expr, gives in _steps(cell, node):
                products: tuple[MatrixProduct, ...] = ()
                if kind == "sum":
                    products = tuple(term for _, term in terms(expr) if isinstance(term, MatrixProduct))
                text = " = ".join([*map(symbol_text, gives[:1]), plain_text(expr, phi)])
                if direction == "backward":
                    text = text.replace("[t−1]", "[t+1]")  # it reads from the last step to the first
                yield Operation("cell", layer, direction, node.owner, node.key, kind, gives, products, text, expr)


def _steps(cell: Cell, node: Node) -> Iterator[tuple[Kind, Expr, tuple[str, ...]]]:
    """Yield what a node of the diagram computes: its kind, its expression, and the signals that it gives."""
    expr, given = node.expr, (node.signal,) if node.signal else ()
    assert expr is not None
    if node.kind == "box" and isinstance(expr, Call):
        pre = (node.signal + PRE_SUFFIX,) if node.signal and cell.has_pre(node.signal) else ()
        yield "sum", expr.arguments[0], pre
        yield "function", Call(expr.function, (SignalAt(pre[0]),)) if pre else expr, given
        return
    inner = node.owner + PRE_SUFFIX
    if not given and cell.has_pre(node.owner) and expr == cell.expression(inner):
        given = (inner,)
    yield "sum" if node.kind == "box" else "pointwise", expr, given


def _beyond(spec: NetworkSpec, loss: bool) -> tuple[Operation, ...]:
    """What follows the layers at a step: the dense layers of the readout, and the loss."""
    found = tuple(_readout(spec))
    return (*found, _dense("loss", "loss", "pointwise", ("loss",), "L = loss(y, target)")) if loss else found


def _readout(spec: NetworkSpec) -> Iterator[Operation]:
    if spec.readout is None:
        return
    below, inner = "h", _FUNCTIONS.get(spec.readout_activation, spec.readout_activation)
    for number in range(len(spec.readout_sizes)):
        text = f"a{number + 1} = {inner}(W {below} + b)"
        below = f"a{number + 1}"
        yield _dense("readout", "output", "sum", (f"readout.{number}",), text)
    if spec.readout == "linear":
        yield _dense("readout", "output", "sum", ("logits", "output"), f"y = W {below} + b")
        return
    name = "logits" if spec.readout == "softmax" else "y.pre"
    function = _FUNCTIONS.get(spec.readout, spec.readout)
    yield _dense("readout", "output", "sum", ("logits",), f"{name} = W {below} + b")
    yield _dense("readout", "output", "function", ("output",), f"y = {function}({name})")


def _dense(part: Part, equation: str, kind: Kind, gives: tuple[str, ...], text: str) -> Operation:
    return Operation(part, NETWORK, "forward", equation, "", kind, gives, (), text)
