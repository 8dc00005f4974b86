"""The pyramid of extremes against plain numpy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.ui.plots.time.extrema_pyramid import BASE, FACTOR, Pyramid

Floats = NDArray[np.floating]


def brute(values: Floats, pivot: float) -> Floats:
    """The farthest of [n, H] from the pivot, the greater of two equally far ones, NaN only if alone."""
    result = np.full(values.shape[1], np.nan)
    for row, column in itertools.product(range(len(values)), range(values.shape[1])):
        new, old = values[row, column], result[column]
        if np.isnan(new):
            continue
        nearer = not np.isnan(old) and (abs(new - pivot), new) <= (abs(old - pivot), old)
        if not nearer:
            result[column] = new
    return result


def sample(steps: int, rows: int = 3, strange: bool = True) -> Floats:
    rng = np.random.default_rng(steps)
    values = rng.standard_normal((steps, rows)).round(1)
    if strange:
        values[rng.random((steps, rows)) < 0.2] = np.nan
        values[rng.random((steps, rows)) < 0.01] = np.inf
        values[rng.random((steps, rows)) < 0.01] = -np.inf
    return values


@pytest.mark.parametrize("pivot", [0.0, 0.5])
@pytest.mark.parametrize("steps", [1, 15, 16, 17, 63, 64, 65, 300, 1500])
def test_every_level_holds_the_farthest_value_of_its_group(steps: int, pivot: float) -> None:
    values = sample(steps)
    pyramid = Pyramid(values, pivot)
    group = BASE
    for rows in pyramid._coarse:
        expected = [brute(values[k : k + group], pivot) for k in range(0, steps, group)]
        np.testing.assert_array_equal(rows.values, expected)
        group *= FACTOR
    assert bool(pyramid._coarse) == (steps > BASE)


@pytest.mark.parametrize("pieces", [[1] * 200, [16] * 20, [5, 400, 1, 63, 64, 65]])
def test_growing_step_by_step_gives_the_same_pyramid(pieces: list[int]) -> None:
    values = sample(sum(pieces))
    grown, start = Pyramid(values[:0]), 0
    for piece in pieces:
        grown.append(values[start : start + piece])
        start += piece
    whole = Pyramid(values)
    np.testing.assert_array_equal(grown.values, whole.values)
    for mine, other in zip(grown._coarse, whole._coarse, strict=True):
        np.testing.assert_array_equal(mine.values, other.values)


def test_rows_can_be_replaced_and_a_gap_is_not_reached() -> None:
    values = sample(500)
    pyramid = Pyramid(values.copy())
    pyramid.update(100, -values[:40])
    pyramid.update(520, values[:3])
    expected = np.concatenate([values, np.full((20, 3), np.nan), values[:3]])
    expected[100:140] = -values[:40]
    np.testing.assert_array_equal(pyramid.values, expected)
    np.testing.assert_array_equal(pyramid._coarse[0].values, Pyramid(expected)._coarse[0].values)


def test_data_is_taken_without_a_copy_and_never_written_to() -> None:
    values = sample(100)
    kept = values.copy()
    pyramid = Pyramid(values)
    assert np.shares_memory(pyramid.values, values)
    pyramid.append(np.ones((5, 3)))
    pyramid.update(0, np.ones((5, 3)))
    np.testing.assert_array_equal(values, kept)


@pytest.mark.parametrize("span", [(0, 700), (0, 20_000), (300, 7_123), (11_111, 19_999)])
@pytest.mark.parametrize("columns", [100, 333, 500])
def test_a_column_shows_the_farthest_of_its_own_steps_or_of_its_neighbours(span: tuple[int, int], columns: int) -> None:
    values = sample(20_000, rows=2, strange=False) + np.random.default_rng(5).random((20_000, 2)) * 1e-3
    edges = np.linspace(*span, columns + 1)
    shown = Pyramid(values).columns(edges)
    width = edges[1] - edges[0]
    for column in range(0, columns, 7):
        own = values[int(edges[column] + 1e-9) : int(np.ceil(edges[column + 1] - 1e-9))]
        wide = values[max(0, int(edges[column] - width)) : int(np.ceil(edges[column + 1] + width))]
        assert (np.abs(shown[column]) >= np.abs(own).max(axis=0)).all()
        assert np.isin(shown[column], wide).all()


@pytest.mark.parametrize("width", [300, 1000, 1919])
def test_a_spike_of_one_step_in_a_hundred_thousand_is_never_lost(width: int) -> None:
    values = np.zeros((100_000, 4), dtype=np.float32)
    steps = np.random.default_rng(0).integers(0, 100_000, 4)
    values[steps, range(4)] = (-1, 1, -1, 1)
    shown = Pyramid(values).columns(np.linspace(0, 100_000, width + 1))
    for row, step in enumerate(steps):
        at = np.flatnonzero(shown[:, row])
        assert len(at)
        assert (np.abs(at - step / 100_000 * width) <= 2).all()
        assert shown[at, row].tolist() == [values[step, row]] * len(at)


def test_the_coarse_levels_are_small() -> None:
    pyramid = Pyramid(np.zeros((100_000, 8), dtype=np.float32))
    assert sum(rows.values.nbytes for rows in pyramid._coarse) < 0.09 * pyramid.values.nbytes
