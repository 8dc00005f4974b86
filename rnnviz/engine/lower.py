"""From the equations of a cell to a plan: which products are taken together, and what is computed when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

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
)
from rnnviz.engine.ordering import ordered
from rnnviz.engine.plan import SLOT, Computed, Operand, Plan, Slot, free, is_slot, leaves


def lower(cell: Cell, held: Sequence[str] = ()) -> Plan:
    """Plan the computation of a cell.

    Parameters
    ----------
    cell : Cell
    held : sequence of str
        Signals, or pre-activations, that are to be held at a value at some steps.

    Returns
    -------
    Plan
    """
    return ordered(_Lowering(cell, held).plan())


class _Lowering:
    """Collects slots and operands while the equations are rewritten."""

    def __init__(self, cell: Cell, held: Sequence[str]) -> None:
        self.cell = cell
        self.held = {name: f"{SLOT}held.{index}" for index, name in enumerate(held)}
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
        slots = (*self.slots, *(Slot(name, (), ()) for name in self.held.values()))
        outputs = (*base, *late)
        return Plan(self.cell, slots, operands, computed, self.aliases, {}, operand_levels, outputs, self.held)

    def _signal(self, name: str) -> None:
        if not self.cell.has_pre(name):
            self.expressions[name] = self._holding(name, self._rewrite(self.cell.expression(name)))
            return
        pre = name + ".pre"
        argument = self._rewrite(self.cell.expression(pre))
        if isinstance(argument, SignalAt) and is_slot(argument.name) and pre not in self.held:
            self.aliases[pre] = argument.name
        else:
            self.expressions[pre] = self._holding(pre, argument)
        whole = self.cell.expression(name)
        assert isinstance(whole, Call)
        self.expressions[name] = self._holding(name, replace(whole, arguments=(SignalAt(pre),)))

    def _holding(self, name: str, expr: Expr) -> Expr:
        return Call("held", (expr, SignalAt(self.held[name]))) if name in self.held else expr

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
        slot = Slot(f"{SLOT}{len(self.slots)}", indexed, tuple(biases))
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
        by_name |= {name: Slot(name, (), ()) for name in self.held.values()}

        def level(name: str) -> int:
            if is_slot(name):
                return slot_level(by_name[name])
            if name in self.aliases:
                return level(self.aliases[name])
            if name not in levels:
                only = self._only_slot(self.expressions[name])
                read = leaves(self.expressions[name]) if only is None else [SignalAt(only)]
                levels[name] = 1 + max(map(ready, read), default=0)
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
        expr = free(expr)
        if isinstance(expr, Call) and len(expr.arguments) == 1 and isinstance(expr.arguments[0], SignalAt):
            name = expr.arguments[0].name
            found = free(self.expressions[name]) if name in self.held and name in self.expressions else None
            if isinstance(found, SignalAt) and is_slot(found.name):
                return found.name  # a sum that is held is held where the function reads it
            return self.aliases.get(name)
        return None


def _terms(expr: Expr, *, positive: bool) -> Iterator[tuple[Expr, bool]]:
    if isinstance(expr, Binary) and expr.op in "+-":
        yield from _terms(expr.left, positive=positive)
        yield from _terms(expr.right, positive=positive == (expr.op == "+"))
    else:
        yield expr, positive
