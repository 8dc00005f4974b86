"""What the session promises to panels and window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.messages import Advance, Differentiate, LossObjective, ProbeObjective
from rnnviz.engine.sequence import SignalSource, TextSource, Wave
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.ui.session.conftest import Bench
from tests.ui.small_engine import IMPOSSIBLE_SEED, SOURCE, document

STEPS = 9


def states(view: View) -> np.ndarray:
    assert view.trace is not None
    return np.array(view.trace.values("h", view.published))


def test_a_document_is_shown_with_its_run_and_never_half(bench: Bench) -> None:
    bench.session.open_document(document())
    bench.settle()
    assert (bench.view.published, bench.view.position) == (STEPS, STEPS)
    shown = [new for new, _ in bench.told if new.trace is not None]
    assert shown[0].published == STEPS


def test_the_first_document_can_be_seen_before_the_engine_has_opened_it(bench: Bench) -> None:
    bench.session.open_document(document())
    assert bench.view.document is not None
    assert bench.view.trace is None


def test_a_view_cannot_be_changed(opened: Bench) -> None:
    with pytest.raises(FrozenInstanceError):
        opened.view.position = 3  # type: ignore[misc]


def test_every_change_is_told_once_with_what_was_before(opened: Bench) -> None:
    opened.told.clear()
    opened.session.go_to(3)
    opened.session.go_to(3)
    opened.session.pick_unit(2)
    moved = [(new.position, new.units) for new, _ in opened.told]
    assert moved == [(4, (0,)), (4, (2,))]
    assert opened.told[1][1] is opened.told[0][0]


def test_a_listener_that_asks_for_a_change_makes_no_one_see_the_past_again(opened: Bench) -> None:
    def answer(view: View, _old: View) -> None:
        opened.session.pick_unit(view.position % 5)

    late: list[View] = []
    opened.session.changed.connect(answer)
    opened.session.changed.connect(lambda view, old: late.append(view))
    opened.session.go_to_position(3)
    assert [(view.position, view.units) for view in late] == [(3, (0,)), (3, (3,))]


def test_stepping_beyond_the_run_computes_and_then_moves(bench: Bench) -> None:
    bench.session.open_document(document(), run=False)
    bench.settle()
    assert (bench.view.published, bench.view.position) == (0, 0)
    bench.session.step(1)
    assert bench.view.position == 0
    bench.settle()
    assert (bench.view.published, bench.view.position, bench.view.step) == (1, 1, 0)


def test_stepping_back_computes_nothing(opened: Bench) -> None:
    before = opened.sent(Advance)
    opened.session.step(-4)
    assert opened.view.position == STEPS - 4
    opened.settle()
    assert opened.sent(Advance) == before


def test_many_steps_asked_for_at_once_all_arrive(bench: Bench) -> None:
    bench.session.open_document(document(), run=False)
    for _ in range(4):
        bench.session.step(1)
    assert bench.settle().position == 4


def test_the_cursor_cannot_leave_the_sequence(opened: Bench) -> None:
    opened.session.step(5)
    assert opened.settle().position == STEPS
    opened.session.go_to_position(-3)
    assert opened.view.position == 0
    opened.session.go_to(10**9)
    assert opened.view.position == STEPS


def test_starting_over_forgets_the_run_and_the_numbers_come_back_the_same(opened: Bench) -> None:
    before = states(opened.view)
    opened.session.restart_run()
    view = opened.settle()
    assert (view.published, view.position) == (0, 0)
    opened.session.run_all()
    view = opened.settle()
    assert view.position == STEPS
    np.testing.assert_array_equal(states(view), before)


def test_run_to_cursor_forgets_what_lies_ahead(opened: Bench) -> None:
    opened.session.go_to_position(4)
    opened.session.run_to_cursor()
    assert (opened.settle().published, opened.view.position) == (4, 4)


def test_running_whole_leaves_a_cursor_that_looks_back_where_it_is(bench: Bench) -> None:
    bench.session.open_document(document(), position=5, run=False)
    bench.settle()
    bench.session.step(-2)
    bench.session.run_all()
    assert (bench.settle().published, bench.view.position) == (STEPS, 3)


def test_a_change_of_the_network_keeps_the_step_and_can_be_undone(opened: Bench) -> None:
    before = states(opened.view)
    opened.session.go_to_position(4)
    opened.session.change_spec(hidden_size=3)
    view = opened.settle()
    assert (view.position, states(view).shape) == (4, (STEPS, 3))
    opened.session.undo_stack.undo()
    np.testing.assert_array_equal(states(opened.settle()), before)
    opened.session.undo_stack.redo()
    assert states(opened.settle()).shape == (STEPS, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.change_spec(bidirectional=True),
        lambda session: session.change_spec(hidden_size=3),
        lambda session: session.set_source(TextSource("to be or not to be that is", vocabulary=SOURCE.vocabulary)),
        lambda session: session.append("not"),
    ],
    ids=["direction", "size", "sequence", "append"],
)
@pytest.mark.parametrize("step", [0, 3, 8])
def test_undo_and_redo_bring_the_cursor_back_with_the_document(
    opened: Bench, change: Callable[[Session], object], step: int
) -> None:
    opened.session.go_to(step)
    before = opened.settle()
    change(opened.session)
    after = opened.settle()
    for _ in range(2):
        opened.session.go_to(5)
        opened.session.undo_stack.undo()
        undone = opened.settle()
        assert (undone.position, undone.step, undone.published) == (before.position, step, before.published)
        opened.session.go_to(6)
        opened.session.undo_stack.redo()
        redone = opened.settle()
        assert (redone.step, redone.published) == (min(step, after.published - 1), after.published)
        assert redone.document == after.document


def test_changes_that_follow_fast_add_up_and_are_one_step_of_undo(opened: Bench) -> None:
    opened.session.change_spec(hidden_size=3)
    opened.session.change_spec(seed=4)
    view = opened.settle()
    assert view.document is not None
    assert (view.document.spec.hidden_size, view.document.spec.seed) == (3, 4)
    assert opened.session.undo_stack.count() == 1


def test_an_impossible_specification_is_a_message_and_changes_nothing(opened: Bench) -> None:
    before = opened.view
    opened.session.change_spec(hidden_size=0)
    assert opened.view.message_kind == "error"
    assert "hidden_size is 0" in opened.view.message
    assert opened.view.document is before.document


def test_a_network_that_the_engine_refuses_leaves_what_was_open_alive(opened: Bench) -> None:
    before = opened.view
    opened.session.change_spec(seed=IMPOSSIBLE_SEED)
    view = opened.settle()
    assert "nothing can be built" in view.message
    assert view.document == before.document
    assert view.position == before.position
    assert not opened.session.undo_stack.canUndo()
    opened.session.append("to be")
    assert opened.settle().published == STEPS + 2


def test_an_undo_that_fails_leaves_the_stack_where_it_stood(opened: Bench) -> None:
    opened.session.change_spec(seed=2)
    opened.settle()
    old = opened.session.undo_stack.command(0).old[0]  # type: ignore[attr-defined]
    object.__setattr__(old, "spec", old.spec.replace(seed=IMPOSSIBLE_SEED))
    opened.session.undo_stack.undo()
    view = opened.settle()
    assert view.document is not None
    assert view.document.spec.seed == 2
    assert opened.session.undo_stack.index() == 1


def test_weights_stay_where_their_shapes_stay(opened: Bench) -> None:
    got: list[Any] = []
    opened.session.request_weights(got.append)
    opened.settle()
    opened.session.open_document(document().__class__("W", document().spec, document().source, got[0]))
    opened.settle()
    opened.session.change_spec(topology="many-to-one")
    view = opened.settle()
    assert view.document is not None
    assert view.document.weights == got[0]
    opened.session.change_spec(hidden_size=3)
    view = opened.settle()
    assert view.document is not None
    assert view.document.weights is None


def test_the_sizes_of_the_network_follow_another_sequence(opened: Bench) -> None:
    opened.session.set_source(TextSource("one two three"))
    view = opened.settle()
    assert view.document is not None
    assert (view.document.spec.input_size, view.document.spec.output_size) == (3, 3)
    opened.session.set_source(SignalSource((Wave("sine"),), steps=20))
    spec = opened.settle().document.spec  # type: ignore[union-attr]
    assert (spec.input_size, spec.output_size, spec.readout) == (1, 1, "linear")


def test_another_cell_lets_go_of_what_only_the_former_one_had(opened: Bench) -> None:
    opened.session.change_spec(cell="lstm", forget_bias=1.0, spectral_radius=0.9, initialisation="orthogonal")
    opened.settle()
    opened.session.change_spec(cell="gru")
    spec = opened.settle().document.spec  # type: ignore[union-attr]
    assert (spec.cell, spec.forget_bias, spec.spectral_radius) == ("gru", None, 0.9)
    opened.session.change_spec(cell="lstm", forget_bias=1.0)
    opened.session.change_spec(cell="feedforward")
    spec = opened.settle().document.spec  # type: ignore[union-attr]
    assert (spec.forget_bias, spec.spectral_radius) == (None, None)


def test_an_error_is_taken_back_when_a_change_succeeds(opened: Bench) -> None:
    changes: tuple[Callable[[], None], ...] = (
        lambda: opened.session.change_spec(hidden_size=3),
        lambda: opened.session.append("not"),
    )
    for succeed in changes:
        opened.session.change_spec(hidden_size=0)
        assert opened.view.message_kind == "error"
        succeed()
        assert opened.settle().message_kind == "info" or opened.view.message == ""
        assert "hidden_size" not in opened.view.message


def test_a_sequence_that_cannot_be_encoded_is_a_message(opened: Bench) -> None:
    opened.session.set_source(TextSource("   "))
    assert opened.view.message_kind == "error"
    assert opened.settle().published == STEPS


def test_one_more_word_is_one_more_step_and_the_earlier_ones_stay(opened: Bench) -> None:
    before = states(opened.view)
    opened.session.append("not")
    view = opened.settle()
    assert (view.published, view.position) == (STEPS + 1, STEPS + 1)
    np.testing.assert_array_equal(states(view)[:STEPS], before)
    assert view.message == "the sequence has grown"
    opened.session.undo_stack.undo()
    assert opened.settle().published == STEPS


def test_a_word_that_is_not_in_the_vocabulary_is_refused_by_name(opened: Bench) -> None:
    opened.session.append("zebra")
    assert "zebra" in opened.settle().message
    assert opened.view.published == STEPS


def test_what_is_picked_always_exists(opened: Bench) -> None:
    opened.session.pick_unit(99)
    assert opened.view.units == (0,)
    opened.session.pick_unit(3, add=True)
    opened.session.pick_unit(0, add=True)
    assert opened.view.units == (3,)
    opened.session.pick_unit(3, add=True)
    assert opened.view.units == (0,)
    opened.session.pick_layer(7, "backward")
    assert (opened.view.layer, opened.view.direction) == (0, "forward")


def test_gradients_follow_the_cursor(opened: Bench) -> None:
    assert opened.view.gradients is not None
    assert opened.view.gradients.objective == LossObjective("upto", STEPS - 1)
    opened.session.go_to(3)
    view = opened.settle()
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("upto", 3)


def test_only_the_newest_gradients_are_asked_for_while_the_cursor_runs(opened: Bench) -> None:
    before = opened.sent(Differentiate)
    for step in range(7):
        opened.session.go_to(step)
    view = opened.settle()
    assert opened.sent(Differentiate) - before == 2
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("upto", 6)


def test_no_gradients_are_asked_for_where_there_is_no_loss(opened: Bench) -> None:
    opened.session.set_scope("at")
    opened.session.go_to_end()
    opened.settle()
    before = opened.sent(Differentiate)
    opened.session.go_to_start()
    assert opened.settle().gradients is None
    opened.session.go_to_end()  # the last word has no next one
    opened.settle()
    assert opened.sent(Differentiate) == before


def test_the_whole_loss_is_differentiated_only_when_the_run_is_whole(bench: Bench) -> None:
    bench.session.set_scope("whole")
    bench.session.open_document(document(), position=3, run=False)
    assert bench.settle().gradients is None
    bench.session.go_to_end()
    view = bench.settle()
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("whole")


@pytest.mark.parametrize(
    ("probe", "place"),
    [
        (ProbeObjective("q", 0, 0, 0), "no signal 'q'"),
        (ProbeObjective("h", 5, 0, 0), "unit 6"),
        (ProbeObjective("h", 0, 40, 0), "step 41"),
    ],
)
def test_an_impossible_probe_is_refused_by_name(opened: Bench, probe: ProbeObjective, place: str) -> None:
    opened.session.set_probe(probe)
    assert place in opened.view.message
    assert opened.view.probe is None


def test_a_probe_takes_the_place_of_the_loss(opened: Bench) -> None:
    probe = ProbeObjective("h", 2, 4, 0)
    opened.session.set_probe(probe)
    view = opened.settle()
    assert view.gradients is not None
    assert view.gradients.objective == probe


def test_an_engine_that_was_lost_is_restored_to_what_was_open(opened: Bench) -> None:
    opened.session.change_spec(seed=5)
    opened.session.go_to_position(4)
    before = opened.settle()
    numbers = states(before)
    opened.link.restart("it hung")
    assert opened.view.trace is before.trace
    view = opened.settle()
    assert (view.document, view.position, view.published) == (before.document, 4, STEPS)
    np.testing.assert_array_equal(states(view), numbers)
    assert "restored" in view.message
    opened.session.append("be")
    assert opened.settle().published == STEPS + 1


def test_a_request_made_while_a_document_opens_is_met_afterwards(opened: Bench) -> None:
    opened.session.change_spec(hidden_size=3)
    opened.session.go_to(2)
    assert opened.settle().position == 3


def test_playing_stops_at_the_end_and_starts_over_from_there(opened: Bench) -> None:
    opened.session.play()
    assert (opened.view.playing, opened.view.position) == (True, 0)
    opened.session.go_to_end()
    assert not opened.view.playing


def test_a_long_run_is_shown_while_it_grows(bench: Bench) -> None:
    bench.session.open_document(document().__class__("L", document().spec, TextSource("to be or not that is , " * 40)))
    bench.settle()
    grown = [new.published for new, old in bench.told if new.published != old.published]
    assert grown == sorted(grown)
    assert len(grown) > 3


def test_two_directions_stop_between_any_two_steps(bench: Bench) -> None:
    bench.session.open_document(document(bidirectional=True), position=STEPS + 2, run=False)
    view = bench.settle()
    assert (view.at.phase, view.at.direction, view.at.step) == ("layer", "backward", STEPS - 2)
    bench.session.go_to(0)
    assert bench.settle().at.phase == "output"


def test_a_request_for_the_weights_that_a_change_overtakes_is_still_met(opened: Bench) -> None:
    got: list[Any] = []
    opened.session.request_weights(got.append)
    opened.session.change_spec(hidden_size=3)
    opened.settle()
    assert [len(weights) for weights in got] == [3 * (7 + 3 + 7) * 8]


def test_a_request_for_the_weights_outlives_the_engine(opened: Bench) -> None:
    got: list[Any] = []
    opened.session.request_weights(got.append)
    opened.link.restart("it hung")
    opened.settle()
    assert len(got) == 1
