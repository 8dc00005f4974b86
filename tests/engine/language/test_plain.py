"""Expressions as plain text say what the expressions say, with as many parentheses as it takes."""

from __future__ import annotations

import math
import random

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language.expressions import Binary, Call, Expr, Negate, Number, Parameter, Power
from rnnviz.engine.language.plain import plain_text

VALUES = {"a": 0.7, "b": -1.3, "c": 2.1}
RAISED = {"²": "**2", "³": "**3", "⁴": "**4"}


def drawn(random_: random.Random, depth: int) -> Expr:
    """An expression of numbers and parameters."""
    if depth == 0:
        return Parameter(random_.choice("abc")) if random_.random() < 0.7 else Number(random_.choice((0.5, 2.0, 3.0)))
    kind = random_.choice(("+", "-", "*", "/", "negate", "power", "tanh"))
    first = drawn(random_, depth - 1)
    if kind == "negate":
        return Negate(first)
    if kind == "power":
        return Power(first, random_.choice((2, 3, 4)))
    if kind == "tanh":
        return Call("tanh", (first,))
    return Binary(kind, first, drawn(random_, depth - 1))  # type: ignore[arg-type]


def worth(expr: Expr) -> float:
    match expr:
        case Number(value=value):
            return value
        case Parameter(name=name):
            return VALUES[name]
        case Negate(operand=operand):
            return -worth(operand)
        case Power(base=base, exponent=exponent):
            return worth(base) ** exponent
        case Call(arguments=(argument,)):
            return math.tanh(worth(argument))
        case Binary(op=op, left=left, right=right):
            one, two = worth(left), worth(right)
            return {"+": one + two, "-": one - two, "*": one * two, "/": one / two if two else math.nan}[op]
        case _:
            raise AssertionError(expr)


def read(text: str) -> float:
    """The value of a text as anybody reads it."""
    for sign, meant in {"⊙": "*", "−": "-", **RAISED}.items():
        text = text.replace(sign, meant)
    return float(eval(text, {"tanh": math.tanh, **VALUES}))


@pytest.mark.parametrize("seed", range(300))
def test_a_text_is_worth_what_its_expression_is(seed: int) -> None:
    expr = drawn(random.Random(seed), 1 + seed % 4)
    expected = worth(expr)
    if math.isfinite(expected):
        assert read(plain_text(expr)) == pytest.approx(expected, rel=1e-12), plain_text(expr)


@pytest.mark.parametrize(
    ("cell", "signal", "text"),
    [
        ("lstm", "c", "f ⊙ c[t−1] + i ⊙ g"),
        ("gru", "h", "(1 − z) ⊙ n + z ⊙ h[t−1]"),
        ("gru-cho", "n", "tanh(W_n x + U_n (r ⊙ h[t−1]) + b_n)"),
        ("minlstm", "f_prime", "f / (f + i)"),
        ("jordan", "h", "φ(W x + U y[t−1] + b)"),
        ("slstm", "m", "max(log σ(f̃) + m[t−1], ĩ)"),
    ],
)
def test_equations_read_as_in_a_book(cell: str, signal: str, text: str) -> None:
    assert plain_text(cells.get(cell).equation(signal).expression) == text


def test_the_activation_of_the_network_takes_the_place_of_phi() -> None:
    assert plain_text(cells.get("rnn").equation("h").expression, "tanh") == "tanh(W x + U h[t−1] + b)"
