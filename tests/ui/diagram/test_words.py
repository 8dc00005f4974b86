"""Names and numbers are written as in the books, and numbers keep their width."""

from __future__ import annotations

import math

import pytest

from rnnviz.ui.diagram.words import short, symbol


@pytest.mark.parametrize(
    ("name", "step", "written"),
    [
        ("c", "t", ("c", "t")),
        ("h", "t−1", ("h", "t−1")),
        ("f_prime", "t", ("f′", "t")),
        ("f_tilde", "t", ("f\u0303", "t")),
        ("alpha_k", "t", ("α", "k,t")),
    ],
)
def test_names(name: str, step: str, written: tuple[str, str]) -> None:
    assert symbol(name, step) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.00"),
        (-0.001, "0.00"),
        (-0.526, "−0.53"),
        (9.999, "10.0"),
        (123.4, "123"),
        (-9999.0, "−9999"),
        (math.inf, "∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers(value: float, written: str) -> None:
    assert short(value) == written


@pytest.mark.parametrize("value", [12345.6, -1e9, 3e-12, -99.96, 99.94])
def test_numbers_have_at_most_six_signs(value: float) -> None:
    assert len(short(value)) <= 6
