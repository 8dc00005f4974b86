"""How long the application takes from the start of its process to a window, and to a window that shows the sample."""

from __future__ import annotations

import subprocess
import sys
import time
from tempfile import TemporaryDirectory


def moments(repetitions: int) -> list[tuple[float, float]]:
    """Start the application some times.

    Returns
    -------
    list of (float, float)
        Seconds from the start of the process to the first paint, and to the sample on the screen.

    Raises
    ------
    RuntimeError
        When the application ends before it has shown the sample.
    """
    return [_start() for _ in range(repetitions)]


def _start() -> tuple[float, float]:
    with TemporaryDirectory(prefix="rnnviz-benchmark-") as folder:
        begun = time.monotonic_ns()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.first_paint", folder], capture_output=True, text=True, check=False
        )
    told = done.stdout.split()
    if len(told) != 2:
        raise RuntimeError(f"the application did not show its sample: {done.stderr.strip()[-500:]}")
    first, sample = ((int(moment) - begun) / 1e9 for moment in told)
    return first, sample
