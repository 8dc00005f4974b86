"""Small drawings that come again and again, such as markers and digits, kept as images while they are on the screen."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QTransform

QUARTERS = 4
"""Places within a pixel for which images are kept apart."""
_MOST = 4000
_MARGIN = 2

K = TypeVar("K", bound=Hashable)


class _Image(NamedTuple):
    image: QImage
    left: float
    top: float
    """Where the origin of the drawing stands in the image, in device pixels."""


_images: OrderedDict[Hashable, _Image] = OrderedDict()


def stamp(painter: QPainter, at: QPointF, box: QRectF, key: Hashable, draw: Callable[[QPainter], None]) -> None:
    """Draw something small; on the screen through a cache of images, anywhere else as it is.

    Filling a path with smooth edges takes Qt a hundred times as long as copying an image of it.

    Parameters
    ----------
    painter : QPainter
    at : QPointF
        Where the origin of the drawing stands.
    box : QRectF
        What the drawing covers around its origin.
    key : hashable
        Names the drawing, its colours and sizes included.
    draw : callable
        Draws it around the origin of the painter that it is given.
    """
    stamps(painter, [(at.x(), at.y(), box, key)], lambda _, inner: draw(inner))


def stamps(
    painter: QPainter, drawings: Iterable[tuple[float, float, QRectF, K]], draw: Callable[[K, QPainter], None]
) -> None:
    """Draw many small things as `stamp` does, in one go.

    Parameters
    ----------
    painter : QPainter
    drawings : iterable of (float, float, QRectF, hashable)
        Where the origin of each stands, what it covers around it, and what names it.
    draw : callable
        Given the name and a painter, draws it around the painter's origin.
    """
    device = painter.deviceTransform()
    scale = device.m11()
    screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
    if not screen or device.m12() or device.m21() or device.m22() != scale or scale <= 0:
        for x, y, _, key in drawings:
            painter.save()
            painter.translate(x, y)
            draw(key, painter)
            painter.restore()
        return
    world = painter.worldTransform()
    ratio = scale / world.m11()  # device pixels per pixel of the widget
    right, down = device.dx(), device.dy()
    moved_x, moved_y = right - world.dx() * ratio, down - world.dy() * ratio
    painter.setWorldTransform(QTransform())
    for x, y, box, key in drawings:
        left = math.floor((x * scale + right) * QUARTERS + 0.5) / QUARTERS
        top = math.floor((y * scale + down) * QUARTERS + 0.5) / QUARTERS
        column, row = math.floor(left), math.floor(top)
        name = (key, scale, ratio, left - column, top - row)
        found = _images.get(name)
        if found is None:
            found = _kept(name, box, draw)
        place = QPointF((column - found.left - moved_x) / ratio, (row - found.top - moved_y) / ratio)
        painter.drawImage(place, found.image)
    painter.setWorldTransform(world)


def _kept(name: tuple[K, float, float, float, float], box: QRectF, draw: Callable[[K, QPainter], None]) -> _Image:
    """Draw an image of something and keep it."""
    key, scale, ratio, x, y = name
    origin = QPointF(_MARGIN + math.ceil(-box.left() * scale), _MARGIN + math.ceil(-box.top() * scale))
    width = math.ceil(origin.x() + box.right() * scale) + _MARGIN
    height = math.ceil(origin.y() + box.bottom() * scale) + _MARGIN
    image = QImage(max(1, width), max(1, height), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.translate(origin + QPointF(x, y))
    painter.scale(scale, scale)
    draw(key, painter)
    painter.end()
    image.setDevicePixelRatio(ratio)
    found = _images[name] = _Image(image, origin.x(), origin.y())
    while len(_images) > _MOST:
        _images.popitem(last=False)
    return found
