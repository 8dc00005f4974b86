"""What is copied from images, or drawn as a bundle of lines, looks like what it stands for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter, QPdfWriter, QPolygonF
from pytestqt.qtbot import QtBot

from rnnviz.ui.drawing import pixmap_cache as stamps
from rnnviz.ui.drawing.painting import line_pen, stroke
from rnnviz.ui.drawing.pixmap_cache import stamp
from rnnviz.ui.theme import SignalStyle

BOX = QRectF(-6, -6, 12, 12)


def disc(painter: QPainter) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(QColor("#000000"))
    painter.drawEllipse(QPointF(0, 0), 5, 5)


def sheet(ratio: float = 1.0) -> QImage:
    image = QImage(int(60 * ratio), int(40 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0xFFFFFF)
    return image


def ink(image: QImage) -> NDArray[np.float64]:
    rows = [[255 - image.pixelColor(x, y).red() for x in range(image.width())] for y in range(image.height())]
    return np.array(rows, dtype=np.float64)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("scale", [1.0, 0.8])
def test_a_stamp_stands_where_the_drawing_would_to_an_eighth_of_a_pixel(
    ratio: float, scale: float, qtbot: QtBot
) -> None:
    for x, y in ((20.0, 15.0), (20.4, 15.7), (31.13, 9.99)):
        direct, copied = sheet(ratio), sheet(ratio)
        for image in (direct, copied):
            painter = QPainter(image)
            painter.translate(3, 2)
            painter.scale(scale, scale)
            if image is direct:
                painter.translate(x, y)
                disc(painter)
            else:
                stamp(painter, QPointF(x, y), BOX, ("disc",), disc)
            painter.end()
        centres = []
        for image in (direct, copied):
            weight = ink(image)
            across, down = np.meshgrid(np.arange(weight.shape[1]), np.arange(weight.shape[0]))
            centres.append([(weight * places).sum() / weight.sum() for places in (across, down)])
        assert np.abs(np.subtract(centres[0], centres[1])).max() <= 0.13
        assert ink(copied).sum() == pytest.approx(ink(direct).sum(), rel=0.03)


def test_a_stamp_is_drawn_once_for_each_place_within_a_pixel(qtbot: QtBot) -> None:
    drawn: list[int] = []

    def draw(painter: QPainter) -> None:
        drawn.append(1)
        disc(painter)

    stamps._images.clear()
    image = sheet()
    painter = QPainter(image)
    for k in range(10):
        stamp(painter, QPointF(10 + k, 10), BOX, ("once",), draw)
    painter.end()
    assert len(drawn) == 1


def test_no_pictures_get_into_a_vector_figure(qtbot: QtBot) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    painter = QPainter(writer)
    stamp(painter, QPointF(100, 100), BOX, ("vector",), disc)
    painter.end()
    assert b"/Subtype /Image" not in buffer.data().data()
    assert QSizeF(writer.width(), writer.height()).isValid()


@pytest.mark.parametrize("width", [1.0, 1.5, 2.0, 2.5, 3.0])
def test_a_bundle_of_thin_lines_is_as_strong_as_a_wide_line(width: float, qtbot: QtBot) -> None:
    style = SignalStyle("#000000", "circle")
    line = QPolygonF([QPointF(5, 30), QPointF(20, 10), QPointF(35, 25), QPointF(55, 25)])
    pictures = []
    for bundled in (False, True):
        image = sheet()
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if bundled:
            stroke(painter, [line], style, width)
        else:
            painter.setPen(line_pen(style, width))
            painter.drawPolyline(line)
        painter.end()
        pictures.append(ink(image))
    assert pictures[1].sum() == pytest.approx(pictures[0].sum(), rel=0.15)
    assert pictures[1].max() >= 200
