"""Bad input to the whole application: one sentence names cause and place, and what was open stays as it was."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from tests.ui.real_window import RealWindow

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def desk(prepared_qapp: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWindow]:
    """One window for all refusals: after each of them it must be as it was anyway."""
    desk = RealWindow(tmp_path_factory.mktemp("bad") / "engine").begin()
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def saved(desk: RealWindow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The members of a good session file."""
    from rnnviz.ui.sessionfile import saved_session, write_session

    path = tmp_path_factory.mktemp("good") / "good.rnnviz"
    weights: list[Any] = []
    desk.session.request_weights(weights.append)
    desk.settle()
    write_session(saved_session(desk.view, weights[0]), path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()} | {"whole": path.read_bytes()}


def drop(desk: RealWindow, *paths: Path | str) -> None:
    """Drop files, or addresses, onto the window."""
    data = QMimeData()
    data.setUrls([QUrl(path) if isinstance(path, str) else QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desk.window.dropEvent(QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, data, buttons, keys))


SOURCES: dict[str, tuple[str, bytes, str]] = {
    "ragged": ("a.csv", b"a,b,c\n1,2,3\n4,5\n", "line 3 has 2 cells where line 1 has 3"),
    "empty": ("a.csv", b"", "is empty"),
    "blank": ("a.csv", b"\n \n\n", "is empty"),
    "a header alone": ("a.csv", b"a,b\n", "no row below it"),
    "words": ("a.csv", b"a,b\nx,y\nz,w\n", "no column of numbers"),
    "a hole": ("a.csv", b"a,b\n1,2\n,3\n", "line 3, column 'a': the cell is empty"),
    "nan": ("a.csv", b"a,b\n1,2\nnan,3\n", "line 3, column 'a': 'nan' is not a finite number"),
    "inf": ("a.csv", b"a,b\n1,2\n1,-inf\n", "line 3, column 'b': '-inf' is not a finite number"),
    "an open quotation": ("a.csv", b'a,b\n1,"2\n', "line 2: a quotation mark is opened and never closed"),
    "a name twice": ("a.csv", b"a,a\n1,2\n", "'a' stands twice"),
    "Latin-1": ("a.csv", "a,b\né,2\n".encode("latin-1"), "is not UTF-8 text: byte 5"),
    "too many rows": ("a.csv", b"a\n" + b"1\n" * 100_001, "beyond 100,000 rows"),
    "a text in Latin-1": ("a.txt", "café".encode("latin-1"), "is not UTF-8 text: byte 4"),
    "an empty text": ("a.txt", b"", "is empty"),
    "white space": ("a.txt", b"  \n ", "nothing but white space"),
    "zero bytes": ("a.txt", b"a\0b", "zero byte"),
    "too many words": ("a.txt", b"a " * 100_001, "more than 100,000 words"),
    "no image": ("a.png", b"text", "not an image"),
    "half an image": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "not an image"),
    "an unknown kind": ("a.xyz", b"x", "rnnviz opens sessions"),
    "a model": ("a.pt", b"x", "rnnviz.from_torch"),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("way", ["open", "drop"])
def test_a_bad_file_is_refused_with_its_name_and_the_place_in_it(
    desk: RealWindow, tmp_path: Path, name: str, way: str
) -> None:
    file, content, cause = SOURCES[name]
    path = tmp_path / file
    path.write_bytes(content)
    sentence = desk.refuse(lambda: desk.window.files.open(path) if way == "open" else drop(desk, path))
    assert file in sentence
    assert cause in sentence


@pytest.mark.parametrize("file", ["a.csv", "a.txt", "a.png", "a.rnnviz"])
def test_a_file_that_is_not_there_or_is_a_folder_is_refused(desk: RealWindow, tmp_path: Path, file: str) -> None:
    assert "No such file" in desk.refuse(lambda: desk.window.files.open(tmp_path / file))
    (tmp_path / file).mkdir()
    assert file in desk.refuse(lambda: drop(desk, tmp_path / file))


def test_drops_of_several_files_or_of_none_on_this_computer_are_refused(desk: RealWindow, tmp_path: Path) -> None:
    assert desk.refuse(lambda: drop(desk, tmp_path / "a", tmp_path / "b")).startswith("2 files")
    assert "example.org" in desk.refuse(lambda: drop(desk, "https://example.org/a.csv"))


@pytest.mark.parametrize(("piece", "cause"), [("zebra", "'zebra'"), ("\ud800", "half of a character")])
def test_a_word_outside_the_vocabulary_is_refused(desk: RealWindow, piece: str, cause: str) -> None:
    assert cause in desk.refuse(lambda: desk.session.append(piece))


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"hidden_size": 0}, "hidden_size is 0"),
        ({"hidden_size": 10**6}, "hidden_size is 1000000"),
        ({"hidden_size": 8192}, "parameters, but at most"),
        ({"delay": 100_000}, "at most 100,000"),
        ({"topology": "one-to-some"}, "topology"),
        ({"cell": "h[t] = x[t].__class__"}, "line 1, column 12"),
        ({"no_such_field": 1}, "no_such_field"),
    ],
)
def test_an_impossible_network_is_refused(desk: RealWindow, fields: Manifest, cause: str) -> None:
    assert cause in desk.refuse(lambda: desk.session.change_spec(**fields))


def write(path: Path, saved: dict[str, bytes], manifest: bytes | None = None, weights: bytes | None = None) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", saved["manifest.json"] if manifest is None else manifest)
        archive.writestr("weights.safetensors", saved["weights.safetensors"] if weights is None else weights)


@pytest.mark.parametrize("percent", range(0, 100, 5))
def test_a_session_cut_short_anywhere_is_refused(
    desk: RealWindow, saved: dict[str, bytes], tmp_path: Path, percent: int
) -> None:
    path = tmp_path / "cut.rnnviz"
    path.write_bytes(saved["whole"][: len(saved["whole"]) * percent // 100])
    assert str(path) in desk.refuse(lambda: desk.window.files.open(path))


def _spec(**fields: object) -> Callable[[Manifest], object]:
    return lambda manifest: manifest["spec"].update(fields)


def _given(**fields: object) -> Callable[[Manifest], object]:
    return lambda manifest: [manifest["spec"].update(initial_state="given"), manifest.update(fields)]


def _probe(**fields: object) -> Callable[[Manifest], object]:
    probe = {"type": "probe", "signal": "h", "unit": 0, "step": 3, "layer": 0, "direction": "forward"}
    return lambda manifest: manifest.update(probe=probe | fields)


EDITS: list[tuple[Callable[[Manifest], object], str]] = [
    (lambda m: m.update(version=9), "newer rnnviz"),
    (lambda m: m.update(version=-1), "version is -1"),
    (lambda m: m.update(version="1"), "$.version"),
    (lambda m: m.update(spec=[]), "$.spec"),
    (lambda m: m.update(source={}), "$.source"),
    (lambda m: m.update(position=-3), "$.position"),
    (lambda m: m.update(position=2.5), "$.position"),
    (lambda m: m.update(units=[-1]), "$.units[0]"),
    (lambda m: m.update(steps=0), "$.steps"),
    (lambda m: m.update(steps=10_000_000), "$.steps"),
    (lambda m: m.update(dreams=1), "dreams"),
    (_spec(dreams=1), "'dreams'"),
    (_spec(cell="nosuch"), "'nosuch'"),
    (_spec(cell="h[t] = __import__('os').system('x')"), "line 1, column 8"),
    (_spec(cell="h[t] = " + "(" * 300 + "x[t]" + ")" * 300), "nested"),
    (_spec(hidden_size=0), "hidden_size is 0"),
    (_spec(hidden_size=10**6), "hidden_size is 1000000"),
    (_spec(delay=100_000), "at most 100,000"),
    (_spec(input_size=99), "the weights have"),
    (_spec(output_size=99), "the weights have"),
    (_given(given={"h": [[0.0]]}), "initial_state 'h' has shape"),
    (_given(given={"z": [[0.0]]}), "initial_state names 'z'"),
    (_given(given=None), "initial_state is missing"),
    (_probe(signal="zz"), "'zz'"),
    (_probe(unit=-1), "unit -1"),
    (_probe(unit=10**40), "the probe names unit 1000"),
    (_probe(step=-3), "step -3"),
    (_probe(layer=7), "the probe names a layer"),
    (_probe(layer=-1, signal="loss"), "'loss'"),
    (lambda m: m["source"].update(text=""), "the text is empty"),
    (lambda m: m["source"].update(vocabulary=["x"]), "is not in the vocabulary of 1 token"),
    (lambda m: m["source"].update(text="a b " * 60_000), "more than 100,000 words"),
    (lambda m: m.update(source={"type": "signal", "components": [], "steps": 9}), "no wave"),
    (lambda m: m.update(source={"type": "image", "name": "x", "png": "AAAA"}), "not an image"),
]


@pytest.mark.parametrize(("edit", "cause"), EDITS, ids=[cause for _, cause in EDITS])
def test_a_session_edited_into_nonsense_is_refused(
    desk: RealWindow, saved: dict[str, bytes], tmp_path: Path, edit: Callable[[Manifest], object], cause: str
) -> None:
    path = tmp_path / "edited.rnnviz"
    manifest = json.loads(saved["manifest.json"])
    edit(manifest)
    write(path, saved, manifest=json.dumps(manifest).encode())
    sentence = desk.refuse(lambda: desk.window.files.open(path))
    assert cause in sentence
    assert str(path) in sentence


def _weights(saved: dict[str, bytes], change: Callable[[Manifest], object]) -> bytes:
    """Edit the header of the weights by hand."""
    data = saved["weights.safetensors"]
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


@pytest.mark.parametrize(
    "make",
    [
        lambda saved: b"junk",
        lambda saved: struct.pack("<Q", 2**60) + b"{}",
        lambda saved: saved["weights.safetensors"][:-100],
        lambda saved: _weights(saved, lambda h: h.update(other=h.pop("U_f_l0"))),
        lambda saved: _weights(saved, lambda h: h["U_f_l0"].update(dtype="I32")),
    ],
    ids=["junk", "endless header", "cut short", "another name", "whole numbers"],
)
def test_weights_that_are_damaged_or_of_another_network_are_refused(
    desk: RealWindow, saved: dict[str, bytes], tmp_path: Path, make: Callable[[dict[str, bytes]], bytes]
) -> None:
    path = tmp_path / "weights.rnnviz"
    write(path, saved, weights=make(saved))
    sentence = desk.refuse(lambda: desk.window.files.open(path))
    assert sentence.startswith(f"the session {path} cannot be opened: the weights ")


@pytest.mark.parametrize(("name", "megabytes"), [("manifest.json", 100), ("weights.safetensors", 1000)])
def test_a_zip_bomb_is_refused_before_it_unfolds(
    desk: RealWindow, saved: dict[str, bytes], tmp_path: Path, name: str, megabytes: int
) -> None:
    path = tmp_path / "bomb.rnnviz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if name != "manifest.json":
            archive.writestr("manifest.json", saved["manifest.json"])
        with archive.open(name, "w", force_zip64=True) as file:
            for _ in range(megabytes):
                file.write(bytes(1 << 20))
    sentence = desk.refuse(lambda: desk.window.files.open(path))
    assert f"its {name} is larger than" in sentence


def test_a_network_whose_weights_diverged_opens_and_says_where_they_are_not_finite(
    desk: RealWindow, saved: dict[str, bytes], tmp_path: Path
) -> None:
    data = bytearray(saved["weights.safetensors"])
    size = struct.unpack("<Q", data[:8])[0]
    start = 8 + size + json.loads(data[8 : 8 + size])["U_f_l0"]["data_offsets"][0]
    data[start : start + 4] = np.float32(np.nan).tobytes()
    path = tmp_path / "diverged.rnnviz"
    write(path, saved, weights=bytes(data))
    desk.told.clear()
    desk.window.files.open(path)
    view = desk.settle()
    assert desk.told == [("info", "The weights are not all finite: U_f_l0 holds NaN or infinity 1 times.")]
    assert view.trace is not None
    assert np.isnan(view.trace.values("h", view.published)).any()
    desk.session.show_message("")
