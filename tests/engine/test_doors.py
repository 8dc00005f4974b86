"""Whatever a path leads to is a file that is read at once, or is refused at once; and nothing received is run."""

from __future__ import annotations

import io
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rnnviz.engine import sessionfile, tracefile
from rnnviz.engine.errors import RnnvizError, SequenceError
from rnnviz.engine.regularfile import NoFileError, opened, read_file
from rnnviz.engine.sequence import (
    SequenceSource,
    TableSource,
    TextSource,
    encode,
    read_image_file,
    read_table_file,
    read_text_file,
)
from rnnviz.engine.sequence.image import FORMATS, MOST_VALUES, ImageSource, fitting_rows
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.cellfiles import read_cell_file
from rnnviz.ui.sessionfile import read_session

DOORS: dict[str, Callable[[Path], Any]] = {
    "text": read_text_file,
    "table": read_table_file,
    "image": read_image_file,
    "session": sessionfile.read_all,
    "what a session says": sessionfile.read_manifest,
    "session in the window": read_session,
    "trace": tracefile.load,
    "cell": read_cell_file,
}
every_door = pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Fail where something waits, rather than wait with it."""
    before = signal.signal(signal.SIGALRM, _too_late)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _too_late(_number: int, _frame: object) -> None:
    raise TimeoutError("waited for 20 seconds")


@every_door
@pytest.mark.parametrize("linked", [False, True], ids=["itself", "behind a link"])
@pytest.mark.parametrize(
    ("kind", "reason"), [("folder", "a folder"), ("pipe", "a pipe"), ("socket", "a socket"), ("device", "a device")]
)
def test_what_is_no_file_is_refused_at_once_by_name(
    door: Callable[[Path], Any], kind: str, reason: str, linked: bool, tmp_path: Path
) -> None:
    path = tmp_path / "thing.png"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        os.chdir(tmp_path)  # the path of a socket must be short
        listening = socket.socket(socket.AF_UNIX)
        listening.bind("thing.png")
        listening.close()
    else:
        path = Path("/dev/zero")
    if linked:
        link = tmp_path / "link.png"
        link.symlink_to(path)
        path = link
    with pytest.raises(RnnvizError, match=reason) as refusal:
        door(path)
    assert path.name in str(refusal.value)


@pytest.fixture(autouse=True)
def back_home() -> Iterator[None]:
    home = Path.cwd()
    yield
    os.chdir(home)


@every_door
def test_a_name_that_no_file_can_have_is_refused(door: Callable[[Path], Any]) -> None:
    with pytest.raises(RnnvizError, match="zero byte in its name"):
        door(Path("a\0b.png"))


@every_door
def test_a_file_that_is_not_there_is_refused(door: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(RnnvizError, match="No such file"):
        door(tmp_path / "gone.png")


def test_a_file_that_grows_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 5000)
    assert len(read_file(path, 1000)) == 1001
    assert read_file(path, 9000) == b"x" * 5000


def test_what_is_exchanged_for_a_pipe_while_it_is_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told = os.stat_result((stat.S_IFREG | 0o600, *[0] * 9))
    monkeypatch.setattr(Path, "stat", lambda _self: told)
    with pytest.raises(NoFileError, match="a pipe"), opened(pipe):
        pass


# pictures


def picture(kind: str, size: tuple[int, int] = (9, 7)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_pictures_of_the_formats_on_the_list_are_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(picture(kind))
    assert read_image_file(path).encode().x.shape == (7, 9)
    assert ImageSource("a", picture(kind)).encode().x.shape == (7, 9)


@pytest.mark.parametrize("kind", sorted({"EPS", "ICO", "PPM", "TGA", "PCX", "PDF", "JPEG2000", "SGI", "DDS"}))
def test_pictures_of_other_formats_are_refused_in_files_and_sessions(kind: str, tmp_path: Path) -> None:
    Image.init()
    path = tmp_path / "a.png"
    path.write_bytes(picture(kind))
    with pytest.raises(SequenceError, match="not an image in one of PNG"):
        read_image_file(path)
    with pytest.raises(SequenceError, match="not an image in one of PNG"):
        ImageSource("a", path.read_bytes()).encode()


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 7\n(owned) (w) file closefile\nshowpage\n%%EOF\n"


def test_no_picture_starts_a_program(tmp_path: Path) -> None:
    """False programs stand first in PATH; whatever is opened, none of them is called."""
    called, programs = tmp_path / "called", tmp_path / "bin"
    programs.mkdir()
    names = ("gs", "gswin64c", "ghostscript", "convert", "magick", "djpeg", "cjpeg", "xv", "display", "latex", "dvipng")
    for name in names:
        program = programs / name
        program.write_text(f"#!/bin/sh\necho {name} >> '{called}'\n")
        program.chmod(0o755)
    picture_file = tmp_path / "a.png"
    picture_file.write_bytes(POSTSCRIPT)
    code = (
        "import sys\n"
        "from rnnviz.engine.errors import RnnvizError\n"
        "from rnnviz.engine.sequence import read_image_file\n"
        "from rnnviz.engine.sequence.image import ImageSource\n"
        "for act in (lambda: read_image_file(sys.argv[1]),"
        " lambda: ImageSource('a', open(sys.argv[1], 'rb').read()).encode()):\n"
        "    try:\n"
        "        act()\n"
        "    except RnnvizError as error:\n"
        "        print(error)\n"
    )
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(picture_file)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("not an image in one of") == 2
    assert not called.exists()


def test_a_picture_that_unfolds_to_very_much_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture("PNG", (5000, 5000))
    assert len(data) < 100_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _self: pytest.fail("it was decoded"))
    with pytest.raises(SequenceError, match=r"5,000 rows of 5,000 pixels are 25,000,000 values: at most 4,000,000"):
        ImageSource("a", data).encode()


def test_a_picture_that_is_too_large_is_read_in_as_many_rows_as_can_be(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture("PNG", (3000, 2000)))
    source = read_image_file(path)
    x = source.encode().x
    assert MOST_VALUES * 0.95 < x.size <= MOST_VALUES
    assert x.shape[1] / x.shape[0] == pytest.approx(1.5, rel=0.01)
    np.testing.assert_allclose(x, x[0, 0])


@pytest.mark.parametrize("size", [(1, 5_000_000), (5_000_000, 1), (2001, 2000), (50_000, 1000), (3, 200_000)])
def test_the_rows_that_fit_do_fit(size: tuple[int, int]) -> None:
    width, height = size
    rows = fitting_rows(width, height)
    assert rows is not None
    assert rows == 1 or rows * max(1, round(width * rows / height)) <= MOST_VALUES
    assert rows <= 100_000


def test_a_picture_that_fits_is_read_as_it_is() -> None:
    assert fitting_rows(2000, 2000) is None


# names without end

LONG = "x" * 1001

NAMED: dict[str, tuple[Callable[[str], SequenceSource], str]] = {
    "a word": (lambda name: TextSource(f"a b {name}", "word"), "step 3 is named x{20}… and so on for 1,001 letters"),
    "a token": (lambda name: TextSource("a b", "word", ("a", "b", name)), "input 3 is named x{20}…"),
    "a class": (lambda name: TextSource("a", "word", ("a",), "label", name, (name, "b")), "output 1 is named"),
    "a column": (lambda name: TableSource("t", f"a,{name}\n1,2\n3,4\n", ("a", name)), "input 2 is named"),
    "a row": (lambda name: TableSource("t", f"a,b\n1,{name}\n3,y\n", ("a",), label_column="b"), "step 1 is named"),
}


@pytest.mark.parametrize(("made", "refusal"), NAMED.values(), ids=list(NAMED))
def test_a_name_that_cannot_be_laid_out_is_refused(made: Callable[[str], SequenceSource], refusal: str) -> None:
    with pytest.raises(SequenceError, match=refusal):
        encode(made(LONG))
    encode(made(LONG[1:]))


@pytest.mark.parametrize(("field", "most"), [("name", 1000), ("description", 10_000)])
def test_a_session_has_a_name_and_a_description_that_can_be_laid_out(field: str, most: int, tmp_path: Path) -> None:
    path = tmp_path / "a.rnnviz"
    spec = NetworkSpec(input_size=2, output_size=2, readout="softmax")
    fields = {
        "version": sessionfile.FORMAT,
        "written_by": "",
        "name": "a",
        "spec": spec,
        "source": TextSource("a b", "word"),
    }
    for length in (most, most + 1):
        with path.open("wb") as file:
            sessionfile.write(file, sessionfile.Manifest(**{**fields, field: "x" * length}), None)  # type: ignore[arg-type]
        if length == most:
            sessionfile.read_manifest(path)
        else:
            with pytest.raises(RnnvizError, match=f"<= {most}.*{field}"):
                sessionfile.read_manifest(path)
