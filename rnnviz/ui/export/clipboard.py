"""Figures on the clipboard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QMimeData
from PySide6.QtGui import QGuiApplication

from rnnviz.ui.export.errors import ExportError
from rnnviz.ui.export.figures import Figure
from rnnviz.ui.export.write import png_image, svg_document

SVG_MIME = "image/svg+xml"
# What has no system clipboard: an image left on Qt's own one crashes the exit of the program.
_WITHOUT_CLIPBOARD = ("offscreen", "minimal")
_FORGETS = "rnnvizForgetsClipboard"


def copy_figure(figure: Figure, *, scale: float = 2.0) -> None:
    """Put a figure on the clipboard, as an image and as SVG; the receiving program takes what it prefers.

    Parameters
    ----------
    figure : Figure
        What to copy.
    scale : float, optional
        Pixels of the image per pixel of the figure.

    Raises
    ------
    ExportError
        Where no application runs, or the image is too large.
    """
    application = QGuiApplication.instance()
    if application is None:
        raise ExportError("nothing can be copied to the clipboard without a running application")
    mime = QMimeData()
    mime.setImageData(png_image(figure, scale))
    mime.setData(SVG_MIME, svg_document(figure))
    QGuiApplication.clipboard().setMimeData(mime)
    _forget_at_exit(application)


def _forget_at_exit(application: QCoreApplication) -> None:
    """Clear the clipboard of a platform that has none of its own before the program ends."""
    platform = QGuiApplication.platformName()
    if platform in _WITHOUT_CLIPBOARD and not application.property(_FORGETS):
        application.setProperty(_FORGETS, True)
        application.aboutToQuit.connect(_clear)


def _clear() -> None:
    QGuiApplication.clipboard().clear()
