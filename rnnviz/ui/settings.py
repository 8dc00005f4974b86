"""What the window remembers from one start to the next: plain data, in a file that is checked like any other.

Qt's own settings hold whatever Qt knows, and PySide adds whatever Python can unpickle: who reads them runs what they
say. So they are never read here, not even to take over what earlier versions left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta
from PySide6.QtCore import QStandardPaths

from rnnviz.atomic import replacing
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.regularfile import read_file
from rnnviz.ui.oldsettings import from_ini

VERSION = 1
"""Part of the name of the file: settings of another version are left alone."""

RECENT_FILES = 10

MOST = 1_000_000
"""Bytes of a settings file; what is written has a few thousand."""

Text = Annotated[str, Meta(max_length=100_000)]
Number = Annotated[float, Meta(ge=-1e300, le=1e300)]
Value = bool | int | Number | Text | Annotated[list[Annotated[str, Meta(max_length=10_000)]], Meta(max_length=100)]
Values = Annotated[dict[Annotated[str, Meta(max_length=100)], Value], Meta(max_length=100)]


class SettingsError(RnnvizError):
    """The settings cannot be read or written."""


T = TypeVar("T", str, int, float, bool)


class Settings:
    """Values by name; one of the wrong kind counts as missing.

    What cannot be read or written is no error: values are then kept for as long as the program runs, and who listens
    is told once.
    """

    def __init__(self) -> None:
        self.path = settings_path()
        self._faults: list[str] = []
        self._tell: Callable[[str], object] | None = None
        self._values: dict[str, Value] = {}
        try:
            self._values = read_values(self.path)
        except SettingsError as error:
            self._complain(f"{error}; rnnviz begins with its own")

    def listen(self, tell: Callable[[str], object]) -> None:
        """Tell what could not be read or written, now and from now on, in sentences; each once."""
        self._tell = tell
        for fault in self._faults:
            tell(fault)

    def get(self, name: str, default: T) -> T:
        """Return a value, or the default where there is none of the same type."""
        value = self._values.get(name)
        return value if type(value) is type(default) else default

    def set(self, name: str, value: Value) -> None:
        """Remember a value."""
        self.update({name: value})

    def update(self, values: Mapping[str, Value]) -> None:
        """Remember several values; those that another window has remembered meanwhile stay."""
        try:
            present = read_values(self.path)
        except SettingsError:
            present = self._values
        self._values = {**present, **values}
        if self._values == present and self.path.exists():
            return
        try:
            write_values(self._values, self.path)
        except SettingsError as error:
            self._complain(str(error))

    def recent(self) -> tuple[Path, ...]:
        """Return the files opened last, the newest first; those that are gone are forgotten."""
        value = self._values.get("recent")
        listed = [Path(entry) for entry in value] if isinstance(value, list) else []
        return tuple(path for path in listed if path.is_file())[:RECENT_FILES]

    def add_recent(self, path: Path) -> None:
        """Put a file first among those opened last."""
        path = path.absolute()
        others = [other for other in self.recent() if other != path]
        self.set("recent", [str(entry) for entry in (path, *others)][:RECENT_FILES])

    def clear_recent(self) -> None:
        """Forget the files opened last."""
        self.set("recent", [])

    def _complain(self, fault: str) -> None:
        if fault not in self._faults:
            self._faults.append(fault)
            if self._tell is not None:
                self._tell(fault)


def settings_path() -> Path:
    """Return the file that holds the settings."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(folder) / "rnnviz" / f"settings-{VERSION}.json"


def read_values(path: Path) -> dict[str, Value]:
    """Read settings; where there are none yet, those that an earlier version left.

    Raises
    ------
    SettingsError
        When they cannot be read, or are not what rnnviz writes.
    """
    try:
        data = read_file(path, MOST)
    except FileNotFoundError:
        return _earlier(path.with_name("rnnviz.ini"))
    except OSError as error:
        raise SettingsError(f"the settings in {path} cannot be read: {error.strerror or error}") from error
    if len(data) > MOST:
        raise SettingsError(f"the settings in {path} cannot be read: they have more than {MOST:,} bytes")
    try:
        return checked(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"the settings in {path} are damaged: {_cause(error)}") from error


def checked(values: object) -> dict[str, Value]:
    """Return values as settings hold them.

    Raises
    ------
    msgspec.ValidationError
        When there is anything else among them, or too much.
    """
    return msgspec.convert(values, Values)


def write_values(values: Mapping[str, Value], path: Path) -> None:
    """Write settings; the file appears whole or not at all.

    Raises
    ------
    SettingsError
        When it cannot be written, when what stands there is no file, or when values are none that settings hold.
    """
    try:
        data = json.dumps(checked(dict(values)), indent=1).encode("ascii")
        path.parent.mkdir(parents=True, exist_ok=True)
    except ValueError as error:
        raise SettingsError(f"the settings cannot be written to {path}: {error}") from error
    except OSError as error:
        raise SettingsError(f"the settings cannot be written to {path}: {error.strerror or error}") from error
    with replacing(path, SettingsError) as file:
        file.write(data)


def reset_settings() -> Path:
    """Clear all settings; return the file that holds them.

    Raises
    ------
    SettingsError
        When it cannot be written.
    """
    path = settings_path()
    write_values({}, path)
    return path


def _earlier(path: Path) -> dict[str, Value]:
    try:
        return checked(from_ini(read_file(path, MOST)[:MOST]))
    except (OSError, ValueError):
        return {}


def _cause(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    return "they are not JSON"
