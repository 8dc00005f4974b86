"""What a user turns by hand while a network runs: the scaling of its matrices, and interventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rnnviz.engine.interventions import Intervention, in_force, interventions_fault
from rnnviz.engine.messages import Scaling
from rnnviz.engine.scalable import scaling_fault
from rnnviz.ui.intervening import with_all
from rnnviz.ui.opening import Opening
from rnnviz.ui.sessioncore import SessionCore
from rnnviz.ui.turning import Turn
from rnnviz.ui.view import Document


class ByHand(SessionCore):
    """Changes of the document of which the latest wins, while cursor and run stay where they are."""

    _switched_off: tuple[Intervention, ...] = ()

    @property
    def scaling(self) -> Scaling | None:
        """How the recurrent matrices are to be scaled: what was asked for last, shown already or not."""
        return self._wanted().scaling

    @property
    def interventions(self) -> tuple[Intervention, ...]:
        """The interventions, on or off: what was asked for last, shown already or not."""
        return self._wanted().interventions

    def set_scaling(self, scaling: Scaling | None, gesture: int = 0) -> None:
        """Scale the recurrent matrices; cursor and run stay, and of many values in a row the latest wins.

        Parameters
        ----------
        scaling : Scaling or None
            None: as trained.
        gesture : int
            What the user is doing, such as dragging a knob: all of one gesture becomes one step of undo; 0 for none.
        """
        document = self.newest
        if self.in_turn(partial(self.set_scaling, scaling, gesture)) or document is None or scaling == self.scaling:
            return
        fault = scaling_fault(scaling, document.spec)
        if fault:
            self.show_message(fault, "error")
        else:
            self.turning.turn(replace(self._wanted(), scaling=scaling, gesture=gesture))

    def set_interventions(self, interventions: Sequence[Intervention], gesture: int = 0) -> None:
        """Intervene in the network; cursor and run stay, and of many lists in a row the latest wins.

        Parameters
        ----------
        interventions : sequence of Intervention
            All there are from now on, on or off; of two that set the same, the later one holds.
        gesture : int
            As for :meth:`set_scaling`.
        """
        document, wanted = self.newest, tuple(interventions)
        if self.in_turn(partial(self.set_interventions, wanted, gesture)):
            return
        if document is None or wanted == self.interventions:
            return
        fault = interventions_fault(wanted, document.spec)
        if fault:
            self.show_message(fault, "error")
        else:
            self.turning.turn(replace(self._wanted(), interventions=wanted, gesture=gesture))

    def switch_interventions(self) -> None:
        """Switch all interventions off; or on again those that were on, or all where it is not known which."""
        entries = self.interventions
        if self.in_turn(self.switch_interventions):
            return
        if not entries:
            self.show_message("there is no intervention to switch: clamp a signal in the panel Interventions")
        elif in_force(entries):
            self._switched_off = entries
            self.set_interventions(with_all(entries, on=False))
        else:
            known = with_all(self._switched_off, on=False) == entries
            self.set_interventions(self._switched_off if known else with_all(entries, on=True))

    def take_turn(self, turn: Turn) -> None:
        """Open the document as it was turned by hand, at once."""
        document = self.newest
        if document is None:
            return
        turned = replace(document, scaling=turn.scaling, interventions=turn.interventions)
        if turned != document:
            self._replace(turned, turn.gesture)

    def _wanted(self) -> Turn:
        """Return what was asked for last."""
        document = self.newest
        if self.turning.next is not None:
            return self.turning.next
        return Turn(document.scaling, document.interventions) if document is not None else Turn()

    def _replace(self, document: Document, gesture: int = 0) -> None:
        """Open a changed document with the cursor at the same step, run as far as the present one is."""
        opening, shown = self.opening, self._view.trace is not None
        if opening is None or opening.again:
            queue = [] if opening is None else opening.queue
            self.open(Opening(document, undoable=shown, gesture=gesture, queue=queue, **self.place()))
            return
        # A change of a change is one step of undo, run as far as the first was to be.
        new = replace(opening, document=document, undoable=opening.undoable or shown, gesture=gesture, name="")
        new.then = list(opening.then)
        if opening.index is not None:
            new.base, new.index = (opening.document, opening.position or 0), None  # undo goes back to what undo brought
        self.open(new)
