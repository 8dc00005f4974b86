"""What is drawn can be read: nothing overlaps, no wire runs through an operator, crossings are few."""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations, pairwise

import pytest

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.parse import parse_cell
from rnnviz.ui.diagram import layout
from rnnviz.ui.diagram.build import graph_of
from rnnviz.ui.diagram.geometry import Box, Diagram, Point
from rnnviz.ui.diagram.layout import MOST_NODES, DiagramError, diagram_of
from rnnviz.ui.diagram.loops import loops_of
from rnnviz.ui.diagram.routing import RoutingError
from tests.ui.diagram.test_graph import every_cell

cell_by_cell = pytest.mark.parametrize("cell", every_cell(), ids=lambda cell: cell.name)


def covered(a: Point, b: Point) -> Box:
    """A wire with the width that it has at most."""
    return Box(min(a.x, b.x) - 0.17, min(a.y, b.y) - 0.17, max(a.x, b.x) + 0.17, max(a.y, b.y) + 0.17)


@cell_by_cell
def test_no_two_parts_overlap_nor_do_their_numbers(cell: Cell) -> None:
    for one, other in combinations(diagram_of(cell).placed, 2):
        rooms = [box for box in (one.rect, one.tag) if box is not None]
        others = [box for box in (other.rect, other.tag) if box is not None]
        assert not any(a.meets(b) for a in rooms for b in others), (one.node.key, other.node.key)


@cell_by_cell
def test_no_wire_runs_through_a_part_or_a_number(cell: Cell) -> None:
    diagram = diagram_of(cell)
    for route in diagram.routes:
        pieces = list(route.segments())
        for placed in diagram.placed:
            inner = Box(*(side + sign * 0.2 for side, sign in zip(placed.rect, (1, 1, -1, -1), strict=True)))
            for a, b in pieces:
                assert not covered(a, b).meets(inner), (route.wire, placed.node.key)
                assert placed.tag is None or not covered(a, b).meets(placed.tag), (route.wire, placed.node.key)


@cell_by_cell
def test_every_wire_begins_and_ends_where_it_should(cell: Cell) -> None:
    diagram = diagram_of(cell)
    assert [route.wire for route in diagram.routes] == list(diagram.graph.wires)
    for route in diagram.routes:
        assert on_edge(diagram.by_key[route.wire.target].rect, route.points[-1])
        if route.branch:
            others = [one for one in diagram.routes if one is not route and one.wire.source == route.wire.source]
            assert any(on_piece(a, b, route.points[0]) for one in others for a, b in one.segments())
        else:
            assert on_edge(diagram.by_key[route.wire.source].rect, route.points[0])
        assert all(a.x == b.x or a.y == b.y for a, b in route.segments())


@cell_by_cell
def test_wires_of_two_sources_share_no_piece(cell: Cell) -> None:
    steps: dict[tuple[Point, Point], str] = {}
    for route in diagram_of(cell).routes:
        for a, b in route.segments():
            along = sorted((a, b))
            count = abs(a.x - b.x) + abs(a.y - b.y)
            way = (along[1].x > along[0].x, along[1].y > along[0].y)
            points = [Point(along[0].x + way[0] * k, along[0].y + way[1] * k) for k in range(count + 1)]
            for piece in pairwise(points):
                assert steps.setdefault(piece, route.wire.source) == route.wire.source


@pytest.mark.parametrize(("name", "most"), [("lstm", 2), ("gru", 2), ("gru-cho", 2), ("lstm-peephole", 2), ("rnn", 0)])
def test_the_classic_pictures_have_few_crossings(name: str, most: int) -> None:
    assert len(diagram_of(cells.get(name)).crossings) <= most


@pytest.mark.parametrize("name", cells.names())
def test_no_shipped_cell_is_a_tangle(name: str) -> None:
    diagram = diagram_of(cells.get(name))
    assert len(diagram.crossings) <= len(diagram.routes) / 2


@pytest.mark.parametrize("name", ["lstm", *(name for name in cells.names() if name.startswith("lstm-"))])
def test_variants_of_the_lstm_are_drawn_like_it(name: str) -> None:
    if name == "lstm-fgr":
        pytest.skip("gates that are states need more room")
    diagram, whole = diagram_of(cells.get(name)), diagram_of(cells.get("lstm"))
    assert len(diagram.crossings) <= 1
    state = diagram.graph.cell.states[0]
    assert diagram.by_key[f"{state}[t-1]"].at == whole.by_key["c[t-1]"].at
    assert diagram.by_key[f"out:{state}"].at == whole.by_key["out:c"].at


@pytest.mark.parametrize(
    "name",
    [
        *("lstm", "lstm-goodfellow", "lstm-peephole"),
        *("lstm-cifg", "lstm-niaf", "lstm-nig", "lstm-noaf", "lstm-nog", "lstm-np"),
    ],
)
def test_the_state_runs_along_the_top_as_on_a_conveyor(name: str) -> None:
    diagram = diagram_of(cells.get(name))
    state = diagram.graph.cell.states[0]
    ways = [f"{state}[t-1]", f"{state}.1", state, f"out:{state}"]
    heights = {diagram.by_key[key].at.y for key in ways}
    assert heights == {min(placed.at.y for placed in diagram.placed)}


@pytest.mark.parametrize("name", [name for name in cells.names() if cells.layout(name)])
def test_the_places_in_the_file_of_a_cell_name_the_parts_of_its_diagram(name: str) -> None:
    diagram = diagram_of(cells.get(name))
    assert {placed.node.key: tuple(placed.at) for placed in diagram.placed} == dict(cells.layout(name))


def test_a_cell_typed_in_lstms_name_with_other_equations_is_laid_out_by_itself() -> None:
    cell = parse_cell("h[t] = tanh(W @ x[t] + U @ h[t-1])\n", "lstm")
    assert len(diagram_of(cell).placed) == len(graph_of(cell).nodes)


def test_the_same_cell_is_always_drawn_alike() -> None:
    first: Diagram = diagram_of(cells.get("slstm"))
    diagram_of.cache_clear()
    assert diagram_of(cells.get("slstm")) == first


def test_places_at_the_edge_leave_a_way_or_none() -> None:
    """Wires that begin at the edge of the grid look for no way beyond it."""
    graph = graph_of(cells.get("mgu"))
    at = {"h[t-1]": (4, 0), "x": (4, 8), "f": (13, 8), "g.1": (20, 8), "g": (28, 8), "h.2": (33, 5), "h.1": (33, 0)}
    at |= {"h.3": (36, 8), "h": (38, 0), "out:h": (45, 0)}
    with suppress(RoutingError):
        assert len(layout.route(graph, {key: Point(*place) for key, place in at.items()}).routes) == len(graph.wires)


def test_one_signal_is_a_diagram() -> None:
    diagram = diagram_of(parse_cell("h[t] = tanh(W @ x[t])\n"))
    assert [placed.node.key for placed in diagram.placed] == ["x", "h", "out:h"]


def many(count: int) -> Cell:
    rows = [f"s{k}[t] = tanh(W{k} @ x[t] + U{k} @ s{k}[t-1]" + (f" + s{k - 1}[t])" if k else ")") for k in range(count)]
    return parse_cell("\n".join(rows) + "\n")


def test_twelve_signals_in_a_row_are_laid_out() -> None:
    assert len(diagram_of(many(12)).routes) == len(graph_of(many(12)).wires)


def test_sixty_signals_are_refused_in_a_sentence() -> None:
    with pytest.raises(
        DiagramError, match=rf"^The diagram .* parts; one of more than {MOST_NODES} cannot be read\. Its formulas"
    ):
        diagram_of(many(60))


def test_a_cycle_within_a_step_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(RnnvizError):
        parse_cell("a[t] = tanh(b[t])\nb[t] = tanh(W @ x[t] + U @ a[t])\n")


def on_edge(box: Box, point: Point) -> bool:
    inside = box.left <= point.x <= box.right and box.top <= point.y <= box.bottom
    return inside and (point.x in (box.left, box.right) or point.y in (box.top, box.bottom))


def on_piece(a: Point, b: Point, point: Point) -> bool:
    return min(a.x, b.x) <= point.x <= max(a.x, b.x) and min(a.y, b.y) <= point.y <= max(a.y, b.y)


@cell_by_cell
def test_every_state_has_one_way_to_the_next_step_around_everything(cell: Cell) -> None:
    diagram = diagram_of(cell)
    loops = loops_of(diagram)
    assert [loop.state for loop in loops] == list(cell.states)
    for loop in loops:
        assert on_edge(diagram.by_key[f"out:{loop.state}"].rect, loop.points[0])
        assert on_edge(diagram.by_key[f"{loop.state}[t-1]"].rect, loop.points[-1])
        inner = [Box(*(s + d for s, d in zip(one.rect, (0.2, 0.2, -0.2, -0.2), strict=True))) for one in diagram.placed]
        assert not any(covered(a, b).meets(box) for a, b in loop.segments() for box in inner)
        pieces = [piece for route in diagram.routes for piece in route.segments()]
        assert not any(covered(*one).meets(covered(*other)) for one in loop.segments() for other in pieces)


@pytest.mark.parametrize("name", ["lstm", "lstm-goodfellow", "gru"])
def test_the_loop_of_the_state_and_the_outer_recurrence_do_not_cross(name: str) -> None:
    loops = loops_of(diagram_of(cells.get(name)))
    for one, other in combinations(loops, 2):
        assert not any(covered(*a).meets(covered(*b)) for a in one.segments() for b in other.segments())
