"""The paint engine that writes SVG: what a QPainter draws becomes shapes, text stays text.

Everything is written in logical pixels with the transforms applied, so that cosmetic pens (those of
pyqtgraph) have the width they have on screen; only a pen that is itself distorted keeps its transform. Clips
are written as clip paths, and what lies outside of a rectangular clip is also cut away, for programs that
ignore clip paths.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QLine, QLineF, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QImage,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPixmap,
    QTextItem,
    QTransform,
)

from rnnviz.ui.export import geometry
from rnnviz.ui.export.device import screen_dpi
from rnnviz.ui.export.svgpaint import Definitions, brush_paint, data_uri, pen_attributes, pen_reach, pen_width
from rnnviz.ui.export.svgtext import attributes, matrix, number, text_element
from rnnviz.ui.export.tracking import TrackingEngine, as_rect, drawing, intersection

# Two device pixels per logical pixel, so that icons come in a resolution fit for a projector.
RATIO = 2.0
_DOT = 0.01
_ROUNDING = 0.02
_Hint = QPainter.RenderHint


class SvgEngine(TrackingEngine):
    """The engine behind `SvgDevice`: collects elements, definitions and clip groups."""

    def __init__(self) -> None:
        super().__init__(RATIO)
        self.definitions = Definitions()
        self._elements: list[str] = []
        self._group: str | None = None

    def elements(self) -> list[str]:
        """Return what was painted, one element a line."""
        return [*self._elements, *(["</g>"] if self._group is not None else [])]

    def _emit(self, element: str, bounds: QRectF) -> None:
        """Add an element, within its clip where it reaches beyond it."""
        group = None
        if self.clip is not None and not self._is_inside(bounds):
            rule = "evenodd" if self.clip.fillRule() == Qt.FillRule.OddEvenFill else None
            body = attributes(d=geometry.path_data(self.clip) or "M0 0", clip_rule=rule)
            group = self.definitions.add("clipPath", f"><path{body}/>")
        if group != self._group:
            if self._group is not None:
                self._elements.append("</g>")
            if group is not None:
                self._elements.append(f'<g clip-path="url(#{group})">')
            self._group = group
        self._elements.append(element)

    def _is_inside(self, bounds: QRectF) -> bool:
        clip = self.clip_rect
        if clip is None:
            return self.clip is None or self.clip.contains(bounds)
        return clip.adjusted(-_ROUNDING, -_ROUNDING, _ROUNDING, _ROUNDING).contains(bounds)

    def _is_hidden(self, bounds: QRectF) -> bool:
        if self.clip_rect is not None:
            return not self.clip_rect.intersects(bounds)
        return self.clip is not None and not self.clip.intersects(bounds)

    def _fill(self, path: QPainterPath) -> None:
        """Fill a path given in the painter's coordinates."""
        paint = brush_paint(self.brush, self.transform, self.opacity, self.definitions)
        shape = self.transform.map(path)
        if self.clip_rect is not None and not self.clip_rect.contains(shape.boundingRect()):
            clip = QPainterPath()
            clip.addRect(self.clip_rect)
            shape = intersection(shape, clip)
        bounds = shape.boundingRect()
        if paint is None or shape.isEmpty() or self._is_hidden(bounds):
            return
        style = attributes(
            fill=paint.value,
            fill_opacity=number(paint.opacity) if paint.opacity < 1 else None,
        )
        box = as_rect(shape)
        if box is not None:
            place = attributes(
                x=number(box.x()), y=number(box.y()), width=number(box.width()), height=number(box.height())
            )
            self._emit(f"<rect{place}{style}{self._edges()}/>", bounds)
        else:
            rule = "evenodd" if shape.fillRule() == Qt.FillRule.OddEvenFill else None
            outline = attributes(d=geometry.path_data(shape), fill_rule=rule)
            self._emit(f"<path{outline}{style}/>", bounds)

    def _edges(self) -> str:
        """Ask for sharp edges where the painter did, so that neighbouring rectangles leave no seam."""
        return "" if self.hints & _Hint.Antialiasing else attributes(shape_rendering="crispEdges")

    def _stroke(self, path: QPainterPath) -> None:
        """Stroke a path given in the painter's coordinates."""
        if self.pen.style() == Qt.PenStyle.NoPen:
            return
        width, shape, kept = self._flattened(path)
        to_brush = QTransform() if kept is not None else self.transform
        paint = brush_paint(self.pen.brush(), to_brush, self.opacity, self.definitions)
        reach = pen_reach(self.pen, width)
        bounds = shape.controlPointRect().adjusted(-reach, -reach, reach, reach)
        if kept is not None:
            bounds = kept.mapRect(bounds)
        if paint is None or self._is_hidden(bounds):
            return
        parts = [(shape, 0.0)]
        if self.clip_rect is not None and kept is None:
            parts = geometry.trimmed(shape, self.clip_rect.adjusted(-reach, -reach, reach, reach))
        if self.pen.style() == Qt.PenStyle.SolidLine:
            whole = QPainterPath()
            for part, _ in parts:
                whole.addPath(part)
            parts = [(whole, 0.0)]
        for part, before in parts:
            style = attributes(
                transform=matrix(kept) if kept is not None else None,
                fill="none",
                stroke=paint.value,
                stroke_opacity=number(paint.opacity) if paint.opacity < 1 else None,
            )
            if data := geometry.path_data(part):
                pen = pen_attributes(self.pen, width, before)
                self._emit(f"<path{attributes(d=data)}{style}{pen}/>", bounds)

    def _flattened(self, path: QPainterPath) -> tuple[float, QPainterPath, QTransform | None]:
        """Return the width of the pen, the path in the same coordinates, and the transform left to apply."""
        width = pen_width(self.pen)
        if self.pen.isCosmetic():
            return width * self.zoom, self.transform.map(path), None
        if geometry.is_uniform(self.transform):
            scale = math.hypot(self.transform.m11(), self.transform.m12())
            return width * scale, self.transform.map(path), None
        return width, path, self.transform

    @drawing
    def drawPath(self, path: QPainterPath, /) -> None:
        """Fill and stroke a path."""
        self._fill(path)
        self._stroke(path)

    @drawing
    def drawLines(self, lines: Iterable[QLineF | QLine], /) -> None:
        """Stroke lines; those that continue one another become one."""
        self._stroke(geometry.lines_path(lines))

    @drawing
    def drawRects(self, rects: Iterable[QRectF | QRect], /) -> None:
        """Fill and stroke rectangles one by one, as they may overlap."""
        for rect in rects:
            path = QPainterPath()
            path.addRect(QRectF(rect))
            self._fill(path)
            self._stroke(path)

    @drawing
    def drawPolygon(self, points: Iterable[QPointF | QPoint], mode: QPaintEngine.PolygonDrawMode, /) -> None:
        """Fill and stroke a polygon, or stroke a polyline."""
        if mode == QPaintEngine.PolygonDrawMode.PolylineMode:
            self._stroke(geometry.polygon_path(points, closed=False))
            return
        path = geometry.polygon_path(points, closed=True)
        winding = mode == QPaintEngine.PolygonDrawMode.WindingMode
        path.setFillRule(Qt.FillRule.WindingFill if winding else Qt.FillRule.OddEvenFill)
        self._fill(path)
        self._stroke(path)

    @drawing
    def drawEllipse(self, rect: QRectF | QRect, /) -> None:
        """Fill and stroke an ellipse."""
        path = QPainterPath()
        path.addEllipse(QRectF(rect))
        self._fill(path)
        self._stroke(path)

    @drawing
    def drawPoints(self, points: Iterable[QPointF | QPoint], /) -> None:
        """Draw dots, round or square as the pen's cap is; flat caps make square dots, as in Qt."""
        path = QPainterPath()
        for point in points:
            path.moveTo(QPointF(point))
            path.lineTo(QPointF(point) + QPointF(_DOT, 0))
        pen = self.pen
        if pen.capStyle() == Qt.PenCapStyle.FlatCap:
            self.pen = pen.__copy__()
            self.pen.setCapStyle(Qt.PenCapStyle.SquareCap)
        self._stroke(path)
        self.pen = pen

    @drawing
    def drawTextItem(self, origin: QPointF | QPoint | QPainterPath.Element, item: QTextItem, /) -> None:
        """Write a run of text as text."""
        start = QPointF(origin)  # type: ignore[arg-type]
        box = QRectF(start.x(), start.y() - item.ascent(), item.width(), item.ascent() + item.descent())
        bounds = self.transform.mapRect(box)
        paint = brush_paint(self.pen.brush(), self.transform, self.opacity, self.definitions)
        if paint is None or not item.text().strip() or self._is_hidden(bounds):
            return
        self._emit(text_element(start, item, self.transform, screen_dpi(), paint.value, paint.opacity), bounds)

    @drawing
    def drawImage(
        self,
        target: QRectF | QRect,
        image: QImage,
        source: QRectF | QRect,
        /,
        flags: Qt.ImageConversionFlag = Qt.ImageConversionFlag.AutoColor,
    ) -> None:
        """Embed an image, with sharp pixels unless the painter asks for smooth ones."""
        if image.isNull() or QRectF(source).isEmpty():
            return
        smooth = bool(self.hints & _Hint.SmoothPixmapTransform)
        seen = geometry.smooth_image if smooth else geometry.crisp_image
        image, place = seen(image, QRectF(target), QRectF(source), self.transform, self.clip_rect)
        bounds = self.transform.mapRect(place)
        if image.isNull() or self._is_hidden(bounds):
            return
        image, transform, box = self._straight(image, place)
        style = attributes(
            x=number(box.x()),
            y=number(box.y()),
            width=number(box.width()),
            height=number(box.height()),
            transform=matrix(transform),
            preserveAspectRatio="none",
            opacity=number(self.opacity) if self.opacity < 1 else None,
            style=None if smooth else "image-rendering:optimizeSpeed;image-rendering:pixelated",
        )
        self._emit(f'<image{style} xlink:href="{data_uri(image)}"/>', bounds)

    def _straight(self, image: QImage, place: QRectF) -> tuple[QImage, QTransform, QRectF]:
        """Apply a transform that only moves, mirrors and enlarges; leave the others to the element."""
        turn = self.transform
        if not turn.isAffine() or turn.m12() or turn.m21():
            return image, turn, place
        mirror = QTransform.fromScale(math.copysign(1, turn.m11()), math.copysign(1, turn.m22()))
        return image if mirror.isIdentity() else image.transformed(mirror), QTransform(), turn.mapRect(place)

    @drawing
    def drawPixmap(self, target: QRectF | QRect, pixmap: QPixmap | QImage, source: QRectF | QRect, /) -> None:
        """Embed a pixmap as an image."""
        image = pixmap.toImage() if isinstance(pixmap, QPixmap) else pixmap
        self.drawImage(target, image, source)

    @drawing
    def drawTiledPixmap(
        self,
        rect: QRectF | QRect,
        pixmap: QPixmap | QImage,
        offset: QPointF | QPoint | QPainterPath.Element,
        /,
    ) -> None:
        """Fill a rectangle with a repeated pixmap."""
        image = pixmap.toImage() if isinstance(pixmap, QPixmap) else pixmap
        path = QPainterPath()
        path.addRect(QRectF(rect))
        brush, self.brush = self.brush, QBrush(image)
        start = QRectF(rect).topLeft() - QPointF(offset)  # type: ignore[arg-type]
        self.brush.setTransform(QTransform.fromTranslate(start.x(), start.y()))
        self._fill(path)
        self.brush = brush
