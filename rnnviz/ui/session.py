"""The one mutable object of the window: it holds the view, meets requests and speaks with the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QObject

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.interventions import fitting_interventions
from rnnviz.engine.messages import Advance, Append, Cancel, ProbeObjective
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.fitting import Fitted, fit
from rnnviz.ui.follower import is_settled
from rnnviz.ui.growth import grown
from rnnviz.ui.intervening import left_out
from rnnviz.ui.resolve import fitting_scaling, keeps_weights, probe_fault
from rnnviz.ui.rivals import Rivals
from rnnviz.ui.situation import with_cell
from rnnviz.ui.stepping import Stepping
from rnnviz.ui.view import Document, Scope, ThemeChoice

if TYPE_CHECKING:
    from rnnviz.ui.enginelink import EngineLink


class Session(Stepping):
    """The document, the run and what is picked, as one frozen view that is replaced at every change.

    Requests never raise: an impossible one becomes the view's message, and what was open stays as it was.

    Parameters
    ----------
    link : EngineLink
        Where commands go and events come from.
    parent : QObject or None
    """

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self.rivals = Rivals(self, Session)

    @property
    def waiting(self) -> bool:
        """Whether the cursor, or a document, is on its way, here or in a network that is compared."""
        return super().waiting or self.rivals.waiting

    @property
    def looking(self) -> bool:
        """Whether what is shown can be looked at meanwhile: networks that are compared could not keep in step."""
        return super().looking and not self.rivals.sessions

    @property
    def settled(self) -> bool:
        """Whether everything of the run is shown at its place, the gradients too."""
        return is_settled(self)

    def before_telling(self) -> None:
        """Let the networks that are compared keep in step, so that no listener ever sees them out of it."""
        super().before_telling()
        self.rivals.follow()

    # Documents

    def set_document(self, document: Document) -> None:
        """Open a changed document with the cursor at the same step, run as far as the present one is."""
        self.turning.finish()
        if not self.in_turn(partial(self.set_document, document)) and document != self.newest:
            self._replace(document)

    def set_spec(self, spec: NetworkSpec, gesture: int = 0) -> None:
        """Put another network to the same sequence; weights stay where their shapes stay.

        Parameters
        ----------
        spec : NetworkSpec
        gesture : int
            What the user is doing, such as typing a cell: all of one gesture becomes one step of undo; 0 for none.
        """
        self.turning.finish()
        document = self.newest
        if self.in_turn(partial(self.set_spec, spec, gesture)) or document is None or spec == document.spec:
            return
        weights = document.weights if keeps_weights(spec, document.spec) else None
        scaling = fitting_scaling(document.scaling, spec)
        kept = fitting_interventions(document.interventions, spec)
        new = replace(document, spec=spec, weights=weights, scaling=scaling, interventions=kept)
        self._replace(new, gesture)
        if notice := left_out(document.interventions, kept):
            self.afterwards(partial(self.show_message, notice))

    def change_spec(self, **fields: object) -> None:
        """Change some fields of the network's specification."""
        self.turning.finish()
        document = self.newest
        if self.in_turn(partial(self.change_spec, **fields)) or document is None:
            return
        try:
            spec = document.spec.replace(**(with_cell(document.spec, fields) if "cell" in fields else fields))
        except (RnnvizError, TypeError) as error:
            self.show_message(str(error), "error")
            return
        self.set_spec(spec)

    def set_source(self, source: SequenceSource) -> bool:
        """Put another sequence to the network; the sizes of input and output follow it where they must.

        Returns
        -------
        bool
            Whether the sequence is accepted; the reason against it is told.
        """
        self.turning.finish()
        document = self.newest
        if self.in_turn(partial(self.set_source, source)):
            return True
        if document is None or source == document.source:
            return document is not None
        try:
            fitted: Fitted = fit(document, source)
        except RnnvizError as error:
            self.show_message(str(error), "error")
            return False
        self._replace(fitted.document)
        if fitted.notice:
            self.afterwards(partial(self.show_message, fitted.notice))
        return True

    def append(self, piece: str) -> None:
        """Extend the sequence, and run on to its new end."""
        document = self.newest
        if self.in_turn(partial(self.append, piece)) or document is None or not piece:
            return
        if any("\ud800" <= mark <= "\udfff" for mark in piece):
            self.show_message("what is to be appended holds half of a character, which cannot stand alone", "error")
            return
        try:
            longer = grown(document, piece)
        except RnnvizError as error:
            self.show_message(str(error), "error")
            return
        if self.opening is not None:
            self._replace(longer)
            self.later(self.go_to_end)
        elif not self.unable():
            self.growing.append(piece)
            self.follows = True
            self.send(Append(self.ticket, piece))

    def reseed(self, seed: int) -> None:
        """Draw the parameters anew."""
        self.change_spec(seed=seed)

    def request_weights(self, callback: Callable[[bytes | None], None]) -> None:
        """Ask the engine for the parameters, as the bytes of a safetensors file.

        Where the engine has none those of the document are handed on, or None where the seed gives them.
        """
        document = self._view.document
        if self._view.unheld and document is not None:
            callback(document.weights)
            return
        self.weights_wanted.append(callback)
        if self.opening is None:
            self.ask_weights()
        elif self.ask_weights not in self.opening.then:
            self.opening.then.append(self.ask_weights)

    # The run; the cursor is moved in Stepping

    def run_all(self) -> None:
        """Run to the end; a cursor that stands at the front of the run goes with it, another stays."""
        if self.later(self.run_all) or self._view.trace is None:
            return
        end = self._view.trace.schedule.positions
        if self._view.position == self._view.published:
            self.go_to_position(end)
        else:
            self.run_as_far_as(end)

    def run_to_cursor(self) -> None:
        """Run anew from the start as far as the cursor; what lies ahead is forgotten."""
        self.turn(False)
        self._rerun(self._view.position)

    def restart_run(self) -> None:
        """Forget the run: the cursor goes to the start, and nothing is computed."""
        self.turn(False)
        self._rerun(0)

    def cancel(self) -> None:
        """Stop what is under way; a document that is being run is shown as far as it came."""
        if not self.looking:
            self.send(Cancel(self.ticket))
        self.rivals.cancel()
        self.goal, self.follows, self.running_to = None, False, 0
        self.extent = self._view.published if self.opening is None else 0
        if self.opening is not None:
            self.opening.give_up_others()
        if self.opening is not None and self.opening.trace is not None:
            self.opening.run_to = 0
            self.send(Advance(self.ticket, 0))  # a run that is stopped does not tell where it stands
        self.apply(progress=None, playing=False)

    # What is picked and how it is shown

    def pick_unit(self, unit: int, add: bool = False) -> None:
        """Pick a unit of the picked layer; with ``add`` take it in, or out, of those picked."""
        units = self._view.units
        if not add:
            self.apply(units=(unit,))
        elif unit in units:
            self.apply(units=tuple(other for other in units if other != unit))
        else:
            self.apply(units=(*units, unit))

    def pick_layer(self, layer: int, direction: Direction = "forward") -> None:
        """Pick a layer, counted from 0, and a direction."""
        self.apply(layer=layer, direction=direction)

    def light(self, signal: str) -> None:
        """Light a signal in every panel; an empty name lights none."""
        self.apply(signal=signal)

    def set_scope(self, scope: Scope) -> None:
        """Set which loss is differentiated."""
        if scope not in get_args(Scope):
            self.show_message(f"the scope is one of {', '.join(get_args(Scope))}, not {scope!r}", "error")
        else:
            self.apply(scope=scope)

    def set_probe(self, probe: ProbeObjective | None) -> None:
        """Differentiate this number instead of a loss; None: the loss again."""
        fault = probe_fault(self._view, probe) if probe is not None else ""
        if fault:
            self.show_message(fault, "error")
            return
        self.apply(probe=probe)

    def hide_ahead(self, hidden: bool) -> None:
        """Cover what lies ahead of the cursor, or show it."""
        self.apply(ahead_hidden=bool(hidden))

    def toggle_ahead(self) -> None:
        """Cover what lies ahead of the cursor, or show it again."""
        self.hide_ahead(not self._view.ahead_hidden)

    def set_theme(self, theme: ThemeChoice) -> None:
        """Light, dark, or as the system has it."""
        if theme in get_args(ThemeChoice):
            self.apply(theme=theme)

    def set_lecture(self, lecture: bool, factor: float = 1.0) -> None:
        """Switch large type and thick lines on or off; the factor is 1 for a screen 1080 pixels high."""
        self.apply(lecture=factor if lecture else 0.0)

    def set_type_size(self, per_cent: int) -> None:
        """Draw type, and all that goes with it, at so many per cent."""
        self.apply(type_size=int(per_cent))

    def set_option(self, name: str, value: str) -> None:
        """Set a choice of a panel, such as "gates.mode" to "curves"."""
        self.apply(options=MappingProxyType({**self._view.options, name: str(value)}))

    def _rerun(self, position: int) -> None:
        self.bundle()
        if self.later(partial(self._rerun, position)) or self._view.document is None:
            return
        self.open_document(self._view.document, position=position, run_to=position, whole=True)
        self.rivals.rerun()
