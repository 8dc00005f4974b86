"""Work that cannot be divided into small portions, done beside the engine's own thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

from rnnviz.engine.jobs import Job

T = TypeVar("T")

_WAIT = 0.004
"""Seconds after which the engine may turn to something else."""


def aside(work: Callable[[], T]) -> Job[T]:
    """Do something in a thread, such as a decomposition of a large matrix, for which Python's lock is not held.

    Parameters
    ----------
    work : callable
        It is left to itself when nobody waits for it any more.

    Returns
    -------
    object
        What it returns; what it raises is raised.
    """
    pool = ThreadPoolExecutor(1)
    try:
        coming = pool.submit(work)
        while True:
            try:
                return coming.result(_WAIT)
            except NotYet:
                yield 0, 1
    finally:
        pool.shutdown(wait=False)
