"""Tokens that are read because inputs are held: from what is held alone, whatever has been run."""

from __future__ import annotations

import pytest

from rnnviz.engine.interventions import Clamp, Intervention
from rnnviz.engine.messages import SequenceInfo
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui import readbyhand
from rnnviz.ui.readbyhand import tokens_by_hand

NAMES = ("a", "b", "c")
SPEC = NetworkSpec(input_size=3, output_size=3, delay=2)


def sequence(labels: tuple[str, ...], names: tuple[str, ...] = NAMES) -> SequenceInfo:
    return SequenceInfo(labels, names, None, (), None, None, len(labels))


def reading(place: int, first: int, last: int | None) -> tuple[Clamp, Clamp]:
    return Clamp("x", 0.0, -1, first=first, last=last), Clamp("x", 1.0, -1, units=(place,), first=first, last=last)


def test_one_input_of_one_among_zeros_is_a_token() -> None:
    assert tokens_by_hand(sequence(("a", "b", "a")), SPEC, reading(2, 1, 1)) == {1: "c"}


def test_a_range_that_goes_beyond_the_sequence_ends_with_it() -> None:
    assert tokens_by_hand(sequence(("a", "b", "a")), SPEC, reading(1, 1, None)) == {2: "b"}
    assert tokens_by_hand(sequence(("a", "b", "a")), SPEC, reading(1, 7, 9)) == {}


@pytest.mark.parametrize(
    "interventions",
    [
        (),
        (Clamp("x", 0.0, -1),),
        (Clamp("x", 1.0, -1, units=(1,), first=0, last=0),),
        (*reading(2, 0, 0)[:1], Clamp("x", 0.5, -1, units=(2,), first=0, last=0)),
        tuple(Clamp(c.signal, c.value, -1, units=c.units, on=False) for c in reading(2, 0, 0)),
        (Clamp("logits", 1.0, -1, units=(2,)),),
    ],
    ids=["none", "all zero", "two ones", "half", "off", "no input"],
)
def test_what_makes_no_token_changes_no_label(interventions: tuple[Intervention, ...]) -> None:
    assert tokens_by_hand(sequence(("a", "b")), SPEC, interventions) == {}


def test_steps_without_a_token_and_tables_have_none() -> None:
    assert tokens_by_hand(sequence(("a", "", "b")), SPEC, reading(2, 0, None)) == {0: "c", 2: "c"}
    assert tokens_by_hand(sequence(("1 h", "2 h")), SPEC, reading(2, 0, None)) == {}
    assert tokens_by_hand(sequence(("a", "b")), SPEC.replace(embedding_size=3), reading(2, 0, None)) == {}


def test_long_ranges_are_read_in_portions_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tuple("abcab" * 40)
    whole = tokens_by_hand(sequence(labels), SPEC, reading(0, 3, 170))
    monkeypatch.setattr(readbyhand, "_AT_ONCE", 30)
    assert tokens_by_hand(sequence(labels), SPEC, reading(0, 3, 170)) == whole
    assert len(whole) == sum(label != "a" for label in labels[3:171])
