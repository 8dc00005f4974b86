"""Timing several things side by side, and what is told of it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Times:
    """What one thing took in every repetition, in seconds: CPU time of the process, and time on the clock."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def take(self, action: Callable[[], object]) -> None:
        """Time one repetition."""
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    def drop_first(self) -> None:
        """Forget the first repetition, which finds nothing prepared."""
        del self.cpu[0], self.wall[0]

    @property
    def median_wall(self) -> float:
        """What lies in the middle of the times on the clock."""
        return median(self.wall)


def side_by_side(actions: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, Times]:
    """Time actions in turns, so that what else the machine does meets all of them alike.

    Parameters
    ----------
    actions : mapping of str to callable
    repetitions : int
        Of each, after one that is not counted.

    Returns
    -------
    dict of str to Times
    """
    found = {name: Times() for name in actions}
    for action in actions.values():
        action()
    gc.collect()
    gc.disable()
    try:
        for _ in range(repetitions):
            for name, action in actions.items():
                found[name].take(action)
            gc.collect()
    finally:
        gc.enable()
    return found


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Parameters
    ----------
    what : str
    ours, theirs : Times
    aim : str
        What is aimed for; empty for a line that only informs.
    """

    what: str
    ours: Times
    theirs: Times
    aim: str = ""

    @property
    def ratio(self) -> float:
        """The smallest time of ours over the smallest of theirs."""
        return min(self.ours.cpu) / min(self.theirs.cpu)

    @property
    def cells(self) -> tuple[str, ...]:
        """What, the two times, the two ratios and the aim, as they stand in the table."""
        return (
            self.what,
            milliseconds(min(self.theirs.cpu)),
            milliseconds(min(self.ours.cpu)),
            f"{self.ratio:.2f}",
            f"{median(self.ours.cpu) / median(self.theirs.cpu):.2f}",
            self.aim,
        )


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds, with three digits that count."""
    value = 1000 * seconds
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table: the first column stands left, all others right."""
    rule = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
