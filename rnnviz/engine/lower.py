"""From the equations of a cell to a plan: which products are taken together, what is computed when, and where it goes.

Every matrix product of a cell is gathered into *slots*. A slot is a sum of products and biases, such as
``W_i @ x[t] + U_i @ h[t-1] + b_i``; what remains of the equations is elementwise in slots, states and vectors. Slots
stand side by side in one row, ordered so that the products with one operand are one stacked matrix, the functions of
one kind one call, and the derivatives of one output few of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rnnviz.engine.language.model import (
    Binary,
    Call,
    Cell,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
    children,
)

_MOST_SLOTS_TO_PERMUTE = 6
_SLOT = "slot."


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
    states, the cell's output, then the computed operands, later ones first.
    """

    cell: Cell
    slots: tuple[Slot, ...]
    operands: tuple[Operand, ...]
    computed: tuple[Computed, ...]
    aliases: dict[str, str]
    columns: dict[str, int]
    operand_levels: tuple[int, ...]
    outputs: tuple[str, ...]

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


def is_slot(name: str) -> bool:
    """Whether a name in a lowered expression is that of a slot."""
    return name.startswith(_SLOT)


def lower(cell: Cell) -> Plan:
    """Plan the computation of a cell.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    Plan
    """
    return _ordered(_Lowering(cell).plan())


class _Lowering:
    """Collects slots and operands while the equations are rewritten."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.slots: list[Slot] = []
        self.operands: dict[Expr, Operand] = {}
        self.aliases: dict[str, str] = {}
        self.expressions: dict[str, Expr] = {}

    def plan(self) -> Plan:
        for name in self.cell.order:
            self._signal(name)
        for operand in self.operands.values():
            if operand.expression is not None:
                self.expressions[operand.name] = operand.expression
        levels = self._levels()
        operands = tuple(self.operands.values())
        computed = tuple(
            sorted(
                (Computed(name, expr, levels[name], self._only_slot(expr)) for name, expr in self.expressions.items()),
                key=lambda entry: entry.level,
            )
        )
        operand_levels = tuple(levels.get(o.name, 0) if o.kind == "computed" else 0 for o in operands)
        ordered = sorted(zip(operand_levels, operands, strict=True), key=lambda pair: -pair[0])
        base = dict.fromkeys((*self.cell.states, self.cell.output))
        late = dict.fromkeys(o.name for _, o in ordered if o.kind == "computed" and o.name not in base)
        return Plan(self.cell, tuple(self.slots), operands, computed, self.aliases, {}, operand_levels, (*base, *late))

    def _signal(self, name: str) -> None:
        if not self.cell.has_pre(name):
            self.expressions[name] = self._rewrite(self.cell.expression(name))
            return
        pre = name + ".pre"
        argument = self._rewrite(self.cell.expression(pre))
        if isinstance(argument, SignalAt) and is_slot(argument.name):
            self.aliases[pre] = argument.name
        else:
            self.expressions[pre] = argument
        whole = self.cell.expression(name)
        assert isinstance(whole, Call)
        self.expressions[name] = replace(whole, arguments=(SignalAt(pre),))

    def _rewrite(self, expr: Expr) -> Expr:
        match expr:
            case MatrixProduct():
                return self._slot([expr], [])
            case Binary(op="+" | "-"):
                return self._sum(expr)
            case Binary(op, left, right):
                return Binary(op, self._rewrite(left), self._rewrite(right))
            case Negate(operand):
                return Negate(self._rewrite(operand))
            case Power(base, exponent):
                return Power(self._rewrite(base), exponent)
            case Call(function, arguments):
                return Call(function, tuple(map(self._rewrite, arguments)))
            case _:
                return expr

    def _sum(self, expr: Expr) -> Expr:
        terms = list(_terms(expr, positive=True))
        products: list[MatrixProduct] = []
        rest: list[tuple[Expr, bool]] = []
        for term, positive in terms:
            fed = [product.operand for product in products]
            if positive and isinstance(term, MatrixProduct) and term.operand not in fed:
                products.append(term)
            else:
                rest.append((term, positive))
        biases: list[str] = []
        if products:
            biases = [term.name for term, positive in rest if positive and isinstance(term, Parameter)]
            rest = [(term, positive) for term, positive in rest if not (positive and isinstance(term, Parameter))]
        whole: Expr | None = self._slot(products, biases) if products else None
        for term, positive in rest:
            part = self._rewrite(term)
            if whole is None:
                whole = part if positive else Negate(part)
            else:
                whole = Binary("+" if positive else "-", whole, part)
        assert whole is not None
        return whole

    def _slot(self, products: list[MatrixProduct], biases: list[str]) -> SignalAt:
        indexed = tuple((product.matrix, self._operand(product.operand)) for product in products)
        slot = Slot(f"{_SLOT}{len(self.slots)}", indexed, tuple(biases))
        self.slots.append(slot)
        return SignalAt(slot.name)

    def _operand(self, expr: Expr) -> int:
        if expr not in self.operands:
            self.operands[expr] = self._new_operand(expr)
        return list(self.operands).index(expr)

    def _new_operand(self, expr: Expr) -> Operand:
        match expr:
            case InputAt():
                return Operand("input", "x")
            case OutputBefore():
                return Operand("output", "y")
            case StateBefore(name):
                return Operand("state", name)
            case SignalAt(name):
                return Operand("computed", name)
            case _:
                lowered = self._rewrite(expr)
                return Operand("computed", f"operand.{len(self.operands)}", lowered)

    def _levels(self) -> dict[str, int]:
        operands = tuple(self.operands.values())
        levels: dict[str, int] = {}

        by_name = {slot.name: slot for slot in self.slots}

        def level(name: str) -> int:
            if is_slot(name):
                return slot_level(by_name[name])
            if name in self.aliases:
                return level(self.aliases[name])
            if name not in levels:
                levels[name] = 1 + max((ready(leaf) for leaf in leaves(self.expressions[name])), default=0)
            return levels[name]

        def slot_level(slot: Slot) -> int:
            fed_by = (operands[operand] for _, operand in slot.products)
            return max((level(o.name) for o in fed_by if o.kind == "computed"), default=0)

        def ready(leaf: Expr) -> int:
            return level(leaf.name) if isinstance(leaf, SignalAt) else 0

        for name in self.expressions:
            level(name)
        return levels

    def _only_slot(self, expr: Expr) -> str | None:
        if isinstance(expr, Call) and len(expr.arguments) == 1 and isinstance(expr.arguments[0], SignalAt):
            return self.aliases.get(expr.arguments[0].name)
        return None


def _terms(expr: Expr, *, positive: bool) -> Iterator[tuple[Expr, bool]]:
    if isinstance(expr, Binary) and expr.op in "+-":
        yield from _terms(expr.left, positive=positive)
        yield from _terms(expr.right, positive=positive == (expr.op == "+"))
    else:
        yield expr, positive


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
        elif isinstance(leaf, SignalAt):
            found |= plan.depends(leaf.name)
    return frozenset(found)


def _ordered(plan: Plan) -> Plan:
    """The same plan with the slots in the order that needs the fewest calls."""
    orders: Iterator[tuple[Slot, ...]] = iter([plan.slots])
    if len(plan.slots) <= _MOST_SLOTS_TO_PERMUTE:
        orders = itertools.permutations(plan.slots)
    groups = _groups(plan)
    best = min(orders, key=lambda order: sum(_runs(order, group) for group in groups))
    ordered = replace(plan, slots=best)
    return replace(ordered, columns=_columns(ordered))


def _groups(plan: Plan) -> list[frozenset[str]]:
    """Sets of slots that should stand together: fed by one operand, put through one function, read by one output."""
    groups = [frozenset(slot.name for slot, _ in plan.slots_of(operand)) for operand in range(len(plan.operands))]
    calls: dict[tuple[int, str], set[str]] = {}
    for entry in plan.computed:
        if entry.slot is not None and isinstance(entry.expression, Call):
            calls.setdefault((entry.level, entry.expression.function), set()).add(entry.slot)
    groups += map(frozenset, calls.values())
    for output in plan.outputs:
        groups.append(frozenset(leaf.name for leaf in plan.depends(output) if isinstance(leaf, SignalAt)))
    return groups


def _runs(order: tuple[Slot, ...], group: frozenset[str]) -> int:
    inside = [slot.name in group for slot in order]
    return sum(1 for before, now in zip([False, *inside], inside, strict=False) if now and not before)


def _columns(plan: Plan) -> dict[str, int]:
    """Places in the row of signals: functions of slots first, in the order of the slots, so that one call does many."""

    def key(entry: Computed) -> tuple[int, int, str, int]:
        if entry.slot is None or not isinstance(entry.expression, Call):
            return (1, entry.level, entry.name, 0)
        return (0, entry.level, entry.expression.function, plan.place(entry.slot))

    return {entry.name: place for place, entry in enumerate(sorted(plan.computed, key=key))}
