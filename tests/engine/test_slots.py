"""Several networks in one engine: each is served in its turn, and none knows of the others."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import msgspec
import pytest

from rnnviz.engine.messages import (
    Advance,
    Advanced,
    Analyse,
    Analysed,
    AnyCommand,
    Close,
    Event,
    Failed,
    GetWeights,
    Opened,
    WeightsReady,
    decode_command,
    encode,
)
from rnnviz.engine.requests import PathTable
from rnnviz.engine.service import Engine
from rnnviz.engine.slots import Slots
from tests.engine.fake_engine import FakeEngine, open_command


def at(slot: int, command: AnyCommand) -> AnyCommand:
    return msgspec.structs.replace(command, slot=slot)


def run_out(slots: Slots) -> list[Event]:
    """Everything that the commands bring."""
    events = []
    while not slots.idle:
        event = slots.step()
        if event is not None:
            events.append(event)
    return events


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(FakeEngine(tmp_path), FakeEngine, tmp_path)


def test_the_slot_of_a_command_crosses_the_connection() -> None:
    assert decode_command(encode(Advance(3, 7, slot=2))) == Advance(3, 7, slot=2)
    assert decode_command(encode(Advance(3, 7))).slot == 0


def test_every_event_bears_the_slot_of_its_network(slots: Slots) -> None:
    for slot in (0, 1, 2):
        slots.put(at(slot, open_command(1)))
        slots.put(at(slot, Advance(1, 2)))
    events = run_out(slots)
    for slot in (0, 1, 2):
        assert [type(event) for event in events if event.slot == slot] == [Opened, Advanced]


def test_the_files_of_networks_with_equal_tickets_do_not_clash(slots: Slots) -> None:
    for slot in (0, 1, 2):
        slots.put(at(slot, open_command(1)))
    paths = [event.segments[0].path for event in run_out(slots) if isinstance(event, Opened)]
    assert len(set(paths)) == 3
    assert all(Path(path).exists() for path in paths)


def test_a_long_run_of_one_network_does_not_keep_another_waiting(slots: Slots) -> None:
    for slot in (0, 1):
        slots.put(at(slot, open_command(1)))
    run_out(slots)
    slots.put(Advance(1, 5000))  # the engine of the tests takes as many slices
    slots.put(at(1, Advance(1, 2)))
    told = [slots.step() for _ in range(20)]
    assert [event.slot for event in told if event is not None] == [1]


def test_the_first_network_comes_first(slots: Slots) -> None:
    slots.put(at(1, open_command(1)))
    slots.put(open_command(1))
    assert [event.slot for event in run_out(slots)] == [0, 1]


def test_requests_about_one_network_give_way_to_the_work_of_another(slots: Slots) -> None:
    for slot in (0, 1):
        slots.put(at(slot, open_command(1)))
    run_out(slots)
    slots.put(Analyse(1, PathTable()))
    slots.put(at(1, Advance(1, 2)))
    assert [type(event) for event in run_out(slots)] == [Advanced, Analysed]


def test_a_slot_that_is_closed_leaves_no_file_and_no_engine(tmp_path: Path) -> None:
    made: list[weakref.ref[FakeEngine]] = []

    def factory(directory: Path | None) -> FakeEngine:
        engine = FakeEngine(directory)
        made.append(weakref.ref(engine))
        return engine

    slots = Slots(FakeEngine(tmp_path), factory, tmp_path)
    slots.put(at(1, open_command(1)))
    slots.put(at(1, Advance(1, 10**6)))
    slots.step()
    slots.step()
    assert any(tmp_path.rglob("*.segment"))
    slots.put(at(1, Close(0)))
    gc.collect()
    assert not any(tmp_path.rglob("*.segment"))
    assert made[0]() is None
    assert slots.idle


def test_what_comes_for_a_closed_slot_is_dropped_and_the_first_slot_stays(slots: Slots) -> None:
    slots.put(open_command(1))
    run_out(slots)
    slots.put(at(4, GetWeights(1)))
    slots.put(at(4, Close(0)))
    slots.put(Close(0))
    slots.put(GetWeights(1))
    assert [type(event) for event in run_out(slots)] == [WeightsReady]


def test_an_engine_that_cannot_be_made_is_said_in_its_slot_alone(tmp_path: Path) -> None:
    def factory(directory: Path | None) -> FakeEngine:
        raise MemoryError

    slots = Slots(FakeEngine(tmp_path), factory, tmp_path)
    slots.put(at(2, open_command(5)))
    slots.put(open_command(1))
    failed, opened = run_out(slots)
    assert isinstance(failed, Failed)
    assert (failed.slot, failed.ticket, failed.command) == (2, 5, "Open")
    assert "memory" in failed.message
    assert isinstance(opened, Opened)


def test_the_time_per_step_is_told_and_grows_with_the_network(tmp_path: Path) -> None:
    told = []
    for size in (8, 512):
        command = open_command(1, steps=256)
        command = msgspec.structs.replace(
            command, spec=command.spec.replace(hidden_size=size, input_size=4, output_size=4, readout="softmax")
        )
        engine = Engine(None)
        list(engine.handle(command))
        last = [event for event in engine.handle(Advance(1, 256)) if isinstance(event, Advanced)][-1]
        assert last.per_step is not None
        told.append(last.per_step)
    assert 0 < told[0] < told[1] < 1
