"""The formula with the numbers of one unit put in."""

from __future__ import annotations

import math
from itertools import cycle

import pytest
import ziamath

from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.numbers import equation_numbers_tex, value_tex


def plain(name: str, signal: str, values: dict[str, float]) -> str:
    return (
        equation_numbers_tex(cells.get(name), signal, values)
        .replace(r"\left", "")
        .replace(r"\right", "")
        .replace("{-}", "-")
    )


def test_a_gate_shows_its_pre_activation_and_its_value() -> None:
    assert plain("lstm", "f", {"f": 0.69635, "f.pre": 0.83}) == r"f_{t} = \sigma(0.830) = 0.696"


def test_a_state_shows_every_factor() -> None:
    values = {"f": 0.7, "c[t-1]": 0.51, "i": 0.12, "g": -0.3, "c": 0.321}
    assert plain("lstm", "c", values) == r"c_{t} = 0.700 \cdot 0.510 + 0.120 \cdot (-0.300) = 0.321"


def test_numbers_of_the_formula_stay_as_written() -> None:
    values = {"z": 0.25, "n": 0.5, "h[t-1]": 1.0, "h": 0.625}
    assert plain("gru", "h", values) == r"h_{t} = (1 - 0.250) \cdot 0.500 + 0.250 \cdot 1.00 = 0.625"


def test_a_matrix_keeps_its_letter() -> None:
    values = {"h.pre": 0.4, "b": -0.1}
    assert plain("rnn", "h.pre", values) == r"h_{t}^{\mathrm{pre}} = W x_{t} + U h_{t-1} + (-0.100) = 0.400"


def test_what_has_no_value_keeps_its_symbol() -> None:
    assert plain("lstm", "h", {"h": 0.2, "o": 0.5}) == r"h_{t} = 0.500 \cdot \tanh(c_{t}) = 0.200"


def test_a_constant_is_not_said_twice() -> None:
    assert equation_numbers_tex(parse_cell("f[t] = 1\nh[t] = f[t] * h[t-1]"), "f", {"f": 1.0}) == "f_{t} = 1"


@pytest.mark.parametrize(
    ("value", "tex"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1.00"),
        (-12.345, "-12.3"),
        (123.4, "123"),
        (999.9, r"1.00 \cdot 10^{3}"),
        (0.00012345, "0.000123"),
        (-1.5e-7, r"-1.50 \cdot 10^{-7}"),
        (math.inf, r"\infty"),
        (-math.inf, r"-\infty"),
        (math.nan, r"\mathrm{NaN}"),
    ],
)
def test_a_value_has_three_significant_digits(value: float, tex: str) -> None:
    assert value_tex(value).tex == tex.replace("-", "{-}", int(value < 0))
    assert value_tex(value).negative == tex.startswith("-")


@pytest.mark.parametrize("name", cells.names())
def test_every_equation_with_numbers_renders(name: str) -> None:
    cell = cells.get(name)
    keys = [*(info.name for info in cell.signals), *(f"{state}[t-1]" for state in cell.states)]
    values = dict(zip(keys, cycle([0.5, -1e-9, math.inf, math.nan]), strict=False))
    ziamath.config.svg2 = False
    for info in cell.signals:
        assert "<svg" in ziamath.Latex(equation_numbers_tex(cell, info.name, values)).svg()


def test_a_missing_result_is_an_error_that_names_it() -> None:
    with pytest.raises(SpecError, match="no value for the signal 'f' of the cell 'lstm'"):
        equation_numbers_tex(cells.get("lstm"), "f", {"f.pre": 1.0})
