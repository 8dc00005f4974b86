"""The engine in the window's own process."""

from __future__ import annotations

import time

from pytestqt.qtbot import QtBot

from rnnviz.engine.messages import Advance
from rnnviz.ui.enginelink import LocalLink
from tests.engine.fake_engine import ENDLESS, open_command
from tests.ui.enginelink.conftest import Heard


def test_running_until_idle_needs_no_event_loop(local_link: LocalLink, qtbot: QtBot) -> None:
    heard = Heard(local_link, qtbot)
    local_link.start()
    local_link.send(open_command(1))
    local_link.send(Advance(1, 4))
    local_link.run_until_idle()
    assert heard.kinds() == ["Ready", "Opened", "Advanced"]
    assert local_link.state == "ready"


def test_an_answer_may_ask_for_more(local_link: LocalLink, qtbot: QtBot) -> None:
    heard = Heard(local_link, qtbot)

    def run_on(event: object) -> None:
        if heard.kinds()[-1] == "Opened":
            local_link.send(Advance(1, 4))

    local_link.received.connect(run_on)
    local_link.start()
    local_link.send(open_command(1))
    local_link.run_until_idle()
    assert heard.kinds() == ["Ready", "Opened", "Advanced"]


def test_long_work_gives_the_window_its_turn(local_link: LocalLink, qtbot: QtBot) -> None:
    heard = Heard(local_link, qtbot)
    local_link.start()
    local_link.send(Advance(0, ENDLESS))
    heard.wait_for(lambda: local_link.state == "busy")
    begin = time.perf_counter()
    local_link._slice()
    assert time.perf_counter() - begin < 0.1
    assert local_link.state == "busy"


def test_a_missing_library_is_told(qtbot: QtBot, root: object) -> None:
    def factory(directory: object) -> None:
        raise ImportError("no module named torch")

    link = LocalLink(factory)  # type: ignore[arg-type]
    heard = Heard(link, qtbot)
    link.start()
    assert "no module named torch" in heard.wait_for_failure().message
    assert link.state == "dead"
    link.stop()
