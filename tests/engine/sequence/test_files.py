from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import encode, files, read_image_file, read_table_file, read_text_file


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_encoding_is_told_by_its_mark(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("Zoë says\r\n“hi”\r".encode(codec))
    assert read_text_file(path) == "Zoë says\n“hi”\n"


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_both_byte_orders_of_utf_16_are_read(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(mark + "día".encode("utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"))
    assert read_text_file(path) == "día"


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"", ["t.csv", "empty"]),
        (b"a,b\ncaf\xe9,1\n", ["t.csv", "UTF-8", "byte 8", "0xE9", "line 2"]),
        (b"\xff\xfea\x00b", ["t.csv", "UTF-16", "byte 5"]),
        (b"ab\x00c", ["t.csv", "character 3", "zero byte"]),
        ("a,b".encode("utf-16-le"), ["t.csv", "character 2", "zero byte"]),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(tmp_path: Path, data: bytes, parts: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    for read in (read_text_file, read_table_file):
        with pytest.raises(SequenceError) as refusal:
            read(path)
        for part in parts:
            assert part in str(refusal.value)


@pytest.mark.parametrize("read", [read_text_file, read_table_file, read_image_file])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(SequenceError, match=r"gone\.txt cannot be read: No such file"):
        read(tmp_path / "gone.txt")
    with pytest.raises(SequenceError, match="it is a folder"):
        read(tmp_path)
    with pytest.raises(SequenceError, match="cannot be read"):
        read("a\0b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SequenceError, match="it is a pipe, not a file"):
        read(tmp_path / "pipe")


def test_a_file_above_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as stream:
        stream.truncate(files.MAX_BYTES + 1)
    with pytest.raises(SequenceError, match=r"big\.csv is larger than 50 MB"):
        read_table_file(path)


def test_a_table_keeps_its_name_and_text(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_bytes(b"\xef\xbb\xbfa;b\r\n1,5;2\r\n")
    source = read_table_file(path)
    assert source.name == "load.csv"
    assert encode(source).input_names == ("a", "b")


def test_a_png_is_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "i.png"
    Image.new("L", (2, 3), 255).save(path)
    source = read_image_file(path)
    assert source.png == path.read_bytes()
    assert source.name == "i.png"


@pytest.mark.parametrize("kind", ["bmp", "gif", "jpg", "webp", "tif"])
def test_other_images_become_a_png(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"i.{kind}"
    Image.new("L", (4, 3), 255).save(path)
    source = read_image_file(path)
    assert source.png.startswith(b"\x89PNG")
    np.testing.assert_allclose(encode(source).x, np.ones((3, 4)))


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    path = tmp_path / "i.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (8, 16), 255).save(path, exif=exif)
    assert encode(read_image_file(path)).x.shape == (8, 16)


def test_an_image_of_a_kind_without_grey_values_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "i.tif"
    Image.fromarray(np.ones((3, 3), dtype=np.float32)).save(path)
    with pytest.raises(SequenceError, match=r"i\.tif: an image of the kind 'F'"):
        read_image_file(path)


def test_a_text_that_poses_as_an_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "i.png"
    path.write_text("not an image")
    with pytest.raises(SequenceError, match=r"i\.png: the file is not an image"):
        read_image_file(path)
