"""Waves of a signal are added and taken away, one after the other and while the signal changes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rnnviz.engine.sequence import SequenceSource, SignalSource, Wave
from rnnviz.ui.controls.sources.signal import SignalEditor


def test_a_click_that_ends_when_its_wave_is_gone_takes_no_other_wave_away(qtbot: QtBot) -> None:
    editor, told = SignalEditor(), list[SequenceSource]()
    qtbot.addWidget(editor)
    two = SignalSource((Wave("sine"), Wave("noise")), steps=9)
    editor.show_source(two)
    editor.edited.connect(told.append)
    editor.show()
    gone = editor.waves[1].remove
    QTest.mousePress(gone, Qt.MouseButton.LeftButton)
    editor.show_source(SignalSource((Wave("sine"),), steps=9))  # as undo does
    QTest.mouseRelease(gone, Qt.MouseButton.LeftButton)
    assert len(editor.waves) == 1
    assert told == []
