"""The colours and sizes in which a view is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QWidget

from rnnviz.ui.theme import DARK, LIGHT, REGULAR, THEMES, Metrics, Theme, metrics
from rnnviz.ui.view import View


@dataclass(frozen=True)
class Look:
    """A theme and its sizes."""

    theme: Theme
    sizes: Metrics


def look(view: View) -> Look:
    """Return how a view is to be drawn: "system" follows the desktop, and "print" is white."""
    theme = THEMES.get(view.theme)
    if theme is None:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        theme = DARK if dark else LIGHT
    return Look(theme, metrics(view.lecture))


def set_type(widget: QWidget, pixels: float, colour: str = "", weight: QFont.Weight = REGULAR, more: str = "") -> None:
    """Set size, weight and colour of a widget's type in its style sheet.

    A font set by ``setFont`` is lost whenever the style sheet of the application changes.
    """
    name = widget.metaObject().className()
    ink = f"color: {colour};" if colour else ""
    sheet = f".{name} {{ font-size: {round(pixels)}px; font-weight: {weight.value}; {ink} {more} }}"
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)


def outlined(widget: QWidget, theme: Theme) -> None:
    """Let boxes to tick be seen on a dark ground: Fusion draws their outline in a darker shade of the window's."""
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.faint if theme.dark else theme.window))
    widget.setPalette(palette)
