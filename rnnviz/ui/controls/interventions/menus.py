"""Menus that take hold of a signal: at which value, in which units, at which steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from PySide6.QtWidgets import QMenu

from rnnviz.engine.interventions import Clamp, Edit
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.engine.spec import Direction
from rnnviz.ui.intervening import held_steps, value_at, with_added
from rnnviz.ui.interventionwords import subject, unit_word, value_text
from rnnviz.ui.session import Session
from rnnviz.ui.view import View

Take = Callable[[Clamp], None]


@dataclass(frozen=True)
class Grip:
    """What is taken hold of: a unit of a signal at a step; -1 where the mouse is at none."""

    signal: str
    kind: str
    layer: int
    direction: Direction = "forward"
    unit: int = -1
    step: int = -1

    @classmethod
    def of(cls, field: SignalField, unit: int, step: int) -> Grip:
        """Take hold of a field of the record."""
        return cls(field.signal, field.kind, field.layer, field.direction, unit, step)

    @property
    def clamp(self) -> Clamp:
        """The grip as a clamp of its unit at its step, at zero."""
        units = None if self.unit < 0 else (self.unit,)
        last = None if self.step < 0 else self.step
        return Clamp(self.signal, 0.0, self.layer, self.direction, units, max(self.step, 0), last)


def values_of(kind: str) -> tuple[tuple[float, str], ...]:
    """Return the values that a kind of signal is set to with one click: the ends of a gate."""
    return ((0.0, "at 0"), (1.0, "at 1")) if kind == "gate" else ()


def hold(session: Session, clamp: Clamp) -> None:
    """Hold a signal from now on; what held the same at the same place gives way."""
    session.set_interventions(with_added(session.interventions, clamp))


def add_holds(menu: QMenu, session: Session, grip: Grip) -> None:
    """Add to a menu what can be done with a signal under the mouse.

    Parameters
    ----------
    menu : QMenu
    session : Session
    grip : Grip
    """
    view = session.view
    name = symbol_text(grip.signal)
    present = value_at(view, grip.clamp, grip.step)
    word = unit_word(grip.signal, grip.layer)
    if grip.unit >= 0:
        told = f" (now {value_text(present)})" if present is not None else ""
        own = menu.addMenu(f"Clamp {name} of {word} {grip.unit + 1}{told}")
        _fill(own, view, grip, (grip.unit,), partial(hold, session))
    every = menu.addMenu(f"Clamp {name} of all {word}s")
    _fill(every, view, grip, None, partial(hold, session))
    if held_steps(view, grip.signal, grip.layer, grip.direction):
        menu.addAction(f"Release {name}").triggered.connect(partial(let_go, session, grip))


def let_go(session: Session, grip: Grip) -> None:
    """Remove every intervention that holds a signal."""
    left = [entry for entry in session.interventions if not (isinstance(entry, Clamp) and _holds(entry, grip))]
    session.set_interventions(left)


def turn_valve(session: Session, grip: Grip) -> None:
    """Turn a gate by one click, in the unit and at the step of the grip alone: free, at 0, at 1, free again."""
    place = grip.clamp
    here = [e for e in session.interventions if e.on and msgspec.structs.replace(e, value=0.0) == place]
    if any(entry.value == 0.0 for entry in here):
        hold(session, msgspec.structs.replace(place, value=1.0))
    elif here:
        session.set_interventions([entry for entry in session.interventions if entry not in here])
    else:
        hold(session, place)


def add_edits(menu: QMenu, session: Session, parameter: str, at: tuple[int, int | None], present: float) -> None:
    """Add to a menu what can be done with an entry of a parameter.

    Parameters
    ----------
    menu : QMenu
    session : Session
    parameter : str
    at : tuple of int and int or None
        Row and column; no column for vectors.
    present : float
    """
    spec = session.view.document.spec if session.view.document is not None else None
    row, column = at
    entry = Edit(parameter, present, row, column)
    own = menu.addMenu(f"Set {subject(entry, spec)} (now {value_text(present)})")
    for value, word in ((present, "To a value, beginning with this"), (0.0, "To 0"), (-present, "To the other sign")):
        own.addAction(word).triggered.connect(partial(edit, session, msgspec.structs.replace(entry, value=value)))
    wide: list[tuple[Edit, str]] = [(Edit(parameter, 0.0), "All of it to 0")]
    if column is not None:
        wide = [
            (Edit(parameter, 0.0, row), f"Row {row + 1} to 0"),
            (Edit(parameter, 0.0, None, column), f"Column {column + 1} to 0"),
            *wide,
        ]
    own.addSeparator()
    for made, word in wide:
        own.addAction(word).triggered.connect(partial(edit, session, made))


def edit(session: Session, made: Edit) -> None:
    """Set entries of a parameter from now on, and lead to where they are turned further."""
    session.set_interventions(with_added(session.interventions, made))
    session.panel_wanted.emit("interventions")


def _holds(entry: Clamp, grip: Grip) -> bool:
    ways = entry.direction == grip.direction or entry.layer == NETWORK
    return (entry.signal, entry.layer) == (grip.signal, grip.layer) and ways


def _fill(menu: QMenu, view: View, grip: Grip, units: tuple[int, ...] | None, take: Take) -> None:
    """Offer values and steps: the ends of a gate, or as it is; at this step, from here on, at all steps."""
    clamp = Clamp(grip.signal, 0.0, grip.layer, grip.direction, units)
    present = value_at(view, clamp, grip.step)
    chosen = list(values_of(grip.kind)) or [(0.0, "at 0")]
    if present is not None and present not in (value for value, _ in chosen):
        told = "at their mean" if units is None else "as it is"
        chosen.append((present, f"{told}, {value_text(present)}"))
    step = grip.step
    spans: list[tuple[int, int | None, str]] = [(0, None, "at all steps")]
    if step >= 0:
        spans = [(step, step, f"at step {step + 1}"), (step, None, f"from step {step + 1} on"), *spans]
    for place, (value, word) in enumerate(chosen):
        if place:
            menu.addSeparator()
        for first, last, when in spans:
            made = Clamp(grip.signal, value, grip.layer, grip.direction, units, first, last)
            menu.addAction(f"{word[0].upper()}{word[1:]} {when}").triggered.connect(partial(take, made))
