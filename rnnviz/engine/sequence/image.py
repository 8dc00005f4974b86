"""Images as a sequence: one step per row of grey values."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.model import (
    MAX_STEPS,
    FloatArray,
    IntArray,
    Sequence,
    check_choice,
    check_size,
    label_classes,
    next_values,
    step_labels,
)

if TYPE_CHECKING:  # loaded with the first image: few sequences are one
    from PIL import Image

MAX_PIXELS = 50_000_000
"""The largest image that is decoded."""

MOST_VALUES = 4_000_000
"""The largest product of rows and columns that are read: a picture of few bytes can unfold to many."""

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
"""The formats that are decoded, all within this process: others, such as PostScript, start a program to be drawn."""

_SIXTEEN_BITS = 65_535.0
_TARGET_KINDS: dict[str, Literal["class", "value"] | None] = {"next": "value", "label": "class", "none": None}


class ImageSource(msgspec.Struct, frozen=True, tag="image", forbid_unknown_fields=True):
    """An image that is read row by row, from the top.

    Parameters
    ----------
    name : str
        What the image is called in messages, its file name as a rule.
    png : bytes
        The image itself, as a PNG file.
    rows, columns : int or None
        The size to resample to. With one of them None the proportions are kept, with both the size is.
    invert : bool
        Whether dark ink gives large values; otherwise black is 0 and white 1.
    targets : "next", "label" or "none"
        Predict the next row at every step, the class of the image at its last row, or nothing.
    label : str or None
        The class of this image, when `targets` is "label" and the class is known.
    classes : tuple of str
        All classes, when `targets` is "label".
    """

    name: str
    png: bytes
    rows: int | None = None
    columns: int | None = None
    invert: bool = False
    targets: Literal["next", "label", "none"] = "none"
    label: str | None = None
    classes: tuple[str, ...] = ()

    def encode(self) -> Sequence:
        """Encode the image.

        Returns
        -------
        Sequence
            With ``x`` of shape [rows, columns], grey values from 0 to 1.

        Raises
        ------
        SequenceError
            If the image cannot be read, is a single pixel, or is too large.
        """
        check_choice(self.targets, ("next", "label", "none"), "the target of the image")
        wanted: list[tuple[int, int]] = []

        def measure(width: int, height: int) -> None:
            wanted.append(wanted_size(width, height, self.rows, self.columns, self.name))

        grey = _resample(open_image(self.png, self.name, measure), *wanted[0])
        x = 1.0 - grey if self.invert else grey
        names = tuple(f"pixel {column + 1}" for column in range(x.shape[1]))
        target: FloatArray | IntArray | None = None
        target_names: tuple[str, ...] = ()
        if self.targets == "next":
            target, target_names = next_values(x), names
        elif self.targets == "label":
            target, target_names = label_classes(len(x), self.label, self.classes), self.classes
        return Sequence(
            x=x,
            labels=step_labels(len(x)),
            input_names=names,
            target=target,
            target_kind=_TARGET_KINDS[self.targets],
            target_names=target_names,
        )

    def append(self, piece: str) -> ImageSource:
        """Refuse: an image has all of its rows.

        Raises
        ------
        SequenceError
            Always.
        """
        raise SequenceError(f"{self.name}: an image has all of its rows and cannot be extended by {piece!r}")


def decode(data: bytes, name: str) -> FloatArray:
    """Decode an image file to grey values.

    Parameters
    ----------
    data : bytes
        An image in one of `FORMATS`; of several frames the first is taken. Transparent parts are seen on white.
    name : str
        The subject of a message.

    Returns
    -------
    ndarray, float64, shape [rows, columns]
        Black is 0, white 1.

    Raises
    ------
    SequenceError
        If the image cannot be read, is a single pixel, or is too large.
    """
    return _grey(open_image(data, name))


def _grey(image: Image.Image) -> FloatArray:
    from PIL import Image

    if image.mode.startswith("I"):
        return np.clip(np.asarray(image, dtype=np.float64) / _SIXTEEN_BITS, 0.0, 1.0)
    if image.has_transparency_data:
        ink = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", ink.size, "white"), ink)
    return np.asarray(image.convert("L"), dtype=np.float64) / 255.0


def open_image(data: bytes, name: str, measure: Callable[[int, int], None] | None = None) -> Image.Image:
    """Open an image file, and load it when its size is acceptable.

    Parameters
    ----------
    data : bytes
    name : str
    measure : callable, optional
        Called with width and height before anything is decoded; it may refuse them.

    Raises
    ------
    SequenceError
        As `decode`.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise SequenceError(f"{name}: the image is empty, 0 bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_pixels(*image.size, name)
            if measure is not None:
                measure(*image.size)
            image.load()
    except Image.DecompressionBombError as error:
        raise SequenceError(f"{name}: the image is too large, above {MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise SequenceError(f"{name}: the file is not an image in one of {', '.join(FORMATS)}") from error
    except SequenceError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise SequenceError(f"{name}: the image is damaged and cannot be read: {error}") from error
    return image


def fitting_rows(width: int, height: int) -> int | None:
    """Return to how many rows an image is to be resampled so that it can be read; None where it can be as it is."""
    if width * height <= MOST_VALUES and height <= MAX_STEPS:
        return None
    rows = min(MAX_STEPS, int(math.sqrt(MOST_VALUES * height / width)))
    while rows > 1 and rows * max(1, round(width * rows / height)) > MOST_VALUES:
        rows -= 1
    return max(1, rows)


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height == 1:
        raise SequenceError(f"{name}: the image is a single pixel, there are no rows to step through")
    if width * height > MAX_PIXELS:
        raise SequenceError(f"{name}: the image has {width:,} x {height:,} pixels: at most {MAX_PIXELS:,} are accepted")


def wanted_size(width: int, height: int, rows: int | None, columns: int | None, name: str) -> tuple[int, int]:
    """Return the rows and columns that an image is read in, before it is decoded.

    Raises
    ------
    SequenceError
        When they are none, or too many.
    """
    for what, size in (("rows", rows), ("columns", columns)):
        if size is not None and not 1 <= size <= MAX_STEPS:
            raise SequenceError(f"{name}: {size:,} {what} are asked for, but 1 to {MAX_STEPS:,} are possible")
    if rows is None:
        rows = height if columns is None else max(1, round(height * columns / width))
    if columns is None:
        columns = max(1, round(width * rows / height))
    check_size(rows, columns, f"{name}: the image")
    if rows * columns > MOST_VALUES:
        raise SequenceError(
            f"{name}: {rows:,} rows of {columns:,} pixels are {rows * columns:,} values: at most {MOST_VALUES:,} are "
            f"read, as with {fitting_rows(width, height) or height:,} rows"
        )
    return rows, columns


def _resample(image: Image.Image, rows: int, columns: int) -> FloatArray:
    """Return an image as grey values, [rows, columns]."""
    from PIL import Image

    grey = _grey(image)
    if (rows, columns) == grey.shape:
        return grey
    # Bilinear resampling never leaves the range of its input, as sharper kernels do.
    resampled = Image.fromarray(grey.astype(np.float32)).resize((columns, rows), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resampled, dtype=np.float64), 0.0, 1.0)
