"""Several networks in one engine process that is killed: all come back, at the same step, with the same numbers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rnnviz.ui.enginelink import ProcessLink
from rnnviz.ui.session import Session
from tests.ui.panels.pictures import make_view

TIMEOUT = 60_000


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    """An LSTM, an RNN and a GRU in the engine process, standing at step 8."""
    link = ProcessLink(root=tmp_path / "engine")
    session = Session(link)
    link.start()
    document = make_view(cell="lstm", hidden_size=6, readout="softmax").document
    assert document is not None
    session.open_document(document)
    session.rivals.add_trio()
    qtbot.waitUntil(lambda: all_there(session), timeout=TIMEOUT)
    session.go_to(7)
    qtbot.waitUntil(lambda: all_there(session), timeout=TIMEOUT)
    yield session
    link.stop()
    session.deleteLater()


def all_there(session: Session) -> bool:
    return session.settled and len(session.view.rivals) == 2 and session.rivals.settled and not session.waiting


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="ends the process as Unix does")
def test_a_killed_engine_brings_all_networks_back_as_they_were(session: Session, qtbot: QtBot) -> None:
    before = [np.array(view.trace.record.signal("h", 0)) for view in session.view.rivals if view.trace is not None]
    traces = [view.trace for view in session.view.rivals]
    assert isinstance(session.link, ProcessLink)
    assert session.link.pid is not None
    os.kill(session.link.pid, signal.SIGKILL)
    qtbot.waitUntil(
        lambda: (
            all_there(session)
            and all(view.trace is not old for view, old in zip(session.view.rivals, traces, strict=True))
        ),
        timeout=TIMEOUT,
    )
    for view, states in zip(session.view.rivals, before, strict=True):
        assert view.trace is not None
        assert (view.step, view.published) == (7, 12)
        np.testing.assert_array_equal(view.trace.record.signal("h", 0), states)
    assert "killed" in session.view.message


def test_files_of_a_removed_network_leave_the_folder_of_the_engine(session: Session, qtbot: QtBot) -> None:
    folder = session.link.directory
    assert folder is not None
    assert len(list(folder.rglob("slot-*"))) == 2
    session.rivals.remove(0)
    qtbot.waitUntil(lambda: len(list(folder.rglob("slot-*"))) == 1, timeout=TIMEOUT)
    session.step(-1)
    qtbot.waitUntil(lambda: session.settled and session.rivals.settled, timeout=TIMEOUT)
    assert [view.step for view in session.view.rivals] == [6]
