"""Starting and ending the application, and what becomes of faults of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.ui import app
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.faults import Faults
from rnnviz.ui.help import HelpDialog
from rnnviz.ui.sessionfile import saved_session, write_session
from rnnviz.ui.window import MainWindow
from tests.leaks import flush_deferred_deletes
from tests.ui.small_engine import SmallEngine
from tests.ui.window.conftest import Desk


def windows() -> list[MainWindow]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]


def test_the_application_opens_a_file_that_it_is_given_and_ends_with_its_window(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "given.rnnviz"
    desk.session.change_spec(hidden_size=3)
    desk.settle()
    write_session(saved_session(desk.view, None), path)
    desk.session.undo_stack.setClean()
    desk.window.hide()
    seen: list[str] = []

    def look() -> None:
        for window in windows():
            document = window.session.view.document
            if window.files.path == path and document is not None:
                seen.append(f"{document.name} {document.spec.hidden_size}")
                timer.stop()
                window.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(10)
    link = LocalLink(SmallEngine, tmp_path / "another")
    assert app.main(str(path), link) == 0
    assert seen == ["Hamlet 3"]
    assert link.state == "dead"
    link.deleteLater()


def test_a_fault_of_the_program_is_shown_once_with_a_report(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(QApplication, "activeWindow", lambda: desk.window)
    before = sys.excepthook
    faults = Faults(lambda: "rnnviz 0, Qt 6")
    faults.install()
    try:
        for number in (1, 2):
            error = ZeroDivisionError(f"fault {number}")
            sys.excepthook(type(error), error, None)
        dialogs = desk.window.findChildren(HelpDialog)
        assert len(dialogs) == 1
        assert "fault 1" in dialogs[0]._report
        assert "Qt 6" in dialogs[0]._report
        assert "fault 2" in capsys.readouterr().err
        dialogs[0].close()
        flush_deferred_deletes()
        sys.excepthook(ZeroDivisionError, ZeroDivisionError("fault 3"), None)
        (dialog,) = desk.window.findChildren(HelpDialog)
        assert "fault 3" in dialog._report
        dialog.close()
    finally:
        faults.uninstall()
    assert sys.excepthook is before


def test_the_icon_is_there_at_every_size(qtbot: QtBot) -> None:
    assert [size.width() for size in app._icon().availableSizes()] == [16, 32, 64, 128]
