"""The window with the real engine: what is on the screen is what torch computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.messages import LossObjective
from rnnviz.engine.spec import Topology
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session, saved_session, write_session
from rnnviz.ui.start import plain_document
from rnnviz.ui.view import View


class Bench:
    """A session with the real engine in this process."""

    def __init__(self, root: Path) -> None:
        from rnnviz.engine.service import Engine

        self.link = LocalLink(Engine, root)
        self.session = Session(self.link)
        self.link.start()
        self.session.open_document(plain_document())
        self.settle()

    def settle(self) -> View:
        self.link.run_until_idle()
        view = self.session.view
        assert view.message_kind == "info", view.message
        return view


@pytest.fixture
def bench(qapp: object, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "engine")
    yield bench
    bench.link.stop()
    bench.session.deleteLater()


def everything(view: View) -> dict[tuple[int, str, str], np.ndarray]:
    assert view.trace is not None
    return {
        (f.layer, f.direction, f.signal): view.trace.record.signal(f.signal, f.layer, f.direction).copy()
        for f in view.trace.record.signals
    }


def assert_same(first: View, second: View) -> None:
    one, other = everything(first), everything(second)
    assert one.keys() == other.keys()
    for key, values in one.items():
        np.testing.assert_array_equal(values, other[key], err_msg=str(key))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "gru-cho", "lstm-peephole"])
def test_stepping_one_by_one_gives_what_running_whole_gives(bench: Bench, cell: str) -> None:
    bench.session.change_spec(cell=cell)
    whole = bench.settle()
    numbers = everything(whole)
    bench.session.restart_run()
    bench.settle()
    assert whole.trace is not None
    for step in range(whole.trace.steps):
        bench.session.step(1)
        assert bench.settle().step == step
    for key, values in everything(bench.session.view).items():
        np.testing.assert_array_equal(values, numbers[key], err_msg=str(key))


def test_saved_and_reopened_every_number_is_the_same(bench: Bench, tmp_path: Path) -> None:
    bench.session.change_spec(num_layers=2, bidirectional=True, seed=3)
    before = bench.settle()
    weights: list[Any] = []
    bench.session.request_weights(weights.append)
    bench.settle()
    write_session(saved_session(before, weights[0]), tmp_path / "s.rnnviz")
    loaded = read_session(tmp_path / "s.rnnviz")
    bench.session.change_spec(seed=4)
    bench.settle()
    bench.session.open_document(loaded.document, position=loaded.position, fields=loaded.fields())
    assert_same(bench.settle(), before)


def test_gradients_follow_every_step_and_name_theirs(bench: Bench) -> None:
    view = bench.session.view
    assert view.trace is not None
    for step in range(view.trace.steps):
        bench.session.go_to(step)
        view = bench.settle()
        assert view.gradients is not None
        assert view.gradients.objective == LossObjective("upto", step)
        losses = view.trace.values("loss", view.position, -1)[:, 0]  # type: ignore[union-attr]
        assert view.gradients.value == pytest.approx(np.nansum(losses[: step + 1]), rel=1e-6)


@pytest.mark.parametrize("topology", ["many-to-one", "one-to-many", "many-to-many"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_topology_can_be_stepped_through(bench: Bench, topology: Topology, bidirectional: bool) -> None:
    bench.session.change_spec(topology=topology, bidirectional=bidirectional, delay=0)
    bench.session.restart_run()
    view = bench.settle()
    assert view.trace is not None
    for position in range(1, view.trace.schedule.positions + 1):
        bench.session.step(1)
        assert bench.settle().position == position
    for _ in range(view.trace.schedule.positions):
        bench.session.step(-1)
    assert bench.settle().position == 0


def test_a_word_more_is_a_step_more_and_nothing_before_changes(bench: Bench) -> None:
    before = everything(bench.session.view)
    bench.session.append("morning")
    view = bench.settle()
    assert view.trace is not None
    assert (view.step, view.trace.labels[-1]) == (view.trace.steps - 1, "morning")
    for key, values in everything(view).items():
        if key[2] not in ("loss",):  # the last word has a next one now
            np.testing.assert_array_equal(values[: len(before[key])], before[key], err_msg=str(key))


def test_an_appended_word_recomputes_the_backward_direction_and_says_so(bench: Bench) -> None:
    bench.session.change_spec(bidirectional=True)
    bench.settle()
    bench.session.append("morning")
    view = bench.settle()
    assert "backward" in view.message
    assert view.trace is not None
    assert view.published == view.trace.schedule.positions


def test_an_engine_that_was_lost_comes_back_with_every_number(bench: Bench) -> None:
    bench.session.change_spec(cell="gru", hidden_size=7)
    bench.session.go_to(3)
    before = bench.settle()
    numbers = everything(before)
    bench.link.restart("it hung")
    bench.link.run_until_idle()
    view = bench.session.view
    assert (view.document, view.position) == (before.document, 4)
    for key, values in everything(view).items():
        np.testing.assert_array_equal(values, numbers[key])


def test_a_sequence_of_chosen_length_that_grew_is_as_long_when_it_is_saved_and_reopened(
    bench: Bench, tmp_path: Path
) -> None:
    document = bench.session.view.document
    assert document is not None
    spec = document.spec.replace(topology="one-to-many")
    bench.session.open_document(replace(document, spec=spec, steps=9))
    bench.settle()
    bench.session.append("good morning")
    grown = bench.settle()
    assert grown.trace is not None
    assert grown.trace.steps > 9
    write_session(saved_session(grown, None), tmp_path / "grown.rnnviz")
    bench.session.open_document(read_session(tmp_path / "grown.rnnviz").document)
    assert_same(grown, bench.settle())
