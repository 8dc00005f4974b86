"""Numbers with a power of two per row."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.engine.scaled import NOTHING, Scaled, ldexp, magnitude, magnitudes

MANTISSAS = st.floats(min_value=0.5, max_value=1.0, allow_nan=False) | st.just(0.0)
POWERS = st.integers(-20_000, 20_000)


def rows(*values: list[float], exponents: list[int]) -> Scaled:
    return Scaled(torch.tensor(values, dtype=torch.float64), np.array(exponents, np.int64))


def exact(value: float, exponent: int) -> Fraction:
    return Fraction(value) * Fraction(2) ** exponent


@given(MANTISSAS, MANTISSAS, POWERS, POWERS)
def test_a_sum_is_right_to_the_last_digit_whatever_the_exponents(a: float, b: float, p: int, q: int) -> None:
    found = rows([a], exponents=[p]) + rows([b], exponents=[q])
    ours = exact(float(found.values[0, 0]), int(found.exponents[0]))
    theirs = exact(a, p) + exact(b, q)
    assert abs(ours - theirs) <= abs(theirs) * Fraction(2) ** -52
    assert (ours == 0) == (theirs == 0)


@given(MANTISSAS, POWERS)
def test_the_logarithm_of_a_norm_is_that_of_the_number(value: float, power: int) -> None:
    found = float(rows([value, -value], exponents=[power]).log10_norm()[0])
    if value == 0:
        assert found == -np.inf
    else:
        assert found == pytest.approx(np.log10(value * np.sqrt(2)) + power * np.log10(2), abs=1e-10)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0, 4.0], np.log10(5)),
        ([3e-300, 4e-300], np.log10(5) - 300),
        ([3e300, 4e300], np.log10(5) + 300),
        ([5e-324, 0.0], np.log10(5e-324)),
        ([0.0, -0.0], -np.inf),
        ([np.inf, 1.0], np.inf),
        ([np.nan, 1.0], np.nan),
        ([np.nan, np.inf], np.nan),
    ],
)
def test_norms_are_right_at_both_ends_of_the_range(values: list[float], expected: float) -> None:
    found = rows(values, [1.0, 0.0], exponents=[0, 0]).log10_norm().numpy()
    np.testing.assert_allclose(found, [expected, 0.0], rtol=1e-12)


@pytest.mark.parametrize("power", [-3000, -1100, -1074, -1, 0, 1, 1000, 1023, 3000])
def test_powers_of_two_are_exact_where_the_result_is_a_number(power: int) -> None:
    values = torch.tensor([[1.5, -0.75], [2.0**-500, 0.0]], dtype=torch.float64)
    with np.errstate(all="ignore"):
        expected = np.ldexp(values.numpy(), power)
    np.testing.assert_array_equal(ldexp(values, power), expected)
    np.testing.assert_array_equal(ldexp(values, np.array([power, power])), expected)


def test_magnitudes_tell_zeros_numbers_and_the_rest() -> None:
    values = torch.tensor([[0.0, 0.0], [0.5, -3.0], [np.inf, 0.0], [1.0, np.nan], [5e-324, 0.0]], dtype=torch.float64)
    assert magnitudes(values).tolist() == [NOTHING, 2, 0, 1, -1073]
    assert magnitude(values[1]) == 2
    assert Scaled(values, np.full(5, 10)).magnitudes.tolist() == [NOTHING, 12, 10, 11, -1063]


def test_reach_is_up_to_the_last_row_that_is_not_zero() -> None:
    assert Scaled.plain(torch.zeros(4, 2)).reach == 0
    assert rows([0.0], [np.nan], [0.0], exponents=[0, 0, 0]).reach == 2
    assert rows([0.0], [1.0], [2.0], [0.0], exponents=[0, 0, -9000, 0]).reach == 3


def test_rows_may_be_cut_and_turned_round() -> None:
    whole = rows([1.0, 2.0], [3.0, 4.0], [5.0, 6.0], exponents=[1, 2, 3])
    assert whole[1:].plainly().tolist() == [[12.0, 16.0], [40.0, 48.0]]
    assert whole.flipped().plainly()[0].tolist() == [40.0, 48.0]
    assert whole.columns(1, 2).plainly()[:, 0].tolist() == [4.0, 16.0, 48.0]
