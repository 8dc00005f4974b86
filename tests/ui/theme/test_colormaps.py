"""Colour maps are the published ones, and what is not on the scale has places of its own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.ui.theme import DARK, DIVERGING, GATES, LIGHT, MAGNITUDES, ColourMap, Theme
from rnnviz.ui.theme.colormaps import BLANK, LEVELS, MINUS_INFINITY, PLUS_INFINITY, colour_index


@pytest.mark.parametrize(
    ("colours", "theme", "published"),
    [
        (GATES, LIGHT, "viridis"),
        (MAGNITUDES, LIGHT, "cividis"),
        (DIVERGING, LIGHT, "CET-D1A"),
        (DIVERGING, DARK, "CET-D4"),
    ],
)
def test_tables_are_the_published_maps(colours: ColourMap, theme: Theme, published: str) -> None:
    pyqtgraph = pytest.importorskip("pyqtgraph")
    reference = pyqtgraph.colormap.get(published).getLookupTable(nPts=LEVELS, alpha=False)
    table = colours.table(theme)
    assert table.shape == (256, 4)
    assert table.dtype == np.uint8
    apart = np.abs(table[:LEVELS, :3].astype(int) - reference.astype(int)).max(1)
    if published == "CET-D1A":
        apart[np.abs(np.arange(LEVELS) - LEVELS // 2) < 5 * LEVELS // 32] = 0  # whose own middle is pink
    assert apart.max() <= 6


def test_zero_has_the_exact_middle_of_a_diverging_map() -> None:
    assert colour_index(np.array([0.0]), -3.0, 3.0)[0] == LEVELS // 2
    low, high = colour_index(np.array([-1.0, 1.0]), -3.0, 3.0).astype(int)
    assert LEVELS // 2 - low == high - LEVELS // 2


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_middle_of_a_diverging_map_is_close_to_the_ground(theme: Theme) -> None:
    middle = DIVERGING.table(theme)[LEVELS // 2, :3].astype(int)
    assert (middle.mean() < 60) == theme.dark


def lightness(table: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The relative luminance of WCAG, to the third: close to what the eye sees as even steps."""
    share = table[:LEVELS, :3] / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_zero_has_no_colour_in_a_diverging_map_and_its_sides_are_alike(theme: Theme) -> None:
    table = DIVERGING.table(theme)
    middle = table[LEVELS // 2, :3].astype(int)
    assert np.ptp(middle) <= 3
    found = lightness(table)
    steps = np.diff(found[LEVELS // 2 :]), np.diff(found[: LEVELS // 2 + 1][::-1])
    for side in steps:
        outward = side if theme.dark else -side
        assert (outward > -2e-3).all()  # whole levels of red, green and blue
        assert outward.sum() > 0.3
    near = LEVELS // 2 + np.arange(60)
    assert np.abs(found[near] - found[LEVELS - 1 - near]).max() < 0.03


def test_what_is_not_on_the_scale_has_places_of_its_own() -> None:
    values = np.array([np.nan, np.inf, -np.inf, -9.0, 9.0, 0.0, 1.0], dtype=np.float32)
    expected = [BLANK, PLUS_INFINITY, MINUS_INFINITY, 0, LEVELS - 1, 0, LEVELS - 1]
    assert colour_index(values, 0.0, 1.0).tolist() == expected


def test_nothing_is_drawn_for_nan() -> None:
    assert GATES.table(LIGHT)[BLANK, 3] == 0
    assert (GATES.table(LIGHT)[:BLANK, 3] == 255).all()


def test_infinities_cannot_be_taken_for_a_value() -> None:
    for colours in (GATES, DIVERGING, MAGNITUDES):
        for theme in (LIGHT, DARK):
            table = colours.table(theme).astype(int)
            for strange in (PLUS_INFINITY, MINUS_INFINITY):
                assert np.abs(table[:LEVELS, :3] - table[strange, :3]).sum(axis=1).min() > 60
