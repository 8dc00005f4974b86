"""The real window with all its panels, and an engine in the same process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.view import View
from rnnviz.ui.window import MainWindow
from tests.ui.small_engine import SmallEngine, document


class Desk:
    """A window, its session and the engine behind it."""

    def __init__(self, qtbot: QtBot, root: Path, engine: Callable[[Path | None], SmallEngine]) -> None:
        self.qtbot = qtbot
        self.link = LocalLink(engine, root)
        self.session = Session(self.link)
        self.window = MainWindow(self.session, Settings())
        self.window.begin()
        self.window.resize(1400, 900)
        self.window.show()
        self.link.start()
        self.session.open_document(document(), position=5)
        self.settle()

    @property
    def view(self) -> View:
        return self.session.view

    def settle(self) -> View:
        """Let the engine answer and the window draw."""
        self.link.run_until_idle()
        QCoreApplication.processEvents()
        return self.session.view

    def close(self) -> None:
        """Close everything, without asking."""
        self.session.undo_stack.setClean()
        self.window.close()
        self.link.stop()
        self.window.deleteLater()
        self.session.deleteLater()
        self.link.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, tmp_path / "engine", SmallEngine)
    yield desk
    desk.close()
