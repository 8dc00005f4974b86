"""A test that asks whether all of something is so fails where there is nothing to ask about."""

from __future__ import annotations

import pytest

from tests.strict import all_of_some


def test_all_of_nothing_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="nothing of which all could be true"):
        all_of_some([])
    with pytest.raises(AssertionError, match="nothing of which all could be true"):
        all_of_some(letter.isupper() for letter in "")


def test_all_of_something_is_what_it_always_was() -> None:
    assert all_of_some([1, "a"])
    assert not all_of_some([1, 0])
    assert not all_of_some(letter.isupper() for letter in "Ab")


def test_the_tests_themselves_are_asked_so() -> None:
    with pytest.raises(AssertionError, match="nothing of which all could be true"):
        all(())
