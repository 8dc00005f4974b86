"""The nodes and links of a network: those of its equations and its schedule, each once."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from rnnviz.engine import cells
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.networkdiagram.graph import Unfolded, shown_steps
from rnnviz.ui.networkdiagram.layout import fold, unfold

STEPS = 5
CASES: list[dict[str, Any]] = [
    {"topology": topology, "num_layers": layers, "bidirectional": both, "cell": cell}
    for topology, layers, both, cell in product(
        ("one-to-one", "one-to-many", "many-to-one", "many-to-many"),
        (1, 2, 3),
        (False, True),
        ("rnn", "lstm", "mingru", "feedforward"),
    )
]
CASES += [{"delay": 2, "num_layers": layers, "bidirectional": both} for layers in (1, 2, 3) for both in (False, True)]
CASES += [
    {"topology": "one-to-many", "feedback": way, "num_layers": layers, "output_size": 3, "input_size": 3}
    for way in ("output", "choice")
    for layers in (1, 2, 3)
]
CASES += [
    {"readout_sizes": sizes, "topology": way} for sizes in ((4,), (4, 5, 6)) for way in ("many-to-one", "many-to-many")
]
CASES += [{"cell": "jordan", "topology": way, "num_layers": 2} for way in ("many-to-one", "many-to-many")]


def network_of(targets: bool = False, **fields: Any) -> Unfolded:
    spec = NetworkSpec(**{"output_size": 2, "hidden_size": 3, **fields})
    schedule = Schedule(spec, 1 if spec.topology == "one-to-one" else STEPS)
    return Unfolded(schedule, np.ones(schedule.steps, np.bool_) if targets else None)


def named(place: Any, step: int) -> str:
    way = {"forward": ">", "backward": "<"}[place.direction]
    if place.kind == "dense":
        return f"dense{place.layer}.{step}"
    return f"h{place.layer}{way}{step}" if place.kind == "h" else f"{place.kind}{step}"


def expected_links(spec: NetworkSpec, schedule: Schedule) -> Counter[tuple[str, str]]:
    """The dependencies as the specification has them, written out step by step."""
    links: Counter[tuple[str, str]] = Counter()
    fed, told = schedule.has_input.tolist(), schedule.has_output.tolist()
    text = cells.get(spec.cell_of(0)).text
    recurrent, jordan = "[t-1]" in text and "y[t-1]" not in text, "y[t-1]" in text
    marks = "><" if spec.bidirectional else ">"
    for t in range(schedule.steps):
        for layer, mark in product(range(spec.num_layers), marks):
            me = f"h{layer}{mark}{t}"
            if layer:
                links.update((f"h{layer - 1}{below}{t}", me) for below in marks)
            elif fed[t]:
                links[f"x{t}", me] += 1
            if layer == 0 and t and spec.feedback != "none":
                links[f"y{t - 1}", me] += 1
            if recurrent:
                before = t - 1 if mark == ">" else t + 1
                links[f"h{layer}{mark}{before}", me] += 1
            if jordan and t:
                links[f"y{t - 1}", me] += 1
        if told[t] or (jordan and t + 1 < schedule.steps):
            over = [f"dense{k}.{t}" for k in range(len(spec.readout_sizes))] + [f"y{t}"]
            links.update((f"h{spec.num_layers - 1}{mark}{t}", over[0]) for mark in marks)
            links.update(pairwise(over))
    return links


@pytest.mark.parametrize("fields", CASES, ids=lambda fields: "-".join(map(str, fields.values())))
def test_every_dependency_is_linked_once_and_no_other(fields: dict[str, Any]) -> None:
    network = network_of(**fields)
    found = Counter(
        (named(*link.source), named(*link.target)) for step in range(network.steps) for link in network.links(step)
    )
    assert found == expected_links(network.schedule.spec, network.schedule)


@pytest.mark.parametrize("fields", CASES, ids=lambda fields: "-".join(map(str, fields.values())))
def test_the_picture_of_all_steps_has_every_node_and_link(fields: dict[str, Any]) -> None:
    network = network_of(targets=True, **fields)
    picture = unfold(network, 4000, 1200, 12, 0)
    assert set(picture.nodes) == {node for step in range(-1, network.steps + 1) for node in network.nodes(step)}
    drawn = Counter((trail.source, trail.target) for trail in picture.trails)
    assert drawn == Counter((link.source, link.target) for step in range(network.steps) for link in network.links(step))
    spec = network.schedule.spec
    kinds = Counter(node.place.kind for node in picture.nodes)
    assert kinds["x"] == network.schedule.has_input.sum()
    starts = 1 if network.starts else 0
    assert kinds["h"] == (network.steps + starts) * spec.num_layers * len(spec.directions)
    assert kinds["target"] == network.schedule.has_output.sum()


@pytest.mark.parametrize("fields", CASES, ids=lambda fields: "-".join(map(str, fields.values())))
def test_the_folded_network_has_each_rule_once(fields: dict[str, Any]) -> None:
    network = network_of(**fields)
    picture = fold(network, 900, 500, 12, 1)
    assert Counter(trail.rule for trail in picture.trails) == Counter(network.rules)
    if network.steps > 2:
        folded = {link.rule for step in range(network.steps) for link in network.links(step)}
        assert folded == set(network.rules)


def test_shared_weights_have_one_name_at_every_step() -> None:
    network = network_of(cell="rnn", num_layers=1)
    names = {(str(link.rule.weight), link.rule.role) for step in range(STEPS) for link in network.links(step)}
    assert names == {("W_xh", "input"), ("W_hh", "recurrent"), ("W_hy", "readout")}


def test_a_recurrence_without_a_matrix_is_not_named_after_one() -> None:
    def recurrent(cell: str) -> str:
        return next(str(rule.weight) for rule in network_of(cell=cell).rules if rule.role == "recurrent")

    assert recurrent("lstm") == "W_hh"
    assert recurrent("indrnn") == "u_hh"
    assert recurrent("mingru") == "None"


@pytest.mark.parametrize("steps", [1, 4, 5, 6, 12, 13, 200, 100_000])
@pytest.mark.parametrize("room", [1, 5, 6, 9, 16])
def test_first_last_and_cursor_are_always_shown_and_no_gap_is_a_single_step(steps: int, room: int) -> None:
    for focus in {0, 1, 2, steps // 2, max(0, steps - 3), max(0, steps - 2), steps - 1} & set(range(steps)):
        shown = shown_steps(steps, focus, room)
        assert {0, focus, steps - 1} <= set(shown)
        gaps = [b - a - 1 for a, b in pairwise(shown) if b > a + 1]
        assert 1 not in gaps
        assert len(shown) + len(gaps) == min(steps, max(5, room))
