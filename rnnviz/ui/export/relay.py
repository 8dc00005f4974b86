"""A paint device that hands everything on, enlarged, to the painter of an image or of a PDF page.

Painting at a scale alone would leave cosmetic pens thin, and the pixels of heatmaps to the viewer's taste.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLine, QLineF, QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QImage,
    QLinearGradient,
    QPaintEngine,
    QPaintEngineState,
    QPainter,
    QPainterPath,
    QPixmap,
    QPolygonF,
    QRadialGradient,
    QTextItem,
    QTransform,
)

from rnnviz.ui.export import geometry
from rnnviz.ui.export.device import FigureDevice
from rnnviz.ui.export.tracking import TrackingEngine, drawing, guarded

_Hint = QPainter.RenderHint
_Mode = QPaintEngine.PolygonDrawMode


class RelayEngine(TrackingEngine):
    """The engine behind `RelayDevice`.

    Parameters
    ----------
    target : QPainter
        An active painter.
    scale : float
        Its units per logical pixel.
    ratio : float
        See `FigureDevice`.
    repeat_pixels : bool
        See `RelayDevice`.
    """

    def __init__(self, target: QPainter, scale: float, ratio: float, repeat_pixels: bool) -> None:
        super().__init__(ratio)
        self._target = target
        self._scale = scale
        self._to_target = QTransform.fromScale(scale, scale)
        self._repeat_pixels = repeat_pixels

    @guarded
    def updateState(self, state: QPaintEngineState, /) -> None:
        """Bring the target to the same state."""
        super().updateState(state)
        target = self._target
        target.setTransform(self.transform * self._to_target)
        if self.pen.isCosmetic():
            self.pen.setWidthF((self.pen.widthF() or 1.0) * self.zoom * self._scale)
            self.pen.setCosmetic(True)
        target.setPen(self.pen)
        target.setBrush(_in_rgb(self.brush))
        target.setOpacity(self.opacity)
        target.setRenderHint(_Hint.SmoothPixmapTransform, bool(self.hints & _Hint.SmoothPixmapTransform))
        self._set_smooth(bool(self.hints & _Hint.Antialiasing))

    def clip_changed(self) -> None:
        """Set the clip of the target."""
        self._target.setTransform(self._to_target)
        if self.clip is None:
            self._target.setClipping(False)
        else:
            self._target.setClipPath(self.clip)
        self._target.setTransform(self.transform * self._to_target)

    def _set_smooth(self, on: bool) -> None:
        self._target.setRenderHint(_Hint.Antialiasing, on)

    def _draw_smooth(self, path: QPainterPath) -> None:
        """Draw with smooth edges even where the screen goes without them for speed."""
        self._set_smooth(True)
        self._target.drawPath(path)
        self._set_smooth(bool(self.hints & _Hint.Antialiasing))

    @drawing
    def drawPath(self, path: QPainterPath, /) -> None:
        """Hand on a path."""
        self._draw_smooth(path)

    @drawing
    def drawLines(self, lines: Iterable[QLineF | QLine], /) -> None:
        """Hand on lines; those along the axes keep the sharp edges of the screen."""
        exact = [QLineF(line) for line in lines]
        straight = all(line.dx() == 0 or line.dy() == 0 for line in exact)
        self._set_smooth(not straight or bool(self.hints & _Hint.Antialiasing))
        self._target.drawLines(exact)
        self._set_smooth(bool(self.hints & _Hint.Antialiasing))

    @drawing
    def drawRects(self, rects: Iterable[QRectF | QRect], /) -> None:
        """Hand on rectangles."""
        self._target.drawRects([QRectF(rect) for rect in rects])

    @drawing
    def drawPolygon(self, points: Iterable[QPointF | QPoint], mode: QPaintEngine.PolygonDrawMode, /) -> None:
        """Hand on a polygon or a polyline."""
        polygon = QPolygonF([QPointF(point) for point in points])
        self._set_smooth(True)
        if mode == _Mode.PolylineMode:
            self._target.drawPolyline(polygon)
        else:
            winding = mode == _Mode.WindingMode
            self._target.drawPolygon(polygon, Qt.FillRule.WindingFill if winding else Qt.FillRule.OddEvenFill)
        self._set_smooth(bool(self.hints & _Hint.Antialiasing))

    @drawing
    def drawEllipse(self, rect: QRectF | QRect, /) -> None:
        """Hand on an ellipse."""
        path = QPainterPath()
        path.addEllipse(QRectF(rect))
        self._draw_smooth(path)

    @drawing
    def drawPoints(self, points: Iterable[QPointF | QPoint], /) -> None:
        """Hand on points."""
        self._target.drawPoints([QPointF(point) for point in points])

    @drawing
    def drawTextItem(self, origin: QPointF | QPoint | QPainterPath.Element, item: QTextItem, /) -> None:
        """Hand on a run of text, which stays text."""
        self._target.drawTextItem(QPointF(origin), item)  # type: ignore[arg-type]

    @drawing
    def drawImage(
        self,
        target: QRectF | QRect,
        image: QImage,
        source: QRectF | QRect,
        /,
        flags: Qt.ImageConversionFlag = Qt.ImageConversionFlag.AutoColor,
    ) -> None:
        """Hand on an image."""
        place, part = QRectF(target), QRectF(source)
        if image.isNull() or part.isEmpty():
            return
        if self._repeat_pixels and not self.hints & _Hint.SmoothPixmapTransform:
            image, place = geometry.crisp_image(image, place, part, self.transform, self.clip_rect)
            part = QRectF(image.rect())
        if not image.isNull():
            self._target.drawImage(place, image, part, flags)

    @drawing
    def drawPixmap(self, target: QRectF | QRect, pixmap: QPixmap | QImage, source: QRectF | QRect, /) -> None:
        """Hand on a pixmap."""
        image = pixmap.toImage() if isinstance(pixmap, QPixmap) else QImage(pixmap)
        # The source is given in the pixels of the pixmap, whatever its ratio.
        image.setDevicePixelRatio(1)
        self.drawImage(target, image, source)

    @drawing
    def drawTiledPixmap(
        self,
        rect: QRectF | QRect,
        pixmap: QPixmap | QImage,
        offset: QPointF | QPoint | QPainterPath.Element,
        /,
    ) -> None:
        """Hand on a repeated pixmap."""
        self._target.drawTiledPixmap(QRectF(rect), pixmap, QPointF(offset))  # type: ignore[arg-type]


def _in_rgb(brush: QBrush) -> QBrush:
    """Give all colours of a gradient as RGB: Fusion mixes them with HSV, of which QPdfEngine makes a flat colour."""
    gradient = brush.gradient()
    copy: QLinearGradient | QRadialGradient
    if isinstance(gradient, QLinearGradient):
        copy = QLinearGradient(gradient)
    elif isinstance(gradient, QRadialGradient):
        copy = QRadialGradient(gradient)
    else:
        return brush
    copy.setStops([(place, colour.toRgb()) for place, colour in gradient.stops()])
    found = QBrush(copy)
    found.setTransform(brush.transform())
    return found


class RelayDevice(FigureDevice):
    """A paint device in logical pixels in front of a painter with other units.

    Parameters
    ----------
    size : QSizeF
        Logical pixels.
    target : QPainter
        An active painter; it is left in an undefined state.
    scale : float
        Units of the target per logical pixel.
    ratio : float
        Pixels per logical pixel for what exists as pixels only, such as icons.
    repeat_pixels : bool
        Whether enlarged images are handed on with repeated pixels, for viewers that would blur them.
    """

    def __init__(self, size: QSizeF, target: QPainter, *, scale: float, ratio: float, repeat_pixels: bool) -> None:
        super().__init__(size, RelayEngine(target, scale, ratio, repeat_pixels), ratio)
