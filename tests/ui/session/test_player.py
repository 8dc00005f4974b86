"""Playing goes as fast as is set, no faster, and follows a change of the speed at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QElapsedTimer
from pytestqt.qtbot import QtBot

from rnnviz.ui.player import Player
from tests.ui.session.conftest import Bench

STEPS = 9


@pytest.fixture
def player(opened: Bench) -> Iterator[Player]:
    player = Player(opened.session)
    opened.session.go_to_start()
    yield player
    opened.session.pause()


@pytest.mark.parametrize(("speed", "pause"), [(0.25, 4000), (1.0, 1000), (2.0, 500), (7.0, 143), (60.0, 17)])
def test_between_two_steps_lies_the_pause_of_the_speed(opened: Bench, player: Player, speed: float, pause: int) -> None:
    opened.session.set_speed(speed)
    opened.session.play()
    assert (player._timer.isActive(), player._timer.interval()) == (True, pause)


def test_a_change_of_speed_is_followed_while_it_plays(opened: Bench, player: Player) -> None:
    opened.session.set_speed(1.0)
    opened.session.play()
    opened.session.set_speed(4.0)
    assert player._timer.interval() == 250
    opened.session.pause()
    opened.session.set_speed(8.0)
    assert not player._timer.isActive()


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_every_step_takes_its_time_and_none_is_left_out(
    opened: Bench, player: Player, qtbot: QtBot, backward: bool
) -> None:
    opened.session.turn(backward)
    opened.settle()
    opened.session.set_speed(25.0)
    seen: list[int] = []
    opened.session.changed.connect(lambda view, old: seen.append(view.position))
    clock = QElapsedTimer()
    clock.start()
    opened.session.play()
    qtbot.waitUntil(lambda: not opened.session.view.playing, timeout=20_000)
    way = list(range(STEPS + 1))[:: -1 if backward else 1]
    assert list(dict.fromkeys(seen)) == way
    assert clock.elapsed() >= 0.9 * STEPS * 1000 / 25
