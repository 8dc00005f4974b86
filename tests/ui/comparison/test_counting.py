"""The number of parameters of a specification is that of the network that is built from it."""

from __future__ import annotations

from typing import Any

import pytest

from rnnviz.engine import cells
from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.counting import matched, parameter_count

KINDS: list[dict[str, Any]] = [
    {},
    {"biases": "two"},
    {"num_layers": 3, "hidden_size": (5, 4, 3)},
    {"initial_state": "learned"},
    {"embedding_size": 3},
    {"readout": None, "output_size": None},
    {"readout_sizes": (8, 2)},
]


def spec_of(cell: str, **fields: Any) -> NetworkSpec:
    return NetworkSpec(**{"cell": cell, "input_size": 7, "hidden_size": 6, "output_size": 4, **fields})


def true_count(spec: NetworkSpec) -> int:
    return sum(parameter.numel() for parameter in Network(spec).parameters())


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("fields", KINDS, ids=lambda fields: "-".join(fields) or "plain")
def test_the_count_is_that_of_the_network_itself(cell: str, fields: dict[str, Any]) -> None:
    assert parameter_count(spec_of(cell, **fields)) == true_count(spec_of(cell, **fields))


@pytest.mark.parametrize("cell", [name for name in cells.names() if not cells.get(name).uses_output])
def test_the_count_of_both_directions_is_that_of_the_network_itself(cell: str) -> None:
    spec = spec_of(cell, bidirectional=True, num_layers=2, biases="two")
    assert parameter_count(spec) == true_count(spec)


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("wanted", [1, 100, 2_345, 40_000])
def test_no_other_size_comes_nearer_to_the_wanted_count(cell: str, wanted: int) -> None:
    spec = matched(spec_of(cell), wanted)
    units = spec.units_of(0)
    off = {
        size: abs(true_count(spec.replace(hidden_size=size)) - wanted) for size in (max(1, units - 1), units, units + 1)
    }
    assert off[units] == min(off.values())


def test_a_network_matched_to_its_own_count_keeps_its_size() -> None:
    spec = spec_of("lstm", hidden_size=37)
    assert matched(spec_of("lstm"), parameter_count(spec)) == spec


def test_a_count_beyond_all_networks_gives_the_largest_there_can_be() -> None:
    spec = matched(spec_of("lstm"), 10**12)
    assert parameter_count(spec) > 10**8
