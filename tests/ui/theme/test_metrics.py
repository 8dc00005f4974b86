"""Sizes of type and lines at a desk and in a lecture."""

from __future__ import annotations

import pytest

from rnnviz.ui.theme import LECTURE, NORMAL, TYPE_SIZES, largest_type, lecture_factor, metrics


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


@pytest.mark.parametrize("per_cent", TYPE_SIZES)
@pytest.mark.parametrize("lecture", [0.0, 0.75, 1.0, 2.0])
def test_a_size_of_type_multiplies_all_sizes(lecture: float, per_cent: int) -> None:
    usual, sizes = metrics(lecture), metrics(lecture, per_cent)
    for name in ("text", "small", "title", "readout", "token", "line", "marker", "header", "icon"):
        assert getattr(sizes, name) == pytest.approx(getattr(usual, name) * per_cent / 100, abs=1.1, rel=0.06)
    assert sizes.lecture == bool(lecture)
    share = sizes.small / usual.small  # what is written in the margins needs the same room, in sizes of its type
    assert min(sizes.left_margin / usual.left_margin, sizes.right_margin / usual.right_margin) > share - 0.02


def test_the_smallest_type_can_be_read() -> None:
    assert min(metrics(0.0, TYPE_SIZES[0]).small, metrics(lecture_factor(200), TYPE_SIZES[0]).small) >= 9


@pytest.mark.parametrize("height", [720, 1080, 2160])
def test_type_is_never_so_large_that_a_lecture_has_no_room_for_plots(height: int) -> None:
    width, factor = height * 16 // 9, lecture_factor(height)
    largest = largest_type(width, height, factor)
    assert 100 <= largest < 250
    assert metrics(factor, largest).text < width / 60
