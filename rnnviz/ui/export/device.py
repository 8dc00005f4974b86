"""Paint devices that keep the logical pixels of the screen, whatever the format behind them.

A figure is painted in the pixels and the type sizes of the window. What differs between the formats (an SVG
document, a PDF page, an image at twice the size) happens in the engine behind the device, so that all formats
hold the same picture.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QGuiApplication,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainter,
    QPainterPath,
    QPen,
    QTransform,
)

_Metric = QPaintDevice.PaintDeviceMetric
_Dirty = QPaintEngine.DirtyFlag
_Feature = QPaintEngine.PaintEngineFeature
_MM_PER_INCH = 25.4
_SCREEN_DPI = 96

# Conical gradients are left out on purpose: what an engine does not claim, QPainter hands over as an image.
_FEATURES = _Feature.AllFeatures & ~_Feature.ConicalGradientFill

_Params = ParamSpec("_Params")
_Engine = TypeVar("_Engine", bound="TrackingEngine")


def screen_dpi() -> int:
    """Return the dots per inch by which the window turns points into pixels.

    Returns
    -------
    int
        That of the primary screen, or 96 where there is none.
    """
    screens = QGuiApplication.screens()
    return round(screens[0].logicalDotsPerInchY()) if screens else _SCREEN_DPI


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


class FigureDevice(QPaintDevice):
    """A paint device of a given size in logical pixels.

    Parameters
    ----------
    size : QSizeF
        Logical pixels.
    engine : TrackingEngine
        What receives the painting; made with the same `ratio`.
    ratio : float
        Device pixels per logical pixel, by which icons choose their resolution.
    """

    def __init__(self, size: QSizeF, engine: TrackingEngine, ratio: float) -> None:
        super().__init__()
        self.size = size
        self._engine = engine
        self._ratio = ratio
        self._dpi = screen_dpi()

    def paintEngine(self) -> QPaintEngine:
        """Return the engine that was given."""
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric, /) -> int:
        """Answer as a screen of this size would."""
        width, height = self.size.width(), self.size.height()
        match metric:
            case _Metric.PdmWidth:
                return round(width * self._ratio)
            case _Metric.PdmHeight:
                return round(height * self._ratio)
            case _Metric.PdmWidthMM:
                return round(width * _MM_PER_INCH / self._dpi)
            case _Metric.PdmHeightMM:
                return round(height * _MM_PER_INCH / self._dpi)
            case _Metric.PdmDpiX | _Metric.PdmDpiY | _Metric.PdmPhysicalDpiX | _Metric.PdmPhysicalDpiY:
                return self._dpi
            case _Metric.PdmDevicePixelRatio:
                return round(self._ratio)
            case _Metric.PdmDevicePixelRatioScaled:
                return round(self._ratio * QPaintDevice.devicePixelRatioFScale())
            case _Metric.PdmDevicePixelRatioF_EncodedA | _Metric.PdmDevicePixelRatioF_EncodedB:
                return QPaintDevice.encodeMetricF(metric, self._ratio)
            case _Metric.PdmDepth:
                return 32
            case _:
                return (1 << 31) - 1

    def check(self) -> None:
        """Raise what went wrong while painting, if anything did.

        Raises
        ------
        Exception
            The first exception inside the paint engine.
        """
        if self._engine.failure is not None:
            raise self._engine.failure

    @contextmanager
    def zoomed(self, factor: float) -> Iterator[None]:
        """Widen cosmetic pens while a figure that was scaled by a factor is painted.

        Parameters
        ----------
        factor : float
            The scale that the caller put on the painter.

        Yields
        ------
        None
        """
        before = self._engine.zoom
        self._engine.zoom = before * factor
        try:
            yield
        finally:
            self._engine.zoom = before

    @contextmanager
    def framed(self, frame: QPainterPath) -> Iterator[None]:
        """Keep the painting within a frame, whatever the painter does to its own clip.

        A widget that is rendered starts with a clip of its own and trusts the device to keep it in its place.

        Parameters
        ----------
        frame : QPainterPath
            In logical pixels.

        Yields
        ------
        None
        """
        before = self._engine.frame
        self._engine.set_frame(frame if before is None else intersection(before, frame))
        try:
            yield
        finally:
            self._engine.set_frame(before)
