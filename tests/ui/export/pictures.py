"""Pictures to compare: painted directly, and painted into SVG and rendered back."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from rnnviz.ui.export.recording import Recording
from rnnviz.ui.export.svgdocument import SvgDocument

WIDTH, HEIGHT = 160, 120
SVG = "{http://www.w3.org/2000/svg}"

Draw = Callable[[QPainter], None]


def svg_of(draw: Draw) -> bytes:
    """Return the SVG document of a drawing."""
    recording = Recording(QSizeF(WIDTH, HEIGHT), 2.0)
    painter = QPainter(recording)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.end()
    return SvgDocument(recording).document()


def elements(document: bytes, tag: str) -> list[ElementTree.Element]:
    """Return all elements of a name."""
    return list(ElementTree.fromstring(document).iter(SVG + tag))


def streams(pdf: bytes) -> list[bytes]:
    """Return the streams of a PDF, unpacked where they are packed."""
    parts = [part.split(b"endstream")[0].strip(b"\r\n") for part in pdf.split(b"stream\n")[1:]]
    unpacked = []
    for part in parts:
        try:
            unpacked.append(zlib.decompress(part))
        except zlib.error:
            unpacked.append(part)
    return unpacked


def letters(pdf: bytes) -> set[str]:
    """Return the characters that the glyphs of a PDF stand for: what can be searched for and copied."""
    found: set[str] = set()
    for stream in streams(pdf):
        for block in re.findall(rb"beginbfrange(.*?)endbfrange", stream, re.DOTALL):
            for row in re.findall(rb"\[(.*?)\]", block, re.DOTALL):
                found |= {chr(int(code, 16)) for code in re.findall(rb"<([0-9A-Fa-f]+)>", row)}
    return found


def images(pdf: bytes) -> list[tuple[int, int]]:
    """Return width and height of the images of a PDF."""
    found = re.findall(rb"/Subtype /Image\n/Width (\d+)\n/Height (\d+)", pdf)
    return [(int(width), int(height)) for width, height in found]


def painted(draw: Draw) -> NDArray[np.float64]:
    """Return a drawing as Qt paints it itself, [H, W, 3] from 0 to 255 on white."""
    image = _white(WIDTH, HEIGHT)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.end()
    return pixels(image)


def rendered(document: bytes, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.float64]:
    """Return an SVG document as QtSvg renders it, [H, W, 3] from 0 to 255 on white.

    QtSvg takes a list of font families for one name, so it is shown the first one only.
    """
    first_family = re.sub(rb'font-family="([^",]*), [^"]*"', rb'font-family="\1"', document)
    renderer = QSvgRenderer(QByteArray(first_family))
    assert renderer.isValid()
    image = _white(width, height)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, width, height))
    painter.end()
    return pixels(image)


def pixels(image: QImage) -> NDArray[np.float64]:
    """Return an image as [H, W, 3] from 0 to 255."""
    image = image.convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    colours = rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3]
    return colours.astype(np.float64)


def difference(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """Return the mean absolute difference of two pictures, after a blur that forgives half a pixel."""
    return float(np.abs(_blurred(one) - _blurred(two)).mean())


def _blurred(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16)


def _white(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    return image
