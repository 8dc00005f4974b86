"""What panels want to know of a run: asked once, kept, asked anew when the run is another."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.messages import Analyse, Withdraw
from rnnviz.engine.requests import Arrival, PathsFrom, PathTable, Request
from rnnviz.ui.view import AnalysisView
from tests.ui.session.conftest import Bench
from tests.ui.small_engine import SmallEngine

REQUEST = Arrival("h")


@pytest.fixture(autouse=True)
def the_engine_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmallEngine, "answers", True)


def answer(bench: Bench, request: Request = REQUEST) -> AnalysisView:
    """The answer to a request, which must be of the run that is shown."""
    found = bench.view.analyses[request]
    assert bench.view.current(found)
    return found


def expected(bench: Bench) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    assert bench.view.trace is not None
    return bench.view.trace.values("h", bench.view.published)[: bench.view.published].sum(0)


def test_what_a_panel_wants_is_asked_once_and_answered(opened: Bench) -> None:
    opened.session.want("one", (REQUEST,))
    opened.session.want("two", (REQUEST,))
    opened.settle()
    np.testing.assert_array_equal(answer(opened).arrays["sum"], expected(opened))
    opened.session.go_to(2)
    opened.settle()
    assert opened.sent(Analyse) == 1
    assert opened.session.inquiries.complete


def test_every_state_of_a_run_that_goes_on_is_asked_about_at_last(opened: Bench) -> None:
    opened.session.restart_run()
    opened.settle()
    opened.session.want("panel", (REQUEST,))
    opened.settle()
    assert opened.view.analyses == {}
    for _ in range(3):
        opened.session.step(1)
    opened.settle()
    assert answer(opened).position == 3
    np.testing.assert_array_equal(answer(opened).arrays["sum"], expected(opened))


def test_an_answer_stays_until_that_of_a_network_of_the_same_shape_is_there(opened: Bench) -> None:
    opened.session.want("panel", (REQUEST,))
    opened.settle()
    before = answer(opened)
    shown: list[AnalysisView | None] = []
    opened.session.changed.connect(lambda view, _old: shown.append(view.analyses.get(REQUEST)))
    opened.session.reseed(5)
    opened.settle()
    assert answer(opened) is not before
    assert None not in shown
    np.testing.assert_array_equal(answer(opened).arrays["sum"], expected(opened))


def test_answers_about_a_network_of_another_shape_are_taken_away(opened: Bench) -> None:
    opened.session.want("panel", (REQUEST,))
    opened.settle()
    before = answer(opened)
    shown: list[AnalysisView | None] = []
    opened.session.changed.connect(lambda view, _old: shown.append(view.trace and view.analyses.get(REQUEST)))
    opened.session.change_spec(hidden_size=3)
    opened.settle()
    assert shown[0] is not before
    assert answer(opened).arrays["sum"].shape == (3,)


def test_appending_asks_anew(opened: Bench) -> None:
    opened.session.want("panel", (REQUEST,))
    opened.settle()
    opened.session.append("not")
    opened.settle()
    np.testing.assert_array_equal(answer(opened).arrays["sum"], expected(opened))


def test_what_nobody_wants_any_more_is_taken_back(opened: Bench) -> None:
    opened.session.want("panel", (PathTable(),))
    opened.session.want("panel", (PathsFrom(3),))
    opened.settle()
    assert opened.sent(Withdraw) == 0  # the agenda takes it back itself
    assert set(opened.view.analyses) == {PathsFrom(3)}


def test_answers_of_steps_passed_by_are_kept_but_not_without_end(opened: Bench) -> None:
    for step in range(80):
        opened.session.want("panel", (PathsFrom(step),))
        opened.settle()
    assert PathsFrom(78) in opened.view.analyses
    assert len(opened.view.analyses) == 65
    asked = opened.sent(Analyse)
    opened.session.want("panel", (PathsFrom(70),))
    opened.settle()
    assert opened.sent(Analyse) == asked


def test_a_request_that_was_cancelled_rests_until_it_is_asked_again(opened: Bench) -> None:
    opened.session.want("panel", (PathTable(),))
    opened.session.cancel()
    opened.settle()
    assert answer(opened, PathTable()).fault == "The analysis was cancelled."
    opened.session.go_to(1)
    opened.settle()
    assert opened.sent(Analyse) == 0
    opened.session.inquiries.again(PathTable())
    opened.settle()
    np.testing.assert_array_equal(answer(opened, PathTable()).arrays["sum"], expected(opened))


def test_an_engine_that_is_started_again_is_asked_again(opened: Bench) -> None:
    opened.session.want("panel", (REQUEST,))
    opened.settle()
    opened.link.restart("a test wants it")
    opened.settle()
    np.testing.assert_array_equal(answer(opened).arrays["sum"], expected(opened))


def test_a_network_that_cannot_be_opened_leaves_the_questions_about_the_open_one(opened: Bench) -> None:
    opened.session.reseed(13)
    opened.session.want("panel", (REQUEST,))
    opened.settle()
    assert opened.view.message_kind == "error"
    np.testing.assert_array_equal(answer(opened).arrays["sum"], expected(opened))
