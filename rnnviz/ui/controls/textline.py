"""A line of text that changes at every step: unlike a QLabel it lays nothing out anew, and paints nothing behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.drawing.painting import LEFT, font_metrics, write_on
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import REGULAR, ui_font

GAP = 0.7
"""The distance between two runs, as a multiple of the type size of the second."""


@dataclass(frozen=True)
class Run:
    """Text of one size in logical pixels, colour and weight; `apart` sets it off from the run before."""

    text: str
    size: float
    colour: str
    weight: QFont.Weight = REGULAR
    apart: bool = True


class TextLine(QWidget):
    """Runs of text beside each other; what does not fit is cut at its end, and told whole in the tooltip.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[Run, ...] = ()
        self._height = 0
        self._least = 0
        self._hint = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, runs: Sequence[Run]) -> None:
        """Show runs of text."""
        shown = tuple(run for run in runs if run.text)
        if shown != self._runs:
            self._runs = shown
            self._tell()
            self.update()

    def text(self) -> str:
        """Return the whole text."""
        return "".join((" " if run.apart and place else "") + run.text for place, run in enumerate(self._runs))

    def reserve(self, size: float, widest: str = "", weight: QFont.Weight = REGULAR) -> None:
        """Take the height of a type size and, where it is named, the width of the widest text to come."""
        metrics = font_metrics(ui_font(size, weight))
        height, least = round(size * 1.5), round(metrics.horizontalAdvance(widest) + 1) if widest else 0
        if (height, least) != (self._height, self._least):
            self._height, self._least = height, least
            policy = QSizePolicy.Policy.Minimum if least else QSizePolicy.Policy.Ignored
            self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size that was reserved."""
        return QSize(self._least, self._height)

    def minimumSizeHint(self) -> QSize:
        """Return the size that was reserved."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell in the tooltip what no longer fits."""
        super().resizeEvent(event)
        self._tell()

    def _tell(self) -> None:
        hint = self.text() if self._width() > self.width() else ""
        if hint != self._hint:
            self._hint = hint
            self.setToolTip(plain_tip(hint))

    def _width(self) -> float:
        return sum(
            font_metrics(_font(run)).horizontalAdvance(run.text) + _gap(run, place)
            for place, run in enumerate(self._runs)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the runs."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Window))
        place = QRectF(self.rect())
        for number, run in enumerate(self._runs):
            place.setLeft(place.left() + _gap(run, number))
            if place.width() > run.size:
                place.setLeft(place.left() + write_on(painter, place, LEFT, run.text, _font(run), run.colour))
        painter.end()


def _font(run: Run) -> QFont:
    return ui_font(run.size, run.weight)


def _gap(run: Run, place: int) -> float:
    return run.size * GAP if run.apart and place else 0.0


def ground(widget: QWidget, colour: str) -> None:
    """Let a line of text stand on another colour than that of the window."""
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(colour))
    widget.setPalette(palette)
