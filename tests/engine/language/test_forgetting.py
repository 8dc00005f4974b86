"""The biases that make a cell remember when they are raised, found in its equations."""

from __future__ import annotations

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.evaluate import Matrix, Vector, evaluate_step
from rnnviz.engine.language.forgetting import forget_biases

REMEMBERING = [name for name in cells.names() if forget_biases(cells.get(name))]


@pytest.mark.parametrize("name", [name for name in cells.names() if "f" in cells.get(name).order])
def test_a_forget_bias_is_one_that_makes_more_of_the_old_state_stay(name: str) -> None:
    """With all other parameters at zero a step keeps a share of the state, which grows with b_f where b_f is one."""
    cell = cells.get(name)
    kept = []
    for bias in (-1.0, 1.0):
        parameters: dict[str, Vector | Matrix] = {
            info.name: [[0.0]] if info.kind == "matrix" else [bias if info.name == "b_f" else 0.0]
            for info in cell.parameters
        }
        before = {state: [0.0 if state == "m" else 0.5] for state in cell.states}
        state = next(state for state in ("c", "s", "h") if state in cell.states)
        kept.append(evaluate_step(cell, [1.0], before, parameters)[state][0])
    assert forget_biases(cell) == (("b_f",) if kept[1] > kept[0] else ())


def test_cells_without_one_have_none() -> None:
    assert "lstm" in REMEMBERING
    assert not {"gru", "rnn", "feedforward", "lstm-nfg", "lstm-cifg", "mgu", "mingru"} & set(REMEMBERING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f[t] = sigmoid(W @ x[t] + a + b)\nc[t] = f[t] * c[t-1] + 1", ("a", "b")),
        ("q[t] = W @ x[t] + b\nf[t] = sigmoid(q[t])\nc[t] = f[t] * c[t-1] + 1", ("b",)),
        ("i[t] = sigmoid(W @ x[t] + b)\nf[t] = 1 - i[t]  # forget gate\nc[t] = f[t] * c[t-1]", ()),
        ("f[t] = sigmoid(W @ x[t] + b)\nc[t] = c[t-1] * (1 - f[t]) + f[t]", ()),
        ("f[t] = sigmoid(W @ x[t] + p * c[t-1])\nc[t] = f[t] * c[t-1]", ()),
        ("f[t] = tanh(W @ x[t] + b)\nc[t] = f[t] * c[t-1]", ()),
        ("f[t] = sigmoid(b)\nc[t] = f[t] * c[t-1] + W @ x[t]", ("b",)),
    ],
)
def test_they_follow_from_the_equations(text: str, expected: tuple[str, ...]) -> None:
    assert forget_biases(parse_cell(text)) == expected
