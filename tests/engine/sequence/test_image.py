from __future__ import annotations

import io
import random
import zlib

import numpy as np
import pytest
from PIL import Image

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import ImageSource, append, encode
from rnnviz.engine.sequence.image import MAX_PIXELS


def _file(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _grey(pixels: list[list[int]]) -> bytes:
    return _file(Image.fromarray(np.array(pixels, dtype=np.uint8)))


def test_step_t_is_row_t_with_black_0_and_white_1() -> None:
    sequence = encode(ImageSource("i", _grey([[0, 255, 51], [102, 0, 255]])))
    np.testing.assert_allclose(sequence.x, [[0, 1, 0.2], [0.4, 0, 1]])
    assert sequence.labels == ("1", "2")
    assert sequence.input_names == ("pixel 1", "pixel 2", "pixel 3")
    assert sequence.target is None


def test_inverted_dark_ink_is_large() -> None:
    np.testing.assert_allclose(encode(ImageSource("i", _grey([[0, 255]]), invert=True)).x, [[1, 0]])


def test_transparent_paper_is_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 0, 255))
    np.testing.assert_allclose(encode(ImageSource("i", _file(image))).x, [[1, 0]])


def test_sixteen_bits_keep_their_precision() -> None:
    pixels = np.array([[0, 1, 65_535, 32_768]], dtype=np.uint16)
    x = encode(ImageSource("i", _file(Image.fromarray(pixels)))).x
    np.testing.assert_allclose(x, pixels / 65_535)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    white = Image.new("L", (3, 2), 255)
    image = Image.new("I;16", (3, 2), 65_535) if mode == "I;16" else white.convert(mode)
    np.testing.assert_allclose(encode(ImageSource("i", _file(image))).x, np.ones((2, 3)))


def test_resampling_averages_and_keeps_the_proportions() -> None:
    checks = _grey([[0, 255] * 4, [255, 0] * 4] * 2)
    halved = encode(ImageSource("i", checks, rows=2))
    assert halved.x.shape == (2, 4)
    np.testing.assert_allclose(halved.x, 0.5, atol=0.13)
    assert encode(ImageSource("i", checks, columns=2)).x.shape == (1, 2)
    assert encode(ImageSource("i", checks, rows=3, columns=5)).x.shape == (3, 5)
    flat = encode(ImageSource("i", _grey([[255, 255], [255, 255]]), rows=7)).x
    np.testing.assert_allclose(flat, np.ones((7, 7)), rtol=1e-6)
    assert flat.max() <= 1


def test_the_next_row_or_the_class_can_be_the_target() -> None:
    pixels = _grey([[0, 255], [255, 0]])
    following = encode(ImageSource("i", pixels, targets="next"))
    np.testing.assert_array_equal(following.target, [[1, 0], [np.nan, np.nan]])
    labelled = encode(ImageSource("i", pixels, targets="label", label="3", classes=("2", "3")))
    np.testing.assert_array_equal(labelled.target, [-1, 1])


def _broken() -> bytes:
    data = bytearray(_file(Image.effect_noise((40, 40), 50)))
    return bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (ImageSource("my.png", b""), ["empty"]),
        (ImageSource("my.png", b"no image at all"), ["not an image"]),
        (ImageSource("my.png", _broken()), ["damaged"]),
        (ImageSource("my.png", _grey([[7]])), ["single pixel"]),
        (ImageSource("my.png", _grey([[1, 2]]), rows=0), ["0 rows"]),
        (ImageSource("my.png", _grey([[1, 2]]), columns=-1), ["-1 columns"]),
        (ImageSource("my.png", _grey([[1, 2]]), rows=10**9), ["1,000,000,000 rows"]),
        (ImageSource("my.png", _grey([[1, 2]]), rows=60_000), ["60,000 steps", "120,000 inputs"]),
        (ImageSource("my.png", _grey([[1, 2]]), targets="all"), ["target", "'all'"]),  # type: ignore[arg-type]
        (ImageSource("my.png", _grey([[1, 2]]), targets="label", label="3"), ["classes", "empty"]),
    ],
)
def test_a_bad_image_is_refused_with_its_cause(source: ImageSource, parts: list[str]) -> None:
    with pytest.raises(SequenceError) as refusal:
        encode(source)
    for part in parts:
        assert part in str(refusal.value)


@pytest.mark.parametrize("size", [(MAX_PIXELS, 2), (20_000, 20_000), (10_000, 5_001)])
def test_a_huge_image_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    data = bytearray(_grey([[1, 2]]))
    header = data.index(b"IHDR") + 4
    data[header : header + 8] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    # The check sum of the changed header.
    data[header + 13 : header + 17] = zlib.crc32(data[header - 4 : header + 13]).to_bytes(4, "big")
    with pytest.raises(SequenceError, match="50,000,000"):
        encode(ImageSource("my.png", bytes(data)))


def test_no_damage_to_a_file_leads_to_anything_but_a_refusal_by_name() -> None:
    rng = random.Random(0)
    whole = _file(Image.effect_noise((9, 9), 50))
    refusals = []
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            encode(ImageSource("my.png", bytes(data[: rng.randint(1, len(data))])))
        except SequenceError as refusal:
            refusals.append(str(refusal))
    assert len(refusals) > 300
    assert all(refusal.startswith("my.png: ") for refusal in refusals)


def test_an_image_cannot_be_extended_and_says_why() -> None:
    with pytest.raises(SequenceError, match=r"my\.png: an image has all of its rows"):
        append(ImageSource("my.png", _grey([[1, 2]])), "1")
