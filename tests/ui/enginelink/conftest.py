"""Links to the engine that the tests talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine.messages import Event, Failed
from rnnviz.ui.enginelink import EngineLink, LocalLink, ProcessLink
from tests.engine.fake_engine import FAKE_ENGINE, FakeEngine

TIMEOUT = 30_000


class Heard:
    """What a link said, in its order."""

    def __init__(self, link: EngineLink, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self.link = link
        self.events: list[Event] = []
        self.states: list[str] = []
        self.restarts = 0
        link.received.connect(self.events.append)
        link.state_changed.connect(self.states.append)
        link.restarted.connect(self._count_restart)

    def _count_restart(self) -> None:
        self.restarts += 1

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=TIMEOUT)

    def wait_for_kind(self, kind: type[Event], count: int = 1) -> Event:
        self.wait_for(lambda: sum(isinstance(event, kind) for event in self.events) >= count)
        return [event for event in self.events if isinstance(event, kind)][count - 1]

    def wait_for_failure(self) -> Failed:
        failed = self.wait_for_kind(Failed)
        assert isinstance(failed, Failed)
        return failed

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: self.link.state == "ready")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "engine"


@pytest.fixture
def process_link(qapp: object, root: Path) -> Iterator[ProcessLink]:
    link = ProcessLink(FAKE_ENGINE, root)
    yield link
    link.stop()


@pytest.fixture
def local_link(qapp: object, root: Path) -> Iterator[LocalLink]:
    link = LocalLink(FakeEngine, root)
    yield link
    link.stop()


@pytest.fixture(params=["process", "local"])
def link(request: pytest.FixtureRequest) -> EngineLink:
    found = request.getfixturevalue(f"{request.param}_link")
    assert isinstance(found, EngineLink)
    return found


@pytest.fixture
def heard(link: EngineLink, qtbot: QtBot) -> Heard:
    return Heard(link, qtbot)
