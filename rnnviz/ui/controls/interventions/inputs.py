"""Menus that change what the network is fed: another token, or another number."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtWidgets import QMenu

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.engine.sequence import TextSource
from rnnviz.ui.plaintext import add_entry, add_menu
from rnnviz.ui.session import Session
from rnnviz.ui.view import View

_MOST_INPUTS = 40
"""Inputs that a menu lists; of more, the largest."""


def add_tokens(menu: QMenu, session: Session, step: int) -> bool:
    """Offer to read another token at a step; False, and nothing is offered, where inputs are no tokens.

    Parameters
    ----------
    menu : QMenu
    session : Session
    step : int
    """
    view = session.view
    trace, field = view.trace, network_field(view, "x")
    if trace is None or field is None or view.document is None or not 0 <= step < trace.steps:
        return False
    names = trace.sequence.input_names
    row = trace.record.signal("x", NETWORK)[step]
    if not isinstance(view.document.source, TextSource) or len(names) != field.size or not row.any():
        return False
    present = int(np.argmax(row))
    others = add_menu(menu, f"Read another token at step {step + 1} than {names[present]}")
    others.setStyleSheet("QMenu { menu-scrollable: 1; }")
    for index in sorted(range(field.size), key=lambda k: names[k]):
        if index != present:
            add_entry(others, names[index]).triggered.connect(partial(_read, session, index, step))
    return True


def _read(session: Session, index: int, step: int) -> None:
    """Feed another token: nothing in all inputs, and 1 in one of them; the token that stands there needs no hand."""
    kept = [entry for entry in session.interventions if not (isinstance(entry, Clamp) and _feeds(entry, step))]
    trace = session.view.trace
    own = (trace.original or trace.record).signal("x", NETWORK)[step] if trace is not None else np.zeros(1)
    if own.any() and int(np.argmax(own)) == index:
        session.set_interventions(kept)
        return
    nothing = Clamp("x", 0.0, NETWORK, "forward", None, step, step)
    token = Clamp("x", 1.0, NETWORK, "forward", (index,), step, step)
    session.set_interventions((*kept, nothing, token))


def _feeds(clamp: Clamp, step: int) -> bool:
    """Whether a clamp sets inputs at one step, and at no other."""
    return (clamp.signal, clamp.first, clamp.last) == ("x", step, step)


def network_field(view: View, name: str) -> SignalField | None:
    """Return the field of the inputs, or of the logits; None where the run keeps no record of them."""
    if view.trace is None:
        return None
    return next((field for field in view.trace.fields(NETWORK, "forward") if field.signal == name), None)


def inputs_at(view: View, step: int) -> list[tuple[int, str, float]]:
    """Return the inputs of a step: number, name and value; of many those farthest from zero."""
    trace, field = view.trace, network_field(view, "x")
    if trace is None or field is None or not 0 <= step < trace.steps:
        return []
    row = trace.record.signal("x", NETWORK)[step]
    names = trace.sequence.input_names
    order = sorted(range(field.size), key=lambda k: (-abs(float(row[k])), k))[:_MOST_INPUTS]
    kept = sorted(order) if field.size <= _MOST_INPUTS else order
    return [(k, names[k] if len(names) == field.size else str(k + 1), float(row[k])) for k in kept]
