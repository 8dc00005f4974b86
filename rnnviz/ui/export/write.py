"""Figures as files: PNG, SVG and PDF."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from rnnviz.atomic import replacing
from rnnviz.ui.export.errors import ExportError
from rnnviz.ui.export.figures import Figure
from rnnviz.ui.export.painting import Painting
from rnnviz.ui.export.recording import Recording
from rnnviz.ui.export.svgdocument import SvgDocument
from rnnviz.ui.export.svgpaint import png_bytes

_POINTS_PER_PIXEL = 72 / 96
# Two device pixels per logical pixel of a drawing, so that icons come in a resolution fit for a projector.
_RATIO = 2.0
_DOTS_PER_METRE = 96 / 0.0254
# More than this, 256 MB of pixels, is a slip rather than a slide.
_MOST_PIXELS = 1 << 26


def recorded(figure: Figure, ratio: float) -> Recording:
    """Record a figure on white, with smooth lines.

    Parameters
    ----------
    figure : Figure
        Gives its size in pixels.
    ratio : float
        Pixels per logical pixel for what exists as pixels only, such as icons.

    Returns
    -------
    Recording
        Of all that the figure paints.
    """
    rect = QRectF(0, 0, figure.size.width(), figure.size.height())
    recording = Recording(figure.size, ratio)
    painter = QPainter(recording)
    try:
        painter.fillRect(rect, Qt.GlobalColor.white)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        figure.paint(painter, rect)
    finally:
        painter.end()
    return recording


def svg_document(figure: Figure) -> bytes:
    """Return a figure as an SVG document.

    Parameters
    ----------
    figure : Figure
        Gives its size in pixels.

    Returns
    -------
    bytes
        XML in UTF-8, the same for the same picture.
    """
    return SvgDocument(recorded(figure, _RATIO), figure.title).document()


def png_image(figure: Figure, scale: float) -> QImage:
    """Return a figure as an opaque image.

    Parameters
    ----------
    figure : Figure
        Gives its size in pixels.
    scale : float
        Pixels of the image per pixel of the figure.

    Returns
    -------
    QImage
        Its resolution is set so that it appears in the figure's size.

    Raises
    ------
    ExportError
        Where the image would be empty or too large.
    """
    width, height = round(figure.size.width() * scale), round(figure.size.height() * scale)
    if width < 1 or height < 1 or width * height > _MOST_PIXELS:
        raise ExportError(f"{figure.title} cannot be an image of {width} x {height} pixels")
    recording = recorded(figure, scale)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    target = QPainter(image)
    try:
        Painting(recording, target, scale=scale, for_page=False).play()
    finally:
        target.end()
    image.setDotsPerMeterX(round(_DOTS_PER_METRE * scale))
    image.setDotsPerMeterY(round(_DOTS_PER_METRE * scale))
    return image


def pdf_document(figure: Figure) -> bytes:
    """Return a figure as a PDF document of one page.

    Parameters
    ----------
    figure : Figure
        Its size in pixels makes the size of the page: 1280 by 720 are 13.33 by 7.5 inches, a wide slide. PDF
        pages of Qt are whole points, so the page may be up to a point larger.

    Returns
    -------
    bytes
        Fonts are embedded, text stays text.
    """
    recording = recorded(figure, _RATIO)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(figure.title)
    writer.setCreator("rnnviz")
    writer.setResolution(96)
    width, height = figure.size.width() * _POINTS_PER_PIXEL, figure.size.height() * _POINTS_PER_PIXEL
    page = QSizeF(math.ceil(width), math.ceil(height))
    exact = QPageSize(page, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(exact, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    target = QPainter(writer)
    try:
        target.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        Painting(recording, target, scale=1.0, for_page=True).play()
    finally:
        target.end()
    return bytes(buffer.data().data())


def save_figure(figure: Figure, path: str | os.PathLike[str], *, scale: float = 2.0) -> None:
    """Write a figure as a file, on white.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : path-like
        Ends in `.png`, `.svg` or `.pdf`, which chooses the format.
    scale : float, optional
        Pixels of a PNG per pixel of the figure.

    Raises
    ------
    ExportError
        For an unknown suffix, an image too large, or a system that refuses to write. A file that stood there
        stays as it was.
    """
    formats: dict[str, Callable[[], bytes]] = {
        ".png": lambda: png_bytes(png_image(figure, scale)),
        ".svg": lambda: svg_document(figure),
        ".pdf": lambda: pdf_document(figure),
    }
    render = formats.get(Path(path).suffix.lower())
    if render is None:
        raise ExportError(f"cannot write {path}: figures are written as .png, .svg or .pdf")
    content = render()
    with replacing(path, ExportError) as file:
        file.write(content)
