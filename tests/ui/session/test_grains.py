"""Stepping by layers and by single operations, over the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rnnviz.engine.sequence import SequenceSource
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.grains import known_signals, lit_operation, may_move, standing, told_place
from rnnviz.ui.operations import operations_at
from rnnviz.ui.player import Player
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import saved_session
from rnnviz.ui.view import View
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_session

pytestmark = pytest.mark.usefixtures("qapp")


@contextmanager
def session_of(
    root: Path, source: SequenceSource | None = None, steps: int = 5, **fields: Any
) -> Iterator[tuple[Session, LocalLink]]:
    with real_session(root, source or text_source(steps), hidden_size=3, **fields) as (session, link):
        session.set_grain("operation")
        session.go_to_start()
        yield session, link


def place(view: View) -> tuple[int, int | None]:
    return view.position, view.operation


def count(session: Session, position: int) -> int:
    assert session.view.trace is not None
    return len(operations_at(session.view.trace, position))


def walked(session: Session, link: LocalLink, by: int, most: int = 2000) -> list[tuple[int, int | None]]:
    """Step until nothing moves any more; return every place."""
    places = [place(session.view)]
    for _ in range(most):
        session.step_along(by)
        link.run_until_idle()
        if place(session.view) == places[-1]:
            return places
        places.append(place(session.view))
    raise AssertionError("the walk does not end")


NETWORKS: dict[str, dict[str, Any]] = {
    "an lstm": {},
    "two layers": {"num_layers": 2, "cell": ("gru", "rnn")},
    "both directions": {"bidirectional": True, "num_layers": 2, "cell": "rnn"},
    "many to one": {"topology": "many-to-one", "cell": "rnn"},
    "no readout": {"readout": None, "output_size": None, "cell": "gru"},
}


@pytest.mark.parametrize("fields", NETWORKS.values(), ids=NETWORKS)
def test_every_operation_is_come_by_once_and_back_again(fields: dict[str, Any], tmp_path: Path) -> None:
    with session_of(tmp_path, steps=3, **fields) as (session, link):
        assert session.view.trace is not None
        expected: list[tuple[int, int | None]] = [(0, None)]
        for position in range(1, session.view.trace.schedule.positions + 1):
            expected += [(position, k) for k in range(1, count(session, position))] + [(position, None)]
        assert walked(session, link, 1) == expected
        assert not may_move(session.view, 1)
        assert walked(session, link, -1) == expected[::-1]
        assert not may_move(session.view, -1)


def test_the_engine_runs_on_where_an_operation_is_not_computed_yet(tmp_path: Path) -> None:
    with session_of(tmp_path) as (session, link):
        session.restart_run()
        link.run_until_idle()
        assert session.view.published == 0
        session.step(1)
        link.run_until_idle()
        assert (session.view.published, place(session.view)) == (1, (1, 1))
        for _ in range(count(session, 1)):
            session.step(1)
        link.run_until_idle()
        assert (session.view.published, place(session.view)) == (2, (2, 1))


def test_many_steps_asked_at_once_are_all_taken(tmp_path: Path) -> None:
    with session_of(tmp_path) as (session, link):
        session.restart_run()
        link.run_until_idle()
        for _ in range(3):
            session.step(1)
        session.step(-1)
        link.run_until_idle()
        assert place(session.view) == (1, 2)


def test_a_grain_of_a_layer_stops_after_each_layer_and_the_readout(tmp_path: Path) -> None:
    with session_of(tmp_path, num_layers=2, cell=("lstm", "rnn")) as (session, _):
        session.set_grain("layer")
        session.step(1)
        assert (place(session.view), told_place(session.view)) == ((1, 13), "layer 1")
        session.step(1)
        assert (place(session.view), told_place(session.view)) == ((1, 15), "layer 2")
        session.step(1)
        assert (place(session.view), told_place(session.view)) == ((1, None), "readout")
        session.step(-2)
        assert place(session.view) == (1, 13)
        session.step(-1)
        assert place(session.view) == (0, None)


def test_a_coarser_step_ends_what_is_under_way(tmp_path: Path) -> None:
    with session_of(tmp_path, num_layers=2, cell="lstm") as (session, _):
        session.go_to(1)
        session.step(4)
        assert place(session.view) == (3, 4)
        session.step(1, "layer")
        assert place(session.view) == (3, 13)
        session.step(-1, "layer")
        assert place(session.view) == (2, None)
        session.step(4)
        session.step(1, "step")
        assert place(session.view) == (3, None)
        session.step(4)
        session.step(-1, "step")
        assert place(session.view) == (3, None)


def test_the_layer_that_is_computed_is_picked(tmp_path: Path) -> None:
    with session_of(tmp_path, num_layers=2, bidirectional=True, cell="rnn", steps=3) as (session, _):
        picked = []
        while session.view.position < 12:
            session.step(1)
            picked.append((session.view.layer, session.view.direction))
        assert list(dict.fromkeys(picked)) == [(0, "forward"), (0, "backward"), (1, "forward"), (1, "backward")]
        session.step(-1)
        assert session.view.direction == "backward"
    with session_of(tmp_path / "one", num_layers=2, cell="rnn") as (session, _):
        layers = []
        for _ in range(6):
            session.step(1)
            layers.append(session.view.layer)
        assert layers == [0, 0, 1, 1, 1, 1]


def test_the_signals_known_grow_with_each_operation(tmp_path: Path) -> None:
    with session_of(tmp_path, cell="gru") as (session, _):
        session.go_to(1)
        known = []
        for _ in range(5):
            session.step(1)
            known.append(sorted(known_signals(session.view, 0, "forward") or ()))
        assert known == [["r.pre"], ["r", "r.pre"], ["r", "r.pre", "z.pre"], *[["r", "r.pre", "z", "z.pre"]] * 2]
        assert lit_operation(session.view, 0, "forward") is not None
        session.go_to(2)
        assert known_signals(session.view, 0, "forward") is None


def test_on_the_way_back_the_operations_go_from_the_last_to_the_first(tmp_path: Path) -> None:
    with session_of(tmp_path, cell="rnn", steps=3) as (session, link):
        session.turn(True)
        link.run_until_idle()
        texts = []
        for _ in range(8):
            found = standing(session.view)
            assert found is not None
            texts.append(f"{session.view.step + 1} {found.operation.text}")
            session.step_along(1)
        step = ["L = loss(y, target)", "y = softmax(logits)", "logits = W h + b", "h = tanh(h.pre)"]
        step.append("h.pre = W x + U h[t−1] + b")
        assert texts == [f"3 {one}" for one in step[1:]] + [f"2 {one}" for one in step[:4]]  # nothing follows step 3
        assert known_signals(session.view, 0, "forward") is None
        session.step(1)
        assert session.view.step == 1
        assert session.view.operation == 4


def test_going_back_and_forth_on_the_way_back(tmp_path: Path) -> None:
    with session_of(tmp_path, cell="rnn", steps=3) as (session, link):
        session.turn(True)
        link.run_until_idle()
        there = walked(session, link, 1)
        assert there[0] == (3, 1)
        assert there[-1] == (0, None)
        assert walked(session, link, -1) == there[::-1]


@pytest.mark.parametrize(
    "move",
    [
        lambda session: session.go_to(2),
        lambda session: session.go_to(1),
        lambda session: session.go_to_position(3),
        lambda session: session.go_to_end(),
        lambda session: session.go_to_start(),
        lambda session: session.set_grain("step"),
        lambda session: session.apply(backward=True),
    ],
)
def test_whatever_else_moves_the_cursor_shows_the_whole_step(move: Callable[[Session], None], tmp_path: Path) -> None:
    with session_of(tmp_path) as (session, link):
        session.go_to(1)
        session.step(3)
        assert place(session.view) == (3, 3)
        move(session)
        link.run_until_idle()
        assert session.view.operation is None


def test_what_lies_ahead_may_be_hidden_while_stepping(tmp_path: Path) -> None:
    with session_of(tmp_path) as (session, _):
        session.go_to(2)
        session.hide_ahead(True)
        session.step(5)
        assert place(session.view) == (4, 5)
        assert session.view.known == 4
        session.hide_ahead(False)
        assert place(session.view) == (4, 5)


def test_another_cell_under_the_cursor_ends_the_stepping_and_other_weights_do_not(tmp_path: Path) -> None:
    with session_of(tmp_path) as (session, link):
        session.go_to(1)
        session.step(6)
        session.change_spec(seed=7)
        link.run_until_idle()
        assert place(session.view) == (3, 6)
        session.change_spec(cell="gru")
        link.run_until_idle()
        assert place(session.view) == (3, None)


def test_playing_goes_operation_by_operation_to_the_end(tmp_path: Path) -> None:
    with session_of(tmp_path, cell="rnn", steps=2) as (session, link):
        player = Player(session)
        session.play()
        ticks = 0
        while session.view.playing:
            player._tick()
            link.run_until_idle()
            ticks += 1
        assert ticks == count(session, 1) + count(session, 2)
        assert place(session.view) == (2, None)
        session.play()
        assert place(session.view) == (0, None)


def test_the_grain_is_saved_with_the_session(tmp_path: Path) -> None:
    with session_of(tmp_path) as (session, _):
        session.set_grain("layer")
        assert saved_session(session.view, None).fields()["options"]["transport.grain"] == "layer"
        seen: list[str] = []
        for _ in range(3):
            session.next_grain()
            seen.append(session.view.grain)
        session.set_option("transport.grain", "nonsense")
        assert [*seen, session.view.grain] == ["operation", "step", "layer", "step"]
