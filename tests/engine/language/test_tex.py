"""Formulas as a textbook sets them, in TeX that really renders."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import ziamath

from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.tex import cell_tex, equation_tex, read_backward, symbol_tex, symbol_text
from tests.engine.language.texts import IND_RNN, LEARNED_START, MIN_GRU, SLSTM


def right_side(right: str) -> str:
    """Return the TeX right of the equals sign, without the marks that only space and size it."""
    tex = equation_tex(parse_cell(f"h[t] = {right}"), "h")
    return tex.split(" = ", 1)[1].replace(r"\left", "").replace(r"\right", "").replace("{-}", "-")


def rendered(tex: str) -> str:
    ziamath.config.svg2 = False
    svg = ziamath.Latex(tex).svg()
    ET.fromstring(svg)
    return str(svg)


@pytest.mark.parametrize(
    ("right", "tex"),
    [
        ("sigmoid(W @ x[t] + U @ h[t-1] + b)", r"\sigma(W x_{t} + U h_{t-1} + b)"),
        ("b * h[t-1]", r"b \odot h_{t-1}"),
        ("2 * h[t-1]", r"2 \cdot h_{t-1}"),
        ("(1 - z) * n + z * h[t-1]", r"(1 - z) \odot n + z \odot h_{t-1}"),
        ("U @ (r * h[t-1])", r"U (r \odot h_{t-1})"),
        ("(U @ r) * h[t-1]", r"(U r) \odot h_{t-1}"),
        ("r * (U @ h[t-1] + c)", r"r \odot (U h_{t-1} + c)"),
        ("P @ (V @ x[t])", "P V x_{t}"),
        ("P @ tanh(b)", r"P \tanh(b)"),
        ("-U @ h[t-1]", "-U h_{t-1}"),
        ("(-U @ h[t-1]) * b", r"(-U h_{t-1}) \odot b"),
        ("a - (b + c)", "a - (b + c)"),
        ("a - (b - c)", "a - (b - c)"),
        ("a + (b - c)", "a + b - c"),
        ("(a + b) + c", "a + b + c"),
        ("a * (b * c)", r"a \odot b \odot c"),
        ("a - (-b)", "a - (-b)"),
        ("a + (-b + c)", "a + (-b + c)"),
        ("-(a + b)", "-(a + b)"),
        ("--a", "-(-a)"),
        ("a * (-b)", r"a \odot (-b)"),
        ("U @ (-b)", "U (-b)"),
        ("a / (b + c) * b", r"\frac{a}{b + c} \odot b"),
        ("(a + b) ** 2", "(a + b)^{2}"),
        ("a ** 2 * b ** 3", r"a^{2} \odot b^{3}"),
        ("tanh(a) ** 2", r"(\tanh(a))^{2}"),
        ("(-a) ** 2", "(-a)^{2}"),
        ("sqrt(a) + abs(-b)", r"\sqrt{a} + |-b|"),
        ("max(a, -inf)", r"\max(a, -\infty)"),
        ("log_sigmoid(a) + relu(b) + phi(c)", r"\log\sigma(a) + \mathrm{ReLU}(b) + \varphi(c)"),
        ("0.00001 * a", r"1 \cdot 10^{-5} \cdot a"),
        ("1000000 * a + 0.25", r"1000000 \cdot a + 0.25"),
    ],
)
def test_a_formula_has_the_parentheses_it_needs_and_no_more(right: str, tex: str) -> None:
    assert right_side(right) == tex


@pytest.mark.parametrize(
    ("name", "step", "tex"),
    [
        ("h", "", "h"),
        ("h", "t-1", "h_{t-1}"),
        ("W_i", "", "W_{i}"),
        ("c_n", "t", "c_{n,t}"),
        ("h0", "", "h_{0}"),
        ("W2_in", "", r"W_{2,\mathrm{in}}"),
        ("alpha_f", "t", r"\alpha_{f,t}"),
        ("gate", "t", r"\mathrm{gate}_{t}"),
        ("f.pre", "t", r"f_{t}^{\mathrm{pre}}"),
        ("b_beta", "", r"b_{\beta}"),
        ("f_tilde", "t", r"\tilde{f}_{t}"),
        ("W_i_hat", "", r"\hat{W}_{i}"),
        ("alpha_bar", "t-1", r"\bar{\alpha}_{t-1}"),
        ("f_prime", "t", "f'_{t}"),
        ("f_prime.pre", "t", r"{f'}_{t}^{\mathrm{pre}}"),
        ("hat", "t", r"\mathrm{hat}_{t}"),
        ("hat_hat", "", r"\hat{\mathrm{hat}}"),
        ("k_tilde_2", "", r"k_{\mathrm{tilde},2}"),
    ],
)
def test_names_become_symbols(name: str, step: str, tex: str) -> None:
    assert symbol_tex(name, step) == tex


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f_prime", "f′"),
        ("i_tilde", "ĩ"),
        ("f_tilde.pre", "f\u0303.pre"),
        ("f", "f"),
        ("f.pre", "f.pre"),
        ("W_i", "W_i"),
        ("hat", "hat"),
    ],
)
def test_names_have_their_accents_in_plain_text_too(name: str, text: str) -> None:
    assert symbol_text(name) == text


def test_what_is_primed_is_not_raised_twice() -> None:
    cell = parse_cell("f_prime[t] = sigmoid(W @ x[t])\nh[t] = f_prime[t] ** 2 + h[t-1]")
    tex = equation_tex(cell, "h")
    assert tex == r"h_{t} = \left(f'_{t}\right)^{2} + h_{t-1}"
    assert "<path" in rendered(tex)
    assert "<path" in rendered(equation_tex(cell, "f_prime.pre"))


def test_an_equation_of_a_pre_activation_gives_the_argument() -> None:
    assert equation_tex(cells.get("rnn"), "h.pre") == r"h_{t}^{\mathrm{pre}} = W x_{t} + U h_{t-1} + b"


def test_a_sign_stands_closer_than_a_difference() -> None:
    assert equation_tex(parse_cell("h[t] = -a - b"), "h") == "h_{t} = {-}a - b"
    sign, difference = (ziamath.Latex(tex).getsize()[0] for tex in ("a = {-}b", "a = -b"))
    assert sign < difference


def test_a_signal_wears_its_colour_wherever_it_stands() -> None:
    colours = {"f": "#d55e00", "c": "#0072b2", "x": "#009e73"}
    tex = equation_tex(cells.get("lstm"), "c", colours=colours)
    assert r"\textcolor{#d55e00}{f_{t}} \odot \textcolor{#0072b2}{c_{t-1}} + i_{t} \odot g_{t}" in tex
    svg = rendered(tex)
    assert "#d55e00" in svg
    assert "#0072b2" in svg
    assert r"\textcolor{#d55e00}{f_{t}^{\mathrm{pre}}}" in equation_tex(cells.get("lstm"), "f.pre", colours=colours)


def test_values_before_the_first_step_are_shown() -> None:
    assert r"m_{0} &= {-}\infty" in cell_tex(parse_cell(SLSTM))
    assert r"h_{0} &= \text{learned}" in cell_tex(parse_cell(LEARNED_START))


@pytest.mark.parametrize("text", [*cells.names(), SLSTM, MIN_GRU, IND_RNN, LEARNED_START])
def test_every_cell_renders_with_each_equation_on_a_row_of_its_own(text: str) -> None:
    cell = cells.get(text)
    colours = {info.name: "#123456" for info in cell.signals}
    ziamath.config.svg2 = False
    whole = ziamath.Latex(cell_tex(cell, colours=colours))
    assert "#123456" in whole.svg()
    heights = [ziamath.Latex(equation_tex(cell, name)).getsize()[1] for name in cell.order]
    assert whole.getsize()[1] > 0.8 * sum(heights)


def test_an_unknown_signal_is_named() -> None:
    with pytest.raises(SpecError, match="no equation 'q'"):
        equation_tex(cells.get("rnn"), "q")


def test_a_layer_that_reads_backward_has_the_state_of_the_step_after() -> None:
    lstm = cells.get("lstm")
    tex = read_backward(equation_tex(lstm, "c", colours={"c": "#0072b2"}))
    assert tex == r"\textcolor{#0072b2}{c_{t}} = f_{t} \odot \textcolor{#0072b2}{c_{t+1}} + i_{t} \odot g_{t}"
    assert read_backward(r"m_{\mathrm{max},t-1} + \text{t-1}") == r"m_{\mathrm{max},t+1} + \text{t-1}"
    assert read_backward(cell_tex(lstm)).count("t+1") == cell_tex(lstm).count("t-1")
