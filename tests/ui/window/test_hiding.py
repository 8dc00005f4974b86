"""While what lies ahead is hidden, nothing but the editor of the sequence tells what comes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.engine.sequence import SignalSource, TextSource, Wave
from rnnviz.ui import reading
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.fitting import fit
from rnnviz.ui.panels.outputs import OutputsPanel, subtitle
from rnnviz.ui.panels.tokens import TokensPanel, note
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.predictions import seen
from rnnviz.ui.session import Session
from rnnviz.ui.start import plain_document
from tests.ui.window.conftest import Desk

WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima"


def told(desk: Desk) -> str:
    """Everything that widgets say in words, but for the controls of the document and what the network predicts."""
    found: list[str] = []
    watched = [desk.window.status, desk.window.transport, desk.window.messages]
    panels = desk.window.docks.panels
    watched += [panel for panel in panels if panel.area != "left" and not isinstance(panel, OutputsPanel)]
    for top in watched:
        for widget in [top, *top.findChildren(QWidget)]:
            for name in ("text", "toolTip", "accessibleName", "accessibleDescription", "statusTip", "currentText"):
                says = getattr(widget, name, None)
                value = says() if callable(says) else says
                found.append(value if isinstance(value, str) else "")
    tokens = next(panel for panel in desk.window.docks.panels if isinstance(panel, TokensPanel))
    return " ".join([*found, *tokens.targets._targets])


@pytest.mark.parametrize("step", [0, 3, 7, 10])
def test_no_word_and_no_target_that_is_still_to_come_can_be_read(desk: Desk, step: int) -> None:
    desk.session.set_source(TextSource(text=WORDS))
    desk.settle()
    desk.session.go_to(step)
    desk.session.hide_ahead(True)
    desk.settle()
    words = WORDS.split()
    said = told(desk)
    assert not [word for word in words[step + 1 :] if re.search(rf"\b{word}\b", said)]
    assert "target" not in note(desk.view)
    assert "right" not in subtitle(desk.view)
    desk.session.hide_ahead(False)
    desk.settle()
    assert f"target: {words[step + 1]}" in note(desk.view)
    assert f"right: {words[step + 1]}" in subtitle(desk.view)


def test_a_target_that_is_the_next_element_is_shown_with_that_element(desk: Desk) -> None:
    desk.session.set_source(TextSource(text=WORDS))
    desk.settle()
    desk.session.hide_ahead(True)
    for step in range(4):
        desk.session.go_to(step)
        assert reading.targets_shown(desk.settle()) == step
    desk.session.set_source(TextSource(text=WORDS, targets="same"))
    desk.settle()
    desk.session.go_to(2)
    assert reading.targets_shown(desk.settle()) == 3
    desk.session.hide_ahead(False)
    assert reading.targets_shown(desk.settle()) == 12


def test_the_target_curve_ends_where_the_signal_is_known(qtbot: QtBot, tmp_path: Path) -> None:
    from rnnviz.engine.service import Engine

    link = LocalLink(Engine, tmp_path)
    session = Session(link)
    panel = OutputsPanel(session, TimeAxis())
    qtbot.addWidget(panel)
    panel.show()
    link.start()
    source = SignalSource((Wave("sine"),), steps=20)
    session.open_document(fit(plain_document(), source).document)
    link.run_until_idle()
    session.go_to(6)
    session.hide_ahead(True)
    QCoreApplication.processEvents()
    target = panel.curves.curves["target", 0].values
    assert np.isfinite(target[:6]).all()
    assert np.isnan(target[6:]).all()
    link.stop()
    session.deleteLater()


def test_a_class_is_named_once_it_was_likely_or_right() -> None:
    values = np.array([[0.9, 0.1, 0.0, 0.0], [np.nan] * 4])
    assert seen(values, np.array([3, -1])) == {0, 1, 3}
    assert seen(values, None) == {0, 1}
