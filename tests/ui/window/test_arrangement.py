"""Docks come back as they stood, from data that is checked; nothing that a file says of them harms the window."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.arrangement import MOST_BYTES, Arrangement, Named, Pane, Split, decode, encode, only, read
from rnnviz.ui.docks import Docks, Grip
from rnnviz.ui.layouts import LAYOUTS, layout
from rnnviz.ui.windowplace import on_screen, place_of, put
from tests.ui.window.conftest import Desk

Move = Callable[[Docks], None]


def settle() -> None:
    for _ in range(3):
        QCoreApplication.processEvents()


def places(docks: Docks) -> dict[str, QRect]:
    """Where the panels stand that are seen; of tabs the one on top."""
    shown = [dock for dock in docks.all if dock.isVisible() and dock.panel.visibleRegion().boundingRect().isValid()]
    return {dock.kind.name: dock.geometry() for dock in shown}


def near(one: dict[str, QRect], other: dict[str, QRect], by: int = 6) -> bool:
    """Whether the same panels stand in the same places, to some pixels."""
    if one.keys() != other.keys():
        return False
    return all(
        abs(a - b) <= by for name in one for a, b in zip(_numbers(one[name]), _numbers(other[name]), strict=True)
    )


def _numbers(rect: QRect) -> tuple[int, int, int, int]:
    return rect.x(), rect.y(), rect.width(), rect.height()


def side_by_side(docks: Docks) -> None:
    docks._host.splitDockWidget(docks["states"], docks["gates"], Qt.Orientation.Horizontal)


def as_tabs(docks: Docks) -> None:
    docks._host.tabifyDockWidget(docks["states"], docks["gates"])
    docks._host.tabifyDockWidget(docks["states"], docks["outputs"])
    docks["gates"].raise_()


def on_the_other_side(docks: Docks) -> None:
    docks._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks["sequence"])


def nested(docks: Docks) -> None:
    host = docks._host
    host.splitDockWidget(docks["states"], docks["gates"], Qt.Orientation.Horizontal)
    host.splitDockWidget(docks["gates"], docks["gradients"], Qt.Orientation.Vertical)


def hidden(docks: Docks) -> None:
    docks["inspector"].hide()
    docks["gates"].hide()


def resized(docks: Docks) -> None:
    docks._host.resizeDocks([docks["states"], docks["gates"]], [300, 120], Qt.Orientation.Vertical)
    docks._window.resizeDocks([docks["inspector"]], [420], Qt.Orientation.Horizontal)


MOVES: dict[str, Move] = {
    "side by side": side_by_side,
    "tabs": as_tabs,
    "the other side": on_the_other_side,
    "nested": nested,
    "hidden": hidden,
    "resized": resized,
}


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_panels_that_were_moved_by_hand_come_back_where_they_stood(desk: Desk, move: Move) -> None:
    docks = desk.window.docks
    move(docks)
    settle()
    before, state = places(docks), docks.state()
    docks.choose(layout("Weights"))
    settle()
    assert not near(places(docks), before)
    assert docks.restore(state)
    settle()
    assert near(places(docks), before), (before, places(docks))
    assert docks.layout.name == "Default"


@pytest.mark.parametrize("chosen", LAYOUTS, ids=lambda chosen: chosen.name)
def test_every_layout_comes_back_from_its_own_state(desk: Desk, chosen: Any) -> None:
    docks = desk.window.docks
    docks.choose(chosen)
    settle()
    before, state = places(docks), docks.state()
    docks.choose(layout("Cell" if chosen.name != "Cell" else "Weights"))
    settle()
    assert docks.restore(state)
    settle()
    assert near(places(docks), before), (before, places(docks))
    assert docks.layout is chosen


def test_a_floating_panel_floats_again_where_it_was(desk: Desk) -> None:
    docks = desk.window.docks
    docks["gates"].setFloating(True)
    docks["gates"].setGeometry(40, 50, 500, 300)
    settle()
    state = docks.state()
    docks.choose(layout("Default"))
    assert not docks["gates"].isFloating()
    assert docks.restore(state)
    assert docks["gates"].isFloating()
    assert docks["gates"].geometry() == QRect(40, 50, 500, 300)


def test_a_state_is_plain_data_that_says_names_and_sizes(desk: Desk) -> None:
    state = json.loads(desk.window.docks.state())
    assert state["layout"] == "Default"
    assert {area["side"] for area in state["areas"]} == {"left", "right", "top"}
    assert "states" in json.dumps(state)


NONSENSE: list[Any] = [
    b"",
    b"garbage",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"layout": "nothing of the kind"}',
    b'{"layout": 5}',
    b'{"window": "AAAA", "host": "AAAA"}',
    b'{"layout": "Default", "areas": "x"}',
    b"[" * 100_000,
    b'{"layout": "Default", "areas": [' + b" " * MOST_BYTES + b"]}",
]


def _pane(*names: str, **more: Any) -> dict[str, Any]:
    return {"type": "pane", "panels": list(names), **more}


def _state(*trees: dict[str, Any], middle: bool = True, side: str = "top", **more: Any) -> bytes:
    areas = [{"middle": middle, "side": side, "tree": tree, "share": 1.0} for tree in trees]
    return json.dumps({"layout": "Default", "areas": areas, **more}).encode()


IMPOSSIBLE = [
    _state(_pane("states", "states")),
    _state(_pane("states"), _pane("gates")),  # twice the same side
    _state(_pane("states", share=1.5)),
    _state(_pane("states", share=float("nan"))),
    _state(_pane()),
    _state({"type": "split", "parts": [_pane("states")]}),
    _state(_pane("states", colour="red")),
    _state(_pane("x" * 1000)),
    _state(floating=[{"panel": "gates", "x": 10**9, "y": 0, "width": 5, "height": 5}]),
    _state(floating=[{"panel": "gates", "x": 0, "y": 0, "width": 0, "height": 5}]),
]


def test_what_is_no_arrangement_or_cannot_be_moves_nothing(desk: Desk) -> None:
    docks = desk.window.docks
    before = places(docks)
    for state in [*NONSENSE, *IMPOSSIBLE]:
        assert not docks.restore(state), state[:200]
        settle()
        assert places(docks) == before, state[:200]


def test_panels_that_there_are_not_and_those_of_elsewhere_are_left_out(desk: Desk) -> None:
    docks = desk.window.docks
    tree = {"type": "split", "parts": [_pane("states", "nothing"), _pane("inspector"), _pane("gates", top="states")]}
    gone = [{"panel": "gone", "x": 0, "y": 0, "width": 50, "height": 50}]
    assert docks.restore(_state(tree, floating=gone))
    settle()
    assert {dock.kind.name for dock in docks.all if dock.isVisible()} == {"states", "gates"}


def test_an_arrangement_of_nothing_shows_nothing_and_the_window_lives(desk: Desk) -> None:
    docks = desk.window.docks
    assert docks.restore(_state())
    settle()
    assert not places(docks)
    docks.choose(layout("Default"))
    settle()
    assert "states" in places(docks)


def test_whatever_byte_of_a_state_is_changed_the_window_lives(desk: Desk) -> None:
    docks, chance = desk.window.docks, random.Random(1)
    nested(docks)
    settle()
    state = docks.state()
    taken = 0
    for place in chance.sample(range(len(state)), 120):
        changed = bytearray(state)
        changed[place] = chance.choice(b'0159{}[],:"-eE.tf\x00\xff')
        taken += docks.restore(bytes(changed))
        QApplication.processEvents()
    assert taken < 120
    assert docks.restore(state)
    settle()
    assert "states" in places(docks)


def test_rectangles_are_read_as_splits() -> None:
    top, left, right = (Pane((name,)) for name in "abc")
    found = read([(right, QRect(50, 40, 50, 60)), (top, QRect(0, 0, 100, 38)), (left, QRect(0, 40, 48, 60))])
    assert isinstance(found, Split)
    assert not found.across
    first, second = found.parts
    assert first.panels == ("a",)  # type: ignore[union-attr]
    assert isinstance(second, Split)
    assert second.across
    assert [part.panels for part in second.parts] == [("b",), ("c",)]  # type: ignore[union-attr]
    assert first.share == pytest.approx(38 / 98)


def test_rectangles_that_no_cut_parts_are_put_below_one_another() -> None:
    ring = [QRect(0, 0, 66, 33), QRect(67, 0, 33, 66), QRect(34, 67, 66, 33), QRect(0, 34, 33, 66)]
    found = read([(Pane((str(k),)), rect) for k, rect in enumerate(ring)])
    assert isinstance(found, Split)
    assert len(found.parts) == 4


def test_encoding_and_decoding_give_the_same() -> None:
    made = Arrangement("Default", ())
    assert decode(encode(made)) == made
    assert decode(b'{"layout": "Cell"}') == Named("Cell")


def test_a_tree_without_what_is_unknown_is_as_simple_as_can_be() -> None:
    tree = Split((Pane(("a",), share=0.3), Split((Pane(("b", "c"), top="c"), Pane(("d",))), across=True, share=0.7)))
    assert only(tree, {"a"}) == Pane(("a",), share=1.0)
    assert only(tree, {"b"}) == Pane(("b",), share=1.0)
    assert only(tree, set()) is None
    assert only(tree, {"a", "d"}) == Split((Pane(("a",), share=0.3), Pane(("d",), share=0.7)))


# the window


def test_a_window_comes_back_where_it_stood(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(30, 40, 600, 400)
    window.show()
    told = place_of(window)
    window.setGeometry(0, 0, 550, 650)
    assert put(window, told)
    assert window.geometry() == QRect(30, 40, 600, 400)
    assert not window.isMaximized()
    window.showMaximized()
    told = place_of(window)
    window.showNormal()
    assert put(window, told)
    assert window.isMaximized()
    assert window.normalGeometry() == QRect(30, 40, 600, 400)


@pytest.mark.parametrize("text", ["", "x", "{}", '{"x": 1, "y": 1, "width": 0, "height": 1}', "AdnQywAD", "[" * 99_999])
def test_what_is_no_place_moves_no_window(desk: Desk, text: str) -> None:
    before = desk.window.geometry()
    assert not put(desk.window, text)
    assert desk.window.geometry() == before


def test_a_window_that_would_be_out_of_sight_is_brought_back(desk: Desk) -> None:
    screen = desk.window.screen()
    room = screen.availableGeometry()
    for rect in (QRect(99_000, 5, 500, 400), QRect(-90_000, -90_000, 500, 400), QRect(0, 0, 99_000, 99_000)):
        assert room.contains(on_screen(rect, screen).topLeft())
        assert on_screen(rect, screen).width() <= room.width()


def test_a_panel_that_floats_over_and_over_has_one_grip_which_is_seen_when_it_is_docked(desk: Desk) -> None:
    dock = desk.window.docks["states"]
    for floating in (True, False, True, False):
        dock.setFloating(floating)
        desk.settle()
        grips = [child for child in dock.children() if isinstance(child, Grip)]
        assert len(grips) == 1
        assert (dock.titleBarWidget() is grips[0]) == (not floating)
        assert grips[0].isVisible() == (not floating)
