"""A large matrix made small, block by block, so that no extreme entry is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def fold_of(shape: tuple[int, int], most: int) -> int:
    """How many rows and columns one is to stand for, so that at most about ``most`` entries are left."""
    entries = shape[0] * shape[1]
    return 1 if entries <= most else int(np.ceil(np.sqrt(entries / most)))


def starts_of(edges: Sequence[int], fold: int) -> NDArray[np.intp]:
    """Where the groups of rows (or columns) begin that become one; none reaches over an edge.

    Parameters
    ----------
    edges : sequence of int
        Where blocks begin, 0 first, and the end of the last.
    fold : int
    """
    ranges = [np.arange(start, stop, fold) for start, stop in pairwise(edges)]
    return np.concatenate([np.zeros(0), *ranges]).astype(np.intp)


def folded(values: NDArray[np.float64], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of every group of rows and columns the entry farthest from zero; NaN where one of them is.

    Parameters
    ----------
    values : ndarray, [m, n]
    rows, columns : ndarray
        Where the groups begin.
    """
    with np.errstate(invalid="ignore"):
        highest = np.maximum.reduceat(np.maximum.reduceat(values, rows, axis=0), columns, axis=1)
        lowest = np.minimum.reduceat(np.minimum.reduceat(values, rows, axis=0), columns, axis=1)
        found: NDArray[np.float64] = np.where(highest >= -lowest, highest, lowest)
    return found
