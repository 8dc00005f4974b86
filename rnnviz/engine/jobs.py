"""Long computations as plain generators: they yield how far they are, and return their result at the end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Job = Generator[tuple[int, int], None, T]
"""Yields (done, total) after every portion of a few milliseconds; what it returns is the result. Closing it cancels."""


def finish(job: Job[T]) -> T:
    """Run a job to its end.

    Parameters
    ----------
    job : Job

    Returns
    -------
    object
        What the job returns.
    """
    while True:
        try:
            next(job)
        except StopIteration as end:
            result: T = end.value
            return result
