"""One step by hand: the reference against which the fast step is held."""

from __future__ import annotations

import math

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.evaluate import Matrix, Vector, evaluate_step
from tests.engine.language.texts import SLSTM


def value(right: str, **parameters: float) -> float:
    """Evaluate a right side for one unit whose state was 0.5."""
    vectors: dict[str, Vector | Matrix] = {name: [number] for name, number in parameters.items()}
    return evaluate_step(parse_cell(f"h[t] = {right} + 0 * h[t-1]"), [], {"h": [0.5]}, vectors)["h"][0]


def test_an_lstm_step_of_one_unit_by_hand() -> None:
    gates = {"W_i": 1.0, "W_f": -1.0, "W_g": 2.0, "W_o": 0.5, "U_i": 0.5, "U_f": 0.25, "U_g": -1.0, "U_o": 0.0}
    parameters: dict[str, Vector | Matrix] = {name: [[number]] for name, number in gates.items()}
    parameters |= {"b_i": [0.1], "b_f": [1.0], "b_g": [0.0], "b_o": [-0.2]}
    now = evaluate_step(cells.get("lstm"), [0.4], {"c": [0.3], "h": [-0.2]}, parameters)
    by_hand = {"i.pre": 0.4 - 0.1 + 0.1, "f.pre": -0.4 - 0.05 + 1, "g.pre": 0.8 + 0.2, "o.pre": 0.2 + 0 - 0.2, "o": 0.5}
    by_hand |= {"i": 0.598687660112452, "f": 0.634135591010803, "g": 0.761594155955765}
    by_hand |= {"c": 0.646197700487715, "h": 0.284552359672982}
    assert list(now) == ["i.pre", "i", "f.pre", "f", "g.pre", "g", "o.pre", "o", "c", "h"]
    assert {name: numbers[0] for name, numbers in now.items()} == pytest.approx(by_hand, abs=1e-12)


def test_matrices_take_rows_to_units_and_columns_to_what_they_act_on() -> None:
    cell = parse_cell("h[t] = W @ x[t] + U @ (r * h[t-1]) + V @ y[t-1]")
    parameters: dict[str, Vector | Matrix] = {
        "W": [[1, 2, 3], [4, 5, 6]],
        "U": [[0, 1], [10, 0]],
        "V": [[100], [1000]],
        "r": [2, 3],
    }
    now = evaluate_step(cell, [1, 0, -1], {"h": [7, 11], "y": [1]}, parameters)
    assert now == {"h": [1 - 3 + 33 + 100, 4 - 6 + 140 + 1000]}


@pytest.mark.parametrize(
    ("phi", "expected"), [("tanh", math.tanh(-2)), ("relu", 0), ("sigmoid", 1 / (1 + math.e**2)), ("identity", -2)]
)
def test_phi_is_the_activation_of_the_network(phi: str, expected: float) -> None:
    now = evaluate_step(cells.get("feedforward"), [2.0], {}, {"W": [[-1.0]], "b": [0.0]}, phi)
    assert now == {"h.pre": [-2.0], "h": [pytest.approx(expected)]}


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("a / b", 1.5),
        ("a - b ** 3", -5),
        ("-a ** 2", -9),
        ("max(a, b) - min(a, b)", 1),
        ("abs(-a)", 3),
        ("sqrt(a + 1)", 2),
        ("log(exp(a))", 3),
        ("relu(-a) + identity(b)", 2),
        ("softplus(a)", math.log(1 + math.exp(3))),
        ("log_sigmoid(a)", math.log(1 / (1 + math.exp(-3)))),
    ],
)
def test_every_function_does_what_its_name_says(right: str, expected: float) -> None:
    assert value(right, a=3.0, b=2.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("1 / a", math.inf),
        ("-1 / a", -math.inf),
        ("log(a)", -math.inf),
        ("exp(1000 + a)", math.inf),
        ("exp(-1000 + a)", 0),
        ("sigmoid(-1000 + a)", 0),
        ("sigmoid(1000 + a)", 1),
        ("softplus(1000 + a)", 1000),
        ("log_sigmoid(a - 1000)", -1000),
        ("max(a, -inf)", 0),
        ("exp(700 + a) * exp(700 + a)", math.inf),
        ("exp(500 + a) ** 2", math.inf),
    ],
)
def test_what_leaves_the_range_of_numbers_becomes_infinite_or_zero(right: str, expected: float) -> None:
    assert value(right, a=0.0) == expected


@pytest.mark.parametrize(
    "right", ["a / a", "log(a - 1)", "sqrt(a - 1)", "inf - inf + a", "max(a, sqrt(a - 1))", "relu(log(a - 1))"]
)
def test_what_is_no_number_is_nan(right: str) -> None:
    assert math.isnan(value(right, a=0.0))


def test_an_slstm_starts_from_its_stabiliser_at_minus_infinity() -> None:
    cell = parse_cell(SLSTM)
    parameters: dict[str, Vector | Matrix] = {
        info.name: [[0.5]] if info.kind == "matrix" else [0.0] for info in cell.parameters
    }
    start = {"m": [-math.inf], "c": [0.0], "n": [0.0], "h": [0.0]}
    now = evaluate_step(cell, [1.0], start, parameters)
    # With the stabiliser at -inf the forget gate is 0 and the input gate 1: the first input is the whole memory.
    assert (now["m"], now["f"], now["i"], now["n"]) == ([0.5], [0.0], [1.0], [1.0])
    assert now["c"] == now["z"] == [math.tanh(0.5)]


def test_a_signal_may_be_a_constant() -> None:
    cell = parse_cell("f[t] = 1\nh[t] = f[t] * h[t-1]")
    assert evaluate_step(cell, [], {"h": [0.25, 0.5]}, {}) == {"f": [1.0, 1.0], "h": [0.25, 0.5]}
    assert evaluate_step(parse_cell("h[t] = tanh(0)"), [], {}, {}) == {"h": [0.0]}
