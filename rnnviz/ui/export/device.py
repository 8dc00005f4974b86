"""Paint devices that keep the logical pixels of the screen, whatever the format behind them.

A figure is painted in the pixels and the type sizes of the window. What differs between the formats (an SVG
document, a PDF page, an image at twice the size) happens in the engine behind the device, so that all formats
hold the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QGuiApplication, QPaintDevice, QPaintEngine, QPainterPath

from rnnviz.ui.export.tracking import TrackingEngine, intersection

_Metric = QPaintDevice.PaintDeviceMetric
_MM_PER_INCH = 25.4
_SCREEN_DPI = 96


def screen_dpi() -> int:
    """Return the dots per inch by which the window turns points into pixels.

    Returns
    -------
    int
        That of the primary screen, or 96 where there is none.
    """
    screens = QGuiApplication.screens()
    return round(screens[0].logicalDotsPerInchY()) if screens else _SCREEN_DPI


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
