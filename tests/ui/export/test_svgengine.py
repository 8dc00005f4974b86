from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QConicalGradient,
    QFont,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QRadialGradient,
    QRegion,
)

from tests.ui.export.pictures import Draw, difference, painted, rendered, svg_of

pytestmark = pytest.mark.usefixtures("qapp")

BLUE, ORANGE = QColor("#0072b2"), QColor("#e69f00")
ZIGZAG = [QPointF(10, 100), QPointF(40, 20), QPointF(70, 100), QPointF(100, 20), QPointF(150, 60)]


def cosmetic(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen


def checkers() -> QImage:
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    for x in range(4):
        for y in range(3):
            image.setPixelColor(x, y, BLUE if (x + y) % 2 else ORANGE)
    return image


def filled_and_stroked_path(p: QPainter) -> None:
    path = QPainterPath(QPointF(20, 60))
    path.cubicTo(40, -20, 90, 140, 140, 30)
    path.lineTo(120, 110)
    path.closeSubpath()
    p.setPen(QPen(BLUE, 5))
    p.setBrush(ORANGE)
    p.drawPath(path)


def lines(p: QPainter) -> None:
    p.setPen(QPen(BLUE, 3))
    p.drawLines([QLineF(10, 10, 150, 30), QLineF(10, 50, 150, 110)])
    p.drawLine(5, 60, 155, 60)


def polyline_with_mitred_joins(p: QPainter) -> None:
    p.setPen(QPen(BLUE, 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin))
    p.drawPolyline(ZIGZAG)


def dashed_polyline_with_round_caps(p: QPainter) -> None:
    pen = QPen(BLUE, 4, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    pen.setDashOffset(1.5)
    p.setPen(pen)
    p.drawPolyline(ZIGZAG)


def cosmetic_pen_under_an_uneven_scale(p: QPainter) -> None:
    p.scale(16, 0.5)
    p.setPen(cosmetic(BLUE, 4))
    p.drawPolyline([QPointF(1, 20), QPointF(5, 220), QPointF(9, 20)])


def distorted_pen(p: QPainter) -> None:
    p.scale(4, 1)
    p.setPen(QPen(BLUE, 3))
    p.drawRect(QRectF(8, 20, 20, 70))


def star_filled_by_parity(p: QPainter) -> None:
    p.setBrush(ORANGE)
    p.setPen(QPen(BLUE, 2))
    points = [QPointF(80 + 50 * np.sin(k * 0.8 * np.pi), 60 - 50 * np.cos(k * 0.8 * np.pi)) for k in range(5)]
    p.drawPolygon(QPolygonF(points))


def star_filled_whole(p: QPainter) -> None:
    p.setBrush(ORANGE)
    points = [QPointF(80 + 50 * np.sin(k * 0.8 * np.pi), 60 - 50 * np.cos(k * 0.8 * np.pi)) for k in range(5)]
    p.drawPolygon(QPolygonF(points), Qt.FillRule.WindingFill)


def rectangles(p: QPainter) -> None:
    p.setPen(QPen(BLUE, 2))
    p.setBrush(ORANGE)
    p.drawRects([QRectF(10, 10, 60, 40), QRectF(50, 30, 80, 70)])
    p.fillRect(QRectF(100, 5, 50, 20), BLUE)


def turned_rectangle(p: QPainter) -> None:
    p.translate(80, 60)
    p.rotate(30)
    p.fillRect(QRectF(-40, -20, 80, 40), ORANGE)


def ellipses(p: QPainter) -> None:
    p.setPen(QPen(BLUE, 3))
    p.setBrush(ORANGE)
    p.drawEllipse(QRectF(10, 20, 90, 80))
    p.drawEllipse(110, 30, 40, 60)


def points_of_both_shapes(p: QPainter) -> None:
    p.setPen(QPen(BLUE, 12, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    p.drawPoints([QPointF(20, 20), QPointF(60, 50)])
    p.setPen(QPen(ORANGE, 12, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    p.drawPoints([QPointF(100, 20), QPointF(120, 80)])


def text(p: QPainter) -> None:
    font = QFont("Inter")
    font.setPixelSize(28)
    font.setBold(True)
    p.setFont(font)
    p.setPen(BLUE)
    p.drawText(QPointF(5, 60), "t = 7 / 24")


def turned_text(p: QPainter) -> None:
    font = QFont("Inter")
    font.setPixelSize(20)
    p.setFont(font)
    p.translate(40, 115)
    p.rotate(-90)
    p.drawText(QPointF(0, 0), "gate f[t]")


def enlarged_image(p: QPainter) -> None:
    p.drawImage(QRectF(10, 10, 130, 90), checkers())


def image_upside_down_under_an_uneven_scale(p: QPainter) -> None:
    p.translate(10, 110)
    p.scale(30, -20)
    p.drawImage(QRectF(0, 0, 4, 5), checkers(), QRectF(1, 0, 2, 3))


def turned_pixmap(p: QPainter) -> None:
    p.translate(80, 10)
    p.rotate(40)
    p.drawPixmap(QRectF(0, 0, 70, 60), QPixmap.fromImage(checkers()), QRectF(0, 0, 4, 3))


def tiled_pixmap(p: QPainter) -> None:
    p.drawTiledPixmap(QRectF(10, 10, 100, 80), QPixmap.fromImage(checkers().scaled(20, 15)), QPointF(7, 3))


def translucent(p: QPainter) -> None:
    p.setOpacity(0.5)
    p.fillRect(QRectF(10, 10, 80, 80), BLUE)
    p.fillRect(QRectF(50, 50, 80, 60), QColor(230, 159, 0, 128))
    p.drawImage(QRectF(100, 10, 50, 50), checkers())


def linear_gradient(p: QPainter) -> None:
    gradient = QLinearGradient(20, 0, 140, 30)
    gradient.setColorAt(0, BLUE)
    gradient.setColorAt(0.5, QColor(255, 255, 255, 0))
    gradient.setColorAt(1, ORANGE)
    p.fillRect(QRectF(10, 10, 140, 100), QBrush(gradient))


def gradient_of_the_object(p: QPainter) -> None:
    gradient = QLinearGradient(0, 0, 1, 0)
    gradient.setCoordinateMode(QLinearGradient.CoordinateMode.ObjectMode)
    gradient.setColorAt(0, BLUE)
    gradient.setColorAt(1, ORANGE)
    p.fillRect(QRectF(30, 20, 100, 80), QBrush(gradient))


def radial_gradient(p: QPainter) -> None:
    p.scale(1.5, 1)
    gradient = QRadialGradient(50, 60, 45, 40, 50)
    gradient.setColorAt(0, ORANGE)
    gradient.setColorAt(1, BLUE)
    p.fillRect(QRectF(5, 10, 90, 100), QBrush(gradient))


def conical_gradient(p: QPainter) -> None:
    gradient = QConicalGradient(80, 60, 20)
    gradient.setColorAt(0, ORANGE)
    gradient.setColorAt(1, BLUE)
    p.fillRect(QRectF(10, 10, 140, 100), QBrush(gradient))


def texture(p: QPainter) -> None:
    p.fillRect(QRectF(15, 15, 120, 90), QBrush(checkers().scaled(20, 15)))


def gradient_pen(p: QPainter) -> None:
    gradient = QLinearGradient(10, 0, 150, 0)
    gradient.setColorAt(0, BLUE)
    gradient.setColorAt(1, ORANGE)
    p.setPen(QPen(QBrush(gradient), 10))
    p.drawPolyline(ZIGZAG)


def curve_beyond_a_rectangular_clip(p: QPainter) -> None:
    p.setClipRect(QRectF(30, 30, 100, 60))
    p.setPen(cosmetic(BLUE, 3))
    p.drawPolyline(ZIGZAG)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(QColor(230, 159, 0, 90))
    p.drawEllipse(QRectF(60, 50, 90, 90))


def dashes_beyond_a_rectangular_clip(p: QPainter) -> None:
    p.setClipRect(QRectF(30, 30, 100, 60))
    p.setPen(QPen(BLUE, 3, Qt.PenStyle.DashLine, Qt.PenCapStyle.FlatCap))
    p.drawPolyline(ZIGZAG)


def image_beyond_a_rectangular_clip(p: QPainter) -> None:
    p.setClipRect(QRectF(30, 30, 70.5, 60))
    p.drawImage(QRectF(10, 10, 140, 105), checkers())


def nested_clips_that_end(p: QPainter) -> None:
    p.save()
    p.setClipRect(QRectF(20, 20, 120, 80))
    p.save()
    p.scale(2, 2)
    p.setClipRect(QRectF(30, 0, 20, 60), Qt.ClipOperation.IntersectClip)
    p.fillRect(QRectF(0, 0, 80, 60), BLUE)
    p.restore()
    p.fillRect(QRectF(0, 40, 160, 10), ORANGE)
    p.restore()
    p.fillRect(QRectF(0, 110, 160, 10), ORANGE)


def clip_switched_off_and_on(p: QPainter) -> None:
    p.setClipRegion(QRegion(20, 20, 60, 60))
    p.setClipping(False)
    p.fillRect(QRectF(0, 0, 160, 15), ORANGE)
    p.setClipping(True)
    p.fillRect(QRectF(0, 0, 160, 120), BLUE)


def sharp_rectangles(p: QPainter) -> None:
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for k in range(10):
        p.fillRect(QRectF(10 + 12 * k, 20, 12, 80), QColor.fromHsv(36 * k, 200, 200))


DRAWINGS = [
    filled_and_stroked_path,
    lines,
    polyline_with_mitred_joins,
    dashed_polyline_with_round_caps,
    cosmetic_pen_under_an_uneven_scale,
    distorted_pen,
    star_filled_by_parity,
    star_filled_whole,
    rectangles,
    turned_rectangle,
    ellipses,
    points_of_both_shapes,
    text,
    turned_text,
    enlarged_image,
    image_upside_down_under_an_uneven_scale,
    turned_pixmap,
    tiled_pixmap,
    translucent,
    linear_gradient,
    gradient_of_the_object,
    radial_gradient,
    conical_gradient,
    texture,
    gradient_pen,
    nested_clips_that_end,
    clip_switched_off_and_on,
    sharp_rectangles,
]


# QtSvg ignores clip paths: what it shows is what was cut away besides, to within the reach of a pen.
CLIPPED = [
    curve_beyond_a_rectangular_clip,
    dashes_beyond_a_rectangular_clip,
    image_beyond_a_rectangular_clip,
]


def name_of(draw: Draw) -> str:
    return draw.__name__


@pytest.mark.parametrize("draw", DRAWINGS, ids=name_of)
def test_the_svg_looks_like_what_qt_paints(draw: Draw) -> None:
    assert relative_difference(draw) < 0.02


@pytest.mark.parametrize("draw", CLIPPED, ids=name_of)
def test_what_a_clip_hides_is_cut_away_even_for_programs_that_ignore_clip_paths(draw: Draw) -> None:
    assert relative_difference(draw) < 0.12


@pytest.mark.parametrize("style", [s for s in Qt.BrushStyle if "Pattern" in s.name and s.value <= 14])
def test_a_hatch_or_stipple_covers_what_qts_own_covers(style: Qt.BrushStyle) -> None:
    def draw(p: QPainter) -> None:
        p.fillRect(QRectF(0, 0, 160, 120), QBrush(BLUE, style))

    direct, back = painted(draw), rendered(svg_of(draw))
    assert np.abs(direct.mean(axis=(0, 1)) - back.mean(axis=(0, 1))).max() < 8
    assert back.mean() < 252


def relative_difference(draw: Draw) -> float:
    """Return the difference between Qt's own painting and the SVG, a blank page being 1."""
    direct = painted(draw)
    return difference(direct, rendered(svg_of(draw))) / difference(direct, painted(lambda _: None))
