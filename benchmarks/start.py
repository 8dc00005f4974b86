"""How long the application takes from the start of its process to a window, and to a window that shows the sample."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from tempfile import TemporaryDirectory


@dataclass(frozen=True)
class Start:
    """Seconds from the start of a process.

    Parameters
    ----------
    empty : float
        To an empty window of pyqtgraph with its imports, painted.
    first : float
        To the first paint of rnnviz.
    sample : float
        To the sample on the screen of rnnviz.
    """

    empty: float
    first: float
    sample: float


def starts(repetitions: int) -> list[Start]:
    """Start both in turns, some times after once that is not counted.

    Raises
    ------
    RuntimeError
        When one of them ends before it has painted its window.
    """
    return [Start(*_moments("empty_plot", 1), *_moments("first_paint", 2)) for _ in range(repetitions + 1)][1:]


def _moments(module: str, count: int) -> list[float]:
    """Return the moments that a process tells, in seconds from its start; its settings are not those of the user."""
    with TemporaryDirectory(prefix="rnnviz-benchmark-") as folder:
        environment = {**os.environ, "XDG_CONFIG_HOME": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else the compiler is timed, at every start
        begun = time.monotonic_ns()
        command = [sys.executable, "-m", f"benchmarks.{module}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    told = done.stdout.split()
    if len(told) != count:
        raise RuntimeError(f"{module} did not show its window: {done.stderr.strip()[-500:]}")
    return [(int(moment) - begun) / 1e9 for moment in told]
