"""Sizes of type and lines at a desk and in a lecture."""

from __future__ import annotations

import pytest

from rnnviz.ui.theme import LECTURE, NORMAL, lecture_factor, metrics


def test_a_desk_has_the_normal_sizes_and_a_full_hd_lecture_the_lecture_sizes() -> None:
    assert metrics(0.0) is NORMAL
    assert metrics(lecture_factor(1080)) is LECTURE


@pytest.mark.parametrize("height", [720, 1440, 2160])
def test_lecture_type_fills_the_same_share_of_every_screen(height: int) -> None:
    sizes = metrics(lecture_factor(height))
    assert sizes.readout / height == pytest.approx(LECTURE.readout / 1080, rel=0.15)
    assert sizes.left_margin / height == pytest.approx(LECTURE.left_margin / 1080, rel=0.15)
    assert isinstance(sizes.text, int)
    assert sizes.lecture


def test_a_tiny_window_keeps_type_that_can_be_read() -> None:
    assert metrics(lecture_factor(200)).small >= NORMAL.small
