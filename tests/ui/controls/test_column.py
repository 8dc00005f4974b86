"""The column of the side panels: its scroll bar comes to rest at every size."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.column import Column


class Square(QWidget):
    """As high as it is wide, like a formula that is fitted to the width."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setFixedHeight(max(1, self.width()))


def shown(qtbot: QtBot) -> tuple[Column, Square]:
    column, square = Column(), Square()
    column.add(square)
    column.finish()
    qtbot.addWidget(column)
    column.resize(300, 500)
    column.show()
    QCoreApplication.processEvents()
    return column, square


def test_contents_that_are_lower_where_they_are_narrower_come_to_rest_at_every_height(qtbot: QtBot) -> None:
    column, square = shown(qtbot)
    for height in range(420, 200, -1):  # somewhere here the contents fit beside the scroll bar, but not without it
        column.resize(300, height)
        QCoreApplication.processEvents()
        bar = column.verticalScrollBar()
        room = 300 - bar.sizeHint().width()
        margins = column.rows.contentsMargins()
        assert square.width() == room - margins.left() - margins.right()
        assert bar.isVisible() == (bar.maximum() > 0)


def test_the_contents_take_all_of_the_width_beside_the_scroll_bar(qtbot: QtBot) -> None:
    column, _ = shown(qtbot)
    for width in (200, 500, 120):
        column.resize(width, 1000)
        QCoreApplication.processEvents()
        assert column.body.width() == width - column.verticalScrollBar().sizeHint().width()
        assert column.body.x() == 0
