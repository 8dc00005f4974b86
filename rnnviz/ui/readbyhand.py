"""Which tokens a network reads in place of others because its inputs are held: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnviz.engine.interventions import Clamp, Intervention, in_force
from rnnviz.engine.messages import SequenceInfo
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import NetworkSpec

_AT_ONCE = 1 << 20
"""Inputs that are held at once."""


def tokens_by_hand(sequence: SequenceInfo, spec: NetworkSpec, interventions: Sequence[Intervention]) -> dict[int, str]:
    """Return the tokens that are read in place of those of the sequence, by step.

    A token is an input of one among zeros; where what is held makes none, the step is left out.
    """
    names = sequence.input_names
    clamps = [entry for entry in in_force(interventions) if isinstance(entry, Clamp) and entry.layer == NETWORK]
    clamps = [clamp for clamp in clamps if clamp.signal == "x"]
    if not clamps or spec.embedding_size is not None or spec.inputs_of(0) != len(names):
        return {}
    places = {name: place for place, name in enumerate(names)}
    found: dict[int, str] = {}
    for start, stop in _stretches(clamps, len(sequence.labels), len(names)):
        given = np.array([places.get(label, -1) for label in sequence.labels[start:stop]])
        rows = np.zeros((stop - start, len(names)))
        known = np.flatnonzero(given >= 0)
        rows[known, given[known]] = 1.0
        for clamp in clamps:
            rows[clamp.rows(start, stop), clamp.columns] = clamp.value
        read = rows.argmax(1)
        one = (np.count_nonzero(rows, axis=1) == 1) & (rows.max(1) == 1.0) & (given >= 0) & (read != given)
        found |= {start + int(place): names[int(read[place])] for place in np.flatnonzero(one)}
    return found


def _stretches(clamps: Sequence[Clamp], length: int, size: int) -> Iterator[tuple[int, int]]:
    """The steps from the first that is held to the last, in portions."""
    first = min(clamp.first for clamp in clamps)
    last = max(length - 1 if clamp.last is None else min(clamp.last, length - 1) for clamp in clamps)
    portion = max(1, _AT_ONCE // size)
    for start in range(first, last + 1, portion):
        yield start, min(start + portion, last + 1)
