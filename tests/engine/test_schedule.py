"""Which steps have input and output, and what a run has reached at each of its positions: all small cases."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import SpecError
from rnnviz.engine.schedule import Position, Schedule
from rnnviz.engine.spec import NetworkSpec, Topology

TOPOLOGIES: tuple[Topology, ...] = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")


def schedule(length: int, **options: Any) -> Schedule:
    return Schedule(NetworkSpec(output_size=1, **options), length)


CASES = [
    schedule(length, topology=topology, delay=delay, num_layers=layers, bidirectional=both)
    for topology, length, delay, layers, both in itertools.product(
        TOPOLOGIES, (1, 2, 5), (0, 1, 3), (1, 2, 3), (False, True)
    )
    if (delay == 0 or topology == "many-to-many") and (length == 1 or topology != "one-to-one")
]


def name_of(case: Schedule) -> str:
    spec = case.spec
    ways = "both" if spec.bidirectional else "forward"
    return f"{spec.topology}-T{case.length}-d{spec.delay}-{spec.num_layers}-{ways}"


every_case = pytest.mark.parametrize("case", CASES, ids=name_of)


def moments(case: Schedule) -> list[Position]:
    """What a run computes, in order, written out from the definition: forward, backward, layer by layer, outputs."""
    steps, outputs = range(case.steps), [int(step) for step in case.output_steps]
    if not case.spec.bidirectional:
        return [Position("layer", -1, "forward", step) for step in steps]
    found: list[Position] = []
    for layer in range(case.spec.num_layers):
        found += [Position("layer", layer, "forward", step) for step in steps]
        found += [Position("layer", layer, "backward", step) for step in reversed(steps)]
    return found + [Position("output", -1, "forward", step) for step in outputs]


@pytest.mark.parametrize(
    ("options", "length", "inputs", "outputs"),
    [
        ({"topology": "one-to-one"}, 1, [0], [0]),
        ({"topology": "one-to-many"}, 4, [0], [0, 1, 2, 3]),
        ({"topology": "many-to-one"}, 4, [0, 1, 2, 3], [3]),
        ({"topology": "many-to-many"}, 3, [0, 1, 2], [0, 1, 2]),
        ({"topology": "many-to-many", "delay": 2}, 3, [0, 1, 2], [2, 3, 4]),
        ({"topology": "many-to-many", "delay": 4}, 2, [0, 1], [4, 5]),
    ],
)
def test_each_topology_has_its_inputs_and_outputs(
    options: dict[str, Any], length: int, inputs: list[int], outputs: list[int]
) -> None:
    case = schedule(length, **options)
    assert np.flatnonzero(case.has_input).tolist() == inputs
    assert np.flatnonzero(case.has_output).tolist() == outputs
    assert case.output_steps.tolist() == outputs
    assert len(case.has_input) == len(case.has_output) == case.steps == length + options.get("delay", 0)


@every_case
def test_a_run_goes_through_every_moment_once_and_in_order(case: Schedule) -> None:
    expected = moments(case)
    assert case.positions == len(expected)
    assert case.at(0) == Position("start", -1, "forward", -1)
    assert [case.at(position) for position in range(1, case.positions + 1)] == expected


@every_case
def test_what_is_reached_is_what_came_before(case: Schedule) -> None:
    expected = moments(case)
    steps = list(range(case.steps))
    for position in range(case.positions + 1):
        past = expected[:position]
        for layer, direction in itertools.product(range(case.spec.num_layers), case.spec.directions):
            mine = [m for m in past if m.phase == "layer" and m.layer in (-1, layer) and m.direction == direction]
            computed = sorted(m.step for m in mine)
            assert steps[case.reached(position, layer, direction)] == computed
        phase = "output" if case.spec.bidirectional else "layer"
        with_output = [m.step for m in past if m.phase == phase and case.has_output[m.step]]
        reached = steps[case.outputs_reached(position)]
        assert [step for step in reached if case.has_output[step]] == with_output


@every_case
def test_at_the_position_of_a_step_all_of_it_is_there_and_just_before_it_is_not(case: Schedule) -> None:
    def whole(step: int, position: int) -> bool:
        layers = itertools.product(range(case.spec.num_layers), case.spec.directions)
        steps = list(range(case.steps))
        computed = all(step in steps[case.reached(position, layer, direction)] for layer, direction in layers)
        return computed and (not case.has_output[step] or step in steps[case.outputs_reached(position)])

    for step in range(case.steps):
        position = case.position_of(step)
        assert whole(step, position)
        if not case.spec.bidirectional or case.has_output[step]:
            assert not whole(step, position - 1)
    assert case.position_of(case.steps - 1) == case.positions
    assert case.position_of(-1) == 0


@every_case
def test_positions_and_steps_out_of_range_mean_the_nearest(case: Schedule) -> None:
    last = case.positions
    assert case.at(-5) == case.at(0)
    assert case.at(last + 9) == case.at(last)
    for direction in case.spec.directions:
        assert case.reached(last + 9, 0, direction) == case.reached(last, 0, direction) == slice(0, case.steps)
        assert case.reached(-3, 0, direction) == case.reached(0, 0, direction)
    assert case.outputs_reached(last + 9) == case.outputs_reached(last)
    assert case.position_of(case.steps + 9) == last
    assert case.position_of(-9) == 0


@every_case
def test_positions_of_later_steps_are_never_earlier(case: Schedule) -> None:
    positions = [case.position_of(step) for step in range(-1, case.steps)]
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("length", "options", "words"),
    [
        (0, {}, "the sequence is empty"),
        (-1, {}, "the sequence is empty"),
        (2, {"topology": "one-to-one"}, "one-to-one has one step, but the sequence has 2"),
        (100_001, {}, "the sequence has 100,001 steps, but at most 100,000"),
        (99_990, {"delay": 11}, "the sequence has 100,001 steps"),
    ],
)
def test_a_length_that_does_not_fit_is_refused(length: int, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as refused:
        schedule(length, **options)
    assert words in str(refused.value)


def test_a_hundred_thousand_steps_are_scheduled() -> None:
    case = schedule(100_000, bidirectional=True)
    assert case.positions == 300_000
    assert case.at(case.position_of(99_999)) == Position("output", -1, "forward", 99_999)
