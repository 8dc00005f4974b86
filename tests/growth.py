"""How memory grows while something is repeated: what is measured, and the slope of it."""

from __future__ import annotations

import ctypes
import gc
import statistics
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LEAST = 20
"""Measures below which there is no saying whether memory grows."""
_BLOCK = 64
"""Bytes of a block of Python's own allocator, in the mean and rounded up; it hands out up to 512."""


class _Use(ctypes.Structure):
    """What glibc tells of its heap (mallinfo2(3))."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")),
        *((name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")),
    ]


def can_measure() -> bool:
    """Whether the system tells what is measured here: Linux with glibc 2.33 or later."""
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallinfo2")


def kilobytes_in_use() -> float:
    """Return the memory that is held by C++ and by Python, in kB; what is free but not given back is left out."""
    gc.collect()
    tell = ctypes.CDLL(None).mallinfo2
    tell.restype = _Use
    use = tell()
    return float(use.uordblks + use.hblkhd + sys.getallocatedblocks() * _BLOCK) / 1024


def kilobytes_resident(pid: int | str = "self") -> float:
    """Return the memory of a process that is its own, in kB; mapped files, which the system takes back, are left out.

    Of this process what is free is given back before.
    """
    if pid == "self":
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("RssAnon")))


def growth(measures: Sequence[tuple[float, float]]) -> float:
    """Return by how much the second of each pair grows per unit of the first, as a line through the later half tells.

    Raises
    ------
    ValueError
        When there are too few measures to tell.
    """
    if len(measures) < LEAST:
        raise ValueError(f"there are {len(measures)} measures of memory, but no fewer than {LEAST} tell how it grows")
    later = measures[len(measures) // 2 :]
    return statistics.linear_regression(*zip(*later, strict=True)).slope


@dataclass(frozen=True)
class Repeated:
    """What every repetition of something left behind.

    Parameters
    ----------
    kilobytes : float
        Of memory.
    objects : float
        Of the objects that Python's garbage collector knows.
    """

    kilobytes: float
    objects: float


def repeat(
    deed: Callable[[int], object],
    times: int,
    measure: Callable[[], float] = kilobytes_in_use,
    before: Callable[[], object] = lambda: None,
) -> Repeated:
    """Do something so many times, given the number of the time; what is done early, as caches fill, does not count.

    ``before`` is called before each of the measures.
    """
    every = max(1, times // (2 * LEAST))
    places, sizes, counts = array("d"), array("d"), array("d")  # a list of pairs would be seen to grow itself
    with _only_what_comes():
        for number in range(times):
            deed(number)
            if (number + 1) % every == 0:
                before()
                places.append(number)
                sizes.append(measure())
                counts.append(len(gc.get_objects()))
    return Repeated(growth([*zip(places, sizes, strict=True)]), growth([*zip(places, counts, strict=True)]))


@contextmanager
def _only_what_comes() -> Iterator[None]:
    """Keep what there is already from the garbage collector, which would go through all of it at every measure."""
    frozen = gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if frozen:
            gc.freeze()
