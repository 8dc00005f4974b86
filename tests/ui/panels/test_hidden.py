"""What lies ahead is hidden everywhere: a panel shows the same of two sequences that differ only in what is to come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage

from rnnviz.engine.sequence import SequenceSource, SignalSource, TextSource, Wave
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.panels.sequence import SequencePanel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.session import Session
from tests.ui.panels.runs import real_session

CURSOR = 4
WORDS = ("and", "bird", "cat", "dog", "fish", "is", "old", "sat", "so", "the", "under", "was")


def text(ending: str) -> TextSource:
    return TextSource(f"the cat sat under the dog {ending}", vocabulary=WORDS)


def signal(amplitude: float) -> SignalSource:
    return SignalSource((Wave("sine"), Wave("impulse", amplitude=amplitude, at=9)), steps=12)


PAIRS: dict[str, tuple[SequenceSource, SequenceSource]] = {
    "words": (text("so fish was old"), text("and bird is so")),
    "numbers": (signal(1.0), signal(-0.5)),
}


OF_THE_WHOLE = {
    "backprop": "gradients of the whole loss, and says so",
    "clipping": "the gradient of the whole loss, and says so",
    "weights": "the gradient of the whole loss, and says so",
    "laboratory": "the gradient of the whole loss over the scale, and says so",
    "causes": "what a prediction is caused by against the mean input of the sequence",
    "statespace": "the principal components of all states",
    "memory": "a scale that is fixed for the whole run",
    "inputs": "a scale that is fixed for the whole run",
    "outputs": "a scale that is fixed for the whole run",
}
"""What rests on the whole sequence without showing a step of it; of words, inputs and outputs do not."""


@contextmanager
def shown(panel_class: type[Panel], session: Session, link: Any) -> Iterator[Panel]:
    panel = panel_class(session, TimeAxis(session))
    panel.resize(800, 420)
    panel.show()
    link.run_until_idle()
    QCoreApplication.processEvents()
    try:
        yield panel
    finally:
        panel.close()
        panel.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def picture(panel: Panel) -> NDArray[np.uint8]:
    image = panel.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1).copy()


def pictures(source: SequenceSource, root: Path, *, hidden: bool) -> dict[str, NDArray[np.uint8]]:
    found = {}
    with real_session(root, source, cell="lstm", hidden_size=4) as (session, link):
        session.go_to(CURSOR)
        session.hide_ahead(hidden)
        link.run_until_idle()
        for panel_class in panel_classes():
            with shown(panel_class, session, link) as panel:
                found[panel.name] = picture(panel)
    return found


@pytest.mark.parametrize("kind", PAIRS)
def test_no_panel_shows_what_lies_ahead_while_it_is_hidden(qapp: object, tmp_path: Path, kind: str) -> None:
    one, two = (pictures(source, tmp_path / str(k), hidden=True) for k, source in enumerate(PAIRS[kind]))
    leaking = {name for name in one if not np.array_equal(one[name], two[name])}
    assert leaking <= OF_THE_WHOLE.keys()
    if kind == "words":
        assert not leaking & {"inputs", "outputs"}


def test_the_same_sequences_look_different_where_nothing_is_hidden(qapp: object, tmp_path: Path) -> None:
    one, two = (pictures(source, tmp_path / str(k), hidden=False) for k, source in enumerate(PAIRS["words"]))
    telling = {name for name in one if not np.array_equal(one[name], two[name])}
    assert {"tokens", "states", "gates", "outputs", "sequence"} <= telling


def test_the_sequence_comes_back_where_nothing_lies_ahead_and_where_it_is_shown_again(
    qapp: object, tmp_path: Path
) -> None:
    with (
        real_session(tmp_path, text("so fish was old"), cell="lstm") as (session, link),
        shown(SequencePanel, session, link) as panel,
    ):
        assert isinstance(panel, SequencePanel)
        seen = []
        for hidden, step in ((False, CURSOR), (True, CURSOR), (True, 9), (False, CURSOR)):
            session.go_to(step)
            session.hide_ahead(hidden)
            link.run_until_idle()
            seen.append((panel.column.isVisible(), panel.notice.isVisible(), panel.extension.isVisible()))
        assert seen == [(True, False, True), (False, True, True), (True, False, True), (True, False, True)]


def test_the_backward_pass_begins_with_what_lies_ahead_hidden_and_forward_is_as_it_was(
    qapp: object, tmp_path: Path
) -> None:
    with real_session(tmp_path, text("so fish was old"), cell="lstm") as (session, link):
        told = []
        for change in (session.toggle_backward, session.toggle_backward, partial(session.hide_ahead, True)):
            change()
            link.run_until_idle()
            told.append((session.view.backward, session.view.ahead_hidden))
        session.toggle_backward()
        session.hide_ahead(False)
        told.append((session.view.backward, session.view.ahead_hidden))
        session.toggle_backward()
        told.append((session.view.backward, session.view.ahead_hidden))
        assert told == [(True, True), (False, False), (False, True), (True, False), (False, True)]
