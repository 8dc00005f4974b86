"""The base of the paint engines: the state of the painter in logical pixels, and no exception lost."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainter,
    QPainterPath,
    QPen,
    QTransform,
)

_Dirty = QPaintEngine.DirtyFlag
_Feature = QPaintEngine.PaintEngineFeature

# Conical gradients are left out on purpose: what an engine does not claim, QPainter hands over as an image.
_FEATURES = _Feature.AllFeatures & ~_Feature.ConicalGradientFill

_Params = ParamSpec("_Params")
_Engine = TypeVar("_Engine", bound="TrackingEngine")


def guarded(
    method: Callable[Concatenate[_Engine, _Params], None],
) -> Callable[Concatenate[_Engine, _Params], None]:
    """Keep the first exception of a method that Qt calls, for `FigureDevice.check` to raise.

    Qt swallows what is raised in an overridden method, and the figure would silently lack a part.

    Parameters
    ----------
    method : callable
        A method of a `TrackingEngine` that Qt calls while painting.

    Returns
    -------
    callable
        The same method, which never raises.
    """

    @functools.wraps(method)
    def call(self: _Engine, /, *args: _Params.args, **kwargs: _Params.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - Qt would print and drop it
            self.failure = self.failure or error

    return call


def drawing(
    method: Callable[Concatenate[_Engine, _Params], None],
) -> Callable[Concatenate[_Engine, _Params], None]:
    """Guard a method that draws, and leave it out where the clip hides everything.

    Parameters
    ----------
    method : callable
        A method of a `TrackingEngine` that Qt calls to draw something.

    Returns
    -------
    callable
        The guarded method. To QPdfWriter an empty clip would be no clip.
    """
    kept = guarded(method)

    @functools.wraps(method)
    def call(self: _Engine, /, *args: _Params.args, **kwargs: _Params.kwargs) -> None:
        if self.clip is None or not self.clip.isEmpty():
            kept(self, *args, **kwargs)

    return call


def as_rect(path: QPainterPath) -> QRectF | None:
    """Return the rectangle that a path outlines.

    Parameters
    ----------
    path : QPainterPath
        Any path, in device coordinates.

    Returns
    -------
    QRectF or None
        None where the path is anything but one rectangle along the axes.
    """
    count = path.elementCount()
    elements = [path.elementAt(i) for i in range(count)]
    if count not in (4, 5) or any(element.isCurveTo() for element in elements):
        return None
    corners = [(element.x, element.y) for element in elements]
    if count == 5 and corners[4] != corners[0]:
        return None
    sides = zip(corners[:4], corners[1:4] + corners[:1], strict=True)
    if any((x1 == x2) == (y1 == y2) for (x1, y1), (x2, y2) in sides):
        return None
    return path.boundingRect()


def intersection(first: QPainterPath, second: QPainterPath) -> QPainterPath:
    """Return what two paths share; rectangles stay rectangles to the last bit."""
    one, two = as_rect(first), as_rect(second)
    if one is None or two is None:
        return first.intersected(second)
    path = QPainterPath()
    path.addRect(one.intersected(two))
    return path


class TrackingEngine(QPaintEngine):
    """A paint engine that knows its state in logical pixels, the accumulated clip included.

    Attributes
    ----------
    transform : QTransform
        From the painter's coordinates to the device's logical pixels.
    clip : QPainterPath or None
        What may be painted on, in logical pixels; None is everything.
    clip_rect : QRectF or None
        The same where it is a rectangle.
    frame : QPainterPath or None
        See `set_frame`.
    zoom : float
        By how much cosmetic pens are widened: a figure that was scaled to fit keeps its proportions.
    failure : Exception or None
        The first exception inside a method that Qt called.
    """

    def __init__(self, ratio: float) -> None:
        super().__init__(_FEATURES)
        self._to_logical = QTransform.fromScale(1 / ratio, 1 / ratio)
        self.transform = QTransform()
        self.pen = QPen()
        self.brush = QBrush()
        self.opacity = 1.0
        self.hints = QPainter.RenderHint(0)
        self.clip: QPainterPath | None = None
        self.clip_rect: QRectF | None = None
        self.frame: QPainterPath | None = None
        self._clip_path: QPainterPath | None = None
        self._clips_now = False
        self._clips_shown: tuple[QPainterPath | None, QPainterPath | None] = (None, None)
        self.zoom = 1.0
        self.failure: Exception | None = None

    def begin(self, _device: QPaintDevice, /) -> bool:
        """Accept every painter."""
        return True

    def end(self) -> bool:
        """Have nothing left to flush."""
        return True

    def type(self) -> QPaintEngine.Type:
        """Name the engine as one that keeps vectors."""
        return QPaintEngine.Type.SVG

    @guarded
    def updateState(self, state: QPaintEngineState, /) -> None:
        """Take over what the painter changed."""
        self.transform = state.transform() * self._to_logical
        self.pen = QPen(state.pen())
        self.brush = QBrush(state.brush())
        self.opacity = state.opacity()
        self.hints = state.renderHints()
        flags = state.state()
        if flags & (_Dirty.DirtyClipPath | _Dirty.DirtyClipRegion):
            self._update_clip(state, bool(flags & _Dirty.DirtyClipPath))
        self._clips_now = state.isClipEnabled()
        self._combine_clips()

    def set_frame(self, frame: QPainterPath | None) -> None:
        """Set a clip that lies beneath those of the painter and outlives them, in logical pixels."""
        self.frame = frame
        self._combine_clips()

    def _combine_clips(self) -> None:
        parts = (self.frame, self._clip_path if self._clips_now else None)
        if parts == self._clips_shown:
            return
        self._clips_shown = parts
        present = [part for part in parts if part is not None]
        self.clip = functools.reduce(intersection, present) if present else None
        self.clip_rect = as_rect(self.clip) if self.clip is not None else None
        self.clip_changed()

    def clip_changed(self) -> None:
        """React to a new clip."""

    def _update_clip(self, state: QPaintEngineState, is_path: bool) -> None:
        """Follow setClip and the replay of all clips that QPainter makes on restore."""
        if state.clipOperation() == Qt.ClipOperation.NoClip:
            self._clip_path = None
            return
        path = state.clipPath()
        if not is_path:
            path = QPainterPath()
            path.addRegion(state.clipRegion())
        path = self.transform.map(path)
        if state.clipOperation() == Qt.ClipOperation.IntersectClip and self._clip_path is not None:
            path = intersection(self._clip_path, path)
        self._clip_path = path
