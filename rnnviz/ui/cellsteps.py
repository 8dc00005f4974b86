"""What the diagram of a cell shows within a step and on the way back, read from a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rnnviz.engine import cells
from rnnviz.engine.language.model import PRE_SUFFIX, Call, Cell
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.spec import Direction
from rnnviz.ui.cellreading import StepReader
from rnnviz.ui.diagram.adjoints import node_adjoints
from rnnviz.ui.diagram.build import graph_of
from rnnviz.ui.diagram.flow import Flow
from rnnviz.ui.diagram.graph import Graph, Node
from rnnviz.ui.diagram.values import Vector
from rnnviz.ui.diagram.words import short
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.grains import done_operations, lit_operation, standing, told_place
from rnnviz.ui.operations import Operation
from rnnviz.ui.reading import objective_symbol
from rnnviz.ui.view import View


@dataclass(frozen=True, eq=False)
class Within:
    """Where the cursor stands within a step of the picked layer.

    Attributes
    ----------
    computed : Operation or None
        What has just been done.
    quiet : frozenset of str
        The nodes that the pass which is shown has not come to, outputs among them.
    half : frozenset of str
        The boxes whose sum has been taken, and not yet the function of it; on the way back the other way round.
    numbers : dict of str to ndarray or None
        On the way back what arrives at each node that it has come to, [units]; None on the way forward.
    """

    computed: Operation | None = None
    quiet: frozenset[str] = frozenset()
    half: frozenset[str] = frozenset()
    numbers: dict[str, Vector] | None = None


def within(view: View, cell: Cell, graph: Graph) -> Within:
    """Return where the cursor stands within the step of the picked layer."""
    here = view.layer, view.direction
    done, computed = done_operations(view, *here), lit_operation(view, *here)
    quiet, half = frozenset[str](), frozenset[str]()
    if done is not None:
        come = [one.operator for one in done]
        half = frozenset(node.key for node in graph.nodes if _is_double(node) and come.count(node.key) == 1)
        given = {signal for one in done for signal in one.gives}
        late = {node.key for node in graph.nodes if node.kind in ("box", "operator")}.difference(come)
        handed = {node.key for node in graph.nodes if node.kind == "output" and node.signal not in given}
        quiet = frozenset(late | handed)
    numbers = None
    if view.backward:
        numbers = {key: value for key, value in arriving(view, cell, graph, half).items() if key not in quiet}
    return Within(computed, quiet, half, numbers)


def flow_within(view: View, cell: Cell, graph: Graph, flow: Flow, one: Callable[[Vector], float]) -> Flow:
    """Return a flow as it stands within the step.

    Parameters
    ----------
    view : View
    cell : Cell
    graph : Graph
    flow : Flow
        That of the whole step.
    one : callable
        Makes one number of those of all units.
    """
    here = within(view, cell, graph)
    computed, values, texts = here.computed, dict(flow.values), dict(flow.texts)
    if not view.backward:
        values = {key: value for key, value in values.items() if key not in here.quiet | here.half}
        read = StepReader(view, cell, view.step)
        for key in here.half:
            signal = graph.node(key).signal
            taken = read(signal + PRE_SUFFIX, False) if signal and cell.has_pre(signal) else None
            if taken is not None:
                texts[key] = f"Σ {short(one(taken))}"
    arrived = None if here.numbers is None else {key: one(value) for key, value in here.numbers.items()}
    return replace(
        flow,
        values=values,
        texts=texts,
        computed=computed.operator if computed is not None else "",
        led=computed is not None and computed.kind != "function",
        quiet=here.quiet,
        arrived=arrived,
    )


def _is_double(node: Node) -> bool:
    """Whether a node of the diagram is two operations: a sum, and a function of it."""
    return node.kind == "box" and isinstance(node.expr, Call)


def arriving(view: View, cell: Cell, graph: Graph, half: frozenset[str] = frozenset()) -> dict[str, Vector]:
    """Return what arrives at each node of a diagram at the cursor's step, [units]; what is not known is missing.

    At a box that arrives which the loss has as derivative by its sum; of those that are gone through by ``half``, by
    what they give.
    """
    trace = view.trace
    if trace is None:
        return {}
    arrived = partial(_gradient, view, view.layer, view.direction)
    read = StepReader(view, cell, view.step)
    numbers = node_adjoints(graph, read, arrived, trace.schedule.spec.activation)
    for node in graph.nodes:
        own = None
        if node.kind == "output":
            own = arrived(node.signal)
        elif _is_double(node) and node.key not in half and node.signal:
            own = arrived(node.signal + PRE_SUFFIX)
        if own is not None:
            numbers[node.key] = own
    return numbers


def told_step(view: View) -> str:
    """Return what is computed of the picked layer where the cursor stands, and whose numbers a diagram of it shows."""
    operation = lit_operation(view, view.layer, view.direction)
    if operation is not None:
        return told_operation(view, operation, view.units[0])
    if not view.backward:
        return ""
    return "no gradient yet" if view.gradients is None else "what arrives in the backward pass"


def told_operation(view: View, operation: Operation, unit: int) -> str:
    """Return an operation in words, on the way back with what has arrived at it for a unit."""
    return ", ".join(filter(None, (operation.text, told_arrival(view, operation, unit) if view.backward else "")))


def told_arrival(view: View, operation: Operation, unit: int) -> str:
    """Return what arrives at what an operation gives: "∂L/∂f = 0.0123 at unit 3"; empty where it is not known."""
    found = arrived_at(view, operation)
    if found is None or view.gradients is None or not 0 <= unit < len(found):
        return ""
    name = symbol_text(operation.gives[-1]) if operation.gives else f"({operation.text})"
    name = {"output": "y"}.get(name, name)
    where = f" at {'unit' if operation.part == 'cell' else 'output'} {unit + 1}" if len(found) > 1 else ""
    return f"∂{objective_symbol(view.gradients.objective)}/∂{name} = {number(float(found[unit]), 4)}{where}"


def come_to(view: View) -> tuple[str, str, str]:
    """Return where the way back has come to within a step, at which operation, and what has arrived there.

    All empty on the way forward, and where the user steps by time steps.
    """
    found = standing(view)
    if found is None or not view.backward:
        return "", "", ""
    operation = found.operation
    where = f"t = {view.step + 1}, {told_place(view)}"
    unit = view.units[0] if (operation.layer, operation.direction) == (view.layer, view.direction) else 0
    arrived, whole = told_arrival(view, operation, unit), arrived_at(view, operation)
    if arrived and whole is not None and len(whole) > 1:
        arrived += f", norm {number(float(np.linalg.norm(whole)), 3)}"
    return where, operation.text, arrived


def arrived_at(view: View, operation: Operation) -> Vector | None:
    """Return the derivative of the loss by what an operation of the cursor's step gives, [units]; None if not known."""
    trace, found = view.trace, view.gradients
    if trace is None or found is None:
        return None
    here = operation.layer, operation.direction
    if operation.gives:
        return _gradient(view, *here, operation.gives[-1])
    if operation.part != "cell":
        return None
    cell = cells.get(trace.schedule.spec.cell_of(*here))
    graph = graph_of(cell)
    if operation.kind == "sum" and _is_double(graph.node(operation.operator)):
        return None
    return arriving(replace(view, layer=here[0], direction=here[1]), cell, graph).get(operation.operator)


def _gradient(view: View, layer: int, direction: Direction, signal: str) -> Vector | None:
    found = view.gradients
    if found is None or (layer, direction, signal) not in found.signals:
        return None
    recorded = found.record.signal(signal, layer, direction)
    return np.asarray(recorded[view.step], np.float64) if 0 <= view.step < len(recorded) else None
