"""The transport turned round: from the last step back to the first, under the same cursor."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from rnnviz.engine.messages import Advance, Differentiate, LossObjective, ProbeObjective
from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.player import Player
from rnnviz.ui.resolve import objective_of
from rnnviz.ui.wayback import arrived, gone_back_to, loss_reach
from tests.ui.session.conftest import Bench
from tests.ui.small_engine import SOURCE, document

STEPS = 9


@pytest.fixture
def turned(opened: Bench) -> Bench:
    opened.session.go_to(3)
    opened.session.turn(True)
    opened.settle()
    return opened


def test_turning_round_goes_to_the_end(turned: Bench) -> None:
    assert (turned.view.backward, turned.view.position) == (True, STEPS)


def test_a_run_under_way_is_brought_to_its_end_first(bench: Bench) -> None:
    bench.session.open_document(document(), run=False)
    bench.settle()
    bench.session.go_to(2)
    bench.settle()
    assert bench.view.published == 3
    bench.session.toggle_backward()
    bench.settle()
    assert (bench.view.backward, bench.view.published, bench.view.position) == (True, STEPS, STEPS)


def test_a_run_that_was_stopped_is_gone_back_over_as_far_as_it_came(bench: Bench) -> None:
    bench.session.open_document(document(), run=False)
    bench.settle()
    bench.session.go_to(4)
    bench.settle()
    bench.session.apply(backward=True)
    bench.settle()
    assert objective_of(bench.view) == LossObjective("upto", 4)
    assert loss_reach(bench.view) == 5


def test_the_next_step_is_to_the_left_and_left_stays_left(turned: Bench) -> None:
    turned.session.step_along(1)
    assert turned.view.position == STEPS - 1
    turned.session.step(-1)
    assert turned.view.position == STEPS - 2
    turned.session.step_along(-1)
    assert turned.view.position == STEPS - 1
    turned.session.turn(False)
    turned.session.step_along(1)
    assert turned.view.position == STEPS


def test_going_back_computes_no_step_anew(turned: Bench) -> None:
    before = turned.sent(Advance)
    for _ in range(STEPS + 2):
        turned.session.step_along(1)
    turned.settle()
    assert turned.view.position == 0
    assert turned.sent(Advance) == before


def test_playing_runs_to_the_start_and_starts_over_from_the_end(turned: Bench) -> None:
    player = Player(turned.session)
    turned.session.play()
    for _ in range(STEPS):
        assert turned.view.playing
        player._tick()
    assert (turned.view.position, turned.view.playing) == (0, False)
    turned.session.play()
    assert (turned.view.position, turned.view.playing) == (STEPS, True)


def test_the_loss_is_the_whole_one_at_every_position(turned: Bench) -> None:
    asked = turned.sent(Differentiate)
    for position in (STEPS, 4, 0):
        turned.session.go_to_position(position)
        turned.settle()
        assert turned.view.gradients is not None
        assert turned.view.gradients.objective == LossObjective("whole")
    assert turned.sent(Differentiate) == asked


def test_turning_back_leaves_loss_and_probe_as_they_were(opened: Bench) -> None:
    probe = ProbeObjective("h", 2, 1, 0)
    opened.session.set_scope("at")
    opened.session.set_probe(probe)
    opened.session.turn(True)
    opened.settle()
    assert objective_of(opened.view) == LossObjective("whole")
    opened.session.turn(False)
    opened.settle()
    assert (opened.view.scope, opened.view.probe, opened.view.position) == ("at", probe, STEPS)
    assert opened.view.gradients is not None
    assert opened.view.gradients.objective == probe


def test_a_sequence_without_a_target_can_still_be_probed(bench: Bench) -> None:
    words = msgspec.structs.replace(SOURCE, targets="none")
    bench.session.open_document(replace(document(), source=words))
    bench.settle()
    bench.session.turn(True)
    assert objective_of(bench.view) is None
    bench.session.set_probe(ProbeObjective("h", 2, 1, 0))
    assert objective_of(bench.view) == ProbeObjective("h", 2, 1, 0)


def test_what_is_hidden_are_gradients_and_no_signals(turned: Bench) -> None:
    turned.session.hide_ahead(True)
    turned.session.go_to(4)
    assert turned.view.known == STEPS
    assert reading.cover_after(turned.view) is None
    assert arrived(turned.view, 0, "forward") == slice(4, STEPS)
    assert reading.targets_shown(turned.view) == STEPS
    turned.session.hide_ahead(False)
    assert arrived(turned.view, 0, "forward") == slice(0, STEPS)


def test_two_directions_are_gone_back_over_each_in_its_own(opened: Bench) -> None:
    opened.session.change_spec(bidirectional=True, num_layers=2)
    opened.settle()
    opened.session.turn(True)
    opened.session.hide_ahead(True)
    opened.settle()
    view = opened.view
    assert view.trace is not None
    end = view.trace.schedule.positions
    assert view.position == end
    # The last output first, then the last layer: its backward direction from the first step on, then the forward one.
    assert gone_back_to(view, NETWORK, "forward") == STEPS - 1
    assert arrived(view, 1, "backward") == slice(0, 0)
    assert arrived(view, 1, "forward") == slice(STEPS, STEPS)
    seen = []
    for position in range(end, -1, -1):
        opened.session.go_to_position(position)
        at, view = opened.view.at, opened.view
        if at.phase == "layer":
            assert gone_back_to(view, at.layer, at.direction) == at.step
            shown = arrived(view, at.layer, at.direction)
            assert shown == (slice(0, at.step + 1) if at.direction == "backward" else slice(at.step, STEPS))
            seen.append((at.layer, at.direction))
    assert list(dict.fromkeys(seen)) == [(1, "backward"), (1, "forward"), (0, "backward"), (0, "forward")]
    for place in dict.fromkeys(seen):
        assert arrived(opened.view, *place) == slice(0, STEPS)


def test_starting_over_and_another_document_go_forward(turned: Bench) -> None:
    turned.session.restart_run()
    turned.settle()
    assert (turned.view.backward, turned.view.published) == (False, 0)
    turned.session.turn(True)
    turned.settle()
    turned.session.run_to_cursor()
    turned.settle()
    assert not turned.view.backward


def test_a_change_of_the_network_stays_on_the_way_back(turned: Bench) -> None:
    turned.session.go_to(4)
    turned.session.change_spec(hidden_size=4)
    turned.settle()
    assert (turned.view.backward, turned.view.step) == (True, 4)


def test_without_a_run_there_is_nothing_to_go_back_over(bench: Bench) -> None:
    bench.session.turn(True)
    assert not bench.view.backward
    bench.session.apply(backward=True)
    assert not bench.view.backward
