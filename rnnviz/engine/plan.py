"""What a plan is: the slots, operands and elementwise computations of a cell, in an order that can be followed.

Every matrix product of a cell is gathered into *slots*. A slot is a sum of products and biases, such as
``W_i @ x[t] + U_i @ h[t-1] + b_i``; what remains of the equations is elementwise in slots, states and vectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from rnnviz.engine.language.model import Call, Cell, Expr, SignalAt, StateBefore, children

SLOT = "slot."
"""What the names of slots begin with; no signal of a user can have such a name."""


@dataclass(frozen=True, slots=True)
class Operand:
    """What a matrix is multiplied with.

    Parameters
    ----------
    kind : {"input", "output", "state", "computed"}
        x[t], y[t-1], a state at t-1, or something computed within the step.
    name : str
        Name of the state, of the signal ("h" for ``V @ h[t]``), or ``operand.0`` for an expression.
    expression : Expr or None
        How a computed operand is computed; None where it is recorded anyway.
    """

    kind: Literal["input", "output", "state", "computed"]
    name: str
    expression: Expr | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A sum of products and biases: [(matrix, index of the operand)] and names of biases.

    In lowered expressions ``SignalAt("slot.0")`` stands where the sum was; no signal of a user can have such a name.
    """

    name: str
    products: tuple[tuple[str, int], ...]
    biases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """One quantity that is computed elementwise within a step.

    Parameters
    ----------
    name : str
        A signal, a pre-activation that is more than a slot, or a computed operand.
    expression : Expr
    level : int
        Everything it needs has a lower level.
    slot : str or None
        Where it is a function of one slot alone: that slot.
    """

    name: str
    expression: Expr
    level: int
    slot: str | None


@dataclass(frozen=True)
class Plan:
    """A cell made ready to run: slots, operands and elementwise computations in an order that can be followed.

    ``aliases`` names the pre-activations that are slots. ``columns`` gives the place of every computed quantity in
    units of H within the row of signals. ``outputs`` are the quantities that carry a gradient into a step: the
    states, the cell's output, then the computed operands, later ones first. ``held`` names, for signals that can be
    held at a value, the slot that says at which: ``held(expression, slot)`` in the lowered expressions is the slot
    where that is a number, and the expression where it is NaN. Such slots have no products and stand last.
    """

    cell: Cell
    slots: tuple[Slot, ...]
    operands: tuple[Operand, ...]
    computed: tuple[Computed, ...]
    aliases: dict[str, str]
    columns: dict[str, int]
    operand_levels: tuple[int, ...]
    outputs: tuple[str, ...]
    held: dict[str, str] = field(default_factory=dict)

    def computation(self, name: str) -> Computed:
        """The computation of a quantity."""
        return next(entry for entry in self.computed if entry.name == name)

    def slots_of(self, operand: int) -> tuple[tuple[Slot, str], ...]:
        """The slots that an operand feeds, with the matrix of each, in the order of the slots."""
        return tuple((slot, matrix) for slot in self.slots for matrix, fed_by in slot.products if fed_by == operand)

    def place(self, slot: str) -> int:
        """The place of a slot in the row of slots, in units of H."""
        return next(place for place, entry in enumerate(self.slots) if entry.name == slot)

    def depends(self, name: str) -> frozenset[SignalAt | StateBefore]:
        """The slots and previous states that a quantity depends on within a step, other slots being given."""
        if is_slot(name):
            return frozenset({SignalAt(name)})
        if name in self.aliases:
            return frozenset({SignalAt(self.aliases[name])})
        return _reach(self.computation(name).expression, self)


def free(expr: Expr) -> Expr:
    """Return what a signal is where it is not held."""
    return expr.arguments[0] if isinstance(expr, Call) and expr.function == "held" else expr


def is_slot(name: str) -> bool:
    """Whether a name in a lowered expression is that of a slot."""
    return name.startswith(SLOT)


def leaves(expr: Expr) -> Iterator[Expr]:
    """The leaves of a lowered expression, from left to right."""
    inner = children(expr)
    if not inner:
        yield expr
    for child in inner:
        yield from leaves(child)


def _reach(expr: Expr, plan: Plan) -> frozenset[SignalAt | StateBefore]:
    found: set[SignalAt | StateBefore] = set()
    for leaf in leaves(expr):
        if isinstance(leaf, StateBefore):
            found.add(leaf)
        elif isinstance(leaf, SignalAt) and leaf.name not in plan.held.values():
            found |= plan.depends(leaf.name)
    return frozenset(found)
