"""Infinities and NaN called by their names: how many there are in a table, and where they begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def not_finite(values: NDArray[np.float64], expected: NDArray[np.bool_] | None = None) -> str:
    """Say what in a table over steps is infinite or not a number.

    Parameters
    ----------
    values : ndarray, [steps, ...]
    expected : ndarray, optional
        Where NaN stands for a number that there is none of (a step without output); these are not counted.

    Returns
    -------
    str
        One sentence that counts steps from 1, empty where all is finite.
    """
    infinite = np.isinf(values)
    missing = np.isnan(values)
    if expected is not None:
        missing &= ~expected
    counts = [(int(infinite.sum()), "infinite"), (int(missing.sum()), "not a number")]
    named = [f"{count:,} {'is' if count == 1 else 'are'} {word}" for count, word in counts if count]
    if not named:
        return ""
    spoiled = infinite | missing
    first = int(np.flatnonzero(spoiled.reshape(len(values), -1).any(1))[0]) + 1
    return f"Of {values.size:,} numbers {' and '.join(named)}, the first at step {first}; the others are drawn."
