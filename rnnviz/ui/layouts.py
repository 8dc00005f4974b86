"""Named arrangements of the docks: which panels a question is looked at with, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnnviz.ui.view import Scope


@dataclass(frozen=True)
class Layout:
    """One arrangement.

    Parameters
    ----------
    name : str
        What the menu calls it.
    hint : str
        What it is for, in one sentence.
    rows : tuple of tuples of str
        The panels of the middle by their names, row by row; those of one row stand side by side.
    left, right : bool
        Whether the panels at the sides are seen.
    beside : tuple of str
        Further panels of the sides that are seen, by their names.
    scope : {"upto", "at", "whole"} or None
        Of which loss the gradients are when the user chooses the layout; None: as before.
    """

    name: str
    hint: str
    rows: tuple[tuple[str, ...], ...]
    left: bool = False
    right: bool = False
    beside: tuple[str, ...] = ()
    scope: Scope | None = None


_RUN = (("tokens",), ("states",), ("gates",), ("gradients",), ("outputs",))

DEFAULT = Layout("Default", "The run: tokens, states, gates, gradients and outputs", _RUN, left=True, right=True)
WIDE = Layout(
    "Wide plots", "The run without the sides, and what the first layer is fed", (_RUN[0], ("inputs",), *_RUN[1:])
)
LECTURE = Layout("Lecture", "The run alone", _RUN)

LAYOUTS = (
    DEFAULT,
    WIDE,
    LECTURE,
    Layout(
        "Network",
        "The network folded or unfolded over its steps, with the cell below it",
        (("network",), ("cell",)),
    ),
    Layout(
        "Cell",
        "The cell as a diagram, its gates as valves, with the equations beside it",
        (("tokens",), ("cell",)),
        right=True,
    ),
    Layout(
        "Formulas",
        "Every equation with its numbers, down to the terms of its products",
        (("tokens",), ("formulas",)),
    ),
    Layout(
        "Cell editor",
        "Type a cell of your own and see its diagram follow",
        (("celleditor",), ("cell",)),
    ),
    Layout(
        "Interventions",
        "Clamp gates and states, edit weights, and see what follows beside the original",
        (("tokens",), ("states",), ("gates",), ("difference",), ("outputs",)),
        beside=("interventions",),
    ),
    Layout(
        "Comparison",
        "Two to four networks in step, side by side or one over the other",
        (("tokens",), ("comparison",)),
    ),
    Layout(
        "Gradient observatory",
        "Which loss sends how much gradient to which step, and how far it reaches",
        (("tokens",), ("itemised",), ("gradients", "paths")),
    ),
    Layout(
        "Backpropagation",
        "The backward pass, step by step: adjoints arrive and the gradients of the weights accumulate",
        (("tokens",), ("gradients",), ("backprop",)),
    ),
    Layout(
        "Vanishing laboratory",
        "Scale the recurrent matrices and see the gradient vanish or explode",
        (("laboratory",), ("gradients", "states")),
        scope="at",  # one loss, whose gradient vanishes: the sum over all steps has recent ones in it
    ),
    Layout(
        "Memory",
        "What the state is made of, and what the gates keep of it",
        (("tokens",), ("memory",), ("gates",), ("saturation",)),
    ),
    Layout(
        "State space",
        "The way of the hidden states through their space, and the points at which they would stay",
        (("tokens",), ("statespace",), ("states",)),
    ),
    Layout(
        "Connectivity",
        "What a prediction rests on",
        (("connectivity",), ("outputs",), ("memory",)),
    ),
    Layout(
        "Causes",
        "What an output is caused by, where gradients are small: inputs left out, exchanged, integrated",
        (("tokens",), ("causes",), ("outputs",)),
    ),
    Layout(
        "Clipping",
        "What clipping by norm and by value does to the gradient of every step",
        (("tokens",), ("gradients",), ("clipping",)),
    ),
    Layout(
        "Weights",
        "Every matrix and bias with its gradient and spectrum",
        (("weights",),),
        right=True,
    ),
)


def for_lecture(present: Layout) -> Layout:
    """Return the layout for a lecture about what is looked at: the same panels without the sides."""
    return LECTURE if present in (DEFAULT, WIDE) else replace(present, left=False, right=False)


def layout(name: str) -> Layout:
    """Return the layout of a name.

    Raises
    ------
    KeyError
        When there is none.
    """
    for found in LAYOUTS:
        if found.name == name:
            return found
    raise KeyError(f"no layout {name!r}: there are {', '.join(found.name for found in LAYOUTS)}")
