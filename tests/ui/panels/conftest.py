"""Panels on the screen, with a session behind them that needs no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from rnnviz.ui.panel import Panel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.view import View
from tests.ui.panels.pictures import PictureSession

Show = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_fails_while_painting(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test during which a part of a plot could not be drawn; the program itself only logs it."""
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Show a panel of a class and a view, and take it away after the test."""
    sessions: list[PictureSession] = []

    def make(panel_class: type[Panel], view: View, width: int = 900, height: int = 320) -> Panel:
        session = PictureSession(view)
        sessions.append(session)
        panel = panel_class(session, TimeAxis(session))
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        qtbot.waitExposed(panel)
        QCoreApplication.processEvents()
        return panel

    yield make
    for session in sessions:
        session.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
