"""The talk between window and engine as a state machine: any order of requests, answers, deaths and restarts.

A session of the window talks to the real engine through a link whose messages travel one by one (`SlowLink`). What is
asked of the session is asked of a model at the same time, which answers at once: it knows the document that is wanted,
where the cursor is to stand and what undo must bring back. Whenever all has come to rest, the session must show exactly
that, with numbers that are computed anew from the document alone, and leave no question open.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Arrival, PathTable, Request, Starts
from rnnviz.engine.run import Running
from rnnviz.engine.sequence import TextSource, append, encode
from rnnviz.engine.service import Engine
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.trace import Trace
from rnnviz.ui.resolve import objective_of
from rnnviz.ui.session import Session
from rnnviz.ui.view import Document, View
from tests.ui.slow_link import LAST_WORDS, SlowLink

WORDS = ("be", "is", "not", "or", "that", "to")
TEXTS = ("to be or not to be", "that is", "not to be or to be that is not to be")
FIRST = Document(
    "Hamlet",
    NetworkSpec(cell="rnn", input_size=6, hidden_size=3, output_size=6, readout="softmax"),
    TextSource(TEXTS[0], vocabulary=WORDS),
)
BROKEN = b"no weights"
"""Weights with which no document can be opened; only the engine finds out."""
CHANGES = (("cell", "rnn"), ("cell", "gru"), ("hidden_size", 3), ("hidden_size", 4), ("num_layers", 2))
QUESTIONS: tuple[tuple[Request, ...], ...] = ((), (Arrival("h"),), (Arrival("h"), PathTable()), (Starts(),))


class Protocol(RuleBasedStateMachine):
    """One session from its first document to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.link = SlowLink(Engine, Path(self.folder.name) / "engine")
        self.session = Session(self.link)
        self.chain = [FIRST]
        """The documents that were asked for since all was at rest: the last that can be opened is to be shown."""
        self.at: int | None = None
        """The step at which the cursor is to stand; None: wherever it does."""
        self.follows = False
        """Whether the cursor goes to the end of a sequence that grows."""
        self.whole: bool | None = True
        """Whether everything is to be run; None: as far as it is."""
        self.history: list[tuple[Document, Document]] = []
        self.origin = FIRST
        self.handed_on: list[bytes | None] = []
        self.weights_asked = 0

    # Reading

    @property
    def view(self) -> View:
        return self.session.view

    @property
    def changing(self) -> bool:
        """Whether a change is on its way that undo must wait for."""
        session = self.session
        opening = session.opening
        waits = opening is not None and (opening.undoable or bool(opening.queue))
        return waits or bool(session.growing) or session.turning.next is not None

    @property
    def openable(self) -> bool:
        return self.chain[-1].weights != BROKEN

    @property
    def last_step(self) -> int:
        shown = self.view.document
        document = shown if self.session.growing and shown is not None else self.chain[-1]
        return steps_of(document) - 1

    def follow(self) -> None:
        """Let the model know what has happened since the last request: what was refused, what has grown."""
        session = self.session
        newest = session.newest
        assert newest is not None
        asked = replace(newest, interventions=session.interventions)
        while self.chain[-1] != asked:
            assert self.chain[-1].weights == BROKEN, f"{self.chain[-1]} was forgotten, and {asked} is wanted"
            self.chain.pop()
        if self.follows and not session.growing:
            self.at, self.follows = steps_of(self.chain[-1]) - 1, False

    # Requests

    @initialize()
    def begin(self) -> None:
        self._remember = self.session.remember_change
        self.session.remember_change = self.note_change  # type: ignore[method-assign]
        self.link.start()
        self.session.open_document(FIRST)
        self.rest()

    @rule(change=st.sampled_from(CHANGES))
    def change_the_network(self, change: tuple[str, Any]) -> None:
        self.follow()
        old = self.chain[-1]
        self.session.change_spec(**dict([change]))
        spec = old.spec.replace(**dict([change]))
        if spec != old.spec:
            self.want(replace(old, spec=spec, weights=None))

    @precondition(lambda self: self.openable)
    @rule()
    def ask_for_what_cannot_be_opened(self) -> None:
        self.follow()
        broken = replace(self.chain[-1], weights=BROKEN)
        self.session.set_document(broken)
        self.want(broken)

    @precondition(lambda self: self.openable)
    @rule(word=st.sampled_from(WORDS))
    def append_a_word(self, word: str) -> None:
        self.follow()
        longer = replace(self.chain[-1], source=append(self.chain[-1].source, word))
        if self.session.opening is None:
            self.follows = True
        else:
            self.at = steps_of(longer) - 1
        self.session.append(word)
        self.whole = True
        self.want(longer)

    @rule()
    def append_what_is_no_word(self) -> None:
        self.follow()
        self.session.append("whether")
        assert "whether" in self.view.message

    @precondition(lambda self: self.openable)
    @rule(text=st.sampled_from(TEXTS))
    def type_a_text(self, text: str) -> None:
        self.follow()
        source = TextSource(text, vocabulary=WORDS)
        if source == self.chain[-1].source:
            return
        if self.follows:
            self.at, self.follows = steps_of(self.chain[-1]) - 1, False
        opening = self.session.opening
        if opening is not None and opening.queue:
            self.at = None  # what waits is done in the new text, and may be cut off by its end
        self.session.set_source(source)
        self.want(replace(self.chain[-1], source=source))
        if self.at is not None and self.at > self.last_step:
            self.at = None  # at the end of this text if that comes to be shown, else where it was

    @precondition(lambda self: self.openable)
    @rule(unit=st.integers(0, 2), value=st.sampled_from((0.0, 0.5)), there=st.booleans())
    def intervene(self, unit: int, value: float, there: bool) -> None:
        self.follow()
        clamps = (Clamp("h", value, units=(unit,)),) if there else ()
        self.session.set_interventions(clamps)
        if clamps != self.chain[-1].interventions:
            self.want(replace(self.chain[-1], interventions=clamps))

    @rule(by=st.sampled_from((-3, -1, 1, 2)))
    def step(self, by: int) -> None:
        self.follow()
        backward = self.view.backward
        self.session.step(by)
        self.move(None if self.at is None or backward else self.at + by)

    @rule(step=st.integers(0, 11))
    def go_to(self, step: int) -> None:
        self.follow()
        self.session.go_to(step)
        self.move(step)

    @rule()
    def go_to_the_end(self) -> None:
        self.follow()
        self.session.go_to_end()
        self.move(self.last_step)

    @rule()
    def run_all(self) -> None:
        self.follow()
        self.session.run_all()
        self.at, self.follows, self.whole = None, False, True

    @rule()
    def start_over(self) -> None:
        self.follow()
        self.session.restart_run()
        self.at, self.follows, self.whole = -1, False, False

    @rule()
    def turn_round(self) -> None:
        self.follow()
        self.session.toggle_backward()
        self.at, self.follows, self.whole = None, False, None

    @rule()
    def undo(self) -> None:
        self.take_back(self.session.undo, self.session.undo_stack.index() - 1, 0)

    @rule()
    def redo(self) -> None:
        self.take_back(self.session.redo, self.session.undo_stack.index(), 1)

    @rule(scope=st.sampled_from(("upto", "at", "whole")))
    def choose_a_loss(self, scope: Any) -> None:
        self.session.set_scope(scope)

    @rule()
    def hide_what_lies_ahead(self) -> None:
        self.session.toggle_ahead()

    @rule(panel=st.sampled_from(("one", "two")), questions=st.sampled_from(QUESTIONS))
    def look_at_a_panel(self, panel: str, questions: tuple[Request, ...]) -> None:
        self.session.want(panel, questions)

    @rule()
    def ask_for_the_weights(self) -> None:
        self.session.request_weights(self.handed_on.append)
        self.weights_asked += 1

    @rule()
    def cancel(self) -> None:
        self.follow()
        self.session.cancel()
        self.link.run_until_idle()
        self.adopt()
        self.assert_nothing_waits(weights=False)

    # What happens to messages and engines

    @rule(count=st.integers(1, 3))
    def commands_arrive(self, count: int) -> None:
        for _ in range(count):
            self.link.carry()

    @rule(count=st.sampled_from((1, 3, 10, 40)))
    def the_engine_works(self, count: int) -> None:
        for _ in range(count):
            self.link.work()

    @rule(count=st.integers(1, 3))
    def events_arrive(self, count: int) -> None:
        for _ in range(count):
            self.link.deliver()

    @rule()
    def the_engine_dies(self) -> None:
        self.link.kill()

    @rule(heard=st.booleans())
    def its_death_is_found_out(self, heard: bool) -> None:
        self.link.kill()
        if not heard:
            self.link.inbox.clear()
        while self.link.deliver():
            self.follow()
        self.link.bury()

    @rule()
    def it_stays_dead_for_a_while(self) -> None:
        self.link.kill()
        self.link.bury(again=False)
        assert self.view.message.startswith(LAST_WORDS)
        self.session.step(-1)
        self.session.append("be")
        for _ in range(20):  # what waited is asked for one by one, and refused in turn
            QCoreApplication.processEvents()
        self.adopt()
        self.session.want("one", QUESTIONS[2])
        self.assert_nothing_waits()
        self.link.bury()
        self.at = self.view.step

    @rule()
    def rest(self) -> None:
        self.link.run_until_idle()
        assert self.link.state == "ready"
        shown = self.final()
        assert self.view.document == shown, "another document is shown than was asked for"
        if self.follows:
            self.at = steps_of(shown) - 1
        if self.at is not None:
            assert self.view.step == self.at
        if self.whole:
            assert self.view.trace is not None
            assert self.view.published == self.view.trace.schedule.positions
        self.assert_nothing_waits()
        self.assert_same_numbers()
        self.assert_history()
        self.adopt()

    def teardown(self) -> None:
        if self.link.state != "dead":
            self.rest()
        self.link.stop()
        self.session.deleteLater()
        self.link.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self.folder.cleanup()
        gc.collect(0)

    # The model

    def want(self, document: Document) -> None:
        self.chain.append(document)

    def move(self, step: int | None) -> None:
        self.follows = False
        self.at = None if step is None else max(-1, min(step, self.last_step))
        if self.at is None:
            self.whole = self.whole or None
        elif self.at == self.last_step:
            self.whole = True

    def final(self) -> Document:
        """The last document that can be opened of those that were asked for."""
        return next(document for document in reversed(self.chain) if document.weights != BROKEN)

    def adopt(self) -> None:
        """Take what is shown for what is wanted."""
        assert self.view.document is not None
        self.chain = [self.view.document]
        self.origin = self.view.document
        self.at, self.follows, self.whole = self.view.step, False, None
        trace = self.view.trace
        if trace is not None and self.view.published == trace.schedule.positions:
            self.whole = True

    def note_change(self, text: str, old: tuple[Document, int], gesture: int = 0) -> None:
        """A change has come on the undo stack: undo must bring back what was there before."""
        self._remember(text, old, gesture)
        assert self.view.document is not None
        self.history[self.session.undo_stack.index() - 1 :] = [(self.origin, self.view.document)]
        self.origin = self.view.document

    def take_back(self, request: Callable[[], None], place: int, side: int) -> None:
        self.follow()
        if self.changing:
            # What is on its way comes first, and whether it does decides what there is to take back.
            expected = self.final()
            request()
            self.link.run_until_idle()
            index = self.session.undo_stack.index()
            if side == 0 and index < len(self.history):
                assert expected in self.history[index]
            self.assert_history()
            self.assert_nothing_waits()
            self.adopt()
            return
        request()
        if 0 <= place < len(self.history):
            self.origin = self.history[place][side]
            self.want(self.origin)
            self.at, self.follows, self.whole = None, False, True

    # What must hold at rest

    def assert_nothing_waits(self, *, weights: bool = True) -> None:
        """Every question is answered, or it is said why not."""
        session, view = self.session, self.view
        assert (session.opening, session.goal, session.growing, session.turning.next) == (None, None, [], None)
        assert not session.waiting
        assert session.inquiries.complete or not view.published
        wanted = objective_of(view)
        refused = view.refused[0] if view.refused is not None else None
        if not view.unheld and wanted is not None and wanted != refused:
            assert view.gradients is not None
            assert view.gradients.objective == wanted
        if weights:
            assert len(self.handed_on) == self.weights_asked
        self.handed_on.clear()
        session.weights_wanted.clear()
        self.weights_asked = 0

    def assert_same_numbers(self) -> None:
        """What is shown is what the document alone gives."""
        view = self.view
        assert view.document is not None
        assert view.trace is not None
        reference = computed(view.document.spec, view.document.source, view.document.interventions, view.published)
        for field in view.trace.record.signals:
            place = (field.layer, field.direction)
            rows = view.trace.reached(view.published, *place)
            shown = view.trace.record.signal(field.signal, *place)[rows]
            np.testing.assert_array_equal(shown, reference.record.signal(field.signal, *place)[rows])
        if view.gradients is not None and view.refused is None:
            gradients = reference.gradients(view.gradients.objective)
            assert view.gradients.value == gradients.value
            for layer, way, name in view.gradients.signals:
                one, other = (found.record.signal(name, layer, way) for found in (view.gradients, gradients))
                np.testing.assert_array_equal(one, other)
        for request in self.session.inquiries.wanted if view.published else ():
            self.assert_answer(request, reference)

    def assert_answer(self, request: Any, reference: Trace) -> None:
        answer = self.view.analyses[request]
        arrays, fault = answered(request, reference)
        if answer.fault != "The analysis was cancelled.":
            assert answer.fault == fault
            for name, array in arrays.items():
                np.testing.assert_array_equal(answer.arrays[name], array)

    def assert_history(self) -> None:
        """Undo and redo go where the session was."""
        stack, shown = self.session.undo_stack, self.view.document
        assert stack.count() == len(self.history)
        if stack.index():
            assert self.history[stack.index() - 1][1] == shown
        if stack.index() < stack.count():
            assert self.history[stack.index()][0] == shown


def steps_of(document: Document) -> int:
    return len(document.source.text.split())  # type: ignore[union-attr]


def answered(request: Any, trace: Trace) -> tuple[Mapping[str, NDArray[np.generic]], str]:
    """Answer a request directly, or say why it has no answer."""
    try:
        return finish(analyse(trace, request, Memo())).arrays, ""
    except RnnvizError as error:
        return {}, str(error)


@lru_cache(512)
def computed(spec: NetworkSpec, source: TextSource, interventions: tuple[Clamp, ...], published: int) -> Trace:
    """Run a network directly, as far as a position."""
    sequence = encode(source)
    running = Running(Network(spec), sequence.x, sequence.target, interventions=interventions)
    for _ in running.advance(published):
        pass
    return running.trace()
