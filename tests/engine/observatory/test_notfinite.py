"""Infinities and NaN are called by their names."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.notfinite import not_finite


def test_a_table_of_numbers_needs_no_word() -> None:
    assert not not_finite(np.ones((3, 4)))


def test_infinities_and_nan_are_counted_and_their_first_step_is_named() -> None:
    values = np.zeros((5, 2))
    values[2, 0], values[3, 1], values[4, 1] = np.inf, -np.inf, np.nan
    said = "Of 10 numbers 2 are infinite and 1 is not a number, the first at step 3; the others are drawn."
    assert not_finite(values) == said


def test_numbers_that_there_are_none_of_do_not_count() -> None:
    values = np.zeros((4, 3))
    values[0] = np.nan
    assert not not_finite(values, expected=np.isnan(values))
    values[3, 1] = np.inf
    assert "1 is infinite, the first at step 4" in not_finite(values, expected=np.isnan(values))
