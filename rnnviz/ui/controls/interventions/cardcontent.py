"""All that the card of an intervention shows, and what is typed into it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from rnnviz.engine.interventions import Edit, Intervention
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.interventions.typed import Offers
from rnnviz.ui.interventionwords import read_index, read_steps, read_units


@dataclass(frozen=True)
class CardContent:
    """All that a card shows.

    Parameters
    ----------
    entry : Intervention
    spec : NetworkSpec
    label : str
        What the signal is called: "forget gate".
    colour : str
    low, high : float
        The ends of the slider.
    mark : float or None
        What would have been at the cursor; of a weight what it has been trained to.
    size : tuple of int
        How many units there are, or how many rows and columns.
    steps : int
        The number of steps of the sequence.
    presets : tuple of (float, str)
        Values of one click: (0, "at 0").
    places : tuple of Offers
        What is offered for the first field and for the second one.
    open : bool
        Whether the fields for the place are seen.
    """

    entry: Intervention
    spec: NetworkSpec
    label: str
    colour: str
    low: float
    high: float
    mark: float | None
    size: tuple[int, ...]
    steps: int
    presets: tuple[tuple[float, str], ...] = ()
    places: tuple[Offers, Offers] = ((), ())
    open: bool = False


def with_first(content: CardContent, text: str) -> Intervention:
    """Return the intervention with the units, or the row, that were typed.

    Raises
    ------
    EntryError
        When they cannot be read.
    """
    if isinstance(content.entry, Edit):
        return msgspec.structs.replace(content.entry, row=read_index(text, content.size[0], "row"))
    return msgspec.structs.replace(content.entry, units=read_units(text, content.size[0]))


def with_second(content: CardContent, text: str) -> Intervention:
    """Return the intervention with the steps, or the column, that were typed.

    Raises
    ------
    EntryError
        When they cannot be read.
    """
    if isinstance(content.entry, Edit):
        return msgspec.structs.replace(content.entry, column=read_index(text, content.size[-1], "column"))
    first, last = read_steps(text, content.steps)
    return msgspec.structs.replace(content.entry, first=first, last=last)
