"""The first screen: a run that was recorded with the sample, until the engine is there and computes the same."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.assets import asset
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.messages import LossObjective
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.samples import FIRST_SAMPLE, first_sample
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session
from rnnviz.ui.settings import Settings
from rnnviz.ui.view import View
from rnnviz.ui.window import MainWindow
from tests.ui.small_engine import document

TOLERANCE = 1e-5
"""How far numbers may lie apart, against the largest of a signal, where another machine has recorded them."""


class Start:
    """The application as it starts, with an engine that comes when it is told to."""

    def __init__(self, root: Path) -> None:
        from rnnviz.engine.service import Engine

        self.link = LocalLink(Engine, root)
        self.session = Session(self.link)
        self.window = MainWindow(self.session, Settings())
        self.told: list[tuple[View, View]] = []
        self.window.begin()
        self.window.resize(1400, 900)
        self.window.files.open_first()
        self.window.show()
        QCoreApplication.processEvents()
        self.session.changed.connect(self._note)

    @property
    def view(self) -> View:
        return self.session.view

    def come(self) -> View:
        """Let the engine come, and answer everything."""
        self.link.start()
        self.link.run_until_idle()
        QCoreApplication.processEvents()
        return self.session.view

    def close(self) -> None:
        self.session.undo_stack.setClean()
        self.window.close()
        self.link.stop()
        self.window.deleteLater()
        self.session.deleteLater()
        self.link.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def _note(self, new: View, old: View) -> None:
        self.told.append((new, old))


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    start = Start(tmp_path / "engine")
    yield start
    start.close()


def compare(first: View, second: View) -> None:
    """Compare everything that panels draw from."""
    one, other = first.trace, second.trace
    assert one is not None
    assert other is not None
    assert one is not other
    assert (one.labels, one.steps, one.sequence, one.parts) == (other.labels, other.steps, other.sequence, other.parts)
    assert one.record.signals == other.record.signals
    for field in one.record.signals:
        place = (field.signal, field.layer, field.direction)
        _compare(one.record.signal(*place), other.record.signal(*place), str(place))
    mine, theirs = first.gradients, second.gradients
    assert mine is not None
    assert theirs is not None
    assert (mine.objective, mine.signals) == (theirs.objective, theirs.signals)
    assert [entry[:-1] for entry in mine.initial] == [entry[:-1] for entry in theirs.initial]
    assert [name for name, _ in mine.parameters] == [name for name, _ in theirs.parameters]
    for field in mine.record.signals:
        place = (field.signal, field.layer, field.direction)
        _compare(mine.record.signal(*place), theirs.record.signal(*place), f"gradient of {place}")


def _compare(mine: np.ndarray, theirs: np.ndarray, what: str) -> None:
    assert mine.dtype == theirs.dtype
    finite = np.isfinite(theirs)
    np.testing.assert_array_equal(mine[~finite], theirs[~finite], err_msg=what)
    largest = np.abs(theirs[finite]).max(initial=0.0)
    assert np.abs(mine[finite] - theirs[finite]).max(initial=0.0) <= TOLERANCE * largest, what


def test_the_sample_is_whole_before_there_is_an_engine(start: Start) -> None:
    view, saved = start.view, first_sample()
    assert (view.engine, start.link.state) == ("starting", "dead")
    assert start.window.status.engine.text() == "starting the engine…"
    assert view.document == saved.document
    assert view.trace is not None
    assert (view.published, view.position) == (view.trace.schedule.positions, saved.position)
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("upto", saved.position - 1)
    assert view.units == saved.manifest.units
    assert start.window.status.where == f"step {saved.position} of {view.trace.steps}"
    for panel in start.window.docks.panels:
        notice = getattr(panel, "notice", None)
        assert notice is None or not notice.isVisible(), panel.name


def test_what_was_recorded_is_what_the_engine_computes(start: Start) -> None:
    before = start.view
    after = start.come()
    assert after.engine == "ready"
    compare(before, after)


def test_the_engine_takes_over_without_a_change_on_the_screen(start: Start) -> None:
    start.session.show_message("")

    def pictures() -> dict[str, object]:
        for _ in range(3):  # what is typeset when idle, and the layout that follows it, come to rest
            for formula in start.window.findChildren(FormulaView):
                formula.finish()
            QCoreApplication.processEvents()
        panels: list[QWidget] = [panel for panel in start.window.docks.panels if panel.isVisible()]
        return {panel.objectName(): panel.grab().toImage() for panel in [*panels, start.window.transport]}

    before, old = pictures(), start.view
    new = start.come()
    assert new.trace is not old.trace
    assert all(view.gradients is not None and view.trace is not None for view, _ in start.told)
    assert all(view.position == old.position and view.published == old.published for view, _ in start.told)
    after = pictures()
    assert [name for name in before if before[name] != after[name]] == []


def test_the_run_is_stepped_through_before_there_is_an_engine(start: Start) -> None:
    session, trace = start.session, start.view.trace
    assert trace is not None
    session.step(-1)
    assert start.view.step == 9
    session.go_to_start()
    assert start.view.position == 0
    session.go_to_end()
    assert start.view.position == trace.schedule.positions
    session.go_to(5)
    start.window.transport.slider.setValue(4)
    assert start.view.step == 3
    assert start.window.status.where == "step 4 of 24"
    view = start.come()
    assert (view.step, view.published) == (3, trace.schedule.positions)
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("upto", 3)


def test_the_run_plays_before_there_is_an_engine_and_goes_on_when_it_comes(start: Start) -> None:
    start.session.set_speed(60)
    start.session.play()
    first = start.view.step
    QTest.qWait(100)
    assert start.view.step > first
    assert start.view.playing
    assert start.come().playing
    start.session.pause()


def test_the_way_back_is_turned_to_before_there_is_an_engine(start: Start) -> None:
    start.session.turn(True)
    assert start.view.backward
    view = start.come()
    assert view.backward
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("whole")


def test_a_change_made_before_there_is_an_engine_is_not_lost(start: Start) -> None:
    session = start.session
    session.go_to(6)
    session.pick_unit(2)
    session.set_theme("dark")
    session.change_spec(hidden_size=7)
    view = start.come()
    assert view.document is not None
    assert (view.document.spec.hidden_size, view.step, view.units, view.theme) == (7, 6, (2,), "dark")
    session.undo_stack.undo()
    view = start.come()
    assert view.document == first_sample().document
    assert view.step == 6


def test_an_intervention_made_before_there_is_an_engine_is_not_lost(start: Start) -> None:
    clamp = Clamp("f", 0.0, units=(0,))
    start.session.set_interventions((clamp,))
    view = start.come()
    assert view.document is not None
    assert view.document.interventions == (clamp,)
    assert view.trace is not None
    assert view.trace.original is not None
    assert not view.trace.record.signal("f")[:, 0].any()


def test_requests_that_need_the_engine_wait_for_it(start: Start, tmp_path: Path) -> None:
    start.window.files.save(tmp_path / "saved.rnnviz")
    start.session.restart_run()
    assert not (tmp_path / "saved.rnnviz").exists()
    view = start.come()
    assert (tmp_path / "saved.rnnviz").exists()
    assert view.published == 0


def test_escape_stops_nothing_while_the_engine_is_starting(start: Start) -> None:
    start.window.actions_["cancel"].trigger()
    assert start.come().engine == "ready"
    assert start.session.opening is None


def changed(path: Path, change: Callable[[dict[str, object]], object], to: Path) -> Path:
    """Write the first sample with a recording that was changed by hand."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    recording = msgspec.msgpack.decode(members["recording.msgpack"])
    change(recording)
    members["recording.msgpack"] = msgspec.msgpack.encode(recording)
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return to


HOSTILE: dict[str, Callable[[dict[str, object]], object]] = {
    "fewer bytes": lambda one: one.update(values=one["values"][:-4]),  # type: ignore[index]
    "more bytes": lambda one: one.update(values=one["values"] + b"\0" * 64),  # type: ignore[operator]
    "no bytes": lambda one: one.update(values="text"),
    "a longer sequence": lambda one: one["sequence"].update(length=25),  # type: ignore[attr-defined]
    "a sequence without end": lambda one: one["sequence"].update(length=10**15),  # type: ignore[attr-defined]
    "an empty sequence": lambda one: one["sequence"].update(length=0),  # type: ignore[attr-defined]
    "too many labels": lambda one: one["sequence"].update(labels=["x"] * 25),  # type: ignore[attr-defined]
    "too few inputs": lambda one: one["sequence"].update(input_names=["x"]),  # type: ignore[attr-defined]
    "a class that there is not": lambda one: one["sequence"].update(target_classes=[110] * 24),  # type: ignore[attr-defined]
    "too few classes": lambda one: one["sequence"].update(target_classes=[1]),  # type: ignore[attr-defined]
    "values for classes": lambda one: one["sequence"].update(target_kind="value"),  # type: ignore[attr-defined]
    "too few names": lambda one: one["sequence"].update(target_names=["x"]),  # type: ignore[attr-defined]
    "wrong counts": lambda one: one["parts"][0].update(count=7),  # type: ignore[index]
    "negative shapes": lambda one: one["parts"][0]["parameters"][0].__setitem__(1, [-1, 3]),  # type: ignore[index]
    "gradients of another size": lambda one: one["gradients"].update(values=b"1234"),  # type: ignore[attr-defined]
    "a step that there is not": lambda one: one["gradients"]["objective"].update(step=24),  # type: ignore[index]
    "a state that there is not": lambda one: one["gradients"].update(initial=[[3, "forward", "z", 0.0]]),  # type: ignore[attr-defined]
    "a field too many": lambda one: one.update(code="import os"),
    "no fingerprint": lambda one: one.pop("of"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_recording_is_refused_in_one_sentence_and_what_is_open_stays(
    start: Start, tmp_path: Path, what: str
) -> None:
    path = changed(asset("sessions", FIRST_SAMPLE), HOSTILE[what], tmp_path / "hostile.rnnviz")
    before = start.view
    start.window.files.open(path)
    view = start.view
    assert (view.document, view.trace, view.position) == (before.document, before.trace, before.position)
    assert view.message_kind == "error"
    assert view.message.startswith(f"the session {path} cannot be opened: the recorded run ")
    assert len(view.message) < 400
    assert "\n" not in view.message


def test_a_recording_that_is_no_recording_is_refused(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "broken.rnnviz"
    with zipfile.ZipFile(asset("sessions", FIRST_SAMPLE)) as archive, zipfile.ZipFile(path, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, b"\xc1" if name == "recording.msgpack" else archive.read(name))
    start.window.files.open(path)
    assert start.view.message.startswith(f"the session {path} cannot be opened: the recorded run cannot be read: ")


def test_a_recording_of_something_else_is_passed_over(tmp_path: Path) -> None:
    path = changed(asset("sessions", FIRST_SAMPLE), lambda one: one.update(of=b"another"), tmp_path / "other.rnnviz")
    saved = read_session(path)
    assert saved.recording is None
    assert saved.run is None
    assert saved.document == first_sample().document


def test_a_session_left_in_the_middle_of_its_run_is_not_shown_run_to_the_end() -> None:
    saved = first_sample()
    assert saved.run is not None
    assert replace(saved, manifest=msgspec.structs.replace(saved.manifest, published=3)).run is None


def test_a_sample_that_the_engine_refuses_stays_and_what_waited_is_met(start: Start) -> None:
    session = start.session
    met: list[str] = []
    session.afterwards(lambda: met.append("met"))
    assert met == []
    from rnnviz.engine.messages import Failed

    session.link.received.emit(Failed(session.ticket, "Open", "nothing can be built of it"))
    assert met == ["met"]
    assert start.view.message_kind == "error"
    assert start.view.trace is not None
    session.step(-1)
    assert start.view.step == 9
    session.open_document(document())
    assert session.opening is not None
