"""Brushes and pens as SVG paint: colours, linear gradients, dashes and joins."""

from __future__ import annotations

import base64
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
    QTransform,
)

from rnnviz.ui.export.svgtext import Paint, attributes, matrix, number

_Brush = Qt.BrushStyle
_CAPS = {Qt.PenCapStyle.SquareCap: "square", Qt.PenCapStyle.RoundCap: "round", Qt.PenCapStyle.FlatCap: None}
_JOINS = {Qt.PenJoinStyle.BevelJoin: "bevel", Qt.PenJoinStyle.RoundJoin: "round"}


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


def has_paint(brush: QBrush) -> bool:
    """Tell whether SVG has a word for a brush: a colour, or a plain linear gradient of one opacity.

    Qt blends colours weighted by their opacity, SVG does not.
    """
    gradient = brush.gradient()
    if not isinstance(gradient, QLinearGradient):
        return brush.style() in (_Brush.NoBrush, _Brush.SolidPattern)
    placed = gradient.coordinateMode() == QGradient.CoordinateMode.LogicalMode
    padded = gradient.spread() == QGradient.Spread.PadSpread
    return placed and padded and len({colour.alpha() for _, colour in gradient.stops()}) == 1


def brush_paint(brush: QBrush, transform: QTransform, opacity: float, defs: Definitions) -> Paint | None:
    """Turn a brush into paint.

    Parameters
    ----------
    brush : QBrush
        One that `has_paint`.
    transform : QTransform
        From the coordinates of the brush to those of the element.
    opacity : float
        That of the painter.
    defs : Definitions
        Takes gradients.

    Returns
    -------
    Paint or None
        None where nothing is painted.
    """
    if brush.style() == _Brush.NoBrush:
        return None
    gradient = brush.gradient()
    if isinstance(gradient, QLinearGradient):
        return Paint(f"url(#{_gradient(gradient, brush.transform() * transform, defs)})", opacity)
    alpha = opacity * brush.color().alphaF()
    return Paint(brush.color().name(), alpha) if alpha > 0 else None


def _stop(position: float, colour: QColor) -> str:
    opacity = number(colour.alphaF()) if colour.alphaF() < 1 else None
    return f"<stop{attributes(offset=number(position), stop_color=colour.name(), stop_opacity=opacity)}/>"


def _gradient(gradient: QLinearGradient, transform: QTransform, defs: Definitions) -> str:
    start, stop = gradient.start(), gradient.finalStop()
    line = attributes(
        x1=number(start.x()),
        y1=number(start.y()),
        x2=number(stop.x()),
        y2=number(stop.y()),
        gradientUnits="userSpaceOnUse",
        gradientTransform=matrix(transform),
    )
    return defs.add("linearGradient", f"{line}>{''.join(_stop(*stop) for stop in gradient.stops())}")


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
