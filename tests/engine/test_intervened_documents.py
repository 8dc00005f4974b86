"""Documents with interventions: what runs is changed by hand, the run without them goes beside it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.errors import SpecError
from rnnviz.engine.interventions import Clamp, Edit, Intervention
from rnnviz.engine.messages import Advance, Advanced, Append, Event, GetWeights, Open, Opened, Scaling, WeightsReady
from rnnviz.engine.network import Network
from rnnviz.engine.record import Record
from rnnviz.engine.rescale import rescaled
from rnnviz.engine.sequence import SignalSource, TextSource, Wave, encode
from rnnviz.engine.service import Engine
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.statefile import to_bytes

SOURCE = SignalSource((Wave("sine"),), steps=40)
SPEC = NetworkSpec(cell="lstm", input_size=1, hidden_size=5, output_size=1)
SHUT = Clamp("f", 0.0, first=10, last=12)
OFF = Clamp("f", 0.0, first=10, last=12, on=False)
SET = Edit("U_f_l0", 2.0, row=0, column=1)
EVERYTHING = 10**6


def events(engine: Engine, command: Any) -> list[Event]:
    return [event for event in engine.handle(command) if event is not None]


def opened(engine: Engine, ticket: int, *interventions: Intervention, run: bool = True, **fields: Any) -> Opened:
    (event,) = events(engine, Open(ticket, **{"spec": SPEC, "source": SOURCE, **fields}, interventions=interventions))
    assert isinstance(event, Opened)
    if run:
        events(engine, Advance(ticket, EVERYTHING))
    return event


def shown(event: Opened, name: str = "h") -> np.ndarray:
    return np.array(Record.attach(event.layout, event.segments, event.steps).signal(name))


def original(event: Opened, name: str = "h") -> np.ndarray:
    assert event.original_layout is not None
    return np.array(Record.attach(event.original_layout, event.original, event.steps).signal(name))


def expected(*interventions: Intervention, scaling: float | None = None, name: str = "h") -> np.ndarray:
    network = Network(SPEC)
    if scaling is not None:
        network = rescaled(network, scaling)
    return rnnviz.run(network, encode(SOURCE).x, interventions=interventions).signal(name)


def test_the_run_is_touched_and_the_original_stands_beside_it(tmp_path: Path) -> None:
    event = opened(Engine(tmp_path), 1, SHUT, SET)
    np.testing.assert_array_equal(shown(event), expected(SHUT, SET))
    np.testing.assert_array_equal(original(event), expected())
    assert (shown(event, "f")[10:13] == 0).all()


@pytest.mark.parametrize("interventions", [(), (OFF,)])
def test_without_an_intervention_in_force_there_is_no_original(tmp_path: Path, interventions: Any) -> None:
    event = opened(Engine(tmp_path), 1, *interventions)
    assert (event.original, event.original_layout) == ((), None)
    np.testing.assert_array_equal(shown(event), expected())


def test_the_original_is_never_behind(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    event = opened(engine, 1, SHUT, run=False)
    for goal in (1, 2, 7, 33):
        (told,) = [e for e in events(engine, Advance(1, goal)) if isinstance(e, Advanced) and e.done]
        assert told.position == goal
        np.testing.assert_array_equal(original(event)[:goal], expected()[:goal])


def test_a_run_that_is_broken_off_leaves_none_behind(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    long = SignalSource((Wave("sine"),), steps=1000)
    event = opened(engine, 1, SHUT, run=False, source=long)
    work = engine.handle(Advance(1, EVERYTHING))
    assert isinstance(work, Generator)
    for _ in range(4):
        next(work)
    work.close()
    (told,) = [e for e in events(engine, Advance(1, 0)) if isinstance(e, Advanced)]
    assert 0 < told.position < 1000
    plain = rnnviz.run(Network(SPEC), encode(long).x).signal("h")
    np.testing.assert_array_equal(original(event)[: told.position], plain[: told.position])


def test_turning_back_and_forth_computes_the_original_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(tmp_path)
    first = opened(engine, 1)
    for ticket, touched in enumerate(((SHUT,), (SHUT, SET), (SET,), (OFF, SET)), 2):
        event = opened(engine, ticket, *touched)
        assert event.original == first.segments
        np.testing.assert_array_equal(shown(event), expected(*touched))
        np.testing.assert_array_equal(original(event), expected())
    event = opened(engine, 9, OFF, run=False)
    assert event.segments == first.segments
    assert event.position == 40
    np.testing.assert_array_equal(shown(event), expected())


def test_opening_the_same_once_more_runs_anew(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    opened(engine, 1, SHUT)
    event = opened(engine, 2, SHUT, run=False)
    assert event.position == 0
    assert not original(event).any()


def test_scaling_comes_before_the_interventions(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    opened(engine, 1, SHUT, SET)
    event = opened(engine, 2, SHUT, SET, scaling=Scaling(1.3))
    np.testing.assert_array_equal(shown(event), expected(SHUT, SET, scaling=1.3))
    np.testing.assert_array_equal(original(event), expected(scaling=1.3))


def test_the_weights_that_are_saved_are_those_before_any_intervention() -> None:
    engine = Engine()
    opened(engine, 1, SET)
    (event,) = events(engine, GetWeights(1))
    assert isinstance(event, WeightsReady)
    assert event.weights == to_bytes(Network(SPEC))


def test_a_sequence_that_grows_grows_for_both(tmp_path: Path) -> None:
    spec = NetworkSpec(cell="gru", input_size=3, hidden_size=4, output_size=3, readout="softmax")
    engine = Engine(tmp_path)
    source = TextSource("abcab" * 5, level="character")
    opened(engine, 1, Clamp("z", 1.0, first=3), spec=spec, source=source)
    (longer,) = [e for e in events(engine, Append(1, "cab" * 30)) if isinstance(e, Opened)]
    events(engine, Advance(1, EVERYTHING))
    x = encode(longer.source).x
    assert longer.steps == 25 + 90
    np.testing.assert_array_equal(original(longer), rnnviz.run(Network(spec), x).signal("h"))
    held = rnnviz.run(Network(spec), x, interventions=(Clamp("z", 1.0, first=3),))
    np.testing.assert_array_equal(shown(longer), held.signal("h"))


def test_files_of_both_go_with_their_document(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    opened(engine, 1)
    for ticket in range(2, 9):
        opened(engine, ticket, Clamp("f", ticket / 10))
        assert len(list(tmp_path.iterdir())) == 2
    opened(engine, 9)
    assert len(list(tmp_path.iterdir())) == 1
    opened(engine, 10, SHUT, scaling=Scaling(1.1))
    assert len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_made_leaves_what_was_open(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    before = opened(engine, 1, SHUT)
    with pytest.raises(SpecError, match="the signal 'q' of layer 1 is to be clamped"):
        events(engine, Open(2, SPEC, SOURCE, interventions=(Clamp("q", 0.0),)))
    np.testing.assert_array_equal(shown(before), expected(SHUT))
    assert len(list(tmp_path.iterdir())) == 2
