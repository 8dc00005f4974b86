"""The deeds that were done, one a line, so that they can be done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Deed:
    """One deed.

    Parameters
    ----------
    number : int
        From 0 on; with the seed it fixes what chance decides within the deed.
    name : str
    target : str
        The control, file or shortcut; empty where chance decides on it within the deed.
    """

    number: int
    name: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.number}\t{self.name}\t{self.target}"


def read_log(path: Path) -> tuple[int, list[Deed]]:
    """Return the seed and the deeds that a log holds.

    Raises
    ------
    ValueError
        When it is no such log.
    """
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    if not first.startswith("seed\t"):
        raise ValueError(f"{path} is not the log of a soak: it does not begin with its seed")
    deeds = []
    for line in lines:
        number, name, target = line.split("\t")
        deeds.append(Deed(int(number), name, target))
    return int(first.split("\t")[1]), deeds


class Log:
    """Writes each deed before it is done, so that the last line tells what a crash came from.

    Parameters
    ----------
    seed : int
    path : Path or None
        None: nothing is written, and the deeds are only kept.
    """

    def __init__(self, seed: int, path: Path | None = None) -> None:
        self.deeds: list[Deed] = []
        self._file = path.open("w", encoding="utf-8", buffering=1) if path is not None else None
        self._write(f"seed\t{seed}")

    def note(self, deed: Deed) -> None:
        """Note what is done next."""
        self.deeds.append(deed)
        self._write(str(deed))

    def close(self) -> None:
        """Write nothing more."""
        if self._file is not None:
            self._file.close()

    def _write(self, line: str) -> None:
        if self._file is not None:
            self._file.write(f"{line}\n")


Tell = Callable[[str], object]
