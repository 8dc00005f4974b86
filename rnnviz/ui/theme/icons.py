"""Icons: the lucide drawings, in the colours of the theme, sharp on any screen."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from rnnviz.assets import AssetError, asset
from rnnviz.ui.theme.palette import Theme


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
    pixmap = _drawn(_renderer(_drawing(name), colour), max(1, round(edge * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@cache
def icon(name: str, theme: Theme) -> QIcon:
    """Return an icon in the text colour of `theme`: faint where disabled, in the accent where switched on.

    It is sharp on every screen, since it is drawn in the size that is asked for, when it is asked for.

    Raises
    ------
    AssetError
        If there is no icon of that name.
    """
    return QIcon(_Engine(name, _drawing(name), theme))


class _Engine(QIconEngine):
    """Draws an icon whenever a button or a menu asks for it in another size, mode or state."""

    def __init__(self, name: str, drawing: str, theme: Theme) -> None:
        super().__init__()
        self._name, self._drawing, self._theme = name, drawing, theme
        self._pixmaps: dict[tuple[int, str], QPixmap] = {}

    def clone(self) -> QIconEngine:
        """Return another of the same drawing."""
        return _Engine(self._name, self._drawing, self._theme)

    def iconName(self) -> str:
        """Return the name of the drawing."""
        return self._name

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the drawing in a size, in pixels of the screen."""
        edge, colour = max(1, min(size.width(), size.height())), self._colour(mode, state)
        if (edge, colour) not in self._pixmaps:
            self._pixmaps[edge, colour] = _drawn(_renderer(self._drawing, colour), edge)
        return self._pixmaps[edge, colour]

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it into a rectangle."""
        edge = min(rect.width(), rect.height())
        square = QRectF(0, 0, edge, edge)
        square.moveCenter(rect.toRectF().center())
        _renderer(self._drawing, self._colour(mode, state)).render(painter, square)

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return self._theme.faint
        return self._theme.accent if state == QIcon.State.On else self._theme.text


def _renderer(drawing: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))


def _drawn(renderer: QSvgRenderer, pixels: int) -> QPixmap:
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap
