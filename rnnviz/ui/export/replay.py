"""Reads a recording: the state of the painter in logical pixels, and what it drew as shapes, images and text.

The form of a QPicture is that of `QPicture::exec` in Qt's `qpicture.cpp`: a header, then commands with their lengths.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from enum import IntEnum
from typing import TypeVar, cast

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QImage, QPainter, QPainterPath, QPen, QRegion, QTransform

from rnnviz.ui.export.geometry import as_rect, intersection, polygon_path
from rnnviz.ui.export.recording import Mark, Recording

_HEADER = 32  # "QPIC", a checksum of two bytes, the version, and how large the whole is
_VERSION = slice(6, 8)  # its first part is that of the stream
_LONG = 255  # the length of a long command follows in four bytes

_T = TypeVar("_T", QBrush, QFont, QImage, QPainterPath, QPen, QPointF, QRectF, QRegion, QTransform)


class _Command(IntEnum):
    ELLIPSE = 7
    POLYLINE = 12
    POLYGON = 13
    PIXMAP = 17
    IMAGE = 18
    TEXT = 21
    TILES = 24
    PATH = 25
    PEN = 46
    BRUSH = 47
    TRANSFORM = 55
    CLIP_REGION = 61
    CLIP_PATH = 62
    HINTS = 63
    CLIPPING = 65
    OPACITY = 66


_KNOWN = frozenset(_Command)
_LAST_DRAWN = _Command.PATH


class Replay(ABC):
    """Follows a recording, and leaves to its heirs what becomes of what was drawn.

    Parameters
    ----------
    recording : Recording
        No painter is active on it any more.

    Attributes
    ----------
    transform : QTransform
        From the painter's coordinates to logical pixels.
    pen, brush, opacity, hints
        Those of the painter; a cosmetic pen has its width in logical pixels.
    clip : QPainterPath or None
        What may be painted on, in logical pixels; None is everything.
    clip_rect : QRectF or None
        The same where it is a rectangle.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.transform = QTransform()
        self.pen = QPen()
        self.brush = QBrush()
        self.opacity = 1.0
        self.hints = QPainter.RenderHint(0)
        self.clip: QPainterPath | None = None
        self.clip_rect: QRectF | None = None
        self._mark = recording.marks[0]
        self._painter_pen = QPen()
        self._painter_clips: list[QPainterPath] = []
        self._clips_apply = False
        self._clips_combined: list[QPainterPath] = []
        self._lines = QPainterPath()

    @abstractmethod
    def shape(self, path: QPainterPath, *, filled: bool) -> None:
        """Fill a path where it is to be filled, then stroke it; in the painter's coordinates."""

    @abstractmethod
    def image(self, place: QRectF, image: QImage, part: QRectF) -> None:
        """Draw a part of an image, given in its pixels, at a place in the painter's coordinates."""

    @abstractmethod
    def text(self, origin: QPointF, text: str, font: QFont) -> None:
        """Write a run of text, from the left end of its base line in the painter's coordinates."""

    def play(self) -> None:
        """Go through the recording once."""
        data = bytes(cast("memoryview", self.recording.data()))
        stream = QDataStream(QByteArray(data))
        stream.setVersion(int.from_bytes(data[_VERSION], "big"))
        marks = self.recording.marks[::-1]
        at = _HEADER
        while at < len(data):
            while marks and marks[-1].place <= at:
                self._reach(marks.pop())
            command, length = data[at : at + 2]
            at += 2
            if length == _LONG:
                length = int.from_bytes(data[at : at + 4], "big")
                at += 4
            if command in _KNOWN:
                stream.device().seek(at)
                self._follow(_Command(command), stream, data[at : at + length])
            at += length
        self._end_lines()

    def _reach(self, mark: Mark) -> None:
        self._end_lines()
        self._mark = mark
        self._zoom_pen()

    def _follow(self, command: _Command, stream: QDataStream, body: bytes) -> None:
        if command != _Command.POLYLINE:
            self._end_lines()
        if command > _LAST_DRAWN:
            self._change(command, stream)
            return
        self._combine_clips()
        if self.clip is None or not self.clip.isEmpty():  # to QPdfWriter an empty clip would be no clip
            self._draw(command, stream, body)

    def _change(self, command: _Command, stream: QDataStream) -> None:
        """Take over what the painter changed."""
        match command:
            case _Command.PEN:
                self._painter_pen = _read(stream, QPen())
                self._zoom_pen()
            case _Command.BRUSH:
                self.brush = _read(stream, QBrush())
            case _Command.TRANSFORM:
                ratio = self.recording.ratio
                self.transform = _read(stream, QTransform()) * QTransform.fromScale(1 / ratio, 1 / ratio)
            case _Command.HINTS:
                self.hints = QPainter.RenderHint(stream.readUInt32())
            case _Command.OPACITY:
                self.opacity = stream.readDouble()
            case _Command.CLIPPING:
                self._clips_apply = stream.readBool()
            case _Command.CLIP_REGION:
                path = QPainterPath()
                path.addRegion(_read(stream, QRegion()))
                self._set_clip(path, Qt.ClipOperation(stream.readUInt8()))
            case _Command.CLIP_PATH:
                self._set_clip(_read(stream, QPainterPath()), Qt.ClipOperation(stream.readUInt8()))

    def _zoom_pen(self) -> None:
        self.pen = QPen(self._painter_pen)
        if self.pen.isCosmetic():
            self.pen.setWidthF((self.pen.widthF() or 1.0) * self._mark.zoom)
            self.pen.setCosmetic(True)

    def _draw(self, command: _Command, stream: QDataStream, body: bytes) -> None:
        """Hand on what the painter drew."""
        match command:
            case _Command.POLYLINE:
                self._draw_polyline(_points(body))
            case _Command.POLYGON:
                path = polygon_path(_points(body), closed=True)
                path.setFillRule(Qt.FillRule.WindingFill if body[-1] else Qt.FillRule.OddEvenFill)
                self.shape(path, filled=True)
            case _Command.PATH:
                self.shape(_read(stream, QPainterPath()), filled=True)
            case _Command.ELLIPSE:
                path = QPainterPath()
                path.addEllipse(_read(stream, QRectF()))
                self.shape(path, filled=True)
            case _Command.PIXMAP | _Command.IMAGE:
                place, image, part = _read(stream, QRectF()), _read(stream, QImage()), _read(stream, QRectF())
                if not image.isNull() and not part.isEmpty():
                    self.image(place, image, part)
            case _Command.TILES:
                self._draw_tiles(_read(stream, QRectF()), _read(stream, QImage()), _read(stream, QPointF()))
            case _Command.TEXT:
                self.text(_read(stream, QPointF()), stream.readQString(), _read(stream, QFont()))

    def _draw_polyline(self, points: list[tuple[float, float]]) -> None:
        """Draw a polyline; lines of two points are collected, as `drawLines` and curves come in those."""
        path = polygon_path(points, closed=False)
        if len(points) > 2:
            self._end_lines()
            self.shape(path, filled=False)
        elif path.elementCount() == 2:
            end = self._lines.currentPosition()
            if not self._lines.isEmpty() and (end.x(), end.y()) == points[0]:
                self._lines.lineTo(*points[1])
            else:
                self._lines.addPath(path)

    def _end_lines(self) -> None:
        if not self._lines.isEmpty():
            lines, self._lines = self._lines, QPainterPath()
            self.shape(lines, filled=False)

    def _draw_tiles(self, rect: QRectF, tile: QImage, offset: QPointF) -> None:
        """Fill a rectangle with a repeated pixmap."""
        path = QPainterPath()
        path.addRect(rect)
        start = rect.topLeft() - offset
        pen, brush = self.pen, self.brush
        self.pen, self.brush = QPen(Qt.PenStyle.NoPen), QBrush(tile)
        self.brush.setTransform(QTransform.fromTranslate(start.x(), start.y()))
        self.shape(path, filled=True)
        self.pen, self.brush = pen, brush

    def _set_clip(self, path: QPainterPath, operation: Qt.ClipOperation) -> None:
        """Follow setClip and the replay of all clips that QPainter makes on restore."""
        if operation != Qt.ClipOperation.IntersectClip:
            self._painter_clips = []
        if operation != Qt.ClipOperation.NoClip:
            self._painter_clips = [*self._painter_clips, self.transform.map(path)]

    def _combine_clips(self) -> None:
        """Bring the clip up to date; most changes of it are followed by others before anything is drawn."""
        frame = [self._mark.frame] if self._mark.frame is not None else []
        clips = frame + (self._painter_clips if self._clips_apply else [])
        if clips != self._clips_combined:
            self._clips_combined = clips
            self.clip = functools.reduce(intersection, clips) if clips else None
            self.clip_rect = as_rect(self.clip) if self.clip is not None else None


def _read(stream: QDataStream, value: _T) -> _T:
    """Read a value of Qt's into one of its type."""
    stream >> value
    return value


def _points(body: bytes) -> list[tuple[float, float]]:
    """Return the points of a QPolygonF: their number in four bytes, then pairs of numbers."""
    count = int.from_bytes(body[:4], "big")
    flat: list[float] = np.frombuffer(body, ">f8", 2 * count, 4).tolist()
    return list(zip(flat[::2], flat[1::2], strict=True))
