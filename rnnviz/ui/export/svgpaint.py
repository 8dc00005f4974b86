"""Brushes and pens as SVG paint: colours, gradients, hatches, textures, dashes and joins."""

from __future__ import annotations

import base64
import itertools
import math
from dataclasses import dataclass, field

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QGradient,
    QImage,
    QLinearGradient,
    QPen,
    QRadialGradient,
    QTransform,
)

from rnnviz.ui.export.svgtext import attributes, matrix, number

_Brush = Qt.BrushStyle
_CAPS = {Qt.PenCapStyle.SquareCap: "square", Qt.PenCapStyle.RoundCap: "round", Qt.PenCapStyle.FlatCap: None}
_JOINS = {Qt.PenJoinStyle.BevelJoin: "bevel", Qt.PenJoinStyle.RoundJoin: "round"}
_SPREADS = {QGradient.Spread.ReflectSpread: "reflect", QGradient.Spread.RepeatSpread: "repeat"}

# Qt's hatches are bitmaps of 8 by 8 pixels; these are the same lines at the same places.
_HATCHES = {
    _Brush.HorPattern: "M0 4.5h8",
    _Brush.VerPattern: "M4.5 0v8",
    _Brush.CrossPattern: "M0 4.5h8M4.5 0v8",
    _Brush.BDiagPattern: "M-1 9L9 -1M-1 1L1 -1M7 9L9 7",
    _Brush.FDiagPattern: "M-1 -1L9 9M-1 7L1 9M7 -1L9 1",
    _Brush.DiagCrossPattern: "M-1 9L9 -1M-1 1L1 -1M7 9L9 7M-1 -1L9 9M-1 7L1 9M7 -1L9 1",
}
_BLEND_STEPS = 8
# The part of the area that Qt's stipples cover.
_STIPPLES = {
    _Brush.Dense1Pattern: 15 / 16,
    _Brush.Dense2Pattern: 7 / 8,
    _Brush.Dense3Pattern: 5 / 8,
    _Brush.Dense4Pattern: 1 / 2,
    _Brush.Dense5Pattern: 3 / 8,
    _Brush.Dense6Pattern: 1 / 8,
    _Brush.Dense7Pattern: 1 / 16,
}


@dataclass
class Definitions:
    """What elements refer to, each written once and numbered by first use, so that output is reproducible."""

    _ids: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, tag: str, body: str) -> str:
        """Return the id of a definition.

        Parameters
        ----------
        tag : str
            The element, for example "clipPath".
        body : str
            What follows the id inside the element: attributes, ">" and content.

        Returns
        -------
        str
            The same one for the same definition.
        """
        return self._ids.setdefault((tag, body), f"{tag}{len(self._ids) + 1}")

    def elements(self) -> list[str]:
        """Return the elements in the order of first use."""
        return [f'<{tag} id="{name}"{body}</{tag}>' for (tag, body), name in self._ids.items()]


@dataclass(frozen=True)
class Paint:
    """A value for `fill` or `stroke`, and its opacity from 0 to 1."""

    value: str
    opacity: float


def png_bytes(image: QImage) -> bytes:
    """Return an image as a PNG file.

    Parameters
    ----------
    image : QImage
        Any format.

    Returns
    -------
    bytes
        Without a time stamp.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def data_uri(image: QImage) -> str:
    """Return an image as a PNG inside a link."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(image)).decode("ascii")


def brush_paint(brush: QBrush, transform: QTransform, opacity: float, defs: Definitions) -> Paint | None:
    """Turn a brush into paint.

    Parameters
    ----------
    brush : QBrush
        Conical gradients never get here: QPainter hands them over as images.
    transform : QTransform
        From the coordinates of the brush to those of the element.
    opacity : float
        That of the painter.
    defs : Definitions
        Takes gradients and patterns.

    Returns
    -------
    Paint or None
        None where nothing is painted.
    """
    style, colour = brush.style(), brush.color()
    if style == _Brush.NoBrush:
        return None
    placed = brush.transform() * transform
    if style in (_Brush.LinearGradientPattern, _Brush.RadialGradientPattern):
        return Paint(f"url(#{_gradient(brush.gradient(), placed, defs)})", opacity)
    if style == _Brush.TexturePattern:
        return Paint(f"url(#{_texture(brush, placed, defs)})", opacity)
    if style in _HATCHES:
        return Paint(f"url(#{_hatch(_HATCHES[style], colour, placed, defs)})", opacity)
    alpha = opacity * colour.alphaF() * _STIPPLES.get(style, 1.0)
    return Paint(colour.name(), alpha) if alpha > 0 else None


def _stops(gradient: QGradient) -> str:
    """Write the stops; where colour and opacity change together, in steps.

    Qt blends colours weighted by their opacity, SVG does not.
    """
    given = gradient.stops()
    weighted = gradient.interpolationMode() == QGradient.InterpolationMode.ColorInterpolation
    stops = given[:1]
    for (start, first), (end, second) in itertools.pairwise(given):
        if weighted and first.alpha() != second.alpha():
            parts = [k / _BLEND_STEPS for k in range(1, _BLEND_STEPS)]
            stops += [(start + part * (end - start), _blend(first, second, part)) for part in parts]
        stops.append((end, second))
    return "".join(_stop(position, colour) for position, colour in stops)


def _stop(position: float, colour: QColor) -> str:
    opacity = number(colour.alphaF()) if colour.alphaF() < 1 else None
    return f"<stop{attributes(offset=number(position), stop_color=colour.name(), stop_opacity=opacity)}/>"


def _blend(first: QColor, second: QColor, part: float) -> QColor:
    """Return the colour a part of the way between two, weighted by opacity."""
    one, two = (1 - part) * first.alphaF(), part * second.alphaF()
    alpha = one + two
    if alpha == 0:
        return QColor(second)
    pairs = zip(first.getRgbF()[:3], second.getRgbF()[:3], strict=True)  # type: ignore[index]
    red, green, blue = ((one * a + two * b) / alpha for a, b in pairs)
    return QColor.fromRgbF(red, green, blue, alpha)


def _gradient(gradient: QGradient, transform: QTransform, defs: Definitions) -> str:
    in_object = gradient.coordinateMode() in (
        QGradient.CoordinateMode.ObjectMode,
        QGradient.CoordinateMode.ObjectBoundingMode,
    )
    units = "objectBoundingBox" if in_object else "userSpaceOnUse"
    common = attributes(
        gradientUnits=units,
        gradientTransform=None if in_object else matrix(transform),
        spreadMethod=_SPREADS.get(gradient.spread()),
    )
    if isinstance(gradient, QLinearGradient):
        start, stop = gradient.start(), gradient.finalStop()
        ends = attributes(x1=number(start.x()), y1=number(start.y()), x2=number(stop.x()), y2=number(stop.y()))
        return defs.add("linearGradient", f"{ends}{common}>{_stops(gradient)}")
    if isinstance(gradient, QRadialGradient):
        centre, focus = gradient.center(), gradient.focalPoint()
        circle = attributes(
            cx=number(centre.x()),
            cy=number(centre.y()),
            r=number(gradient.radius()),
            fx=number(focus.x()),
            fy=number(focus.y()),
        )
        return defs.add("radialGradient", f"{circle}{common}>{_stops(gradient)}")
    raise TypeError(f"a gradient of type {gradient.type().name} has no SVG form")


def _hatch(lines: str, colour: QColor, transform: QTransform, defs: Definitions) -> str:
    units = "userSpaceOnUse"
    tile = attributes(width="8", height="8", patternUnits=units, patternTransform=matrix(transform))
    opacity = number(colour.alphaF()) if colour.alphaF() < 1 else None
    path = attributes(d=lines, fill="none", stroke=colour.name(), stroke_opacity=opacity)
    return defs.add("pattern", f"{tile}><path{path}/>")


def _texture(brush: QBrush, transform: QTransform, defs: Definitions) -> str:
    image = brush.textureImage()
    size = {"width": str(image.width()), "height": str(image.height())}
    tile = attributes(**size, patternUnits="userSpaceOnUse", patternTransform=matrix(transform))
    return defs.add("pattern", f'{tile}><image{attributes(**size)} xlink:href="{data_uri(image)}"/>')


def pen_width(pen: QPen) -> float:
    """Return a pen's width in its own unit, a zero width being one pixel."""
    return pen.widthF() or 1.0


def pen_reach(pen: QPen, width: float) -> float:
    """Return how far a stroke of a width reaches from its line at most."""
    miter = pen.joinStyle() in (Qt.PenJoinStyle.MiterJoin, Qt.PenJoinStyle.SvgMiterJoin)
    square = pen.capStyle() == Qt.PenCapStyle.SquareCap
    return width * max(0.5, math.sqrt(0.5) if square else 0.0, pen.miterLimit() + 0.5 if miter else 0.0)


def pen_attributes(pen: QPen, width: float, before: float = 0.0) -> str:
    """Write what a stroke has beside its paint.

    Parameters
    ----------
    pen : QPen
        Gives dashes, caps and joins.
    width : float
        The width in the coordinates of the element.
    before : float, optional
        The length of line that was cut away before this part of it.

    Returns
    -------
    str
        Attributes. Qt measures a miter from the corner of the line, SVG from its middle:
        (SVG limit)^2 = 1 + (2 Qt limit)^2.
    """
    dashes = [value * width for value in pen.dashPattern()] if pen.style() != Qt.PenStyle.SolidLine else []
    offset = pen.dashOffset() * width + before
    miter = None
    if pen.joinStyle() == Qt.PenJoinStyle.MiterJoin:
        miter = math.sqrt(1 + 4 * pen.miterLimit() ** 2)
    elif pen.joinStyle() == Qt.PenJoinStyle.SvgMiterJoin:
        miter = pen.miterLimit()
    return attributes(
        stroke_width=number(width),
        stroke_dasharray=" ".join(map(number, dashes)) if dashes else None,
        stroke_dashoffset=number(offset) if dashes and offset else None,
        stroke_linecap=_CAPS.get(pen.capStyle()),
        stroke_linejoin=_JOINS.get(pen.joinStyle()),
        stroke_miterlimit=number(miter) if miter is not None else None,
    )
