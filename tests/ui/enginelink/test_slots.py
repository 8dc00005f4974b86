"""Further networks in the same engine, each with a link of its own."""

from __future__ import annotations

import os
import signal

import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine.messages import Advance, Advanced, Failed, GetWeights, Opened, WeightsReady
from rnnviz.ui.enginelink import EngineLink, ProcessLink
from tests.engine.fake_engine import open_command
from tests.ui.enginelink.conftest import Heard


def test_every_network_is_answered_on_its_own_link(link: EngineLink, heard: Heard, qtbot: QtBot) -> None:
    others = [Heard(link.slot(number), qtbot) for number in (1, 2)]
    link.start()
    for other in others:
        other.link.send(open_command(1))
        other.link.send(Advance(1, 3))
    link.send(open_command(1))
    for one in (heard, *others):
        one.wait_for_kind(Opened)
    for other in others:
        other.wait_for_kind(Advanced)
        assert all(event.slot == 0 for event in other.events)
    assert Advanced not in [type(event) for event in heard.events]


def test_the_tickets_of_networks_do_not_make_each_other_stale(link: EngineLink, qtbot: QtBot) -> None:
    one, two = (Heard(link.slot(number), qtbot) for number in (1, 2))
    link.start()
    one.link.send(open_command(9))
    two.link.send(open_command(1))
    one.wait_for_kind(Opened)
    two.wait_for_kind(Opened)


def test_a_network_that_was_let_go_is_not_heard_of_again(link: EngineLink, heard: Heard, qtbot: QtBot) -> None:
    other = Heard(link.slot(1), qtbot)
    link.start()
    link.send(open_command(1))
    other.link.send(open_command(1))
    other.link.send(Advance(1, 10_000))
    other.wait_for_kind(Opened)
    other.link.stop()
    other.link.send(GetWeights(1))
    said = len(other.events)
    link.send(GetWeights(1))
    heard.wait_for_kind(WeightsReady)
    assert len(other.events) == said
    assert link.directory is not None
    assert not list(link.directory.rglob("slot-1/*"))


def test_a_link_says_what_the_engine_is_doing(link: EngineLink, qtbot: QtBot) -> None:
    early = link.slot(1)
    assert early.state == link.state
    link.start()
    heard = Heard(early, qtbot)
    heard.wait_until_ready()
    assert link.slot(1) is early
    assert link.slot(2).state == "ready"


def test_a_command_to_an_engine_that_is_gone_is_refused_on_the_link_that_sent_it(
    link: EngineLink, heard: Heard, qtbot: QtBot
) -> None:
    other = Heard(link.slot(1), qtbot)
    link.start()
    other.wait_until_ready()
    link.stop()
    other.link.send(GetWeights(1))
    assert "not running" in other.wait_for_failure().message
    assert Failed not in [type(event) for event in heard.events]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="ends the process as Unix does")
def test_a_process_that_died_is_told_to_every_network(process_link: ProcessLink, qtbot: QtBot) -> None:
    other = Heard(process_link.slot(1), qtbot)
    process_link.start()
    other.link.send(open_command(1))
    other.wait_for_kind(Opened)
    assert process_link.pid is not None
    os.kill(process_link.pid, signal.SIGKILL)
    other.wait_for(lambda: other.restarts == 1)
    other.link.send(open_command(2))
    other.wait_for_kind(Opened, 2)
