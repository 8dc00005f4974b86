"""Settings are plain data: whatever stands in their file, nothing is run, nothing is waited for, nothing is lost."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings

from rnnviz.ui.settings import MOST, RECENT_FILES, Settings, SettingsError, read_values, reset_settings, settings_path
from tests.ui.bait import no_waiting
from tests.ui.window.conftest import Desk

pytestmark = pytest.mark.usefixtures("qapp", "at_once")


@pytest.fixture
def at_once() -> Iterator[None]:
    with no_waiting():
        yield


def test_values_are_there_at_the_next_start() -> None:
    Settings().update({"theme": "dark", "scale": 1.5, "shown": True, "count": 3})
    settings = Settings()
    assert settings.get("theme", "") == "dark"
    assert settings.get("scale", 0.0) == 1.5
    assert settings.get("shown", False) is True
    assert settings.get("count", 0) == 3


def test_the_file_stands_where_the_user_keeps_settings() -> None:
    Settings().set("theme", "dark")
    assert settings_path() == Path(os.environ["XDG_CONFIG_HOME"]) / "rnnviz" / "settings-1.json"
    assert json.loads(settings_path().read_text(encoding="ascii")) == {"theme": "dark"}


def test_a_value_of_another_type_counts_as_missing() -> None:
    settings = Settings()
    settings.set("theme", 5)
    assert settings.get("theme", "system") == "system"
    assert settings.get("theme", 1.0) == 1.0
    assert settings.get("theme", True) is True


def test_what_another_window_remembers_stays() -> None:
    one, other = Settings(), Settings()
    one.set("theme", "dark")
    other.set("folder", "/somewhere")
    assert Settings().get("theme", "") == "dark"
    assert Settings().get("folder", "") == "/somewhere"


def test_ten_files_are_remembered_and_missing_ones_forgotten(tmp_path: Path) -> None:
    settings = Settings()
    files = [tmp_path / f"{number}.rnnviz" for number in range(RECENT_FILES + 3)]
    for file in files:
        file.touch()
        settings.add_recent(file)
    settings.add_recent(files[5])
    assert Settings().recent()[:2] == (files[5], files[-1])
    assert len(settings.recent()) == RECENT_FILES
    files[5].unlink()
    assert files[5] not in settings.recent()
    settings.set("recent", [str(file) for file in files])
    assert len(settings.recent()) == RECENT_FILES


def test_a_name_that_is_no_unicode_is_remembered(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    path.touch()
    Settings().add_recent(path)
    assert Settings().recent() == (path,)


# nothing is run


class Planted:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.makedirs, (str(self.mark), 0o700, True)


def plant(ini: Path, mark: Path) -> None:
    """Write settings as Qt does, with an object in each value that a window reads."""
    written = QSettings(str(ini), QSettings.Format.IniFormat)
    for name in ("theme", "place", "layout", "folder", "figures", "recent"):
        written.setValue(f"v1/{name}", Planted(mark))
    written.sync()
    del written


NOT_OFFSCREEN = "This plugin does not support propagateSizeHints()\n"

READ_AND_WRITE = (
    "from rnnviz.ui.settings import Settings, reset_settings\n"
    "settings = Settings()\n"
    "settings.get('theme', ''), settings.recent()\n"
    "settings.set('theme', 'dark')\n"
    "reset_settings()\n"
)


@pytest.mark.parametrize("name", ["rnnviz.ini", settings_path().name])
def test_prepared_settings_run_nothing(name: str, tmp_path: Path) -> None:
    """Qt's settings would: whoever reads such a file with them runs what is planted in it."""
    mark, ini = tmp_path / "mark", tmp_path / "config" / "rnnviz" / name
    plant(ini, mark)
    assert b"PyObjectWrapper" in ini.read_bytes()
    run(READ_AND_WRITE, tmp_path)
    assert not mark.exists()

    plant(ini, mark)
    run(
        f"from PySide6.QtCore import QSettings\nQSettings({str(ini)!r}, QSettings.Format.IniFormat).allKeys()", tmp_path
    )
    assert mark.exists(), "what was planted must be able to run"


def run(code: str, folder: Path) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.replace(NOT_OFFSCREEN, "")) == (0, "")


def test_nothing_else_in_the_program_reads_settings_of_qt() -> None:
    import rnnviz

    files = list(Path(rnnviz.__file__).parent.rglob("*.py"))
    assert len(files) > 300
    assert [file.name for file in files if "QSettings(" in file.read_text("utf-8")] == []


DIALOG = "dialog = QFileDialog()\ndialog.show()\napplication.processEvents()\ndialog.accept()\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the dialogs are those of the system")
def test_prepared_settings_of_file_dialogs_run_nothing(tmp_path: Path) -> None:
    mark, ini = tmp_path / "mark", tmp_path / "config" / "QtProject.conf"
    written = QSettings(str(ini), QSettings.Format.IniFormat)
    written.setValue("FileDialog/lastVisited", Planted(mark))
    written.sync()
    del written
    head = "from PySide6.QtWidgets import QApplication, QFileDialog\n"
    run(f"from rnnviz.ui.app import application\n{head}application = application()\n{DIALOG}", tmp_path)
    assert not mark.exists()
    run(f"{head}application = QApplication([])\n{DIALOG}", tmp_path)
    assert mark.exists(), "what was planted must be able to run"


# nothing is waited for, whatever stands at the place


def no_file(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path.with_name("pipe"))
        path.symlink_to("pipe")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link to a pipe"])
def test_settings_that_are_no_file_are_said_once_and_never_replaced(kind: str) -> None:
    path = settings_path()
    no_file(path, kind)
    before = path.lstat().st_ino, stat.S_IFMT(path.stat().st_mode)
    settings, told = Settings(), list[str]()
    settings.listen(told.append)
    assert settings.get("theme", "system") == "system"
    for theme in ("dark", "light"):
        settings.set("theme", theme)
        assert settings.get("theme", "system") == theme
    assert len(told) == 2
    assert str(path) in told[0]
    assert "cannot be read: it is a" in told[0]
    assert str(path) in told[1]
    assert "cannot write" in told[1]
    assert (path.lstat().st_ino, stat.S_IFMT(path.stat().st_mode)) == before
    assert [entry.name for entry in path.parent.iterdir() if entry.suffix == ".part"] == []
    with pytest.raises(SettingsError, match="cannot write"):
        reset_settings()


def test_settings_behind_a_link_are_written_where_it_leads(tmp_path: Path) -> None:
    path, kept = settings_path(), tmp_path / "kept.json"
    kept.write_text("{}")
    path.parent.mkdir(parents=True)
    path.symlink_to(kept)
    Settings().set("theme", "dark")
    assert path.is_symlink()
    assert json.loads(kept.read_text()) == {"theme": "dark"}


BROKEN = {
    "nothing": ("", "not JSON"),
    "no JSON": ("{not json", "not JSON"),
    "no text": (b"\xff\xfe\x00", "not JSON"),
    "nested without end": ("[" * 100_000, "not JSON"),
    "a list": ("[1]", r"Expected `object`"),
    "a value in a value": ('{"theme": {"a": 1}}', r"Expected .* got `object`"),
    "no value": ('{"theme": null}', "got `null`"),
    "no number": ('{"scale": NaN}', "Expected `float`"),
    "an endless number": ('{"scale": 1e999}', "Expected `float`"),
    "a number without end": ('{"scale": ' + "9" * 10_000 + "}", "not JSON"),
    "a text that is too long": (json.dumps({"layout": "x" * 200_000}), "length <= 100000"),
    "too many values": (json.dumps({str(n): n for n in range(200)}), "length <= 100"),
    "too many files": (json.dumps({"recent": ["a"] * 200}), "length <= 100"),
    "files that are none": ('{"recent": [1, 2]}', "Expected `str`"),
    "too much": (" " * (MOST + 5), "more than 1,000,000 bytes"),
}


@pytest.mark.parametrize(("content", "cause"), BROKEN.values(), ids=list(BROKEN))
def test_broken_settings_are_said_once_and_begun_anew(content: str | bytes, cause: str) -> None:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError, match=cause):
        read_values(path)
    settings, told = Settings(), list[str]()
    settings.listen(told.append)
    assert len(told) == 1
    assert str(path) in told[0]
    assert settings.get("theme", "system") == "system"
    settings.set("theme", "dark")
    assert len(told) == 1
    assert Settings().get("theme", "system") == "dark"


def test_what_settings_cannot_hold_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    settings, told = Settings(), list[str]()
    settings.set("theme", "dark")
    settings.listen(told.append)
    settings.set("layout", "x" * 200_000)
    assert len(told) == 1
    assert Settings().get("theme", "system") == "dark"


def test_settings_that_can_be_read_are_not_written_again() -> None:
    settings = Settings()
    settings.set("theme", "dark")
    before = settings.path.stat().st_ino
    settings.set("theme", "dark")
    assert settings.path.stat().st_ino == before


# what an earlier version left


def test_settings_of_an_earlier_version_are_taken_over_once() -> None:
    folder = settings_path().parent
    folder.mkdir(parents=True)
    written = QSettings(str(folder / "rnnviz.ini"), QSettings.Format.IniFormat)
    files = [str(folder / "a, b; “c” \\ d.rnnviz"), str(folder / "plain.rnnviz")]
    for file in files:
        Path(file).touch()
    for name, value in {"theme": "dark", "place": '{"x":1,"y":2}', "recent": files}.items():
        written.setValue(f"v1/{name}", json.dumps(value))
    written.setValue("v2/theme", json.dumps("light"))
    written.sync()
    del written
    settings = Settings()
    assert settings.get("theme", "") == "dark"
    assert settings.get("place", "") == '{"x":1,"y":2}'
    assert settings.recent() == tuple(map(Path, files))
    settings.set("theme", "light")
    assert Settings().recent() == tuple(map(Path, files))
    reset_settings()
    assert Settings().get("theme", "") == ""


# in the window


def test_the_window_says_what_is_wrong_with_its_settings(desk: Desk) -> None:
    path = desk.window.settings.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.mkdir()
    desk.window.heed_settings()
    desk.session.show_message("this file cannot be opened", "error")
    desk.window.settings.set("theme", "dark")
    assert desk.window.messages.text == (f"This file cannot be opened. Cannot write {path}: a folder has that name")
    desk.window.close()
    assert not desk.window.isVisible()
