"""The colours and sizes in which a view is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
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
    return Look(theme, metrics(view.lecture, view.type_size))


def set_type(
    widget: QWidget, pixels: float, colour: str = "", weight: QFont.Weight = REGULAR, more: str = "", rules: str = ""
) -> None:
    """Set size, weight and colour of a widget's type in its style sheet.

    A font set by ``setFont`` is lost whenever the style sheet of the application changes.

    Parameters
    ----------
    widget : QWidget
    pixels : float
    colour : str
        Empty for that of the application.
    weight : QFont.Weight
    more : str
        Further declarations for the widget itself.
    rules : str
        Further rules.
    """
    name = widget.metaObject().className()
    ink = f"color: {colour};" if colour else ""
    sheet = f".{name} {{ font-size: {round(pixels)}px; font-weight: {weight.value}; {ink} {more} }}{rules}"
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)


def box_rules(kind: str, look: Look) -> str:
    """Return style rules for boxes to tick: Fusion draws them in a shade that is not seen on a dark ground.

    Parameters
    ----------
    kind : str
        The class of the widgets, such as "QCheckBox".
    look : Look
    """
    theme, size = look.theme, round(look.sizes.text * 0.8)
    return (
        f"{kind}::indicator {{ width: {size}px; height: {size}px; border: 1px solid {theme.muted};"
        f" border-radius: 3px; background: {theme.field}; }}"
        f"{kind}::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent}; }}"
        f"{kind}::indicator:disabled {{ border-color: {theme.border}; }}"
        f"{kind}::indicator:focus {{ border-color: {theme.accent}; }}"
    )
