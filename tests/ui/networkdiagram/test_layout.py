"""Where nodes, links and names of the network stand: apart from each other and within the room, however small."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.networkdiagram.geometry import Frame, Picture, Trail
from rnnviz.ui.networkdiagram.graph import Place, Unfolded
from rnnviz.ui.networkdiagram.layout import fold, unfold
from rnnviz.ui.networkdiagram.paint import width_of
from rnnviz.ui.networkdiagram.weightnames import LEGIBLE, weight_size, weight_width
from rnnviz.ui.theme import metrics

pytestmark = pytest.mark.usefixtures("qapp")

NETWORKS: dict[str, dict[str, Any]] = {
    "one": {},
    "three": {"num_layers": 3},
    "eight": {"num_layers": 8},
    "both ways": {"bidirectional": True},
    "both ways, three": {"num_layers": 3, "bidirectional": True},
    "both ways, eight": {"num_layers": 8, "bidirectional": True},
    "feedforward": {"cell": "feedforward"},
    "without a matrix": {"cell": "mingru", "num_layers": 2},
    "one-to-one": {"topology": "one-to-one"},
    "one-to-many": {"topology": "one-to-many", "num_layers": 2},
    "fed back": {"topology": "one-to-many", "feedback": "choice", "input_size": 2, "num_layers": 2},
    "jordan": {"cell": "jordan", "num_layers": 3},
    "many-to-one": {"topology": "many-to-one", "num_layers": 2},
    "delay": {"delay": 3},
    "dense": {"readout_sizes": (4, 5, 6), "num_layers": 2},
    "dense, both ways": {"readout_sizes": (4,), "bidirectional": True},
}
WINDOWS = {"1280 x 720": (1280, 720), "1920 x 1080": (1920, 1080), "3840 x 2160": (3840, 2160)}
SHARES = {"whole": 0.86, "half": 0.42, "low": 54}
"""The height of the picture: as a share of that of the window, or in pixels."""


def network_of(steps: int, fields: dict[str, Any]) -> Unfolded:
    spec = NetworkSpec(**{"output_size": 2, "hidden_size": 3, **fields})
    schedule = Schedule(spec, 1 if spec.topology == "one-to-one" else steps)
    return Unfolded(schedule, np.ones(schedule.steps, np.bool_))


def pictures(network: Unfolded, width: float, height: float, type_size: float) -> Iterator[Picture]:
    for focus in {0, network.steps // 2, network.steps - 1}:
        yield unfold(network, width, height, type_size, focus)
    yield fold(network, width, height, type_size, 0)


def met(picture: Picture) -> list[tuple[Frame, Frame]]:
    """The nodes and names that stand upon each other."""
    frames = [*picture.nodes.values(), *(trail.name for trail in picture.trails if trail.name is not None)]
    frames.sort()
    return [(a, b) for k, a in enumerate(frames) for b in frames[k + 1 : k + 60] if b.left < a.right and a.meets(b)]


def spots(trail: Trail) -> NDArray[np.float64]:
    """Spots along a link, its ends included, [spots, 2]."""
    share, last, found = np.linspace(0, 1, 80)[:, None], np.array(trail.start), []
    for piece in map(np.array, trail.pieces):
        if len(piece) == 1:
            found.append(last + (piece[0] - last) * share)
        else:
            rest, (first, second, end) = 1 - share, piece
            found.append(rest**3 * last + 3 * share * rest**2 * first + 3 * share**2 * rest * second + share**3 * end)
        last = piece[-1]
    return np.concatenate(found)


def ink(trail: Trail, unit: float) -> Frame:
    """Where the name of a link is written in its frame, with room for the width of the widest links beside it."""
    assert trail.name is not None
    assert trail.rule.weight is not None
    (x, y), half, size = trail.name.middle, weight_width(trail.rule.weight, unit) / 2, weight_size(unit)
    edge = width_of(1.0, unit) / 2
    return Frame(x - half - edge, y - 0.5 * size - edge, x + half + edge, y + 0.5 * size + edge)


def struck(picture: Picture) -> list[tuple[Trail, Frame]]:
    """The links that run through a node, be it one of their own, or through a name."""
    names = [ink(trail, picture.unit) for trail in picture.trails if trail.name is not None]
    frames = np.array([*picture.nodes.values(), *names])
    left, top, right, bottom = (frames + np.array([0.1, 0.1, -0.1, -0.1])).T
    found = []
    for trail in picture.trails:
        x, y = spots(trail).T[:, :, None]
        within = ((left < x) & (x < right) & (top < y) & (y < bottom)).any(axis=0)
        found += [(trail, Frame(*frames[k])) for k in np.flatnonzero(within)]
    return found


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("lecture", [False, True], ids=["desk", "lecture"])
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_overlaps_and_all_fits(name: str, lecture: bool, window: str, share: str) -> None:
    width, full = WINDOWS[window]
    height = SHARES[share] * (full if SHARES[share] < 1 else 1)
    type_size = metrics(full / 1080 if lecture else 0.0).small
    for steps in (3, 12, 200):
        network = network_of(steps, NETWORKS[name])
        for picture in pictures(network, width, height, type_size):
            assert not met(picture)
            assert within(picture, width, height)
            for trail in picture.trails:
                if trail.name is not None and trail.rule.weight is not None and weight_size(picture.unit) >= LEGIBLE:
                    room = trail.name.right - trail.name.left
                    assert weight_width(trail.rule.weight, picture.unit) <= room, trail.rule.weight


@pytest.mark.parametrize("size", [(300, 54), (300, 250), (700, 120)], ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_overlaps_where_there_is_hardly_room(name: str, size: tuple[int, int]) -> None:
    network = network_of(40, NETWORKS[name])
    for picture in pictures(network, *size, 12):
        assert not met(picture)
        assert within(picture, *size)


@pytest.mark.parametrize("height", [120, 400, 900])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_link_runs_through_a_node_or_a_name(name: str, height: int) -> None:
    for picture in pictures(network_of(9, NETWORKS[name]), 1280, height, 12):
        assert not struck(picture)


def within(picture: Picture, width: float, height: float) -> bool:
    """Whether all nodes and names stand within the room."""
    frames = [*picture.nodes.values(), *(trail.name for trail in picture.trails if trail.name is not None)]
    slack = 1e-6
    return all(
        frame.left >= -slack and frame.top >= -slack and frame.right <= width + slack and frame.bottom <= height + slack
        for frame in frames
    )


def test_a_low_panel_leaves_out_targets_before_its_type_becomes_small() -> None:
    network = network_of(12, {})
    low, high = unfold(network, 1280, 54, 12, 0), unfold(network, 1280, 200, 12, 0)
    assert {node.place.kind for node in low.nodes} == {"x", "h", "y"}
    assert {node.place.kind for node in high.nodes} == {"x", "h", "y", "target"}
    assert low.unit >= 0.7 * 12


@pytest.mark.parametrize("height", [60, 100, 200, 400, 800])
def test_the_picture_takes_the_room_that_there_is(height: int) -> None:
    picture = unfold(network_of(12, {}), 1280, height, 12, 0)
    left = min(frame.left for frame in picture.nodes.values())
    right = max(frame.right for frame in picture.nodes.values())
    assert right - left > 0.9 * 1280
    top = min(frame.top for frame in picture.nodes.values())
    bottom = max(frame.bottom for frame in picture.nodes.values())
    assert bottom - top > min(0.8 * height, 240)


def test_states_before_the_first_step_stand_outside_of_the_steps() -> None:
    picture = unfold(network_of(4, {"bidirectional": True}), 1280, 500, 12, 0)
    steps = [step for step, _ in sorted(picture.columns.items(), key=lambda item: item[1].left)]
    assert steps == [-1, 0, 1, 2, 3, 4]
    assert {node.place.direction for node in picture.nodes if node.step == -1} == {"forward"}
    assert {node.place.direction for node in picture.nodes if node.step == 4} == {"backward"}


def test_more_steps_fit_in_more_room() -> None:
    network = Unfolded(Schedule(NetworkSpec(output_size=2), 1000))
    shown = [len(unfold(network, width, 400, 12, 500).columns) for width in (300, 800, 1600, 3200)]
    assert shown == sorted(set(shown))
    assert shown[0] >= 3


def test_columns_stand_in_order_without_a_gap() -> None:
    picture = unfold(network_of(200, {}), 1280, 400, 12, 90)
    frames = sorted([*picture.columns.values(), *picture.dots])
    assert all(a.right == pytest.approx(b.left) for a, b in pairwise(frames))


@pytest.mark.parametrize("fields", [{}, {"bidirectional": True}, {"cell": "jordan"}], ids=str)
@pytest.mark.parametrize("layer", [0, 3, 7])
@pytest.mark.parametrize("folded", [False, True], ids=["unfolded", "folded"])
def test_in_a_low_panel_layers_are_left_out_before_type_becomes_small(
    layer: int, fields: dict[str, Any], folded: bool
) -> None:
    network = network_of(9, {"num_layers": 8, **fields})
    legible = 0.7 * 12
    before = 0
    for height in (100, 150, 200, 300, 500):
        make = fold if folded else unfold
        picture = make(network, 1280, height, 12, 4, layer)
        shown = {node.place.layer for node in picture.nodes if node.place.kind == "h"}
        out = {one for gap in picture.gaps for one in range(gap.first, gap.last + 1)}
        assert layer in shown
        assert shown | out == set(range(8))
        assert not shown & out
        assert len(shown) >= before
        assert picture.unit >= legible
        assert not met(picture)
        assert not struck(picture)
        before = len(shown)
    assert before == 8


def test_ways_lead_into_the_layers_that_are_left_out_and_out_of_them() -> None:
    picture = unfold(network_of(5, {"num_layers": 8}), 1280, 90, 12, 2, 3)
    assert picture.skipped == ((4, 7), (0, 2))
    for step in range(5):
        mine = [trail for trail in picture.trails if trail.cut and trail.target.step == step]
        ends = {(trail.source.place, trail.target.place) for trail in mine}
        assert ends == {
            (Place("x"), Place("h", 0)),
            (Place("h", 2), Place("h", 3)),
            (Place("h", 3), Place("h", 4)),
            (Place("h", 7), Place("y")),
        }
        assert all(trail.start.x == trail.pieces[-1][-1].x and trail.start.y > trail.pieces[-1][-1].y for trail in mine)


def test_a_layer_alone_is_left_out_only_where_it_must_be() -> None:
    network = network_of(5, {"num_layers": 8})
    gaps = [gap for height in range(80, 240, 4) for gap in unfold(network, 1280, height, 12, 2, 3).gaps]
    assert sum(gap.first == gap.last for gap in gaps) < 0.2 * len(gaps)


def test_dense_layers_stay_where_recurrent_ones_are_left_out() -> None:
    picture = unfold(network_of(5, {"num_layers": 8, "readout_sizes": (4, 5)}), 1280, 150, 12, 2, 7)
    assert picture.gaps
    assert {node.place for node in picture.nodes if node.place.kind == "dense"} == {
        Place("dense", 0),
        Place("dense", 1),
    }
