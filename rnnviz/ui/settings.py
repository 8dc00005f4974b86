"""What the window remembers from one start to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QSettings

from rnnviz.engine.errors import RnnvizError

VERSION = "1"
"""Part of every key: settings of another version are left alone."""

RECENT_FILES = 10


class SettingsError(RnnvizError):
    """The settings cannot be written."""


T = TypeVar("T", str, int, float, bool)


class Settings:
    """Values by name, each stored as JSON in an INI file; a value of the wrong kind counts as missing."""

    def __init__(self) -> None:
        self._store = _store()

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._store.fileName())

    def get(self, name: str, default: T) -> T:
        """A value, or the default where there is none of the same type."""
        value = self._read(name)
        return value if type(value) is type(default) else default

    def set(self, name: str, value: object) -> None:
        """Remember a value."""
        self._store.setValue(f"v{VERSION}/{name}", json.dumps(value))

    def recent(self) -> tuple[Path, ...]:
        """The files opened last, the newest first; those that are gone are forgotten."""
        value = self._read("recent")
        listed = [Path(entry) for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
        return tuple(path for path in listed if path.is_file())[:RECENT_FILES]

    def add_recent(self, path: Path) -> None:
        """Put a file first among those opened last."""
        path = path.absolute()
        others = [other for other in self.recent() if other != path]
        self.set("recent", [str(entry) for entry in (path, *others)][:RECENT_FILES])

    def clear_recent(self) -> None:
        """Forget the files opened last."""
        self.set("recent", [])

    def _read(self, name: str) -> object:
        text = self._store.value(f"v{VERSION}/{name}")
        if not isinstance(text, str):
            return None
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return value


def _store() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "rnnviz", "rnnviz")


def settings_path() -> Path:
    """The file that holds the settings."""
    return Path(_store().fileName())


def reset_settings() -> Path:
    """Clear all settings; return the file that holds them.

    Raises
    ------
    SettingsError
        When it cannot be written.
    """
    store = _store()
    store.clear()
    store.sync()
    path = Path(store.fileName())
    if store.status() != QSettings.Status.NoError and path.exists():
        raise SettingsError(f"the settings in {path} cannot be cleared: the file cannot be written")
    return path
