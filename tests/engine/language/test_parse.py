"""What a text says about its cell: equations, labels, order, states, output."""

from __future__ import annotations

import pickle

import pytest

from rnnviz.engine import cells
from rnnviz.engine.errors import CellError, SpecError
from rnnviz.engine.language import (
    Binary,
    Call,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    OutputBefore,
    Parameter,
    Power,
    StateBefore,
    parse_cell,
)
from rnnviz.engine.language.model import Expr
from tests.engine.language.texts import IND_RNN, LEARNED_START, MIN_GRU, SLSTM


def right_side(text: str) -> Expr:
    return parse_cell(f"h[t] = {text}").expression("h")


def test_an_equation_becomes_a_tree() -> None:
    cell = parse_cell("h[t] = tanh(W @ x[t] + U @ h[t-1] - b)")
    products = Binary("+", MatrixProduct("W", InputAt()), MatrixProduct("U", StateBefore("h")))
    assert cell.expression("h") == Call("tanh", (Binary("-", products, Parameter("b")),))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-U @ h[t-1]", Negate(MatrixProduct("U", StateBefore("h")))),
        ("U @ -h[t-1]", MatrixProduct("U", Negate(StateBefore("h")))),
        ("+h[t-1]", StateBefore("h")),
        ("h[t - 1]", StateBefore("h")),
        ("-h[t-1]**2", Negate(Power(StateBefore("h"), 2))),
        ("(U @ h[t-1]) * h[t-1]", Binary("*", MatrixProduct("U", StateBefore("h")), StateBefore("h"))),
        ("((U) @ h[t-1]) * b", Binary("*", MatrixProduct("U", StateBefore("h")), Parameter("b"))),
        ("U @ (b * h[t-1])", MatrixProduct("U", Binary("*", Parameter("b"), StateBefore("h")))),
        ("b * (U @ h[t-1])", Binary("*", Parameter("b"), MatrixProduct("U", StateBefore("h")))),
        ("U @ h[t-1] ** 2", MatrixProduct("U", Power(StateBefore("h"), 2))),
        ("P @ (V @ x[t])", MatrixProduct("P", MatrixProduct("V", InputAt()))),
        ("max(h[t-1], -1.5)", Call("max", (StateBefore("h"), Negate(Number(1.5))))),
        ("min(h[t-1], inf)", Call("min", (StateBefore("h"), Number(float("inf"))))),
        ("U @ y[t-1]", MatrixProduct("U", OutputBefore())),
        ("1_000 * b + 1e-3", Binary("+", Binary("*", Number(1000.0), Parameter("b")), Number(0.001))),
    ],
)
def test_operators_bind_as_in_python(text: str, tree: Expr) -> None:
    assert right_side(text) == tree


def test_y_is_a_state_where_the_cell_assigns_it() -> None:
    cell = parse_cell("y[t] = tanh(W @ x[t] + U @ y[t-1])")
    assert cell.states == ("y",)
    assert cell.output == "y"
    assert not cell.uses_output


def test_equations_may_stand_in_any_order() -> None:
    lines = cells.get("lstm").text.splitlines()
    backwards = parse_cell("\n".join(reversed(lines)))
    assert [equation.signal for equation in backwards.equations] == ["h", "c", "o", "g", "f", "i"]
    assert backwards.order.index("h") > backwards.order.index("c") > backwards.order.index("f")
    assert {p.name: p for p in backwards.parameters} == {p.name: p for p in cells.get("lstm").parameters}


def test_a_text_survives_indentation_blank_lines_comments_and_windows_line_ends() -> None:
    lines = [
        "",
        "# my own",
        "    h[t] = tanh(  # runs on \u2014 \u03c3",
        "       W @ x[t]\t# and on",
        "    )  # state",
        "",
    ]
    text = "\r\n".join(lines)
    (equation,) = parse_cell(text).equations
    assert equation.text == "h[t] = tanh( W @ x[t] )"
    assert equation.label == "runs on \u2014 \u03c3 and on state"
    assert (equation.line, equation.column) == (3, 5)


def test_a_label_carries_no_invisible_characters() -> None:
    cell = parse_cell("h[t] = tanh(W @ x[t])  # a\x00b\u202ec\ud800")
    assert cell.signal("h").label == "abc"


def test_states_stand_in_the_order_of_the_equations() -> None:
    assert cells.get("lstm").states == ("c", "h")
    assert parse_cell(SLSTM).states == ("m", "c", "n", "h")


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("h[t] = tanh(W @ x[t])\ns[t] = h[t] + s[t-1]", "h"),
        ("a[t] = tanh(W @ x[t]) + a[t-1]\ns[t] = a[t] + s[t-1]\nq[t] = s[t]", "s"),
        ("a[t] = tanh(W @ x[t])\nq[t] = 2 * a[t]", "q"),
    ],
)
def test_the_output_is_h_else_the_last_state_else_the_last_signal(text: str, output: str) -> None:
    assert parse_cell(text).output == output


def test_a_value_before_the_first_step_is_a_number_or_learned() -> None:
    assert parse_cell(SLSTM).initial == {"m": Number(float("-inf"))}
    cell = parse_cell(LEARNED_START)
    assert cell.initial == {"h": Parameter("h0")}
    assert (cell.parameter("h0").kind, cell.parameter("h0").role) == ("initial", "initial")


def test_each_pre_activation_stands_directly_before_its_signal() -> None:
    names = [info.name for info in cells.get("lstm").signals]
    assert names == ["i.pre", "i", "f.pre", "f", "g.pre", "g", "o.pre", "o", "c", "h"]
    assert cells.get("lstm").signal("f.pre").equation == "W_f @ x[t] + U_f @ h[t-1] + b_f"


def test_only_a_single_function_over_a_matrix_product_has_a_pre_activation() -> None:
    assert [info.name for info in parse_cell(MIN_GRU).signals] == ["z.pre", "z", "n", "h"]
    assert [info.name for info in parse_cell(IND_RNN).signals] == ["h.pre", "h"]
    assert "i.pre" not in [info.name for info in parse_cell(SLSTM).signals]
    assert parse_cell("h[t] = (tanh (W @ x[t]))").signal("h.pre").equation == "W @ x[t]"


@pytest.mark.parametrize(
    ("name", "activation", "output", "recurrent"),
    [("feedforward", True, False, False), ("jordan", True, True, True), ("gru", False, False, True)],
)
def test_a_cell_knows_what_it_needs_from_the_network(
    name: str, activation: bool, output: bool, recurrent: bool
) -> None:
    cell = cells.get(name)
    assert (cell.uses_activation, cell.uses_output, cell.recurrent) == (activation, output, recurrent)


def test_asking_for_what_a_cell_has_not_names_what_it_has() -> None:
    cell = cells.get("rnn")
    with pytest.raises(SpecError, match=r"no signal 'f'; it has: h\.pre, h"):
        cell.signal("f")
    with pytest.raises(SpecError, match="no parameter 'V'; it has: W, U, b"):
        cell.parameter("V")
    with pytest.raises(SpecError, match="no equation 'c'"):
        cell.equation("c")
    with pytest.raises(SpecError, match=r"no signal 'c\.pre'"):
        cells.get("lstm").expression("c.pre")


def test_a_cell_can_be_hashed_and_sent_to_another_process() -> None:
    cell = parse_cell(SLSTM)
    assert pickle.loads(pickle.dumps(cell)) == cell
    assert hash(parse_cell(SLSTM)) == hash(cell)


def test_an_error_survives_being_sent_to_another_process() -> None:
    with pytest.raises(CellError) as caught:
        parse_cell("h[t] = tanh(W @ x[t]) + q[t]")
    sent = pickle.loads(pickle.dumps(caught.value))
    assert str(sent) == str(caught.value) == "line 1, column 25: 'q[t]' is read but 'q' is never assigned."
