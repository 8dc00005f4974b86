"""The line above the plots of a panel: what is drawn, what is under the mouse, and how to draw it otherwise."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD


class ElidedLabel(QLabel):
    """A line of text that gives way when there is no room for it, and then shows its beginning."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        """Show a text."""
        if text != self._text:
            self._text = text
            self._elide()

    @property
    def said(self) -> str:
        """The whole text."""
        return self._text

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text to the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(self._text if shown != self._text else "")


class PanelHeader(QWidget):
    """Title, subtitle and the controls of a panel in one line; what is under the mouse takes the subtitle's place.

    Parameters
    ----------
    controls : QWidget
        From left to right, at the right end.
    parent : QWidget or None
    """

    def __init__(self, *controls: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.line = ElidedLabel()
        self._subtitle = ""
        self._read_out = ""
        self._small = NORMAL.small
        self._colours = (LIGHT.muted, LIGHT.text)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.title)
        self._row.addWidget(self.line, 1)
        for control in controls:
            self._row.addWidget(control)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Say what is drawn."""
        self.title.setText(title)
        self._subtitle = subtitle
        self._say()

    def set_read_out(self, text: str) -> None:
        """Say what is under the mouse; nothing is, if empty."""
        self._read_out = text
        self._say()

    @property
    def subtitle(self) -> str:
        """What is said beside the title while the mouse is elsewhere."""
        return self._subtitle

    def _say(self) -> None:
        self.line.say(self._read_out or self._subtitle)
        colour = self._colours[1 if self._read_out else 0]
        set_type(self.line, self._small, colour)

    def set_look(self, look: Look) -> None:
        """Dress the line in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        self._row.setContentsMargins(sizes.padding, 2, sizes.padding, 2)
        self._row.setSpacing(sizes.padding)
        self.setFixedHeight(sizes.header + 4)
        set_type(self.title, sizes.title, theme.text, SEMIBOLD)
        self._small = sizes.small
        self._colours = (theme.muted, theme.text)
        self._say()
