"""Print all figures as Markdown: ``python -m benchmarks [--short] [--only PART]``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # before numpy and torch load
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks import engine, memory, observatory, redraw, roundtrip, start  # noqa: E402 - the environment must be set first
from benchmarks.machine import description  # noqa: E402
from benchmarks.timing import milliseconds, table  # noqa: E402

PARTS = ("engine", "observatory", "window", "start")

_HOW = (
    "Times are CPU times of the process, the smallest of all repetitions; what is compared is timed in turns in one "
    "run, because a machine that does other work as well disturbs both alike. One ratio is that of the medians."
)


@dataclass(frozen=True)
class Sizes:
    """How much is timed."""

    units: tuple[int, ...]
    steps: int
    repetitions: int
    observed_units: int
    observed_steps: int
    observed_long: int
    observed_repetitions: int
    window_units: int
    window_steps: int
    window_repetitions: int
    starts: int


FULL = Sizes((128, 512), 1000, 60, 128, 256, 1000, 3, 128, 1000, 40, 3)
SHORT = Sizes((8,), 20, 2, 8, 10, 20, 2, 8, 20, 2, 1)
"""Too small to say anything about speed: it shows that everything runs."""


def report(sizes: Sizes, parts: frozenset[str]) -> Iterator[str]:
    """Time everything, one paragraph or table after the other."""
    yield f"{description()} {_HOW}"
    if "engine" in parts:
        yield _engine(sizes)
    if "observatory" in parts:
        yield _observatory(sizes)
    if "window" in parts:
        yield _window(sizes)
        yield table(memory.HEAD, memory.rows(sizes.window_units, sizes.window_steps, sizes.window_repetitions))
    if "start" in parts:
        yield _start(sizes)


def _engine(sizes: Sizes) -> str:
    rows = engine.rows(sizes.units, sizes.steps, sizes.repetitions)
    head = (f"T = {sizes.steps}, float32", "torch, fused (ms)", "rnnviz (ms)", "ratio", "of medians", "aim")
    return table(head, [row.cells for row in rows])


def _observatory(sizes: Sizes) -> str:
    rows = observatory.rows(sizes.observed_units, sizes.observed_steps, sizes.observed_long, sizes.observed_repetitions)
    return table(observatory.HEAD, list(rows))


def _window(sizes: Sizes) -> str:
    rows = redraw.rows(sizes.window_units, sizes.window_steps, sizes.window_repetitions)
    what = f"redraw after a step, LSTM, H = {sizes.window_units}, T = {sizes.window_steps}"
    head = (what, "a bare image (ms)", "rnnviz (ms)", "ratio", "median on the clock (ms)", "aim")
    return table(head, [redraw.cells(row) for row in rows])


def _start(sizes: Sizes) -> str:
    trip = roundtrip.step(sizes.window_units, sizes.window_repetitions)
    found = start.starts(sizes.starts)
    ratios = [one.first / one.empty for one in found]
    empty, first, sample = ([getattr(one, name) for one in found] for name in ("empty", "first", "sample"))
    rows: list[tuple[str, ...]] = [
        (f"a step's way to the engine and back, H = {sizes.window_units}", *_both(trip.wall)),
        ("from the start of the process to an empty window of pyqtgraph", *_both(empty)),
        ("from the start of the process to a painted window", *_both(first)),
        (
            "the second against the first, in turns (aim: 1.3)",
            f"{min(first) / min(empty):.2f}",
            f"{median(ratios):.2f}",
        ),
        ("from the start of the process to the sample on the screen", *_both(sample)),
    ]
    return table(("on the clock", "smallest (ms)", "median (ms)"), rows)


def _both(seconds: list[float] | tuple[float, ...]) -> tuple[str, str]:
    return milliseconds(min(seconds)), milliseconds(median(seconds))


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Time rnnviz against torch and pyqtgraph."
    )
    parser.add_argument("--short", action="store_true", help="tiny sizes, to see that everything runs")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; may be given more than once")
    given = parser.parse_args()
    for paragraph in report(SHORT if given.short else FULL, frozenset(given.only or PARTS)):
        print(paragraph, end="\n\n", flush=True)


if __name__ == "__main__":
    main()
