"""A line of text changes at every step at no cost to what is around it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.textline import Run, TextLine


class Layouts(QObject):
    """Counts how often a widget is laid out anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def shown(line: QWidget, qtbot: QtBot, width: int = 300) -> tuple[QWidget, Layouts]:
    box = QWidget()
    qtbot.addWidget(box)
    row = QHBoxLayout(box)
    row.addWidget(line)
    box.resize(width, 40)
    box.show()
    qtbot.waitExposed(box)
    QCoreApplication.processEvents()
    layouts = Layouts(box)
    box.installEventFilter(layouts)
    return box, layouts


def test_new_text_lays_nothing_out_anew(qtbot: QtBot) -> None:
    line = TextLine()
    line.reserve(13)
    _, layouts = shown(line, qtbot)
    for step in range(3):
        line.say([Run(f"t = {step}", 13, "#000000"), Run("a longer and longer text" * step, 12, "#000000")])
        QCoreApplication.processEvents()
    assert layouts.count == 0
    label = QLabel()
    _, layouts = shown(label, qtbot)
    label.setText("what a label does")
    QCoreApplication.processEvents()
    assert layouts.count > 0


def test_what_does_not_fit_is_told_in_the_tooltip(qtbot: QtBot) -> None:
    line = TextLine()
    line.reserve(13)
    box, _ = shown(line, qtbot)
    line.say([Run("likeliest: dinner 0.91", 13, "#000000"), Run("", 13, "#000000"), Run("right: lunch", 13, "#000000")])
    assert line.text() == "likeliest: dinner 0.91 right: lunch"
    assert line.toolTip() == ""
    box.resize(120, 40)
    QCoreApplication.processEvents()
    assert line.toolTip() == line.text()


def test_room_is_kept_for_the_widest_text_to_come(qtbot: QtBot) -> None:
    line = TextLine()
    line.reserve(18, "t = 88 / 88")
    line.say([Run("t = 1 / 24", 18, "#000000")])
    assert line.minimumSizeHint().width() > 80
