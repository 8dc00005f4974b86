"""The status line: step, loss, notes, what is being computed, and the state of the engine."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QStatusBar, QToolButton, QWidget

from rnnviz.ui.actions import Actions
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.textline import Run, TextLine
from rnnviz.ui.messagebar import as_sentence
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.resolve import loss_steps
from rnnviz.ui.session import Session
from rnnviz.ui.theme import MEDIUM, REGULAR
from rnnviz.ui.transport import step_of
from rnnviz.ui.view import LOOKS, View

HINT = "Space plays · ← → step · B backward pass · H hides what lies ahead · F11 lecture mode · F1 all keys"

NOTE_LASTS = 10_000
"""How long a note takes the place of the hint, in milliseconds."""

_ENGINE = {
    "starting": "starting the engine…",
    "ready": "engine ready",
    "busy": "computing…",
    "dead": "the engine has stopped",
    "restarting": "starting the engine anew…",
}


def loss_text(view: View) -> str:
    """The loss of all steps up to the cursor, or on the way back of all, in words; empty where no step has one."""
    if view.trace is None:
        return ""
    counted = loss_steps(view.trace)
    try:
        losses = view.trace.values("loss", view.published if view.backward else view.position - view.within, -1)[:, 0]
    except KeyError:
        return ""
    losses = losses[counted & ~np.isnan(losses)].astype(np.float64)
    if losses.size == 0:
        return "no loss yet" if counted.any() else "no target, so no loss"
    total = float(losses.sum())
    return f"L = {total:.4g} over {losses.size} step{'s' if losses.size > 1 else ''}"


def where_text(view: View) -> str:
    """Where the cursor stands, in words: "step 7 of 24", or "backward: step 7 of 24, back from 24"."""
    if view.trace is None:
        return ""
    place = f"step {step_of(view)} of {view.trace.steps}"
    if not view.backward:
        return place
    return f"backward: {place}, back from {max(0, view.trace.schedule.at(view.published).step + 1)}"


class StatusLine(QStatusBar):
    """What goes on, in one line.

    Parameters
    ----------
    session : Session
    actions : Actions
    parent : QWidget or None
    """

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = TextLine()
        self.engine = PlainLabel(_ENGINE["starting"])
        self.line.setAccessibleName("Where the run stands, its loss, and notes")
        self._parts = ("", "", HINT)
        self._look = look(session.view)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(NOTE_LASTS)
        self._fade.timeout.connect(self._on_faded)
        self._session = session
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress")
        self.stop = QToolButton()
        self.stop.setDefaultAction(actions["cancel"])
        self.setSizeGripEnabled(False)
        self.engine.setContentsMargins(8, 0, 8, 0)
        self.setContentsMargins(8, 0, 0, 0)
        self.addWidget(self.line, 1)
        for widget in (self.progress, self.stop, self.engine):
            self.addPermanentWidget(widget)
        self.progress.hide()
        self.stop.hide()
        session.changed.connect(self._on_changed)
        self._dress(look(session.view))

    @property
    def where(self) -> str:
        """Where the cursor stands: "step 7 of 24"."""
        return self._parts[0]

    @property
    def loss(self) -> str:
        """The loss up to there."""
        return self._parts[1]

    @property
    def note(self) -> str:
        """What has been told last, or a hint at the keys."""
        return self._parts[2]

    def _say(self, **changed: str) -> None:
        named = dict(zip(("where", "loss", "note"), self._parts, strict=True)) | changed
        self._parts = (named["where"], named["loss"], named["note"])
        size, theme = self._look.sizes.text, self._look.theme
        weight, colour = (REGULAR, theme.muted) if self.note == HINT else (MEDIUM, theme.text)
        numbers = [Run(text, size, theme.text) for text in (self.where, self.loss)]
        self.line.say([*numbers, Run(self.note, size, colour, weight)])

    def _dress(self, now: Look) -> None:
        self._look = now
        self.line.reserve(now.sizes.text)
        self.stop.setMaximumHeight(round(1.6 * now.sizes.text))  # or it would make the line as high as a toolbar
        self.progress.setFixedWidth(14 * now.sizes.text)
        self._say()

    def _on_changed(self, view: View, old: View) -> None:
        if view.differs(old, *LOOKS):
            self._dress(look(view))
        if view.differs(old, "position", "within", "trace", "published", "backward"):
            self._say(where=where_text(view), loss=loss_text(view))
        if view.differs(old, "engine"):
            self.engine.setText(_ENGINE.get(view.engine, view.engine))
        if view.differs(old, "progress"):
            self._show_progress(view)
        if view.differs(old, "message", "message_kind"):
            self._show_note(view)

    def _show_note(self, view: View) -> None:
        told = view.message_kind == "info" and bool(view.message)
        self._say(note=as_sentence(view.message) if told else HINT)
        if told:
            self._fade.start()
        else:
            self._fade.stop()

    def _on_faded(self) -> None:
        self._session.show_message("")

    def _show_progress(self, view: View) -> None:
        going = view.progress is not None
        self.progress.setVisible(going)
        self.stop.setVisible(going)
        if view.progress is not None:
            what, done, total = view.progress
            self.progress.setRange(0, max(total, 1))
            self.progress.setValue(done)
            self.progress.setFormat(f"{what}  %p%")
