"""Colours of a scale as the pixels of images."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from rnnviz.ui.theme import ColourMap, Theme
from rnnviz.ui.theme.colormaps import BLANK


def packed(colour_map: ColourMap, theme: Theme, blank: int = 0) -> NDArray[np.uint32]:
    """Return the entries of a colour map as pixels, with `blank` for what is not a number."""
    table = colour_map.table(theme).astype(np.uint32)
    pixels = np.asarray(table[:, 3] << 24 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2], np.uint32)
    pixels[BLANK] = blank
    return pixels


def image_of(pixels: NDArray[np.uint32], ratio: float = 1.0) -> QImage:
    """Return pixels [n, m] as an image, which only points to the array: whoever paints it keeps that."""
    height, width = pixels.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(cast("bytes", pixels.data), width, height, 4 * width, kind)
    image.setDevicePixelRatio(ratio)
    return image
