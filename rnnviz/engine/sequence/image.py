"""Images as a sequence: one step per row of grey values."""

from __future__ import annotations

import io
import warnings
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
        grey = _resample(decode(self.png, self.name), self.rows, self.columns, self.name)
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
        An image in any format that Pillow reads; of several frames the first is taken. Transparent parts are
        seen on white.
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
    from PIL import Image

    image = open_image(data, name)
    if image.mode.startswith("I"):
        return np.clip(np.asarray(image, dtype=np.float64) / _SIXTEEN_BITS, 0.0, 1.0)
    if image.has_transparency_data:
        ink = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", ink.size, "white"), ink)
    return np.asarray(image.convert("L"), dtype=np.float64) / 255.0


def open_image(data: bytes, name: str) -> Image.Image:
    """Open and load an image file whose size is acceptable.

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
            image = Image.open(io.BytesIO(data))
            _check_pixels(*image.size, name)
            image.load()
    except Image.DecompressionBombError as error:
        raise SequenceError(f"{name}: the image is too large, above {MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise SequenceError(f"{name}: the file is not an image of a known format") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise SequenceError(f"{name}: the image is damaged and cannot be read: {error}") from error
    return image


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height == 1:
        raise SequenceError(f"{name}: the image is a single pixel, there are no rows to step through")
    if width * height > MAX_PIXELS:
        raise SequenceError(f"{name}: the image has {width:,} x {height:,} pixels: at most {MAX_PIXELS:,} are accepted")


def _resample(grey: FloatArray, rows: int | None, columns: int | None, name: str) -> FloatArray:
    from PIL import Image

    height, width = grey.shape
    for what, size in (("rows", rows), ("columns", columns)):
        if size is not None and not 1 <= size <= MAX_STEPS:
            raise SequenceError(f"{name}: {size:,} {what} are asked for, but 1 to {MAX_STEPS:,} are possible")
    if rows is None:
        rows = height if columns is None else max(1, round(height * columns / width))
    if columns is None:
        columns = max(1, round(width * rows / height))
    check_size(rows, columns, f"{name}: the image")
    if (rows, columns) == grey.shape:
        return grey
    # Bilinear resampling never leaves the range of its input, as sharper kernels do.
    image = Image.fromarray(grey.astype(np.float32))
    resampled = image.resize((columns, rows), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resampled, dtype=np.float64), 0.0, 1.0)
