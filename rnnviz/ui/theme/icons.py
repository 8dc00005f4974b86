"""Icons: the lucide drawings, in the colours of the theme, sharp on any screen."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from rnnviz.assets import AssetError, asset
from rnnviz.ui.theme.palette import Theme

_EDGES = (16, 18, 20, 24, 26)
"""Edges in logical pixels: those of menus and buttons, normal and lecture."""


def icon_names() -> tuple[str, ...]:
    """Return the names of all icons that ship with rnnviz, sorted."""
    return tuple(sorted(path.stem for path in asset("icons").glob("*.svg")))


@cache
def _drawing(name: str) -> str:
    try:
        path = asset("icons", f"{name}.svg")
    except AssetError:
        known = ", ".join(icon_names())
        raise AssetError(f"there is no icon named {name!r}; there are {known}") from None
    return path.read_text(encoding="utf-8")


def icon_pixmap(name: str, colour: str, edge: int, ratio: float = 1.0) -> QPixmap:
    """Draw an icon.

    Parameters
    ----------
    name : str
        One of `icon_names`.
    colour : str
        ``#rrggbb``.
    edge : int
        Width and height in logical pixels.
    ratio : float
        Device pixels per logical pixel.

    Raises
    ------
    AssetError
        If there is no icon of that name.
    """
    pixmap = _drawn(_renderer(name, colour), max(1, round(edge * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, theme: Theme) -> QIcon:
    """Return an icon in the text colour of `theme`: faint where disabled, in the accent where switched on.

    It is sharp on the screens that there are, and made smaller from the next size on one that comes later.

    Raises
    ------
    AssetError
        If there is no icon of that name.
    """
    ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    return _icon(name, theme, tuple(sorted({round(edge * ratio) for edge in _EDGES for ratio in ratios})))


@cache
def _icon(name: str, theme: Theme, edges: tuple[int, ...]) -> QIcon:
    result = QIcon()
    renderer = _renderer(name, theme.text)
    for edge in edges:
        pixmap = _drawn(renderer, edge)
        result.addPixmap(pixmap)
        result.addPixmap(_tinted(pixmap, theme.faint), QIcon.Mode.Disabled)
        result.addPixmap(_tinted(pixmap, theme.accent), QIcon.Mode.Normal, QIcon.State.On)
    return result


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))


def _drawn(renderer: QSvgRenderer, pixels: int) -> QPixmap:
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap


def _tinted(pixmap: QPixmap, colour: str) -> QPixmap:
    """Return a drawing in another colour: to draw it anew takes three times as long."""
    tinted = QPixmap(pixmap)
    painter = QPainter(tinted)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(tinted.rect(), QColor(colour))
    painter.end()
    return tinted
