"""What a figure draws, recorded by Qt in the pixels of the window, so that all formats show the same picture.

Painting straight onto a page or a large image leaves cosmetic pens thin and lets widgets paint beyond their frames.
A paint engine written in Python could see to both, but PySide never lets go of the points, lines and rectangles that
it hands to one. `QPicture` keeps all that a painter does in memory; `rnnviz.ui.export.replay` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QGuiApplication, QPaintDevice, QPainterPath, QPicture

from rnnviz.ui.export.geometry import intersection

_Metric = QPaintDevice.PaintDeviceMetric
_SCREEN_DPI = 96


@dataclass(frozen=True)
class Mark:
    """What holds for all that is drawn from a place in the recording on.

    Attributes
    ----------
    place : int
        In bytes.
    frame : QPainterPath or None
        What may be painted on, in logical pixels, whatever the painter does to its own clip; None is everything.
    zoom : float
        By how much cosmetic pens are widened: a figure that was scaled to fit keeps its proportions.
    """

    place: int
    frame: QPainterPath | None
    zoom: float


class Recording(QPicture):
    """A paint device of a given size in logical pixels that answers as a screen would.

    Parameters
    ----------
    size : QSizeF
        Logical pixels.
    ratio : float
        Device pixels per logical pixel, by which icons choose their resolution.
    """

    def __init__(self, size: QSizeF, ratio: float) -> None:
        super().__init__()
        self.extent = size
        self.ratio = ratio
        self.marks = [Mark(0, None, 1.0)]
        screens = QGuiApplication.screens()
        self._dpi = round(screens[0].logicalDotsPerInchY()) if screens else _SCREEN_DPI

    def metric(self, metric: QPaintDevice.PaintDeviceMetric, /) -> int:
        """Answer as a screen of this size would."""
        match metric:
            case _Metric.PdmWidth:
                return round(self.extent.width() * self.ratio)
            case _Metric.PdmHeight:
                return round(self.extent.height() * self.ratio)
            case _Metric.PdmDpiX | _Metric.PdmDpiY | _Metric.PdmPhysicalDpiX | _Metric.PdmPhysicalDpiY:
                return self._dpi
            case _Metric.PdmDevicePixelRatio:
                return round(self.ratio)
            case _Metric.PdmDevicePixelRatioScaled:
                return round(self.ratio * QPaintDevice.devicePixelRatioFScale())
            case _Metric.PdmDevicePixelRatioF_EncodedA | _Metric.PdmDevicePixelRatioF_EncodedB:
                return QPaintDevice.encodeMetricF(metric, self.ratio)
            case _:
                return super().metric(metric)

    @contextmanager
    def framed(self, frame: QPainterPath, zoom: float) -> Iterator[None]:
        """Keep the painting within a frame, and widen cosmetic pens.

        A widget that is rendered starts with a clip of its own and trusts the device to keep it in its place.

        Parameters
        ----------
        frame : QPainterPath
            In logical pixels.
        zoom : float
            The scale that the caller put on the painter.

        Yields
        ------
        None
        """
        before = self.marks[-1]
        inner = frame if before.frame is None else intersection(before.frame, frame)
        self.marks.append(Mark(self.size(), inner, zoom))
        try:
            yield
        finally:
            self.marks.append(Mark(self.size(), before.frame, before.zoom))
