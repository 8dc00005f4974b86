"""What is written in a window: every text that `painting.write` draws, with its place and its fate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing import painting
from rnnviz.ui.drawing.painting import font_metrics

Write = Callable[[QPainter, QRectF, Qt.AlignmentFlag, str, QFont, str], None]


@dataclass(frozen=True)
class Written:
    """One text.

    Attributes
    ----------
    text : str
        The whole of it.
    writer : str
        Class and function that wrote it.
    widget : QWidget or None
        Where; None in a picture that is kept to be painted again and again, such as a marker with its sign.
    box : QPolygonF
        Where its letters stand in the widget: a rectangle, turned where the text is.
    size : float
        The height of its type in pixels.
    colour : str
    elided, flattened : bool
        Whether it was too wide for its room, or too high.
    """

    text: str
    writer: str
    widget: QWidget | None
    box: QPolygonF
    size: float
    colour: str
    elided: bool
    flattened: bool


@contextmanager
def recorded() -> Iterator[list[Written]]:
    """Record what is written, wherever in rnnviz that is done."""
    found: list[Written] = []
    original = painting.write

    def write(painter: QPainter, rect: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont, colour: str) -> None:
        if text.strip():
            found.append(_written(painter, rect, flags, text, font, colour))
        original(painter, rect, flags, text, font, colour)

    _exchange(original, write)
    try:
        yield found
    finally:
        _exchange(write, original)


def _exchange(old: Write, new: Write) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("rnnviz.ui"):
            for name, value in list(vars(module).items()):
                if value is old:
                    setattr(module, name, new)


def _written(painter: QPainter, rect: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont, colour: str) -> Written:
    metrics = font_metrics(font)
    ink, wide = metrics.tightBoundingRect(text), min(metrics.horizontalAdvance(text), rect.width())
    left = rect.left()
    if flags & Qt.AlignmentFlag.AlignRight:
        left = rect.right() - wide
    elif flags & Qt.AlignmentFlag.AlignHCenter:
        left = rect.center().x() - wide / 2
    baseline = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2
    letters = QRectF(left, baseline + ink.top(), wide, ink.height())
    transform, device = painter.combinedTransform(), painter.device()
    return Written(
        text,
        _writer(),
        device if isinstance(device, QWidget) else None,
        transform.map(QPolygonF([letters.topLeft(), letters.topRight(), letters.bottomRight(), letters.bottomLeft()])),
        font.pixelSize() * abs(transform.determinant()) ** 0.5,
        colour,
        metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width()) != text,
        ink.height() > rect.height() + 1.5,
    )


def _writer() -> str:
    frame = sys._getframe(3)
    while frame.f_code.co_filename == painting.__file__ and frame.f_back is not None:
        frame = frame.f_back
    owner = type(frame.f_locals["self"]).__name__ if "self" in frame.f_locals else frame.f_globals["__name__"]
    return f"{owner}.{frame.f_code.co_name}"
