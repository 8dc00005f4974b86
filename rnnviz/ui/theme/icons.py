"""Icons: the lucide drawings, in the colours of the theme, sharp on any screen."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from rnnviz.assets import AssetError, asset
from rnnviz.ui.theme.palette import Theme

# Edges in device pixels: those of buttons at scales 1, 1.25, 1.5 and 2, normal and lecture.
_EDGES = (16, 18, 20, 24, 28, 32, 36, 48, 64)


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
    drawing = _drawing(name).replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    pixels = max(1, round(edge * ratio))
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@cache
def icon(name: str, theme: Theme) -> QIcon:
    """Return an icon in the text colour of `theme`: faint where disabled, in the accent where switched on.

    Raises
    ------
    AssetError
        If there is no icon of that name.
    """
    result = QIcon()
    for edge in _EDGES:
        result.addPixmap(icon_pixmap(name, theme.text, edge))
        result.addPixmap(icon_pixmap(name, theme.faint, edge), QIcon.Mode.Disabled)
        result.addPixmap(icon_pixmap(name, theme.accent, edge), QIcon.Mode.Normal, QIcon.State.On)
    return result
