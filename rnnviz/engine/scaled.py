"""Numbers with a power of two per row, so that no gradient vanishes or overflows falsely over thousands of steps.

The adjoint of an ordinary recurrent network over 1,000 steps leaves the range of float64 after a few hundred. Kept as
a mantissa and a power of two per row, it does not; what is then called zero is zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

NOTHING = -(1 << 40)
"""The magnitude of a zero: below the exponent of anything that is not."""

_EXACT = 1000
"""Powers of two up to this can be multiplied with as ordinary numbers."""

_TINY = 1e-100
_LOG10_2 = float(np.log10(2.0))


def ldexp(values: Tensor, exponents: NDArray[np.int64] | int) -> Tensor:
    """Multiply rows by powers of two, exactly where the result is representable.

    Parameters
    ----------
    values : Tensor, [n, m] or [m]
    exponents : ndarray, [n], or int

    Returns
    -------
    Tensor
    """
    if isinstance(exponents, int):
        if exponents == 0:
            return values
        powers: NDArray[np.int32] | int = int(np.clip(exponents, -5000, 5000))
    else:
        if not exponents.any():
            return values
        if np.abs(exponents).max() < _EXACT:
            return values * torch.from_numpy(np.ldexp(1.0, exponents.astype(np.int32)))[:, None]
        powers = np.clip(exponents, -5000, 5000).astype(np.int32)[:, None]
    with np.errstate(over="ignore", under="ignore"):
        return torch.from_numpy(np.ldexp(values.numpy(), powers))


def magnitude(values: Tensor) -> int:
    """The exponent of the largest absolute value; NOTHING for zeros."""
    return int(magnitudes(values.reshape(1, -1))[0])


def magnitudes(values: Tensor) -> NDArray[np.int64]:
    """The exponent of the largest absolute value of each row that is finite; NOTHING for zeros alone."""
    largest = values.abs().amax(-1).numpy()
    if np.isfinite(largest).all():
        return np.where(largest == 0, NOTHING, np.frexp(largest)[1].astype(np.int64))
    # Infinities and NaN need no scale, and the numbers beside them keep their own.
    numbers = torch.nan_to_num(values, 0.0, 0.0, 0.0).abs().amax(-1).numpy()
    return np.where(largest == 0, NOTHING, np.frexp(numbers)[1].astype(np.int64))


@dataclass(frozen=True, eq=False)
class Scaled:
    """Rows values[k] * 2 ** exponents[k].

    Parameters
    ----------
    values : Tensor, [n, m]
        float64.
    exponents : ndarray, [n]
    live : ndarray, [n], or None
        Rows into which a derivative has come, be it zero: see :mod:`rnnviz.engine.reach`. None: all of them.
    """

    values: Tensor
    exponents: NDArray[np.int64]
    live: NDArray[np.bool_] | None = None

    @classmethod
    def plain(cls, values: Tensor) -> Scaled:
        """Rows that need no scale."""
        return cls(values, np.zeros(len(values), np.int64))

    def __getitem__(self, rows: slice) -> Scaled:
        return Scaled(self.values[rows], self.exponents[rows], None if self.live is None else self.live[rows])

    def columns(self, start: int, stop: int) -> Scaled:
        """Some columns of all rows."""
        return Scaled(self.values[:, start:stop], self.exponents, self.live)

    def flipped(self) -> Scaled:
        """The rows in reverse order."""
        live = None if self.live is None else self.live[::-1].copy()
        return Scaled(self.values.flip(0), self.exponents[::-1].copy(), live)

    def __add__(self, other: Scaled) -> Scaled:
        exponents = np.maximum(self.magnitudes, other.magnitudes)
        exponents = np.where(exponents == NOTHING, 0, exponents)
        values = ldexp(self.values, self.exponents - exponents) + ldexp(other.values, other.exponents - exponents)
        return Scaled(values, exponents, None if self.live is None or other.live is None else self.live | other.live)

    @property
    def entered(self) -> NDArray[np.bool_]:
        """[n], the rows into which a derivative has come."""
        return np.ones(len(self.values), bool) if self.live is None else self.live

    @property
    def magnitudes(self) -> NDArray[np.int64]:
        """[n], the exponent of the largest absolute value of each row, its scale included; NOTHING for zeros."""
        own = magnitudes(self.values)
        return np.where(own == NOTHING, NOTHING, own + self.exponents)

    @property
    def reach(self) -> int:
        """Number of rows up to the last one that is not zero."""
        given = np.flatnonzero(self.magnitudes != NOTHING)
        return int(given[-1]) + 1 if len(given) else 0

    def plainly(self) -> Tensor:
        """The rows as ordinary numbers: what is too small for float64 becomes zero, what is too large infinite."""
        return ldexp(self.values, self.exponents)

    def log10_norm(self) -> Tensor:
        """[n], log10 of the Euclidean norm of each row: -inf only for a true zero, +inf and NaN as they come."""
        norm = torch.linalg.vector_norm(self.values, dim=-1).numpy()
        if not (norm.min(initial=1) > _TINY and norm.max(initial=1) < 1 / _TINY):
            return self._careful_norm()
        return torch.from_numpy(np.log10(norm) + self.exponents * _LOG10_2)

    def _careful_norm(self) -> Tensor:
        """The same where squares of the values may leave the range of float64."""
        largest = self.values.abs().amax(-1, keepdim=True)
        safe = torch.where((largest > 0) & largest.isfinite(), largest, 1.0)
        norm = torch.linalg.vector_norm(self.values / safe, dim=-1)
        logs: Tensor = norm.log10() + safe[:, 0].log10() + torch.from_numpy(self.exponents * _LOG10_2)
        return logs
