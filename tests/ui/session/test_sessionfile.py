"""Session files: the same back as was saved, and every damaged or hostile one refused in one sentence."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnviz.engine.errors import RnnvizError, SessionFileError
from rnnviz.engine.messages import ProbeObjective
from rnnviz.engine.sessionfile import FORMAT
from rnnviz.ui.sessionfile import SavedSession, read_manifest, read_session, saved_session, write_session
from tests.ui.session.conftest import Bench
from tests.ui.small_engine import document


@pytest.fixture
def saved(opened: Bench) -> SavedSession:
    opened.session.go_to(4)
    opened.session.pick_unit(3)
    opened.session.set_probe(ProbeObjective("h", 1, 2, 0))
    opened.session.set_option("gates.mode", "curves")
    opened.settle()
    return saved_session(opened.view, bytes(opened.engine.weights.tobytes()), b"layout")


@pytest.fixture
def file(saved: SavedSession, tmp_path: Path) -> Path:
    path = tmp_path / "hamlet.rnnviz"
    write_session(saved, path)
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit the manifest of a session by hand."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_what_was_saved_comes_back(saved: SavedSession, file: Path) -> None:
    again = read_session(file)
    assert again == saved
    assert again.document == saved.document
    assert (again.position, again.layout) == (5, b"layout")
    fields = again.fields()
    assert (fields["units"], fields["probe"]) == ((3,), ProbeObjective("h", 1, 2, 0))
    assert dict(fields["options"]) == {"gates.mode": "curves"}


def test_what_a_session_says_of_itself_outlives_a_change_of_the_network(bench: Bench, tmp_path: Path) -> None:
    bench.session.open_document(replace(document(), description="Ends sentences rightly, 99 times in 100."))
    bench.settle()
    bench.session.change_spec(hidden_size=3)
    bench.session.append("not")
    bench.settle()
    write_session(saved_session(bench.view, None), tmp_path / "described.rnnviz")
    again = read_session(tmp_path / "described.rnnviz")
    assert again.manifest.description == "Ends sentences rightly, 99 times in 100."
    assert again.document == bench.view.document


def test_the_same_session_gives_the_same_bytes(saved: SavedSession, file: Path, tmp_path: Path) -> None:
    write_session(saved, tmp_path / "again.rnnviz")
    assert (tmp_path / "again.rnnviz").read_bytes() == file.read_bytes()


def test_a_session_opens_to_the_same_numbers(opened: Bench, file: Path) -> None:
    assert opened.view.trace is not None
    before = opened.view.trace.values("h", opened.view.published).copy()
    loaded = read_session(file)
    opened.session.open_document(document(seed=9))
    opened.settle()
    opened.session.open_document(loaded.document, position=loaded.position, fields=loaded.fields())
    view = opened.settle()
    assert view.trace is not None
    assert (view.trace.values("h", view.published) == before).all()
    assert (view.position, view.units, view.options["gates.mode"]) == (5, (3,), "curves")


@pytest.mark.parametrize("length", [0, 1, 22, 100, 500, 1000])
def test_a_session_that_was_cut_short_is_refused(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(SessionFileError, match=r"hamlet\.rnnviz cannot be opened"):
        read_session(file)


@pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04" + b"\x00" * 100, b"\x80\x04\x95pickle."])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.rnnviz"
    path.write_bytes(content)
    with pytest.raises(SessionFileError, match="no rnnviz session"):
        read_session(path)


@pytest.mark.parametrize("newer", [FORMAT + 1, FORMAT + 6])
@pytest.mark.parametrize("fields", [{}, {"dreams": []}], ids=["nothing unknown", "a field unknown here"])
@pytest.mark.parametrize("read", [read_session, read_manifest])
def test_a_session_from_a_newer_version_says_so(
    file: Path, newer: int, fields: dict[str, Any], read: Callable[[Path], object]
) -> None:
    rewrite(file, lambda manifest: manifest.update(version=newer, **fields))
    with pytest.raises(SessionFileError, match=rf"newer rnnviz \(format {newer}, this one reads up to {FORMAT}\)"):
        read(file)


def test_every_format_up_to_this_one_opens(file: Path, saved: SavedSession) -> None:
    for version in range(1, FORMAT + 1):
        rewrite(file, lambda manifest, version=version: manifest.update(version=version))  # type: ignore[misc]
        assert read_session(file).document == saved.document


def _spec(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: manifest["spec"].update(fields)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda m: m.pop("spec"), "spec"),
        (lambda m: m.update(spec=3), r"\$\.spec"),
        (_spec(hidden_size="many"), r"\$\.spec\.hidden_size"),
        (_spec(hidden_size=0), "hidden_size is 0"),
        (_spec(hidden_size=10**6), "hidden_size"),
        (_spec(cell="h[t] = __import__('os')"), "line 1"),
        (_spec(num_layers=99), "num_layers is 99"),
        (lambda m: m.update(position=-4), r"\$\.position"),
        (lambda m: m.update(position="end"), r"\$\.position"),
        (lambda m: m.update(units=[0, None]), r"\$\.units"),
        (lambda m: m.update(scope="everything"), r"\$\.scope"),
        (lambda m: m["source"].update(type="video"), r"\$\.source"),
        (lambda m: m["source"].update(text=5), r"\$\.source"),
        (lambda m: m.update(layout="%%%"), r"\$\.layout"),
        (lambda m: m.update(options={"a": 1}), r"\$\.options"),
        (lambda m: m.update(surprise=True), "surprise"),
        (lambda m: m.update(version=0), "version is 0"),
        (lambda m: m.update(version="1"), r"\$\.version"),
    ],
)
def test_a_session_edited_into_nonsense_is_refused_with_the_place(
    file: Path, change: Callable[[dict[str, Any]], object], place: str
) -> None:
    rewrite(file, change)
    with pytest.raises(SessionFileError, match=place) as refusal:
        read_session(file)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b'{"version": 1'])
def test_a_manifest_that_is_no_json_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "bad.rnnviz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", text)
    with pytest.raises(SessionFileError, match=r"manifest\.json"):
        read_session(path)


def test_a_session_without_a_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.rnnviz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(SessionFileError, match=r"no manifest\.json"):
        read_session(path)


@pytest.mark.parametrize("name", ["manifest.json", "weights.safetensors"])
def test_a_session_with_two_members_of_one_name_is_refused(file: Path, name: str) -> None:
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, archive.read(name))
    with pytest.raises(SessionFileError, match=f"it has 2 members named {name}, but a session has one"):
        read_session(file)


def test_a_member_that_grows_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "bomb.rnnviz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("manifest.json", b" " * ((64 << 20) + 10))
    with pytest.raises(SessionFileError, match="larger than the 67,108,864 bytes"):
        read_session(path)


def test_a_changed_byte_in_the_weights_is_noticed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[content.index(b"weights.safetensors") + 40] ^= 255
    file.write_bytes(content)
    with pytest.raises(SessionFileError, match=r"weights\.safetensors"):
        read_session(file)


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match=r"gone\.rnnviz cannot be opened: No such file"):
        read_session(tmp_path / "gone.rnnviz")


def test_a_full_disk_leaves_the_older_file_as_it_was(
    saved: SavedSession, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RnnvizError, match="disk is full"):
        write_session(saved, file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == ["hamlet.rnnviz"]


def test_weights_of_another_network_are_refused_and_what_was_open_stays(opened: Bench, file: Path) -> None:
    rewrite(file, _spec(hidden_size=4))
    loaded = read_session(file)
    before = opened.view
    opened.session.open_document(loaded.document, position=loaded.position, fields=loaded.fields())
    view = opened.settle()
    assert "the weights have" in view.message
    assert (view.document, view.position, view.units) == (before.document, before.position, before.units)
