"""Bounds hold for every parameter and are as narrow as a plot's scale needs them."""

from __future__ import annotations

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.ranges import bounds
from tests.engine.language.texts import SLSTM


def ends(text: str, signal: str = "h") -> tuple[float | None, float | None]:
    info = parse_cell(text).signal(signal)
    return info.low, info.high


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("sigmoid(W @ x[t])", (0, 1)),
        ("tanh(W @ x[t])", (-1, 1)),
        ("relu(W @ x[t])", (0, None)),
        ("log_sigmoid(W @ x[t])", (None, 0)),
        ("exp(-abs(W @ x[t]))", (0, 1)),
        ("phi(W @ x[t])", (None, None)),
        ("1 - sigmoid(b)", (0, 1)),
        ("2 * tanh(b) - 1", (-3, 1)),
        ("tanh(b) ** 2", (0, 1)),
        ("tanh(b) ** 3", (-1, 1)),
        ("tanh(b) / (1 + sigmoid(b))", (-1, 1)),
        ("b / tanh(b)", (None, None)),
        ("min(max(b, 0), 1)", (0, 1)),
        ("sigmoid(b) * c", (None, None)),
        ("sqrt(sigmoid(b)) + log(1 + sigmoid(b))", (0, pytest.approx(1.6931, abs=1e-4))),
        ("h[t-1] / 2 + tanh(W @ x[t])", (None, None)),
        ("0.5 * h[t-1]", (0, 0)),
        ("relu(b) + h[t-1]", (0, None)),
    ],
)
def test_bounds_follow_from_the_equation(right: str, expected: tuple[float | None, float | None]) -> None:
    assert ends(f"h[t] = {right}") == expected


@pytest.mark.parametrize("name", ["gru", "gru-cho"])
def test_a_gru_stays_between_its_candidates(name: str) -> None:
    assert (cells.get(name).signal("h").low, cells.get(name).signal("h").high) == (-1, 1)


def test_an_initial_value_widens_the_bounds_and_a_learned_one_lifts_them() -> None:
    text = cells.get("gru").text
    assert ends(text + "h[0] = 3") == (-1, 3)
    assert ends(text + "h[0] = h0") == (None, None)


def test_the_cell_state_of_an_lstm_has_no_bound_but_its_output_has() -> None:
    lstm = cells.get("lstm")
    assert (lstm.signal("c").low, lstm.signal("c").high) == (None, None)
    assert (lstm.signal("h").low, lstm.signal("h").high) == (-1, 1)


def test_the_stabilised_gates_of_an_slstm_are_gates() -> None:
    cell = parse_cell(SLSTM)
    for gate in "ifo":
        info = cell.signal(gate)
        assert (info.kind, info.low, info.high) == ("gate", 0, 1)
    assert cell.signal("n").low == 0


def test_a_part_of_a_sum_of_positive_numbers_is_a_share_of_it() -> None:
    gates = "f[t] = sigmoid(W @ x[t])\ni[t] = exp(V @ x[t])\n"
    assert ends(gates + "h[t] = f[t] / (f[t] + i[t])") == (0, 1)
    assert ends(gates + "h[t] = i[t] / (f[t] + i[t])") == (0, 1)
    assert ends("h[t] = 1 / (1 + exp(-(W @ x[t])))") == (0, 1)
    assert ends(gates + "h[t] = f[t] / (i[t] + i[t])") == (None, None)
    assert ends(gates + "g[t] = W @ x[t]\nh[t] = f[t] / (f[t] + g[t])") == (None, None)
    assert ends(gates + "h[t] = f[t] / (f[t] - i[t])") == (None, None)


def test_the_activation_of_a_network_narrows_the_bounds() -> None:
    rnn = cells.get("rnn")
    assert bounds(rnn, "tanh")["h"] == (-1, 1)
    assert bounds(rnn, "relu")["h"] == (0, None)
    assert bounds(rnn, "tanh")["h.pre"] == (None, None)
