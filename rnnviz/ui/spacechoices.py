"""What the user has chosen of the space of hidden states, and what follows to be asked of the engine."""

from __future__ import annotations

from rnnviz.engine.requests import FixedPoints, Phase, Principal
from rnnviz.ui import reading
from rnnviz.ui.timepanel import missing
from rnnviz.ui.view import View

COLOURS = ("step", "token", "loss")
HELD = ("no", "zero", "step")


def chosen(view: View, name: str, offered: tuple[str, ...], default: str = "") -> str:
    """Return an option of the panel; where a session holds none that is offered the default, or the first."""
    value = view.options.get(f"statespace.{name}", default)
    return value if value in offered else default or next(iter(offered), "")


def carried(view: View) -> tuple[str, ...]:
    """Return the states that the cell carries from step to step."""
    cell = reading.cell_of(view)
    return cell.states if cell is not None else ()


def offered(view: View) -> tuple[str, ...]:
    """Return the states that can be shown, the cell's output first: what a reader calls the hidden state."""
    cell = reading.cell_of(view)
    return () if cell is None else tuple(dict.fromkeys((cell.output, *cell.states)))


def state_of(view: View) -> str:
    """Return the state that is shown."""
    return chosen(view, "state", offered(view))


def colour_of(view: View) -> str:
    """Return what the colours of the states tell."""
    return chosen(view, "colour", COLOURS, "step")


def held_of(view: View) -> str:
    """Return what is held while fixed points are sought: "zero" or the input of the "step"; "no": none are."""
    return chosen(view, "fixed", HELD, "zero")


def units_of(view: View) -> int:
    """Return the number of units of the picked layer; 0 before a document is open."""
    return view.document.spec.units_of(view.layer, view.direction) if view.document is not None else 0


def way_of(view: View) -> Principal | None:
    """Return the request for the trajectory; that of one or two units is in the units themselves."""
    state = state_of(view)
    if missing(view) or not state:
        return None
    return Principal(state, view.layer, view.direction, plain=units_of(view) <= 2)


def fixed_of(view: View) -> FixedPoints | None:
    """Return the request for fixed points; None where none are wanted, or the state shown is not carried."""
    if state_of(view) not in carried(view) or held_of(view) == "no":
        return None
    return FixedPoints(view.layer, view.direction, _step(view))


def phase_of(view: View) -> Phase | None:
    """Return the request for the portrait of a state of one or two units; None for any other layer.

    The other states that the cell may have are held as they are at the cursor.
    """
    state = state_of(view)
    if units_of(view) not in (1, 2) or state not in carried(view):
        return None
    known = reading.is_known(view, view.layer, view.direction, view.step)
    at = view.step if known and len(carried(view)) > 1 else None
    return Phase(state, view.layer, view.direction, _step(view), at)


def _step(view: View) -> int | None:
    """The step whose input is held; None: zero."""
    held = held_of(view) == "step" and reading.is_known(view, view.layer, view.direction, view.step)
    return view.step if held else None
