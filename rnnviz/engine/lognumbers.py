"""Tables of numbers too small or too large for float64: a mantissa and a power of two per entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.scaled import Scaled

_TINY = 1e-140
_LOG10_2 = float(np.log10(2.0))


@dataclass(frozen=True, eq=False)
class LogNumbers:
    """Numbers mantissas * 2 ** exponents, of any shape.

    Parameters
    ----------
    mantissas : ndarray
    exponents : ndarray
        Whole numbers.
    """

    mantissas: NDArray[np.float64]
    exponents: NDArray[np.int64]

    @classmethod
    def zeros(cls, *shape: int) -> LogNumbers:
        """A table of true zeros."""
        return cls(np.zeros(shape), np.zeros(shape, np.int64))

    def put(self, rows: slice, column: int, numbers: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
        """Write mantissas and exponents into a part of a column of a table."""
        self.mantissas[rows, column], self.exponents[rows, column] = numbers

    @property
    def plain(self) -> NDArray[np.float64]:
        """The numbers as float64: what is too small becomes zero, what is too large infinite."""
        with np.errstate(over="ignore", under="ignore"):
            return np.ldexp(self.mantissas, np.clip(self.exponents, -5000, 5000).astype(np.int32))

    @property
    def log10(self) -> NDArray[np.float64]:
        """The decimal logarithm of their absolute values; -inf only for a true zero, NaN and +inf as they come."""
        with np.errstate(divide="ignore"):
            logs: NDArray[np.float64] = np.log10(np.abs(self.mantissas)) + self.exponents * _LOG10_2
        return logs


def norms(rows: Scaled) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The Euclidean norm of every row, as mantissas and powers of two.

    Parameters
    ----------
    rows : Scaled, [n, m]

    Returns
    -------
    mantissas, exponents : ndarray, [n]
    """
    found = torch.linalg.vector_norm(rows.values, dim=1).numpy()
    with np.errstate(invalid="ignore"):
        doubtful = ~((found > _TINY) & (found < 1 / _TINY)) & ~np.isnan(found)
    if not doubtful.any():
        return found, rows.exponents
    return _carefully(rows.values, rows.exponents)


def _carefully(values: Tensor, exponents: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same where squares of the values may leave the range of float64."""
    array = values.numpy()
    largest = np.abs(array).max(1, initial=0.0)
    usual = (largest > 0) & np.isfinite(largest)
    powers = np.where(usual, np.frexp(np.where(usual, largest, 1.0))[1], 0)
    scaled = np.ldexp(array, -powers[:, None].astype(np.int32))
    with np.errstate(invalid="ignore"):
        return np.sqrt((scaled * scaled).sum(1)), exponents + powers
