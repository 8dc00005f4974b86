"""Images of the steps of the network: from one step to the next most of them only move."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Protocol

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QTransform

from rnnviz.ui.networkdiagram.contents import Contents, Face
from rnnviz.ui.networkdiagram.geometry import Picture, Strip, Trail
from rnnviz.ui.networkdiagram.graph import Node

_MOST_BYTES = 96_000_000
_MOVED = (QTransform.TransformationType.TxNone, QTransform.TransformationType.TxTranslate)


class StripPainter(Protocol):
    """What paints a picture, and parts of it."""

    painter: QPainter
    picture: Picture
    contents: Contents

    def face(self, node: Node) -> Face:
        """Return what a node shows."""

    def draw(self, trails: Iterable[Trail], nodes: Iterable[Node]) -> None:
        """Paint some links, then some nodes."""


class StripImages:
    """Keeps an image of every step that has been painted, as long as its surroundings stay as they are.

    A column stands on whole pixels, so that its image can be moved.
    """

    def __init__(self) -> None:
        self._about: tuple[object, ...] = ()
        self._images: OrderedDict[Hashable, QImage] = OrderedDict()
        self._bytes = 0

    def stand_in(self, *about: object) -> None:
        """Forget all images if what they all depend on has changed: the run, the geometry and the colours."""
        if about != self._about:
            self._about = about
            self._images.clear()
            self._bytes = 0

    def draw(self, picture: StripPainter) -> bool:
        """Draw a picture step by step; False where that cannot be: it is folded, enlarged, or no image is wanted."""
        painter = picture.painter
        device, world = painter.deviceTransform(), painter.worldTransform()
        raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
        if not raster or world.type() not in _MOVED or not picture.picture.strips:
            return False
        ratio = device.m11()
        picture.draw((trail for trail in picture.picture.trails if trail.cut), ())
        left, right = -world.dx(), painter.device().width() - world.dx()
        for strip in picture.picture.strips:
            if strip.frame.right > left and strip.frame.left < right:
                corner = QPointF(math.floor(strip.frame.left), math.floor(strip.frame.top))
                painter.drawImage(corner, self._image(picture, strip, corner, ratio))
        return True

    def _image(self, picture: StripPainter, strip: Strip, corner: QPointF, ratio: float) -> QImage:
        key = (ratio, strip.step, bool(strip.nodes), _token(picture, strip, corner.x()))
        found = self._images.get(key)
        if found is not None:
            self._images.move_to_end(key)
            return found
        wide, high = strip.frame.right - corner.x(), strip.frame.bottom - corner.y()
        image = QImage(
            QSize(math.ceil(wide * ratio) + 1, math.ceil(high * ratio) + 1), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(ratio)
        image.fill(0)
        inner, outer = QPainter(image), picture.painter
        inner.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner.translate(-corner)
        picture.painter = inner
        try:
            picture.draw(strip.trails, strip.nodes)
        finally:
            picture.painter = outer
            inner.end()
        self._keep(key, image)
        return image

    def _keep(self, key: Hashable, image: QImage) -> None:
        self._images[key] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > _MOST_BYTES and len(self._images) > 1:
            self._bytes -= self._images.popitem(last=False)[1].sizeInBytes()


def _token(picture: StripPainter, strip: Strip, left: float) -> Hashable:
    """What an image of a step shows, besides the recorded values of that step."""
    faces = tuple(
        (face.known, face.lines, face.name, face.top, face.values is None) for face in map(picture.face, strip.nodes)
    )
    shares = picture.contents.shares
    links = tuple(
        (
            id(trail.rule),
            trail.source.step - strip.step,
            round(trail.start.x - left, 2),
            round(trail.pieces[-1][-1].x - left, 2),
            shares.get((trail.source, trail.target)),
        )
        for trail in strip.trails
    )
    return faces, links
