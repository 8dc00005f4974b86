"""What the card of an intervention shows in a view."""

from __future__ import annotations

from rnnviz.engine import cells
from rnnviz.engine.interventions import Clamp, Edit, Intervention, parameter_shapes, units_of
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.interventions.cardcontent import CardContent
from rnnviz.ui.controls.interventions.menus import values_of
from rnnviz.ui.controls.interventions.typed import Offers
from rnnviz.ui.intervening import ends_of, short_name, untouched_value, value_at
from rnnviz.ui.interventionwords import unit_word, units_text, units_words
from rnnviz.ui.theme import Theme, signal_style
from rnnviz.ui.view import View


def content_of(view: View, entry: Intervention, theme: Theme, is_open: bool) -> CardContent | None:
    """Return what a card shows; None before a document is open."""
    if view.document is None:
        return None
    spec = view.document.spec
    low, high = ends_of(view, entry)
    steps = view.trace.steps if view.trace is not None else 0
    clamp = entry if isinstance(entry, Clamp) else None
    kind, label = _kind(entry, spec)
    label = _token(view, clamp) or label
    return CardContent(
        entry=entry,
        spec=spec,
        label=label,
        colour=_colour(entry, theme),
        low=low,
        high=high,
        mark=_mark(view, entry),
        size=_size(entry, spec),
        steps=steps,
        presets=values_of(kind),
        places=(_unit_offers(view, clamp), _step_offers(view)) if clamp is not None else _entry_offers(view),
        open=is_open,
    )


def _mark(view: View, entry: Intervention) -> float | None:
    if isinstance(entry, Edit):
        return untouched_value(view, entry)
    return value_at(view, entry, view.step, before=True)


def _kind(entry: Intervention, spec: NetworkSpec) -> tuple[str, str]:
    """Return the kind of what is set, and what it is called."""
    if isinstance(entry, Edit):
        return "parameter", "bias" if len(parameter_shapes(spec).get(entry.parameter, ())) == 1 else "weight"
    if entry.layer == NETWORK:
        return ("input", "input") if entry.signal == "x" else ("logits", "readout")
    info = cells.get(spec.cell_of(entry.layer, entry.direction)).signal(entry.signal)
    return info.kind, info.label or ("pre-activation" if "." in entry.signal else "")


def _token(view: View, clamp: Clamp | None) -> str:
    """Return the name of the one input that is held, in quotes; empty where there is none."""
    names = view.trace.sequence.input_names if view.trace is not None else ()
    if clamp is None or (clamp.signal, clamp.layer) != ("x", NETWORK) or clamp.units is None or len(clamp.units) != 1:
        return ""
    unit = clamp.units[0]
    return f"input “{names[unit]}”" if unit < len(names) else ""


def _colour(entry: Intervention, theme: Theme) -> str:
    """The colour of a signal; of a weight that of the gate that it belongs to."""
    if isinstance(entry, Clamp):
        return signal_style(entry.signal, theme).colour
    owner = short_name(entry.parameter).rpartition("_")[2]
    return signal_style(owner, theme).colour if len(owner) == 1 and owner.isalpha() else theme.accent


def _size(entry: Intervention, spec: NetworkSpec) -> tuple[int, ...]:
    if isinstance(entry, Edit):
        return parameter_shapes(spec).get(entry.parameter, (1,))
    return (units_of(spec, entry.signal, entry.layer, entry.direction),)


def _unit_offers(view: View, clamp: Clamp | None) -> Offers:
    if clamp is not None and clamp.layer == NETWORK:
        return (("all", f"All {unit_word(clamp.signal, clamp.layer)}s"),)
    words = units_words(view.units)
    return (("all", "All units"), (units_text(view.units), f"The picked {words}"))


def _step_offers(view: View) -> Offers:
    step = view.step + 1
    if step < 1:
        return (("all", "All steps"),)
    return (
        ("all", "All steps"),
        (f"{step}–", f"From step {step} on"),
        (f"{step}", f"Step {step} alone"),
        (f"1–{step}" if step > 1 else "1", f"Up to step {step}"),
    )


def _entry_offers(view: View) -> tuple[Offers, Offers]:
    unit = str(view.units[0] + 1)
    return (("all", "All rows"), (unit, f"Row {unit}, of the picked unit")), (
        ("all", "All columns"),
        (unit, f"Column {unit}, of the picked unit"),
    )
