"""The operations of a step: each operator of the diagram once, nothing before what it needs."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import cells
from rnnviz.engine.language.expressions import Call, SignalAt, walk
from rnnviz.engine.language.model import Cell
from rnnviz.engine.record import NETWORK
from rnnviz.engine.schedule import Position, Schedule
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.diagram.build import graph_of
from rnnviz.ui.operations import Operation, operations_of

SIXTY = "".join(f"s{k}[t] = tanh(W{k} @ x[t] + U{k} @ s{k}[t-1])\n" for k in range(59)) + "h[t] = s0[t] + s58[t]\n"
CHAIN = (
    "a0[t] = W @ x[t]\n" + "".join(f"a{k}[t] = a{k - 1}[t] * a{k - 1}[t]\n" for k in range(1, 40)) + "h[t] = a39[t]\n"
)
ABSURD = {
    "sixty signals": SIXTY,
    "a long chain": CHAIN,
    "written from the end": "h[t] = tanh(a[t])\na[t] = b[t] * b[t]\nb[t] = W @ x[t] + U @ h[t-1]\n",
    "two sums in one": "h[t] = max(W @ x[t], U @ h[t-1]) - exp(-(V @ x[t]))\n",
    "a function of a product of gates": "r[t] = sigmoid(W @ x[t])\nh[t] = tanh(r[t] * (U @ h[t-1]))\n",
    "matrices in a row": "h[t] = tanh(U @ (V @ (W @ x[t]) + h[t-1]))\n",
    "no operand of this step": "h[t] = h[t-1] / (b + 1) + W @ x[t]\n",
}


def of_cell(text: str) -> tuple[Cell, tuple[Operation, ...]]:
    spec = NetworkSpec(cell=text, input_size=2, hidden_size=3, readout=None)
    return cells.get(text), operations_of(spec, Position("layer", -1, "forward", 0), False, False)


EVERY = pytest.mark.parametrize("text", [*cells.names(), *ABSURD.values()], ids=[*cells.names(), *ABSURD])


@EVERY
def test_every_operator_is_computed_once(text: str) -> None:
    cell, found = of_cell(text)
    parts = [
        (node.key, kind)
        for node in graph_of(cell).nodes
        if node.kind in ("box", "operator")
        for kind in (
            ("sum", "function")
            if node.kind == "box" and isinstance(node.expr, Call)
            else ("sum",)
            if node.kind == "box"
            else ("pointwise",)
        )
    ]
    assert sorted((one.operator, one.kind) for one in found) == sorted(parts)


@EVERY
def test_nothing_is_used_before_it_is_computed(text: str) -> None:
    cell, found = of_cell(text)
    graph, known, done = graph_of(cell), set[str](), set[str]()
    for one in found:
        expr = graph.node(one.operator).expr
        assert expr is not None
        needed = {node.name for node in walk(expr) if isinstance(node, SignalAt)}
        assert needed <= known, one.text
        for wire in graph.into(one.operator):
            assert graph.node(wire.source).kind in ("input", "join") or wire.source in done, one.text
        known |= set(one.gives)
        if one.kind != "sum" or not any(o.operator == one.operator and o.kind == "function" for o in found):
            done.add(one.operator)


@EVERY
def test_every_signal_is_given_once_and_by_its_own_equation(text: str) -> None:
    cell, found = of_cell(text)
    given = [name for one in found for name in one.gives]
    assert sorted(given) == sorted(signal.name for signal in cell.signals)
    assert all(name.removesuffix(".pre") == one.equation for one in found for name in one.gives)


@pytest.mark.parametrize("name", cells.names())
def test_the_last_operation_of_a_layer_gives_its_output(name: str) -> None:
    cell, found = of_cell(name)
    assert found[-1].gives == (cell.output,)


def test_an_lstm_has_thirteen_operations_in_the_order_of_its_equations() -> None:
    _, found = of_cell("lstm")
    assert [one.text for one in found] == [
        "i.pre = W_i x + U_i h[t−1] + b_i",
        "i = σ(i.pre)",
        "f.pre = W_f x + U_f h[t−1] + b_f",
        "f = σ(f.pre)",
        "g.pre = W_g x + U_g h[t−1] + b_g",
        "g = tanh(g.pre)",
        "o.pre = W_o x + U_o h[t−1] + b_o",
        "o = σ(o.pre)",
        "f ⊙ c[t−1]",
        "i ⊙ g",
        "c = f ⊙ c[t−1] + i ⊙ g",
        "tanh(c)",
        "h = o ⊙ tanh(c)",
    ]
    assert [one.equation for one in found] == [*"iiffggoo", "c", "c", "c", "h", "h"]


def test_a_gate_within_a_sum_is_computed_before_the_sum() -> None:
    _, found = of_cell("gru")
    texts = [one.text for one in found if one.equation == "n"]
    assert texts == [
        "U_n h[t−1] + c_n",
        "r ⊙ (U_n h[t−1] + c_n)",
        "n.pre = W_n x + b_n + r ⊙ (U_n h[t−1] + c_n)",
        "n = tanh(n.pre)",
    ]
    assert [[p.matrix for p in one.products] for one in found if one.equation == "n"] == [["U_n"], [], ["W_n"], []]


def test_layers_follow_one_another_then_readout_and_loss() -> None:
    spec = NetworkSpec(
        cell=("lstm", "rnn"), num_layers=2, input_size=2, output_size=3, readout="softmax", readout_sizes=(5,)
    )
    found = operations_of(spec, Position("layer", -1, "forward", 0), True, True)
    assert [one.group for one in found[:13]] == [("cell", 0, "forward")] * 13
    assert [one.group for one in found[13:15]] == [("cell", 1, "forward")] * 2
    assert [one.group for one in found[15:]] == [("readout", NETWORK, "forward")] * 4
    assert [one.text for one in found[15:]] == [
        "a1 = tanh(W h + b)",
        "logits = W a1 + b",
        "y = softmax(logits)",
        "L = loss(y, target)",
    ]
    assert found[15].gives == ("readout.0",)


def test_a_step_without_output_ends_with_the_last_layer() -> None:
    spec = NetworkSpec(cell="rnn", input_size=2, output_size=3, topology="many-to-one")
    schedule = Schedule(spec, 4)
    assert np.flatnonzero(schedule.has_output).tolist() == [3]
    counts = [len(operations_of(spec, schedule.at(p), bool(schedule.has_output[p - 1]), p == 4)) for p in (1, 4)]
    assert counts == [2, 4]
    assert operations_of(spec, schedule.at(0), False, False) == ()


def test_a_position_of_a_bidirectional_run_has_the_operations_of_its_own_layer() -> None:
    spec = NetworkSpec(cell="rnn", num_layers=2, bidirectional=True, input_size=2, output_size=3)
    schedule = Schedule(spec, 3)
    back = operations_of(spec, schedule.at(3 + 2), True, True)
    assert {one.group for one in back} == {("cell", 0, "backward")}
    assert back[0].text == "h.pre = W x + U h[t+1] + b"
    last = operations_of(spec, schedule.at(schedule.positions), True, False)
    assert [one.part for one in last] == ["readout"]
