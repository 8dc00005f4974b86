"""Running text: every token has its place, the type is as large as fits, and long texts stay quick."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.runningtext import MOST_TOKENS, RunningText
from rnnviz.ui.controls.strengths import Strengths
from rnnviz.ui.controls.textlines import LINE_END, SPACE, fitted, laid_out
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.theme import DARK, LECTURE, LIGHT, NORMAL, tint

WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "slept") * 40


pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def text(qtbot: QtBot) -> Iterator[RunningText]:
    axis = TimeAxis()
    widget = RunningText(axis)
    qtbot.addWidget(widget)
    widget.resize(700, 240)
    widget.show()
    yield widget
    widget.close()


def test_tokens_stand_in_order_and_never_overlap() -> None:
    found = laid_out(WORDS, False, 400.0, 16)
    assert len(found.places) == len(WORDS)
    for one, two in zip(found.places, found.places[1:], strict=False):
        assert two.top() > one.top() or two.left() >= one.right()
        assert two.right() <= 400


def test_the_type_is_the_largest_that_fits_and_at_least_that_of_tokens() -> None:
    short = fitted(WORDS[:10], False, 700.0, 200.0, NORMAL)
    long = fitted(WORDS, False, 700.0, 200.0, NORMAL)
    assert short.size > long.size == NORMAL.token
    assert short.height <= 200
    assert fitted(WORDS[:10], False, 700.0, 200.0, LECTURE).size >= short.size
    assert laid_out(WORDS[:10], False, 700.0, short.size + 2).height > 200 or short.size >= 1.9 * NORMAL.readout


def test_characters_are_broken_behind_a_space_and_a_line_end() -> None:
    labels = tuple(f"the{SPACE}cat{SPACE}sat{LINE_END}on{SPACE}a{SPACE}mat")
    found = laid_out(labels, True, 130.0, 20)
    firsts = ["".join(labels[start:])[:3] for start in found.starts]
    assert "on␣" in firsts
    assert all(start == 0 or labels[start - 1] in (SPACE, LINE_END) for start in found.starts)


def test_a_token_wider_than_a_line_has_one_of_its_own() -> None:
    found = laid_out(("a", "very" * 40, "b"), False, 200.0, 16)
    assert found.starts == (0, 1, 2)
    assert found.places[1].width() == 200


def test_every_token_is_found_at_its_place(text: RunningText) -> None:
    text.axis.set_steps(WORDS[:40])
    for step in range(40):
        assert text.step_at(text.place_of(step).center()) == step
    assert text.step_at(QPointF(1.0, 1.0)) == -1


def test_what_is_hidden_is_neither_painted_nor_found(text: RunningText) -> None:
    text.axis.set_steps(WORDS[:40])
    place = text.place_of(30)
    text.set_ahead_hidden(29)
    assert text.step_at(place.center()) == -1
    image = text.grab(place.toRect()).toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert colours == {LIGHT.surface}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_grounds_are_those_of_the_strengths(text: RunningText, theme: object) -> None:
    assert theme in (LIGHT, DARK)
    chosen = LIGHT if theme is LIGHT else DARK
    text.set_theme(chosen, NORMAL)
    text.axis.set_steps(WORDS[:4])
    shares = np.array([0.0, 0.5, 1.0, np.inf])
    text.set_strengths(Strengths(shares, np.array([True, True, True, True])))
    image = text.grab().toImage()
    for step, share in enumerate(shares.tolist()):
        place = text.place_of(step)
        ground = image.pixelColor(round(place.center().x()), round(place.top()) + 2).name()
        assert ground == tint(share, chosen).ground


def test_the_text_follows_the_cursor_but_never_moves_under_the_mouse(text: RunningText) -> None:
    text.axis.set_steps(WORDS * 20)
    text.set_focus(3000)
    place = text.place_of(3000)
    assert text.text_rect.contains(place)
    others = [text.place_of(step) for step in range(2990, 3010)]
    text.set_focus(2990, follow=False)
    assert [text.place_of(step) for step in range(2990, 3010)] == others
    text.set_focus(6)
    assert text.text_rect.contains(text.place_of(6))


def test_the_wheel_moves_a_text_that_is_higher_than_its_room(text: RunningText) -> None:
    text.axis.set_steps(WORDS)
    text.set_focus(0)
    before = text.place_of(0).top()
    at = text.text_rect.center()
    event = QWheelEvent(
        at,
        text.mapToGlobal(at),
        QPoint(),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    text.wheelEvent(event)
    assert text.place_of(0).top() < before


def test_a_text_of_a_hundred_thousand_tokens_is_laid_out_around_the_focus_alone(text: RunningText) -> None:
    text.axis.set_steps(WORDS * 250)
    for step in (0, 50_000, 99_999):
        text.set_focus(step)
        assert len(text.lines.places) == MOST_TOKENS
        assert text.text_rect.contains(text.place_of(step))


def test_a_step_without_a_token_has_a_dot(text: RunningText) -> None:
    text.axis.set_steps(("a", "b", "", ""))
    assert text.place_of(3).width() > 0
    assert text.step_at(text.place_of(3).center()) == 3
