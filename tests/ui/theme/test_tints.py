"""Grounds of strength: even steps of lightness, and ink that can be read on every one of them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from rnnviz.ui.theme import DARK, LIGHT, PRINT, STRENGTHS, Theme, ink_on, tint
from rnnviz.ui.theme.colormaps import LEVELS
from rnnviz.ui.theme.palette import contrast, luminance
from rnnviz.ui.theme.tints import READABLE

every_theme = pytest.mark.parametrize("theme", [LIGHT, DARK, PRINT], ids=lambda theme: theme.name)


@every_theme
def test_type_can_be_read_on_every_strength(theme: Theme) -> None:
    for share in [*np.linspace(0, 1, 300), math.inf, math.nan, -1.0, 2.0]:
        found = tint(float(share), theme)
        assert contrast(found.ground, found.ink) >= READABLE


@every_theme
def test_nothing_has_the_ground_of_the_theme_and_more_is_ever_farther_from_it(theme: Theme) -> None:
    assert tint(0.0, theme).ground == theme.surface
    assert tint(0.0, theme).ink == theme.text
    away = [abs(luminance(tint(k / 20, theme).ground) - luminance(theme.surface)) for k in range(21)]
    assert all(later > earlier for earlier, later in pairwise(away))
    assert contrast(tint(1.0, theme).ground, theme.surface) > 3


@every_theme
def test_an_infinity_cannot_be_taken_for_a_strength(theme: Theme) -> None:
    assert tint(math.inf, theme).ground == theme.plus_infinity
    assert tint(math.nan, theme).ground == theme.surface


def test_the_map_is_that_of_the_tints() -> None:
    last = STRENGTHS.table(LIGHT)[LEVELS - 1, :3].tolist()
    assert tint(1.0, LIGHT).ground == "#{:02x}{:02x}{:02x}".format(*last)


def test_ink_is_that_of_the_theme_where_it_can_be_read() -> None:
    assert ink_on("#ffffff", LIGHT) == LIGHT.text
    assert ink_on("#777777", DARK) in ("#000000", "#ffffff")
