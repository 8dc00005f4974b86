"""Small drawings that come again and again, such as markers and digits, kept as images while they are on the screen."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QTransform

QUARTERS = 4
"""Places within a pixel for which images are kept apart."""
_MOST = 4000
_MARGIN = 2

_images: OrderedDict[Hashable, QImage] = OrderedDict()


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
    device = painter.deviceTransform()
    scale = device.m11()
    screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
    turned = device.m12() or device.m21() or device.m22() != scale or scale <= 0
    if not screen or turned:
        painter.save()
        painter.translate(at)
        draw(painter)
        painter.restore()
        return
    place = device.map(at)
    left, top = (math.floor(value * QUARTERS + 0.5) / QUARTERS for value in (place.x(), place.y()))
    x, y = math.floor(left), math.floor(top)
    whole = (key, scale, left - x, top - y)
    image = _images.get(whole)
    if image is None:
        image = _images[whole] = _render(box, scale, QPointF(left - x, top - y), draw)
        while len(_images) > _MOST:
            _images.popitem(last=False)
    origin = _origin(box, scale)
    _put(painter, device, QPointF(x - origin.x(), y - origin.y()), image)


def _origin(box: QRectF, scale: float) -> QPointF:
    """Return where the origin of a drawing stands in its image."""
    return QPointF(_MARGIN + math.ceil(-box.left() * scale), _MARGIN + math.ceil(-box.top() * scale))


def _render(box: QRectF, scale: float, shift: QPointF, draw: Callable[[QPainter], None]) -> QImage:
    origin = _origin(box, scale)
    width = math.ceil(origin.x() + box.right() * scale) + _MARGIN
    height = math.ceil(origin.y() + box.bottom() * scale) + _MARGIN
    image = QImage(max(1, width), max(1, height), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.translate(origin + shift)
    painter.scale(scale, scale)
    draw(painter)
    painter.end()
    return image


def _put(painter: QPainter, device: QTransform, corner: QPointF, image: QImage) -> None:
    """Copy an image to device pixels, whatever the painter's own transform is."""
    world = painter.worldTransform()
    ratio = device.m11() / world.m11()  # device pixels per pixel of the widget
    moved = QPointF(device.dx() - world.dx() * ratio, device.dy() - world.dy() * ratio)
    image.setDevicePixelRatio(ratio)
    painter.setWorldTransform(QTransform())
    painter.drawImage((corner - moved) / ratio, image)
    painter.setWorldTransform(world)
