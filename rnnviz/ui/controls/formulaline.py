"""One equation of a `FormulaView`: what is written, and how the line is marked that is being computed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.theme import Theme

BAR = 5.0
"""Pixels of the bar at the left of the line that is being computed."""

_EQUALS = " = "


@dataclass(frozen=True)
class Line:
    """One equation: the signal it gives, unlike that of any other line, its TeX, and that with numbers (or nothing)."""

    signal: str
    tex: str
    numbers: str = ""

    @property
    def has_fraction(self) -> bool:
        """Whether a fraction stands in it, with numbers as high."""
        return r"\frac" in self.tex


def halves(tex: str) -> tuple[str, str]:
    """Return both sides of an equation, the equals sign with the right one."""
    left, _, _ = tex.partition(_EQUALS)
    return left, right_side(tex)


def right_side(tex: str) -> str:
    """Return an equation from its equals sign on."""
    return "= " + tex.partition(_EQUALS)[2]


def paint_ground(painter: QPainter, rect: QRectF, theme: Theme, *, lit: bool, computed: bool) -> None:
    """Paint what stands behind a line: one ground where its signal is lit, another and a bar where it is computed."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if lit:
        painter.setBrush(QColor(theme.selection))
        painter.drawRoundedRect(rect, 5, 5)
    if computed:
        accent = QColor(theme.accent)
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(rect.left(), rect.top() + 1, BAR, rect.height() - 2), 2, 2)
        accent.setAlphaF(0.16)
        painter.setBrush(accent)
        painter.drawRoundedRect(rect, 5, 5)
