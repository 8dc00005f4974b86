"""A recording as an SVG document: what was drawn becomes shapes, text stays text.

Everything is written in logical pixels with the transforms applied, so that cosmetic pens (those of pyqtgraph) have
the width they have on screen; what a distorted pen strokes is written as an outline. Clips are written as clip paths,
and what lies outside of a rectangular clip is also cut away, for programs that ignore clip paths.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPainterPathStroker, QTransform

from rnnviz.ui.export import geometry
from rnnviz.ui.export.recording import Recording
from rnnviz.ui.export.replay import Replay
from rnnviz.ui.export.svgpaint import Definitions, brush_paint, data_uri, has_paint, pen_attributes, pen_reach
from rnnviz.ui.export.svgtext import attributes, content, matrix, number, text_element

_NAMESPACES = ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_ROUNDING = 0.02
_Hint = QPainter.RenderHint


class SvgDocument(Replay):
    """Collects elements, definitions and clip groups.

    Parameters
    ----------
    recording : Recording
        What was drawn.
    title : str
        Named in the document, for readers of the screen.
    """

    def __init__(self, recording: Recording, title: str = "") -> None:
        super().__init__(recording)
        self._title = title
        self._definitions = Definitions()
        self._elements: list[str] = []
        self._group: str | None = None
        self.play()

    def document(self) -> bytes:
        """Return the document, the same for the same painting.

        Returns
        -------
        bytes
            XML in UTF-8.
        """
        extent = self.recording.extent
        width, height = number(extent.width()), number(extent.height())
        defs = self._definitions.elements()
        frame = attributes(version="1.1", width=width, height=height, viewBox=f"0 0 {width} {height}")
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<svg{_NAMESPACES}{frame}>",
            *([f"<title>{content(self._title)}</title>"] if self._title else []),
            *(["<defs>", *defs, "</defs>"] if defs else []),
            *self._elements,
            *(["</g>"] if self._group is not None else []),
            "</svg>",
        ]
        return ("\n".join(lines) + "\n").encode()

    def _emit(self, element: str, bounds: QRectF) -> None:
        """Add an element, within its clip where it reaches beyond it."""
        group = None
        if self.clip is not None and not self._is_inside(bounds):
            rule = "evenodd" if self.clip.fillRule() == Qt.FillRule.OddEvenFill else None
            body = attributes(d=geometry.path_data(self.clip) or "M0 0", clip_rule=rule)
            group = self._definitions.add("clipPath", f"><path{body}/>")
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

    def shape(self, path: QPainterPath, *, filled: bool) -> None:
        """Fill and stroke a path."""
        if filled and self.brush.style() != Qt.BrushStyle.NoBrush:
            if has_paint(self.brush):
                self._fill(path, self.brush)
            else:
                self._fill_with_image(path)
        if self.pen.style() != Qt.PenStyle.NoPen:
            self._stroke(path)

    def _fill(self, path: QPainterPath, brush: QBrush) -> None:
        paint = brush_paint(brush, self.transform, self.opacity, self._definitions)
        shape = self.transform.map(path)
        if self.clip_rect is not None and not self.clip_rect.contains(shape.boundingRect()):
            clip = QPainterPath()
            clip.addRect(self.clip_rect)
            shape = geometry.intersection(shape, clip)
        bounds = shape.boundingRect()
        if paint is None or shape.isEmpty() or self._is_hidden(bounds):
            return
        style = attributes(
            fill=paint.value,
            fill_opacity=number(paint.opacity) if paint.opacity < 1 else None,
        )
        box = geometry.as_rect(shape)
        if box is not None:
            self._emit(f"<rect{_placed(box)}{style}{self._edges()}/>", bounds)
        else:
            rule = "evenodd" if shape.fillRule() == Qt.FillRule.OddEvenFill else None
            outline = attributes(d=geometry.path_data(shape), fill_rule=rule)
            self._emit(f"<path{outline}{style}/>", bounds)

    def _edges(self) -> str:
        """Ask for sharp edges where the painter did, so that neighbouring rectangles leave no seam."""
        return "" if self.hints & _Hint.Antialiasing else attributes(shape_rendering="crispEdges")

    def _fill_with_image(self, path: QPainterPath) -> None:
        """Have Qt fill a path with what SVG has no word for: hatches, textures, round gradients."""
        ratio = self.recording.ratio
        page = QRectF(0, 0, self.recording.extent.width(), self.recording.extent.height())
        box = QRectF(self.transform.mapRect(path.boundingRect()).intersected(self.clip_rect or page).toAlignedRect())
        image = QImage((box.size() * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        if image.isNull():
            return
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHints(self.hints)
        painter.scale(ratio, ratio)
        painter.translate(-box.topLeft())
        painter.setTransform(self.transform, True)
        painter.fillPath(path, self.brush)
        painter.end()
        self._emit_image(image, box, QTransform(), smooth=True)

    def _stroke(self, path: QPainterPath) -> None:
        width, shape = self.pen.widthF(), self.transform.map(path)
        if not self.pen.isCosmetic():
            if not geometry.is_uniform(self.transform):
                self._fill(QPainterPathStroker(self.pen).createStroke(path), self.pen.brush())
                return
            width *= math.hypot(self.transform.m11(), self.transform.m12())
        brush = self.pen.brush() if has_paint(self.pen.brush()) else QBrush(self.pen.color())
        paint = brush_paint(brush, self.transform, self.opacity, self._definitions)
        reach = pen_reach(self.pen, width)
        bounds = shape.controlPointRect().adjusted(-reach, -reach, reach, reach)
        if paint is None or self._is_hidden(bounds):
            return
        parts = [(shape, 0.0)]
        if self.clip_rect is not None:
            parts = geometry.trimmed(shape, self.clip_rect.adjusted(-reach, -reach, reach, reach))
        if self.pen.style() == Qt.PenStyle.SolidLine:
            whole = QPainterPath()
            for part, _ in parts:
                whole.addPath(part)
            parts = [(whole, 0.0)]
        opacity = number(paint.opacity) if paint.opacity < 1 else None
        style = attributes(fill="none", stroke=paint.value, stroke_opacity=opacity)
        for part, before in parts:
            if data := geometry.path_data(part):
                pen = pen_attributes(self.pen, width, before)
                self._emit(f"<path{attributes(d=data)}{style}{pen}/>", bounds)

    def text(self, origin: QPointF, text: str, font: QFont) -> None:
        """Write a run of text as text."""
        size = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * self.recording.logicalDpiY() / 72
        metrics = QFontMetricsF(font, self.recording)
        width = metrics.horizontalAdvance(text)
        box = QRectF(origin.x(), origin.y() - metrics.ascent(), width, metrics.ascent() + metrics.descent())
        bounds = self.transform.mapRect(box)
        paint = brush_paint(self.pen.brush(), self.transform, self.opacity, self._definitions)
        if paint is not None and text.strip() and not self._is_hidden(bounds):
            self._emit(text_element(origin, text, font, size, width, self.transform, paint), bounds)

    def image(self, place: QRectF, image: QImage, part: QRectF) -> None:
        """Embed an image, with sharp pixels unless the painter asks for smooth ones."""
        smooth = bool(self.hints & _Hint.SmoothPixmapTransform)
        seen = geometry.smooth_image if smooth else geometry.crisp_image
        image, place = seen(image, place, part, self.transform, self.clip_rect)
        turn = self.transform
        if not image.isNull() and turn.isAffine() and not turn.m12() and not turn.m21():
            mirror = QTransform.fromScale(math.copysign(1, turn.m11()), math.copysign(1, turn.m22()))
            image = image if mirror.isIdentity() else image.transformed(mirror)
            turn, place = QTransform(), turn.mapRect(place)
        self._emit_image(image, place, turn, smooth=smooth)

    def _emit_image(self, image: QImage, place: QRectF, transform: QTransform, *, smooth: bool) -> None:
        bounds = transform.mapRect(place)
        if image.isNull() or self._is_hidden(bounds):
            return
        style = attributes(
            transform=matrix(transform),
            preserveAspectRatio="none",
            opacity=number(self.opacity) if self.opacity < 1 else None,
            style=None if smooth else "image-rendering:optimizeSpeed;image-rendering:pixelated",
        )
        self._emit(f'<image{_placed(place)}{style} xlink:href="{data_uri(image)}"/>', bounds)


def _placed(box: QRectF) -> str:
    return attributes(x=number(box.x()), y=number(box.y()), width=number(box.width()), height=number(box.height()))
