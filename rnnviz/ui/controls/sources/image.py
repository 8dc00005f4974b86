"""The editor of images, read row by row."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QPushButton, QSizePolicy, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import ImageSource, SequenceSource, encode, read_image_file
from rnnviz.ui.controls.form import Form
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.parameters import Choice, Flag, Parameter, Typed, optional, show_optional, whole
from rnnviz.ui.controls.sources.base import SourceEditor
from rnnviz.ui.controls.sources.label import LABEL_PARAMETERS, with_label
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import icon

_MOST_PIXELS = 4096


def _size(text: str) -> int:
    return whole(text, 1, _MOST_PIXELS)


_PARAMETERS: tuple[Parameter, ...] = (
    Typed(
        name="rows",
        label="Rows",
        help="How many rows, and so steps, the image is brought to; empty: as it is.",
        parse=optional(_size),
        show=show_optional,
        placeholder="as it is",
    ),
    Typed(
        name="columns",
        label="Columns",
        help="How many columns, and so inputs, the image is brought to; empty: as it is.",
        parse=optional(_size),
        show=show_optional,
        placeholder="as it is",
    ),
    Flag(name="invert", label="Dark ink is 1", help="Whether dark gives large values; otherwise black is 0."),
    Choice(
        name="targets",
        label="To predict",
        help="What the outputs are compared with.",
        options=(
            ("next", "the next row", "At every step; the last has no target."),
            ("label", "a class of the image", "At the last row."),
            ("none", "nothing", "No loss; gradients are those of a probe."),
        ),
    ),
    *LABEL_PARAMETERS,
)


class Picture(QWidget):
    """The image as the network reads it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._height = 120
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The image as the network reads it")

    def show_values(self, values: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        """Show grey values [rows, columns] from 0 to 1."""
        grey = np.ascontiguousarray(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8))
        rows, across = grey.shape
        self._image = QImage(grey.data, across, rows, across, QImage.Format.Format_Grayscale8).copy()
        self.setToolTip(plain_tip(f"{rows} rows of {across} pixels: {rows} steps of {across} inputs"))
        self.update()

    def set_height(self, height: int) -> None:
        """Take this many pixels of height."""
        self._height = height
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size that the picture likes best."""
        return QSize(120, self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image with its pixels as squares."""
        if self._image.isNull():
            return
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        QPainter(self).drawImage(QRectF(0, 0, size.width(), size.height()), self._image)


class ImageEditor(SourceEditor):
    """A file, the size it is brought to, and the image itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.load = QPushButton("Load an image")
        self.picture = Picture()
        self.form = Form(_PARAMETERS)
        for widget in (self.load, self.picture, self.form):
            self.rows.addWidget(widget)
        self.load.clicked.connect(self._on_load)
        self.form.changed.connect(self._on_changes)

    def show_source(self, source: SequenceSource) -> None:
        """Show an image."""
        assert isinstance(source, ImageSource)
        self.source = source
        self.form.set_state({name: getattr(source, name) for name in self.form.editors}, source)
        try:
            self.picture.show_values(encode(source).x)
        except RnnvizError:
            return  # the panel says what is wrong; the last good picture stays

    def open_file(self, path: str) -> None:
        """Take another file."""
        try:
            source = read_image_file(path)
            encode(source)
        except RnnvizError as error:
            self.failed.emit(str(error))
            return
        self._give(source)

    def set_look(self, look: Look) -> None:
        """Dress the editor in a theme and its sizes."""
        super().set_look(look)
        self.load.setIcon(icon("image", look.theme))
        self.picture.set_height(9 * look.sizes.text)
        self.form.set_look(look)

    def _on_changes(self, changes: dict[str, Any]) -> None:
        self._give(msgspec.structs.replace(self.source, **with_label(self.source, changes)))

    def _on_load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Load an image", "", "Images (*.png *.jpg *.jpeg *.bmp *.gif *.webp);;All files (*)"
        )
        if path:
            self.open_file(path)
