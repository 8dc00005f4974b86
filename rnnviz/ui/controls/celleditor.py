"""An editor for the equations of a cell: line numbers, colours, and a wavy line where something is wrong."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QMimeData, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from rnnviz.engine.language.tokens import MAX_CHARACTERS
from rnnviz.ui.controls.cellcolours import CellHighlighter
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.theme import LIGHT, NORMAL

DEBOUNCE = 150
"""Milliseconds of quiet after which what was typed is read."""
_INDENT = "    "
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _Numbers(QWidget):
    """The numbers of the lines, left of the text."""

    def __init__(self, editor: CellEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        """Return the room that the numbers need."""
        return QSize(self._editor.margin(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers of the lines in sight."""
        self._editor.paint_numbers(self, event.rect())


class CellEditor(QPlainTextEdit):
    """Plain text with the places of its errors.

    Parameters
    ----------
    parent : QWidget or None
    """

    rested = Signal()
    """The text has changed, and the typing rests."""
    submitted = Signal()
    """The user presses Ctrl+Enter."""
    refused = Signal(str)
    """What was to be inserted cannot be: a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look(LIGHT, NORMAL)
        self._fault: tuple[int, int] | None = None
        self._numbers = _Numbers(self)
        self._colours = CellHighlighter(self.document())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE)
        self._timer.timeout.connect(self.rested)
        self._read = ""
        self.setAccessibleName("Equations of the cell")
        self.setTabChangesFocus(True)  # an equation has no use for tabs, and the keyboard must find out of the text
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setToolTip(
            "One equation per signal, as in h[t] = tanh(W @ x[t] + U @ h[t-1] + b).\n"
            "What stands left of @ is a matrix; what appears with [t-1] is a state."
        )
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scroll_numbers)
        self.textChanged.connect(self._on_text)

    # the text

    def text(self) -> str:
        """Return what is written."""
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Write another text, at once and without telling anybody; it can be undone like any typing."""
        if text == self.text():
            return
        self._read = text
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self._read = self.text()
        self._timer.stop()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def flush(self) -> None:
        """Let the typing rest now."""
        if self._timer.isActive():
            self._timer.stop()
            self.rested.emit()

    def _on_text(self) -> None:
        text = self.text()
        if text != self._read:  # colouring the text is a change of the document too, but not of its text
            self._read = text
            self._timer.start()

    # what is wrong

    @property
    def fault(self) -> tuple[int, int] | None:
        """Line and column of what is wrong, counted from 1."""
        return self._fault

    def set_fault(self, place: tuple[int, int] | None) -> None:
        """Draw a wavy line below what stands at a line and column; None takes it away."""
        self._fault = place
        selections = []
        if place is not None:
            mark = QTextEdit.ExtraSelection()
            cursor, drawn = self._word_at(*place), QTextCharFormat()
            drawn.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            drawn.setUnderlineColor(QColor(self._look.theme.error))
            ground = QColor(self._look.theme.error)
            ground.setAlpha(40)
            drawn.setBackground(ground)
            mark.cursor, mark.format = cursor, drawn
            selections.append(mark)
        self.setExtraSelections(selections)
        self._numbers.update()

    def marked(self) -> str:
        """Return the text below which the wavy line stands."""
        return "".join(mark.cursor.selectedText() for mark in self.extraSelections())

    def _word_at(self, line: int, column: int) -> QTextCursor:
        """Select the name or the sign at a place; at the end of a line what stands before it."""
        block = self.document().findBlockByNumber(min(line, self.blockCount()) - 1)
        text = block.text()
        start = min(max(column - 1, 0), max(len(text) - 1, 0))
        found = re.compile(r"\w+|.").match(text, start)
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + start)
        end = found.end() if found is not None else start
        cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    # the keys, and what is dropped

    def event(self, event: QEvent) -> bool:
        """Claim Ctrl+Enter before it becomes the shortcut of an action."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _submits(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Submit with Ctrl+Enter; a new line within brackets is indented."""
        if _submits(event):
            self.flush()
            self.submitted.emit()
        elif event.key() in _ENTER and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.textCursor().insertText("\n" + (_INDENT if self._within_brackets() else ""))
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def _within_brackets(self) -> bool:
        cursor = self.textCursor()
        code = cursor.block().text()[: cursor.positionInBlock()].partition("#")[0]
        return sum(map(code.count, "([")) > sum(map(code.count, ")]"))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Leave files that are dropped to the window."""
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert text, unless no cell is as long."""
        length = len(source.text()) + self.document().characterCount()
        if length > 2 * MAX_CHARACTERS:
            most = f"a cell may have {MAX_CHARACTERS:,}"
            self.refused.emit(f"The text would have {length:,} characters, but {most}: nothing was inserted.")
        else:
            lines = source.text().replace("\r\n", "\n").replace("\r", "\n")
            self.textCursor().insertText(lines.replace("\t", _INDENT))

    # the look

    def set_look(self, look: Look) -> None:
        """Dress the text in a theme and its sizes."""
        self._look = look
        family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        ground = f"font-family: '{family}'; background: {look.theme.field}; border: 1px solid {look.theme.border};"
        set_type(self, look.sizes.text, look.theme.text, more=ground)
        self._colours.set_look(look)
        self.set_fault(self._fault)
        self._make_room()

    def margin(self) -> int:
        """Return the width of the numbers of the lines, in pixels."""
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("0" * digits) + 2 * self._look.sizes.padding

    def paint_numbers(self, widget: QWidget, exposed: QRect) -> None:
        """Paint the numbers of the lines in sight; that of a line with an error in the colour of errors."""
        theme, painter = self._look.theme, QPainter(widget)
        painter.fillRect(exposed, QColor(theme.surface))
        painter.setFont(self.font())
        block: QTextBlock = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= exposed.bottom():
            height = self.blockBoundingRect(block).height()
            wrong = self._fault is not None and block.blockNumber() + 1 == min(self._fault[0], self.blockCount())
            painter.setPen(QColor(theme.error if wrong else theme.muted))
            room = QRect(0, round(top), widget.width() - self._look.sizes.padding, round(height))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), str(block.blockNumber() + 1))
            block, top = block.next(), top + height
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the numbers beside the text."""
        super().resizeEvent(event)
        room = self.contentsRect()
        self._numbers.setGeometry(QRect(room.left(), room.top(), self.margin(), room.height()))

    def changeEvent(self, event: QEvent) -> None:
        """Make room for numbers of another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def _make_room(self) -> None:
        self.setViewportMargins(self.margin(), 0, 0, 0)
        room = self.contentsRect()
        self._numbers.setGeometry(QRect(room.left(), room.top(), self.margin(), room.height()))

    def _scroll_numbers(self, rect: QRect, by: int) -> None:
        if by:
            self._numbers.scroll(0, by)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())


def _submits(event: QKeyEvent) -> bool:
    return event.key() in _ENTER and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
