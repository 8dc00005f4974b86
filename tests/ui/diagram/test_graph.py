"""The diagram says what the equations say: every dependency is a path in it, once for each time that it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language.expressions import (
    Expr,
    InputAt,
    MatrixProduct,
    OutputBefore,
    SignalAt,
    StateBefore,
    children,
)
from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.parse import parse_cell
from rnnviz.engine.language.wiring import Edge, dependencies
from rnnviz.ui.diagram.build import graph_of

READ = "".join(f" + U{k} @ s{k}[t-1]" for k in range(9))
MANY = f"a[t] = tanh(W @ x[t]{READ})\n" + "".join(f"s{k}[t] = a[t] * s{k}[t-1]\n" for k in range(9))

TYPED = {
    "leaky": "a[t] = sigmoid(W @ x[t] + b)\ns[t] = s[t-1] + a[t] * (tanh(U @ s[t-1]) - s[t-1])\n",
    "nested": "h[t] = tanh(W @ relu(V @ x[t] + U @ h[t-1]) + p * h[t-1] ** 2 - h[t-1])\n",
    "squared": "f[t] = sigmoid(W @ x[t])\nh[t] = f[t] * f[t] + h[t-1] / (1 + abs(h[t-1])) - 0.5 * f[t]\n",
    "long names": "a_gate_of_many_words[t] = sigmoid(W @ x[t] + U @ the_whole_of_memory[t-1])  # gate\n"
    "the_whole_of_memory[t] = a_gate_of_many_words[t] * the_whole_of_memory[t-1] + tanh(V @ x[t])\n",
    "many states": MANY,
    "copy": "a[t] = h[t-1]\nh[t] = tanh(W @ x[t] + U @ a[t])\n",
}


def written(cell: Cell) -> Counter[Edge]:
    """Each dependency as often as it is written, read from the expressions alone."""

    def leaves(expr: Expr, through: str | None) -> Iterator[tuple[str, str | None]]:
        if isinstance(expr, InputAt | OutputBefore | SignalAt | StateBefore):
            known = {InputAt: "x", OutputBefore: "y[t-1]"}
            name = known.get(type(expr)) or str(getattr(expr, "name", ""))
            yield (f"{name}[t-1]" if isinstance(expr, StateBefore) else name), through
        for part in children(expr):
            yield from leaves(part, expr.matrix if isinstance(expr, MatrixProduct) else through)

    return Counter(
        Edge(source, signal, matrix)
        for signal in cell.order
        for source, matrix in leaves(cell.equation(signal).expression, None)
    )


def every_cell() -> list[Cell]:
    return [cells.get(name) for name in cells.names()] + [parse_cell(text, name) for name, text in TYPED.items()]


@pytest.mark.parametrize("cell", every_cell(), ids=lambda cell: cell.name)
def test_every_dependency_is_a_path_and_every_path_a_dependency(cell: Cell) -> None:
    paths = Counter(graph_of(cell).paths())
    assert set(paths) == set(dependencies(cell))
    assert paths == written(cell)


@pytest.mark.parametrize("cell", every_cell(), ids=lambda cell: cell.name)
def test_every_signal_has_one_node_and_every_node_leads_somewhere(cell: Cell) -> None:
    graph = graph_of(cell)
    assert len({node.key for node in graph.nodes}) == len(graph.nodes)
    assert {node.key for node in graph.nodes if node.signal and node.kind != "output"} >= set(cell.order)
    read = {wire.source for wire in graph.wires}
    assert {node.key for node in graph.nodes if node.kind != "output"} <= read
    assert {node.signal for node in graph.nodes if node.kind == "output"} == {*cell.states, cell.output}


def test_gates_with_the_same_inputs_read_them_side_by_side() -> None:
    graph = graph_of(cells.get("lstm"))
    assert [node.key for node in graph.nodes if node.kind == "join"] == ["h[t-1],x"]
    (wire,) = graph.into("f")
    assert dict(wire.matrices) == {"x": "W_f", "h[t-1]": "U_f"}


def test_what_is_subtracted_and_divided_by_is_marked() -> None:
    graph = graph_of(parse_cell(TYPED["squared"]))
    marks = [wire.mark for wire in graph.wires if wire.mark]
    assert sorted(marks) == ["divisor", "minus"]
    assert graph_of(cells.get("gru")).node("h.2").symbol == "1−"


def test_a_gate_times_itself_has_two_wires() -> None:
    graph = graph_of(parse_cell(TYPED["squared"]))
    assert [wire.source for wire in graph.into("h.1")] == ["f", "f"]
