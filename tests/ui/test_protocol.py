"""Window and engine talk in any order: nothing that was asked is lost, and nothing waits for ever."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ui.protocol import Protocol


def test_whatever_happens_in_whatever_order_what_was_asked_for_is_shown_in_the_end(qapp: object) -> None:
    run_state_machine_as_test(Protocol, settings=settings(max_examples=25, stateful_step_count=30))
