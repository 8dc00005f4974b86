"""Whatever a text holds, either a cell comes of it or one sentence that names cause and place."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.engine import cells
from rnnviz.engine.errors import CellError
from rnnviz.engine.language import parse_cell
from tests.engine.language.texts import SLSTM

DEEP = "(" * 51 + "b" + ")" * 51

REFUSED: list[tuple[str, int, int, str]] = [
    # what is not a formula at all
    ("", 1, 1, "There is no equation"),
    ("# only a comment", 1, 1, "There is no equation"),
    ("h[t]", 1, 1, "needs '='"),
    ("h[t] =", 1, 6, "Nothing stands right"),
    ("= W @ x[t]", 1, 1, "begins with the signal"),
    ("3[t] = 1", 1, 1, "begins with the signal"),
    ("h[t] = W @", 1, 10, "After '@' a value is missing"),
    ("h[t] = a b", 1, 10, "Between 'a' and 'b' an operator is missing"),
    ("h[t] = 2 (b)", 1, 10, "Between '2' and '(' an operator is missing"),
    ("h[t] = h[t-1] b", 1, 15, "Between ']' and 'b' an operator is missing"),
    ("h[t] = a + * b", 1, 12, "Before '*' a value is missing"),
    ("h[t] = max(, b)", 1, 12, "Before ',' a value is missing"),
    ("h[t] = tanh(b +)", 1, 16, "Before ')' a value is missing"),
    ("h[t] = tanh(W @ x[t]", 1, 12, "'(' is never closed"),
    ("h[t] = tanh(W @ x[t]])", 1, 21, "']' closes no bracket"),
    ("h[t] = b)", 1, 9, "')' closes no bracket"),
    ("h[t] = a = b", 1, 10, "a single '='"),
    ("h[0] = 1", 1, 1, "at least one equation for a step"),
    # the left side
    ("h = b", 1, 1, "write h[t] = ..."),
    ("h[t-1] = b", 1, 3, "'h[t-1]' cannot be assigned"),
    ("h[t+1] = b", 1, 3, "'h[t+1]' cannot be assigned"),
    ("h[2] = b", 1, 3, "'h[2]' cannot be assigned"),
    ("x[t] = b", 1, 1, "'x' is the input"),
    ("t[t] = b", 1, 1, "'t' is the step"),
    ("tanh[t] = b", 1, 1, "'tanh' is a function"),
    ("h[t] = b\nh[t] = 2 * b", 2, 1, "h[t] is assigned a second time; the first is in line 1"),
    ("h[t] = h[t-1]\nh[0] = 1\nh[0] = 2", 3, 1, "h[0] is assigned a second time; the first is in line 2"),
    ("h[t] = b\nh[0] = 1", 2, 1, "h[t-1] is never read"),
    ("h[t] = U @ y[t-1]\ny[0] = 1", 2, 1, "y[0] is set, but y[t] is never assigned"),
    ("h[t] = h[t-1] + b\nh[0] = b", 2, 8, "'b' is a value before the first step here, but also stands in line 1"),
    ("h[t] = h[t-1]\nc[t] = c[t-1]\nh[0] = s\nc[0] = s", 4, 8, "already is one in line 3"),
    ("h[t] = h[t-1]\nh[0] = tanh(h0)", 2, 8, "a number or the name of a learned vector"),
    # time
    ("h[t] = tanh(U @ h[t-2])", 1, 17, "lags above 1"),
    ("h[t] = tanh(U @ h[t+1])", 1, 17, "lies in the future"),
    ("h[t] = tanh(W @ x[t-1])", 1, 17, "only the input of its own step"),
    ("h[t] = tanh(W @ x[t+1])", 1, 17, "lies in the future"),
    ("h[t] = h[0]", 1, 8, "can only stand left of '='"),
    ("h[t] = h[t-1-1]", 1, 8, "lags above 1"),
    ("h[t] = h[7]", 1, 8, "is read as h[t] or h[t-1]"),
    ("h[t] = h[t, 1]", 1, 8, "is read as h[t] or h[t-1]"),
    ("h[t] = (b + c)[t]", 1, 8, "only the name of a signal takes [t]"),
    ("h[t] = sigmoid[t]", 1, 8, "'sigmoid' is a function"),
    # names
    ("h[t] = tanh(W @ x[t] + s[t])", 1, 24, "'s[t]' is read but 's' is never assigned"),
    ("h[t] = tanh(W @ x[t] + s[t-1])", 1, 24, "'s[t-1]' is read but 's' is never assigned"),
    ("h[t] = U @ y[t]", 1, 12, "the output of this very step"),
    ("h[t] = b + b[t]", 1, 12, "'b' is a parameter in line 1"),
    ("f[t] = b\nh[t] = f * b", 2, 8, "'f' is a signal: it is read as f[t]"),
    ("f[t] = b\nh[t] = f @ x[t]", 2, 8, "cannot be the matrix left of '@'"),
    ("h[t] = W @ x[t] + W", 1, 19, "'W' is a vector of units here but a matrix left of '@' in line 1"),
    ("h[t] = W @ x[t] + W @ h[t-1]", 1, 19, "as long as the units here but to one as long as the input"),
    ("h[t] = t * b", 1, 8, "'t' is the step"),
    ("h[t] = x * b", 1, 8, "'x' is the input"),
    ("h[t] = nan * b", 1, 8, "'nan' is no number"),
    ("h[t] = tanh * b", 1, 8, "'tanh' is a function: it is written tanh(...)"),
    ("h[t] = phi @ x[t]", 1, 8, "only the name of a matrix"),
    ("h[t] = _b", 1, 8, "neither begin with '_'"),
    ("h[t] = b__class", 1, 8, "neither begin with '_' nor contain '__'"),
    (f"h[t] = {'n' * 41}", 1, 8, "41 characters"),
    ("h[t] = f[t]\nf[t] = g[t]\ng[t] = h[t]", 1, 1, "h[t] needs f[t] needs g[t] needs h[t]: a cycle"),
    ("h[t] = h[t] + b", 1, 1, "h[t] needs h[t]: a cycle"),
    # sizes
    ("h[t] = b * x[t]", 1, 12, "x[t] is as long as the input"),
    ("h[t] = x[t]", 1, 8, "x[t] is as long as the input"),
    ("h[t] = W @ (2 * x[t])", 1, 17, "x[t] is as long as the input"),
    ("h[t] = b * y[t-1]", 1, 12, "y[t-1] is as long as the output"),
    ("h[t] = W @ 3", 1, 12, "a vector is needed"),
    ("h[t] = W @ (1 + inf)", 1, 13, "a vector is needed"),
    ("h[t] = U @ V @ h[t-1]", 1, 8, "'U @ V' stands left of '@'"),
    ("h[t] = h[t-1] @ U", 1, 8, "'h[t-1]' stands left of '@'"),
    ("h[t] = (U + V) @ h[t-1]", 1, 9, "'U + V' stands left of '@'"),
    # the trap of the two GRUs
    ("h[t] = U @ r * h[t-1]", 1, 8, "'U @ r * h[t-1]' would be read as '(U @ r) * h[t-1]'"),
    ("h[t] = r * U @ h[t-1]", 1, 8, "'r * U @ h[t-1]' would be read as '(r * U) @ h[t-1]'"),
    ("h[t] = b + U @ h[t-1] / 2", 1, 12, "'U @ h[t-1] / 2' would be read as '(U @ h[t-1]) / 2'"),
    ("h[t] = -U @ r * h[t-1]", 1, 8, "would be read as '(-U @ r) * h[t-1]'"),
    ("h[t] = tanh(b +\n  U @ r * b)", 2, 3, "would be read as"),
    # what the language has not
    ("h[t] = sum(h[t-1])", 1, 8, "reaches across the units"),
    ("h[t] = softmax(U @ h[t-1])", 1, 8, "reaches across the units"),
    ("h[t] = foo(b)", 1, 8, "'foo' is not a function of the language"),
    ("h[t] = eval(b)", 1, 8, "'eval' is not a function"),
    ("h[t] = tanh(b)(b)", 1, 8, "is not a function"),
    ("h[t] = tanh(b, c)", 1, 8, "'tanh' takes one argument, here it has 2"),
    ("h[t] = max(b)", 1, 8, "'max' takes 2 arguments, here it has 1"),
    ("h[t] = tanh(*b)", 1, 13, "Before '*' a value is missing"),
    ("h[t] = tanh(**b)", 1, 13, "Before '**' a value is missing"),
    ("h[t] = tanh(b=c)", 1, 14, "no named arguments"),
    ("h[t] = b, c", 1, 8, "'b, c' is not part of the cell language"),
    ("h[t] = [b, c]", 1, 8, "is not part of the cell language"),
    ("h[t] = ()", 1, 8, "is not part of the cell language"),
    ("h[t] = U @ h[t-1].T", 1, 18, "attribute access"),
    ("h[t] = ().__class__", 1, 10, "attribute access"),
    ("h[t] = 'b'", 1, 8, "text in quotes"),
    ('h[t] = f"{b}"', 1, 9, "text in quotes"),
    ("h[t] = lambda: b", 1, 8, "'lambda' is a word of Python"),
    ("h[t] = [b for b in c]", 1, 11, "'for' is a word of Python"),
    ("h[t] = b if c else d", 1, 10, "'if' is a word of Python"),
    ("import os", 1, 1, "'import' is a word of Python"),
    ("h[t] = None", 1, 8, "'None' is a word of Python"),
    ("h[t] = True * b", 1, 8, "'True' is a word of Python"),
    ("h[t] = (b := c)", 1, 11, "':=' is not part"),
    ("h[t] += b", 1, 6, "'+=' is not part"),
    ("h[t] == b", 1, 6, "'==' compares"),
    ("h[t] = b < c", 1, 10, "'<' is not part"),
    ("h[t] = b // c", 1, 10, "'//' is not part"),
    ("h[t] = b % c", 1, 10, "'%' is not part"),
    ("h[t] = ~b", 1, 8, "'~' is not part"),
    ("h[t] = b ^ 2", 1, 10, "a power is written with '**'"),
    ("h[t] = b; c[t] = b", 1, 9, "its own line"),
    ("h[t] = b + \\\nc", 1, 12, "as long as a bracket is open"),
    ("h[t]: b = c", 1, 5, "':' is not part"),
    ("h[t] = {b}", 1, 8, "braces"),
    ("h[t] = b $ c", 1, 10, "'$' is not part"),
    # numbers
    ("h[t] = 1e7 * b", 1, 8, "not a number up to 1,000,000"),
    ("h[t] = 1e999 * b", 1, 8, "not a number up to 1,000,000"),
    ("h[t] = " + "9" * 5000 + " * b", 1, 8, "cannot be read"),
    ("h[t] = " + "9" * 400 + " * b", 1, 8, "not a number up to 1,000,000"),
    ("h[t] = 3j * b", 1, 8, "'3j' is neither a number nor a name"),
    ("h[t] = 0x10 * b", 1, 8, "'0x' is neither a number nor a name"),
    ("h[t] = 2b", 1, 8, "'2b' is neither a number nor a name"),
    ("h[t] = 007 * b", 1, 8, "cannot be read"),
    ("h[t] = 1.2.3 * b", 1, 11, "Between '1.2' and '.3' an operator is missing"),
    ("h[t] = b ** 9", 1, 13, "a whole number from 2 to 8"),
    ("h[t] = b ** 1", 1, 13, "a whole number from 2 to 8"),
    ("h[t] = b ** 2.0", 1, 13, "a whole number from 2 to 8"),
    ("h[t] = b ** -2", 1, 13, "a whole number from 2 to 8"),
    ("h[t] = b ** c", 1, 13, "a whole number from 2 to 8"),
    ("h[t] = 9 ** 9 ** 9 ** 9", 1, 13, "a whole number from 2 to 8"),
    # characters
    ("h[t] = \u0441 * b", 1, 8, "CYRILLIC SMALL LETTER ES"),
    ("\uff48[t] = b", 1, 1, "FULLWIDTH LATIN SMALL LETTER H"),
    ("h[t] = \u03c3(b)", 1, 8, "GREEK SMALL LETTER SIGMA"),
    ("h[t] = b \u2212 c", 1, 10, "MINUS SIGN"),
    ("h[t] =\u00a0b", 1, 7, "NO-BREAK SPACE"),
    ("h[t] = b\x00", 1, 9, "U+0000"),
    ("h[t] = b\x0cc", 1, 9, "U+000C"),
    ("h[t] = \ud800", 1, 8, "U+D800"),
    ("h[t] = \U0001f4a9", 1, 8, "PILE OF POO"),
    ("h[t] = b\u2028c[t] = b", 1, 9, "LINE SEPARATOR"),
    # too much of it
    ("h[t] = b\n" + "#" * 20_000, 1, 1, "20,009 characters"),
    ("h[t] = " + DEEP, 1, 58, "nested more than 50 deep"),
    ("h[t] = " + "(" * 9000, 1, 58, "nested more than 50 deep"),
    ("h[t] = " + "-" * 9000 + "b", 1, 108, "More than 100 operators"),
    ("h[t] = b" + "+b" * 101, 1, 209, "More than 100 operators"),
    ("h[t] = b" + "**2" * 5000, 1, 309, "More than 100 operators"),
    ("h[t] = " + "tanh(-" * 51 + "b" + ")" * 51, 1, 312, "nested more than 50 deep"),
    ("\n".join(f"s{n}[t] = b" for n in range(65)), 65, 1, "at most 64 lines"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), REFUSED)
def test_a_text_that_is_no_cell_is_refused_with_cause_and_place(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(CellError) as caught:
        parse_cell(text)
    assert message in caught.value.reason
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.reason.endswith((".", "...", "…"))
    assert "\n" not in caught.value.reason
    assert len(caught.value.reason) < 300


def test_what_is_just_within_the_limits_is_accepted() -> None:
    parse_cell("h[t] = " + "(" * 50 + "b" + ")" * 50)
    parse_cell("h[t] = b" + "+b" * 100)
    parse_cell("h[t] = " + "tanh(-" * 50 + "b" + ")" * 50)
    parse_cell("\n".join(f"s{n}[t] = b * s{(n + 1) % 64}[t-1]" for n in range(64)))
    parse_cell("h[t] = b\n" + "#" * 19_991)


def test_the_deepest_text_leaves_room_on_the_stack_of_a_busy_caller() -> None:
    def deep(frames: int) -> None:
        if frames:
            deep(frames - 1)
        else:
            parse_cell("h[t] = " + "tanh(-" * 49 + "b" + "+b" * 50 + ")" * 49)

    deep(sys.getrecursionlimit() // 3)


def test_a_text_at_every_limit_is_read_in_a_moment() -> None:
    sums = " + ".join(f"s{n % 64}[t-1] * b" for n in range(24))
    text = "\n".join(f"s{n}[t] = tanh({sums[:290].rsplit(' + ', 1)[0]})" for n in range(64))
    assert 15_000 < len(text) <= 20_000
    start = time.perf_counter()
    parse_cell(text)
    assert time.perf_counter() - start < 2


PIECES = [
    *"hcxyt+-*/@=()[],.#:;'\"\\\n \t0123456789_eEjbWU\u0441\x00",
    *(
        "h[t]",
        "h[t-1]",
        "x[t]",
        "y[t-1]",
        "[t]",
        " = ",
        "tanh(",
        "max(",
        "W @ ",
        "**2",
        "h[t] = ",
        "inf",
        "lambda",
        "h[0]",
    ),
]


def check(text: str) -> None:
    """Hold that a cell comes of a text, or an error whose place lies within the text."""
    error = refusal(text)
    if error is not None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1


def refusal(text: str) -> CellError | None:
    try:
        parse_cell(text)
    except CellError as error:
        return error
    return None


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_only_a_cell_error_ever_comes_out_of_pieces_of_the_language(text: str) -> None:
    check(text)
    check(f"h[t] = {text}")


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_only_a_cell_error_ever_comes_out_of_any_text(text: str) -> None:
    check(text)


@settings(max_examples=150)
@given(st.data())
def test_only_a_cell_error_ever_comes_out_of_a_damaged_cell(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([cells.get("lstm").text, cells.get("gru").text, SLSTM]))
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 12)))
    check(text[:start] + data.draw(st.sampled_from(PIECES)) + text[stop:])
