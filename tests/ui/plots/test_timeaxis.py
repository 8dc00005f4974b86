"""One axis for all plots: what is in view, and on which pixels."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.theme import LECTURE

pytestmark = pytest.mark.usefixtures("qapp")


def axis_of(steps: int) -> TimeAxis:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(steps)])
    return axis


def test_all_steps_are_shown_at_first_and_while_the_sequence_grows(qapp: QApplication) -> None:
    axis = axis_of(24)
    assert axis.view == (-0.5, 23.5)
    axis.set_steps([*axis.labels, "more"])
    assert axis.view == (-0.5, 24.5)


def test_a_view_of_some_steps_stays_where_it_is_while_the_sequence_grows() -> None:
    axis = axis_of(24)
    axis.set_view(3.5, 9.5)
    axis.set_steps([*axis.labels, "more"])
    assert axis.view == (3.5, 9.5)


def test_a_sequence_without_the_steps_in_view_is_shown_whole() -> None:
    axis = axis_of(100)
    axis.set_view(79.5, 99.5)
    axis.set_steps(axis.labels[:30])
    assert axis.shows_all


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 100_000])
def test_zooming_and_moving_never_leave_the_sequence(steps: int) -> None:
    axis = axis_of(steps)
    last = max(steps, 1) - 0.5
    for factor, move in [(0.01, 0), (0.5, 1e9), (3, -1e9), (1e-9, 5), (1e9, -2), (0.3, 0.25)]:
        axis.zoom(factor, axis.view[0] + 0.3 * (axis.view[1] - axis.view[0]))
        axis.pan(move)
        first, stop = axis.view
        assert -0.5 - 1e-6 <= first < stop <= last + 1e-6
        assert stop - first >= min(4, max(steps, 1)) - 1e-6


def test_zooming_keeps_the_step_under_the_mouse() -> None:
    axis = axis_of(1000)
    before = axis.to_pixel(400, 1280)
    axis.zoom(0.5, 400)
    assert axis.to_pixel(400, 1280) == pytest.approx(before)


@pytest.mark.parametrize("steps", [1, 3, 24, 999])
def test_a_pixel_belongs_to_the_step_drawn_there(steps: int) -> None:
    axis = axis_of(steps)
    for step in {0, steps // 2, steps - 1}:
        left, right = axis.to_pixel(step - 0.5, 1280), axis.to_pixel(step + 0.5, 1280)
        for share in (0.01, 0.5, 0.99):
            assert axis.to_step(left + share * (right - left), 1280) == step
    assert axis.to_step(-50, 1280) == 0
    assert axis.to_step(5000, 1280) == steps - 1


def test_there_is_no_step_in_an_empty_sequence() -> None:
    assert axis_of(0).to_step(300, 1280) == -1


def test_following_moves_the_view_only_when_the_cursor_leaves_it() -> None:
    axis = axis_of(1000)
    axis.set_view(100, 200)
    axis.follow(150)
    assert axis.view[0] == 100
    for step in [*range(150, 260), 900, 20, 0, 999]:
        axis.follow(step)
        view = axis.view
        assert view[0] <= step - 0.5
        assert step + 0.5 <= view[1]
        assert view[1] - view[0] == pytest.approx(100)


def test_only_a_change_is_announced() -> None:
    axis = axis_of(24)
    heard: list[str] = []
    note = heard.append
    axis.viewChanged.connect(lambda: note("view"))
    axis.stepsChanged.connect(lambda: note("steps"))
    axis.show_all()
    axis.set_steps(axis.labels)
    axis.set_metrics(LECTURE)
    axis.set_metrics(LECTURE)
    axis.set_view(2, 8)
    assert heard == ["view", "view"]


def test_a_hundred_thousand_steps_are_no_burden() -> None:
    axis = axis_of(100_000)
    axis.follow(99_999)
    assert axis.scale(1280) == pytest.approx(axis.area(1280)[1] / 100_000)
