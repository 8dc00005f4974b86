"""How many parameters a network has, from its specification alone, and the size that gives it about so many."""

from __future__ import annotations

from itertools import pairwise

from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.spec import MAX_SIZE, Direction, NetworkSpec


def parameter_count(spec: NetworkSpec) -> int:
    """Return the number of learned numbers of a network: cells, learned initial states, embedding and readout."""
    count = spec.input_size * (spec.embedding_size or 0)
    for layer in range(spec.num_layers):
        for way in spec.directions:
            count += _of_cell(spec, layer, way)
    widths = [spec.features_of(spec.num_layers - 1), *spec.readout_sizes, *([spec.outputs] if spec.readout else [])]
    return count + sum((before + 1) * after for before, after in pairwise(widths))


def _of_cell(spec: NetworkSpec, layer: int, way: Direction) -> int:
    cell = cells.get(spec.cell_of(layer, way))
    units = spec.units_of(layer, way)
    sizes = {"units": units, "input": spec.inputs_of(layer), "output": spec.outputs}
    count = 0
    for info in cell.parameters:
        twice = 2 if spec.biases == "two" and info.doubled else 1
        count += twice * sizes[info.rows] * (1 if info.columns is None else sizes[info.columns])
    if spec.initial_state == "learned":
        count += units * sum(state not in cell.initial for state in cell.states)
    return count


def sized(spec: NetworkSpec, units: int) -> NetworkSpec:
    """Return a network with so many units in every layer and direction.

    Raises
    ------
    SpecError
        When there can be no such network.
    """
    return spec.replace(hidden_size=units)


def matched(spec: NetworkSpec, count: int) -> NetworkSpec:
    """Return the network of a kind whose number of parameters comes nearest to a count, all layers of one size.

    The number of parameters grows with the number of units, so that halving finds it. Of two that are equally near, the
    smaller one is taken.

    Parameters
    ----------
    spec : NetworkSpec
    count : int
        The number of parameters wanted.
    """
    low, high = 1, MAX_SIZE
    while low < high:
        middle = (low + high) // 2
        if _count_at(spec, middle) < count:
            low = middle + 1
        else:
            high = middle
    below = max(1, low - 1)
    best = below if count - _count_at(spec, below) <= _count_at(spec, low) - count else low
    return sized(spec, best)


def _count_at(spec: NetworkSpec, units: int) -> int:
    """Count what a network of so many units would have; more than any count where it is larger than can be built."""
    try:
        return parameter_count(sized(spec, units))
    except SpecError:
        return 2**63
