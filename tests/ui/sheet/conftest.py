"""The real window with the real engine in the same process, posed as the contact sheet poses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.window import MainWindow
from tests.ui.sheet.report import report
from tests.ui.sheet.stage import Shot, open_sample, pose


class Stage:
    """A window, and the engine behind it."""

    def __init__(self, root: Path) -> None:
        from rnnviz.engine.service import Engine

        self.link = LocalLink(Engine, root)
        self.session = Session(self.link)
        self.window = MainWindow(self.session, Settings())
        self.window.begin()
        self.window.show()
        self.link.start()

    def open(self, layout: str) -> None:
        """Open the sample of a layout."""
        open_sample(self.window, layout)
        self.settle()

    def pose(self, shot: Shot) -> None:
        """Bring the window to a shot, all questions answered and all drawn."""
        pose(self.window, shot)
        self.settle()

    def report(self, *, colours: bool = False) -> list[str]:
        """Return what is wrong in the window as it is."""
        return report(self.window, colours=colours)[1]

    def settle(self) -> None:
        for _ in range(3):
            self.link.run_until_idle()
            QCoreApplication.processEvents()
        for formula in self.window.findChildren(FormulaView):
            if formula.isVisible():
                formula.finish()
        for _ in range(8):  # heights go up through the layouts, one at a time
            QCoreApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def close(self) -> None:
        self.session.undo_stack.setClean()
        self.window.close()
        self.link.stop()
        self.window.deleteLater()
        self.session.deleteLater()
        self.link.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    found = Stage(tmp_path / "engine")
    yield found
    found.close()
