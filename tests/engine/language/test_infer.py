"""Roles follow from use, not from letters; kinds follow from the equations and their labels."""

from __future__ import annotations

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language import parse_cell
from tests.engine.language.texts import IND_RNN, LEARNED_START, MIN_GRU, SLSTM


def parameters(text: str) -> dict[str, str]:
    """Return each parameter's kind, columns, role and, after a plus, that it is doubled, in one string."""
    return {
        info.name: f"{info.kind} {info.columns} {info.role}{'+' if info.doubled else ''}"
        for info in parse_cell(text).parameters
    }


INPUT, RECURRENT = "matrix input input", "matrix units recurrent"
BIAS, DOUBLED, PEEPHOLE = "vector None bias", "vector None bias+", "vector None peephole"


def gates(letters: str, matrix: str = "W", recurrent: str = "U") -> dict[str, str]:
    return {
        f"{kind}_{letter}": role
        for letter in letters
        for kind, role in ((matrix, INPUT), (recurrent, RECURRENT), ("b", DOUBLED))
    }


SHIPPED = {
    "feedforward": {"W": INPUT, "b": BIAS},
    "rnn": {"W": INPUT, "U": RECURRENT, "b": DOUBLED},
    "jordan": {"W": INPUT, "U": "matrix output recurrent", "b": DOUBLED},
    "lstm": gates("ifgo"),
    "lstm-goodfellow": gates("fgo", "U", "W") | {"U": INPUT, "W": RECURRENT, "b": DOUBLED},
    "lstm-peephole": gates("ifgo") | dict.fromkeys(("p_i", "p_f", "p_o"), PEEPHOLE),
    "gru": gates("rz") | {"W_n": INPUT, "U_n": RECURRENT, "b_n": BIAS, "c_n": BIAS},
    "gru-cho": gates("rzn"),
    "lstm-nig": gates("fgo") | dict.fromkeys(("p_f", "p_o"), PEEPHOLE),
    "lstm-nfg": gates("igo") | dict.fromkeys(("p_i", "p_o"), PEEPHOLE),
    "lstm-nog": gates("ifg") | dict.fromkeys(("p_i", "p_f"), PEEPHOLE),
    "lstm-niaf": gates("ifgo") | dict.fromkeys(("p_i", "p_f", "p_o"), PEEPHOLE),
    "lstm-noaf": gates("ifgo") | dict.fromkeys(("p_i", "p_f", "p_o"), PEEPHOLE),
    "lstm-cifg": gates("igo") | dict.fromkeys(("p_i", "p_o"), PEEPHOLE),
    "lstm-np": gates("ifgo"),
    "lstm-fgr": gates("ifgo")
    | dict.fromkeys(("p_i", "p_f", "p_o"), PEEPHOLE)
    | {f"R_{seen}{gate}": RECURRENT for seen in "ifo" for gate in "ifo"},
    "mgu": gates("fg"),
    "indrnn": {"W": INPUT, "u": "vector None recurrent", "b": BIAS},
    "mingru": {"W_z": INPUT, "b_z": BIAS, "W_n": INPUT, "b_n": BIAS},
    "minlstm": {f"{kind}_{gate}": role for gate in "fig" for kind, role in (("W", INPUT), ("b", BIAS))},
    "slstm": gates("ifgo"),
}


@pytest.mark.parametrize("name", cells.names())
def test_every_shipped_cell_has_the_parameters_of_its_source(name: str) -> None:
    assert parameters(cells.get(name).text) == SHIPPED[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIN_GRU, {"W_z": INPUT, "b_z": BIAS, "W_n": INPUT, "b_n": BIAS}),
        (IND_RNN, {"W": INPUT, "u": "vector None recurrent", "b": BIAS}),
        (LEARNED_START, {"W": INPUT, "U": RECURRENT, "b": DOUBLED, "h0": "initial None initial"}),
        (SLSTM, gates("ifzo", "W", "R")),
    ],
)
def test_cells_of_the_literature_have_theirs(text: str, expected: dict[str, str]) -> None:
    assert parameters(text) == expected


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("tanh(b - W @ x[t] - U @ h[t-1])", {"b": DOUBLED, "W": INPUT, "U": RECURRENT}),
        ("tanh(-b)", {"b": BIAS}),
        ("-b * x_scale", {"b": PEEPHOLE, "x_scale": PEEPHOLE}),
        ("h[t-1] / tau + b", {"tau": PEEPHOLE, "b": BIAS}),
        ("a ** 2 * h[t-1]", {"a": PEEPHOLE}),
        ("a * h[t-1] + a", {"a": "vector None recurrent"}),
        ("tanh(h[t-1] * a + W @ x[t])", {"a": "vector None recurrent", "W": INPUT}),
        ("tanh(U @ (a * h[t-1]) + W @ x[t])", {"a": "vector None recurrent", "U": RECURRENT, "W": INPUT}),
        ("tanh(b + W @ x[t] + s * (U @ h[t-1]))", {"b": BIAS, "W": INPUT, "s": PEEPHOLE, "U": RECURRENT}),
        ("P @ tanh(W @ x[t])", {"P": "matrix units operand", "W": INPUT}),
    ],
)
def test_a_role_follows_from_use(right: str, expected: dict[str, str]) -> None:
    assert parameters(f"h[t] = {right}") == expected


def test_one_matrix_may_serve_twice() -> None:
    shared = parameters("f[t] = sigmoid(W @ x[t] + b)\nh[t] = f[t] * tanh(W @ x[t] + U @ h[t-1] + b)")
    assert shared == {"W": INPUT, "b": DOUBLED, "U": RECURRENT}


LSTM = {"i": "gate", "f": "gate", "g": "candidate", "o": "gate", "c": "state", "h": "state"}


def without(signal: str) -> dict[str, str]:
    return {name: kind for name, kind in LSTM.items() if name != signal}


KINDS = {
    "feedforward": {"h": "signal"},
    "rnn": {"h": "state"},
    "jordan": {"h": "signal"},
    "lstm": LSTM,
    "lstm-goodfellow": {"f": "gate", "g": "gate", "a": "candidate", "q": "gate", "s": "state", "h": "state"},
    "lstm-peephole": LSTM,
    "gru": {"r": "gate", "z": "gate", "n": "candidate", "h": "state"},
    "gru-cho": {"r": "gate", "z": "gate", "n": "candidate", "h": "state"},
    **{f"lstm-{name}": LSTM for name in ("niaf", "noaf", "cifg", "np", "fgr")},
    "lstm-nig": without("i"),
    "lstm-nfg": without("f"),
    "lstm-nog": without("o"),
    "mgu": {"f": "gate", "g": "candidate", "h": "state"},
    "indrnn": {"h": "state"},
    "mingru": {"z": "gate", "n": "candidate", "h": "state"},
    "minlstm": dict.fromkeys(("f", "i", "f_prime", "i_prime"), "gate") | {"g": "candidate", "h": "state"},
    "slstm": LSTM | {"i_tilde": "signal", "f_tilde": "signal", "m": "state", "n": "state"},
}


@pytest.mark.parametrize("name", cells.names())
def test_every_shipped_cell_has_its_gates_candidate_and_states(name: str) -> None:
    assert {info.name: info.kind for info in cells.get(name).signals if info.kind != "pre"} == KINDS[name]


@pytest.mark.parametrize(
    ("equation", "kind"),
    [
        ("s[t] = sigmoid(W @ x[t])", "gate"),
        ("s[t] = sigmoid(W @ x[t])  # candidate", "candidate"),
        ("s[t] = 1 - sigmoid(W @ x[t])  # input gate", "gate"),
        ("s[t] = relu(W @ x[t])  # input gate", "candidate"),
        ("s[t] = exp(W @ x[t])  # input gate", "signal"),
        ("s[t] = W @ x[t]  # aggregate", "signal"),
        ("s[t] = phi(W @ x[t])", "candidate"),
        ("s[t] = tanh(b)", "signal"),
    ],
)
def test_a_kind_follows_from_the_outermost_function_unless_the_label_names_it(equation: str, kind: str) -> None:
    assert parse_cell(f"{equation}\nh[t] = s[t] + h[t-1]").signal("s").kind == kind


def test_the_label_of_a_pre_activation_is_that_of_its_signal() -> None:
    assert cells.get("lstm").signal("f.pre").label == "forget gate, pre-activation"
    assert parse_cell(IND_RNN).signal("h.pre").label == "pre-activation"
