"""What was asked is answered, replaced by what was asked later, or refused with a reason; whenever the engine dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rnnviz.engine.messages import LossObjective, Scaling
from rnnviz.engine.requests import Arrival
from rnnviz.ui.reading import gradient_fault
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.ui.session.test_session import STEPS
from tests.ui.slow_link import LAST_WORDS, SlowLink
from tests.ui.small_engine import IMPOSSIBLE_SEED, SmallEngine, document

QUESTION = Arrival("h")


class Slow:
    """A session whose messages travel when the test says so, with a sentence of nine steps open."""

    def __init__(self, root: Path) -> None:
        self.link = SlowLink(SmallEngine, root)
        self.session = Session(self.link)
        self.link.start()
        self.session.open_document(document())
        self.session.want("panel", (QUESTION,))
        self.settle()

    @property
    def view(self) -> View:
        return self.session.view

    def settle(self) -> View:
        self.link.run_until_idle()
        return self.view

    def receive(self) -> None:
        """Let the engine receive everything, and do nothing yet."""
        while self.link.carry():
            pass

    def work(self) -> None:
        """Let the engine do everything, without the window hearing of it."""
        while self.link.carry() or self.link.work():
            pass

    def assert_answered(self) -> None:
        """Everything that can be seen is answered for what is shown."""
        view, session = self.view, self.session
        assert view.gradients is not None
        assert view.gradients.objective == LossObjective("upto", view.step)
        assert session.inquiries.complete
        assert not session.waiting
        assert not session.weights_wanted


@pytest.fixture
def slow(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr(SmallEngine, "answers", True)
    slow = Slow(tmp_path / "engine")
    yield slow
    slow.link.stop()
    slow.session.deleteLater()


def words(view: View) -> str:
    assert view.document is not None
    return view.document.source.text  # type: ignore[union-attr]


MOMENTS: dict[str, Callable[[Slow], None]] = {
    "before it was received": lambda slow: None,
    "when it was received": lambda slow: slow.receive(),
    "when it was done and not told": lambda slow: slow.work(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_word_appended_right_before_the_engine_dies_is_there_when_the_session_is_restored(
    slow: Slow, moment: str
) -> None:
    slow.session.append("be")
    MOMENTS[moment](slow)
    slow.link.kill()
    slow.link.inbox.clear()
    slow.link.bury()
    view = slow.settle()
    assert words(view).endswith("that is be")
    assert (view.position, view.published) == (STEPS + 1, STEPS + 1)
    assert "restored" in view.message
    slow.assert_answered()
    slow.session.undo()
    assert words(slow.settle()).endswith("that is")
    slow.assert_answered()


def test_a_word_appended_when_the_engine_is_dead_and_nobody_knows_is_there_when_it_is_restored(slow: Slow) -> None:
    slow.link.kill()
    slow.session.append("be")
    slow.session.append("or")
    slow.link.bury()
    assert words(slow.settle()).endswith("that is be or")
    slow.assert_answered()


def test_a_word_appended_right_before_the_network_is_changed_is_not_forgotten(slow: Slow) -> None:
    slow.session.append("be")
    slow.session.change_spec(hidden_size=3)
    view = slow.settle()
    assert view.document is not None
    assert (words(view)[-2:], view.document.spec.hidden_size, view.position) == ("be", 3, STEPS + 1)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_word_appended_right_before_a_change_that_is_refused_is_not_forgotten(slow: Slow, moment: str) -> None:
    slow.session.append("be")
    MOMENTS[moment](slow)
    slow.session.reseed(IMPOSSIBLE_SEED)
    view = slow.settle()
    assert words(view).endswith("that is be")
    assert (view.position, view.message_kind) == (STEPS + 1, "error")
    slow.assert_answered()


@pytest.mark.parametrize("moment", MOMENTS)
def test_changes_that_follow_fast_outlive_a_last_one_that_is_refused(slow: Slow, moment: str) -> None:
    slow.session.go_to(3)
    slow.session.change_spec(hidden_size=3)
    MOMENTS[moment](slow)
    slow.session.reseed(IMPOSSIBLE_SEED)
    slow.session.step(1)
    view = slow.settle()
    assert view.document is not None
    assert (view.document.spec.hidden_size, view.step, view.message_kind) == (3, 4, "error")
    slow.assert_answered()
    slow.session.undo()
    view = slow.settle()
    assert view.document == document()
    slow.assert_answered()


def test_typing_that_ends_in_what_cannot_be_opened_leaves_a_session_that_answers(slow: Slow) -> None:
    for size in (1, 11):
        slow.session.set_spec(document(hidden_size=size).spec, gesture=7)
        slow.work()
    slow.session.set_spec(document(seed=IMPOSSIBLE_SEED).spec, gesture=7)
    view = slow.settle()
    assert view.document == document()
    slow.session.go_to(2)
    slow.settle()
    slow.assert_answered()
    slow.session.append("be")
    slow.settle()
    slow.assert_answered()


def test_a_step_asked_for_before_the_engine_died_is_taken_after(slow: Slow) -> None:
    slow.session.restart_run()
    slow.settle()
    slow.session.step(1)
    slow.session.step(1)
    slow.link.bury()
    view = slow.settle()
    assert (view.position, view.published) == (2, 2)
    slow.assert_answered()


def test_a_later_move_replaces_the_step_that_an_engine_died_with(slow: Slow) -> None:
    slow.session.restart_run()
    slow.session.step(2)
    slow.settle()
    slow.session.step(3)
    slow.link.bury()
    slow.session.go_to(0)
    view = slow.settle()
    assert view.step == 0
    slow.assert_answered()


def test_a_move_after_a_word_was_appended_is_the_last(slow: Slow) -> None:
    slow.session.append("be")
    slow.session.go_to(2)
    view = slow.settle()
    assert (view.step, view.published) == (2, STEPS + 1)
    assert words(view).endswith("that is be")
    slow.assert_answered()


def test_a_change_before_a_step_is_computed_keeps_the_step(slow: Slow) -> None:
    slow.session.restart_run()
    slow.settle()
    slow.session.step(3)
    slow.session.change_spec(hidden_size=3)
    assert slow.settle().step == 2
    slow.assert_answered()


def test_a_run_to_the_end_goes_on_though_the_engine_dies_and_steps_are_taken_meanwhile(slow: Slow) -> None:
    slow.session.restart_run()
    slow.session.step(2)
    slow.settle()
    slow.session.go_to(0)
    slow.session.run_all()
    slow.session.step(3)
    slow.link.bury()
    view = slow.settle()
    assert (view.step, view.published) == (3, STEPS)
    slow.assert_answered()


def test_what_is_turned_by_hand_when_the_engine_dies_is_turned_after(slow: Slow) -> None:
    for value in (0.5, 0.6, 0.7):
        slow.session.set_scaling(Scaling(value), gesture=1)
    slow.work()
    slow.link.inbox.clear()
    slow.link.bury()
    view = slow.settle()
    assert view.document is not None
    assert view.document.scaling == Scaling(0.7)
    slow.assert_answered()


def test_what_is_turned_while_the_turn_before_is_not_answered_outlives_the_engine(slow: Slow) -> None:
    slow.session.set_scaling(Scaling(0.5), gesture=1)
    while slow.session.opening is not None:
        slow.work()
        slow.link.deliver()
    slow.session.set_scaling(Scaling(0.7), gesture=1)
    assert slow.session.turning.next is not None
    slow.link.bury()
    view = slow.settle()
    assert view.document is not None
    assert view.document.scaling == Scaling(0.7)
    slow.assert_answered()
    slow.session.undo()
    view = slow.settle()
    assert view.document is not None
    assert view.document.scaling is None


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.reseed(IMPOSSIBLE_SEED),
        lambda session: session.set_spec(document(seed=IMPOSSIBLE_SEED).spec, gesture=7),
    ],
    ids=["a field", "a specification"],
)
def test_what_is_turned_outlives_a_change_after_it_that_is_refused(
    slow: Slow, change: Callable[[Session], None]
) -> None:
    slow.session.set_scaling(Scaling(0.5))
    while slow.session.opening is not None:
        slow.work()
        slow.link.deliver()
    slow.session.set_scaling(Scaling(0.7))
    change(slow.session)
    view = slow.settle()
    assert view.document is not None
    assert (view.document.scaling, view.message_kind) == (Scaling(0.7), "error")


def test_two_words_that_are_refused_alike_leave_no_question_open(slow: Slow) -> None:
    for _ in range(2):
        slow.session.append("whether")
        view = slow.settle()
        assert "whether" in view.message
        slow.assert_answered()


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_questions_that_a_refused_append_disturbs_are_asked_again_each_time(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmallEngine, "_append", full)
    for unit in (1, 2):
        slow.session.want("panel", (Arrival("h", unit=unit),))
        slow.receive()
        slow.session.append("be")
        assert "the disk is full" in slow.settle().message
        slow.assert_answered()


def test_an_append_that_the_engine_refuses_leaves_what_was_asked_before(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmallEngine, "_append", full)
    slow.session.restart_run()
    slow.settle()
    for _ in range(2):
        slow.session.step(2)
        slow.session.append("be")
        view = slow.settle()
        assert "the disk is full" in view.message
        slow.assert_answered()
    assert view.step == 3
    assert words(view).endswith("that is")


def test_gradients_that_are_refused_twice_alike_leave_those_of_other_steps_alone(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SmallEngine._differentiate

    def refuse(self: SmallEngine, ticket: int, objective: LossObjective) -> object:
        if objective.step in (2, 3):
            raise OSError(28, "No space left on device")
        return real(self, ticket, objective)

    monkeypatch.setattr(SmallEngine, "_differentiate", refuse)
    slow.session.go_to(2)
    view = slow.settle()
    assert view.refused == (LossObjective("upto", 2), "Computing the gradients failed: the disk is full")
    slow.session.go_to(3)
    slow.receive()
    slow.session.go_to(4)
    slow.settle()
    slow.assert_answered()


def test_the_weights_are_handed_on_though_the_engine_stays_dead(slow: Slow) -> None:
    got: list[bytes | None] = []
    slow.session.request_weights(got.append)
    slow.link.bury(again=False)
    assert got == [None]


def test_what_cannot_be_asked_of_a_dead_engine_says_why_not_and_is_answered_when_it_runs_again(slow: Slow) -> None:
    slow.session.append("be")
    slow.session.go_to(2)
    slow.session.reseed(4)
    slow.link.bury(again=False)
    view = slow.view
    assert view.document == document()
    assert view.message == f"{LAST_WORDS}. Not done: the change of sequence and network"
    slow.session.want("panel", (Arrival("c"),))
    assert slow.view.analyses[Arrival("c")].fault == slow.view.unheld
    assert "Tools > Restart the engine" in slow.view.unheld
    slow.link.bury()
    assert Arrival("c") not in slow.view.analyses, "it can be asked again"
    slow.settle()
    assert slow.view.unheld == ""
    slow.assert_answered()


def test_undo_twice_of_an_engine_that_stays_dead_undoes_nothing(slow: Slow) -> None:
    for size in (4, 3):
        slow.session.change_spec(hidden_size=size)
        slow.settle()
    slow.session.undo()
    slow.session.undo()
    slow.link.bury(again=False)
    assert slow.view.document == document(hidden_size=3)
    assert slow.session.undo_stack.index() == 2


def test_a_question_that_an_append_overtakes_is_asked_again(slow: Slow) -> None:
    slow.session.want("panel", (Arrival("h", unit=1),))
    slow.receive()
    slow.session.append("be")
    slow.settle()
    slow.assert_answered()


def test_requests_made_while_a_session_is_restored_are_met_in_their_order(slow: Slow) -> None:
    slow.link.bury()
    slow.session.restart_run()
    slow.session.go_to_end()
    assert slow.settle().step == STEPS - 1
    slow.assert_answered()


def test_what_is_shown_and_cannot_be_opened_again_says_why_not(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[bytes | None] = []
    with monkeypatch.context() as patch:
        patch.setattr(SmallEngine, "_open", full)
        slow.link.bury()
        slow.session.request_weights(got.append)
        view = slow.settle()
    slow.session.request_weights(got.append)
    assert got == [None, None]
    assert view.trace is not None
    assert "the disk is full" in view.unheld
    slow.session.go_to(1)
    slow.session.want("panel", (Arrival("c"),))
    slow.settle()
    assert slow.session.inquiries.complete
    assert slow.session.settled
    assert gradient_fault(slow.view) == view.unheld
    slow.session.append("be")
    slow.settle()
    assert slow.view.message == view.unheld
    assert not slow.session.waiting
    assert slow.view.analyses[Arrival("c")].fault == view.unheld
    slow.session.change_spec(hidden_size=3)
    slow.settle()
    assert slow.view.unheld == ""
    slow.assert_answered()


def test_networks_that_are_compared_read_the_words_too_that_were_appended_at_a_death(slow: Slow) -> None:
    slow.session.rivals.add_copy(hidden_size=3)
    slow.settle()
    slow.session.append("be")
    slow.session.rivals.add_copy(hidden_size=4)
    slow.link.bury()
    slow.session.append("or")
    view = slow.settle()
    assert words(view).endswith("that is be or")
    assert [words(rival) for rival in view.rivals] == [words(view)] * 2
    assert [rival.position for rival in view.rivals] == [STEPS + 2] * 2
    assert slow.session.rivals.settled
    slow.assert_answered()


def test_undo_at_once_after_a_change_takes_that_change_back(slow: Slow) -> None:
    slow.session.change_spec(hidden_size=4)
    slow.settle()
    slow.session.change_spec(hidden_size=3)
    slow.session.undo()
    slow.session.step(-1)
    view = slow.settle()
    assert (view.document, view.step) == (document(hidden_size=4), STEPS - 2)
    slow.session.redo()
    assert slow.settle().document == document(hidden_size=3)


def test_undo_at_once_after_a_word_or_a_turn_takes_that_back(slow: Slow) -> None:
    slow.session.change_spec(hidden_size=4)
    slow.settle()
    slow.session.append("be")
    slow.session.undo()
    slow.session.reseed(9)
    assert slow.settle().document == document(hidden_size=4, seed=9)
    slow.session.set_scaling(Scaling(0.5))
    while slow.session.opening is not None:
        slow.work()
        slow.link.deliver()
    slow.session.set_scaling(Scaling(0.7))
    slow.session.undo()
    view = slow.settle()
    assert view.document is not None
    assert view.document.scaling == Scaling(0.5)
    slow.assert_answered()


def test_a_change_at_once_after_undo_can_be_undone_to_what_undo_brought_back(slow: Slow) -> None:
    for size in (4, 3):
        slow.session.change_spec(hidden_size=size)
        slow.settle()
    slow.session.undo()
    slow.session.reseed(9)
    view = slow.settle()
    assert view.document == document(hidden_size=4, seed=9)
    for expected in (document(hidden_size=4), document()):
        slow.session.undo()
        assert slow.settle().document == expected
