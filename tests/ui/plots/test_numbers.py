"""Ticks, numbers, lines and labels: the arithmetic of plots."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.ui.drawing.ticks import power_ticks, round_ticks
from rnnviz.ui.plots import fixed, log_range, magnitude, number
from rnnviz.ui.plots.base.end_labels import spread
from rnnviz.ui.plots.base.polylines import outline, runs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "−0.5"),
        (0.123456, "0.123"),
        (-1234.0, "−1234"),
        (999.96, "1000"),
        (20.0, "20"),
        (1e-7, "1e−7"),
        (2.5e9, "2.5e9"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_typeset_with_true_signs(value: float, text: str) -> None:
    assert number(value) == text


def test_read_outs_keep_their_width() -> None:
    assert fixed(-0.0) == "0.000"
    assert [fixed(value) for value in (0.0, 0.5, -0.25, 12.0)] == ["0.000", "0.500", "−0.250", "12.000"]


def test_a_small_value_is_never_read_out_as_zero() -> None:
    assert fixed(3e-5) == "3e−5"
    assert fixed(0.001444, 2) == "0.0014"


@given(
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.floats(1e-6, 1e6, allow_subnormal=False),
    st.integers(2, 9),
)
def test_ticks_are_round_and_few_and_within_the_scale(low: float, span: float, most: int) -> None:
    high = low + span
    if high - low < 1e-9 * max(abs(low), 1):
        return
    ticks = round_ticks(low, high, most)
    assert len(ticks) <= most
    slack = 1e-6 * (high - low)
    assert all(low - slack <= tick.value <= high + slack for tick in ticks)
    gaps = np.diff([tick.value for tick in ticks])
    if len(gaps) > 1:
        assert np.ptp(gaps) < 1e-6 * gaps.max() + 1e-9 * abs(low)


def test_ticks_say_what_they_stand_for() -> None:
    assert [tick.text for tick in round_ticks(-1, 1, 5)] == ["−1.0", "−0.5", "0", "0.5", "1.0"]
    assert [tick.text for tick in round_ticks(0, 23, 6)] == ["0", "5", "10", "15", "20"]
    assert [tick.text for tick in round_ticks(-1, 1, 2)] == ["−1", "1"]
    assert [tick.exponent for tick in power_ticks(-4, 1, 2)] == ["−4", "1"]


@pytest.mark.parametrize("span", [(-6, 0), (-400, 0), (3, 5), (-0.5, 0.2), (-5000, 5000)])
def test_ticks_of_magnitudes_are_powers_of_ten(span: tuple[float, float]) -> None:
    ticks = power_ticks(*span, most=5)
    assert 1 <= len(ticks) <= 5
    for tick in ticks:
        assert span[0] <= tick.value <= span[1]
        assert (tick.text, float(tick.exponent.replace("−", "-"))) == ("10", tick.value)


@pytest.mark.parametrize(
    ("log10", "text"),
    [(0.0, "1.00"), (-0.30103, "0.500"), (2.0, "100"), (-2.0, "1.0e−2"), (-400.0, "1.0e−400"), (-2.0001, "1.0e−2")],
)
def test_magnitudes_are_read_from_their_logarithm_without_underflow(log10: float, text: str) -> None:
    assert magnitude(log10) == text


def test_a_true_zero_and_an_infinity_are_told_in_words() -> None:
    assert [magnitude(value) for value in (-math.inf, math.inf, math.nan)] == ["0", "∞", "NaN"]


def test_the_range_of_magnitudes_takes_no_notice_of_zeros_and_infinities() -> None:
    series = [np.array([-np.inf, -3.2, np.nan]), np.array([0.4, np.inf])]
    assert log_range(series) == (-4.0, 1.0)
    assert log_range([np.array([-np.inf])]) == (-3.0, 0.0)
    assert log_range([np.array([-2.5])]) == (-4.0, -2.0)


def test_a_line_breaks_at_nan_and_infinity() -> None:
    y = np.array([np.nan, 1, 2, np.nan, 3, np.inf, 4, 5, 6])
    pieces = [[(p.x(), p.y()) for p in piece.toList()] for piece in runs(np.arange(9.0), y)]
    assert pieces == [[(1, 1), (2, 2)], [(4, 3)], [(6, 4), (7, 5), (8, 6)]]
    assert list(runs(np.arange(2.0), np.full(2, np.nan))) == []


def test_few_steps_are_drawn_as_they_are() -> None:
    values = np.arange(10.0)
    places, heights = outline(values, (1.6, 6.4), 500)
    assert places.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert heights.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_many_steps_keep_their_extremes_on_their_pixels() -> None:
    values = np.random.default_rng(0).standard_normal(100_000)
    values[[777, 50_123]] = 40, -40
    places, heights = outline(values, (-0.5, 99_999.5), 1000)
    assert len(places) == 2000
    assert abs(places[heights.argmax()] - 777) <= 100
    assert abs(places[heights.argmin()] - 50_123) <= 100
    columns = values.reshape(1000, 100)
    drawn = np.sort(heights.reshape(1000, 2), axis=1)
    np.testing.assert_array_equal(drawn, np.stack([columns.min(1), columns.max(1)], axis=1))


@given(st.lists(st.floats(0, 100), max_size=8))
def test_labels_never_overlap_and_stay_in_order(heights: list[float]) -> None:
    placed = spread(heights, 10, 5, 95)
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    in_order = [placed[index] for index in order]
    assert len(placed) == len(heights)
    assert not any(second - first < 10 - 1e-6 for first, second in itertools.pairwise(in_order))
    assert not any(not 5 - 1e-6 <= y <= 95 + 1e-6 for y in placed)


def test_labels_with_room_stay_at_their_curves() -> None:
    assert spread([20, 60, 40], 10, 5, 95) == [20, 60, 40]
    assert spread([50, 50], 10, 5, 95) == [45, 55]
