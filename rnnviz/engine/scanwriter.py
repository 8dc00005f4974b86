"""Writes the loop over steps of one cell: Python text made of torch calls.

The text is made of this module's own words and numbers only: the names that a user gave to signals and parameters never
reach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from rnnviz.engine.elementwise import folded
from rnnviz.engine.language.model import (
    Binary,
    Call,
    Expr,
    Negate,
    Number,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
)
from rnnviz.engine.plan import Plan, is_slot
from rnnviz.engine.products import Product, Span, stacked_products

_UNARY = {"sigmoid": "sigmoid", "tanh": "tanh", "exp": "exp", "log": "log", "sqrt": "sqrt", "abs": "absolute"}
_BINARY = {"max": "maximum", "min": "minimum"}
_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


class ScanWriter:
    """Writes the loop. Every view of a row becomes one variable of the loop."""

    def __init__(self, plan: Plan, activation: str) -> None:
        self.plan = plan
        self.activation = activation
        self.expressions = {entry.name: folded(entry.expression, activation) for entry in plan.computed}
        self.views: dict[tuple[str, int, int], str] = {}
        self.lines: list[str] = []
        self.products: list[Product] = []
        self.vectors: list[str] = []
        self.constants: list[float] = []
        self.busy = 0
        self.temporaries = 0
        self.carried = (*plan.cell.states, "y") if plan.cell.uses_output else plan.cell.states

    def write(self) -> str:
        """Write the loop; afterwards the attributes say what it needs.

        Returns
        -------
        str
            The text of two functions: ``views``, the rows of the memory that the loop works on, and ``scan``.
        """
        levels = range(max((entry.level for entry in self.plan.computed), default=0) + 1)
        for level in levels:
            self._compute(level)
            self._multiply(level)
        return self._source()

    def _multiply(self, level: int) -> None:
        for index, operand in enumerate(self.plan.operands):
            if operand.kind == "input" or self.plan.operand_levels[index] != level:
                continue
            value = self._signal(operand.name) if operand.kind == "computed" else self._before(operand.name)
            for product in stacked_products(self.plan, index):
                target = self._view("slots", product.span.start, product.span.stop)
                self.lines.append(f"{target}.addmv_(m{len(self.products)}, {value})")
                self.products.append(product)

    def _compute(self, level: int) -> None:
        here = [entry for entry in self.plan.computed if entry.level == level]
        together: dict[str, list[tuple[int, int]]] = {}
        for entry in here:
            function = self._function(entry.expression)
            if entry.slot is not None and function in _UNARY:
                place = (self.plan.place(entry.slot), self.plan.columns[entry.name])
                together.setdefault(function, []).append(place)
        for function, places in together.items():
            for source, target in _parallel_spans(sorted(places)):
                read = self._view("slots", source.start, source.stop)
                written = self._view("signals", target.start, target.stop)
                self.lines.append(f"{_UNARY[function]}({read}, out={written})")
        for entry in here:
            if entry.slot is None or self._function(entry.expression) not in _UNARY:
                self._into(self.expressions[entry.name], self._signal(entry.name))
                self.busy = 0

    def _function(self, expr: Expr) -> str:
        if not isinstance(expr, Call):
            return ""
        return self.activation if expr.function == "phi" else expr.function

    def _into(self, expr: Expr, out: str) -> None:
        match expr:
            case Call(_, (argument,)):
                self._unary(self._function(expr), self._value(argument), out)
            case Call(function, (first, second)):
                self._line(_BINARY[function], self._tensor(first), self._tensor(second), out)
            case Binary("+" | "-", left, right) if _is_product(right):
                assert isinstance(right, Binary)
                factors = self._value(right.left), self._value(right.right)
                sign = "" if expr.op == "+" else "value=-1, "
                self.lines.append(f"addcmul({self._tensor(left)}, {factors[0]}, {factors[1]}, {sign}out={out})")
            case Binary("+", left, right) if _is_product(left):
                self._into(Binary("+", right, left), out)
            case Binary("+" | "*", Number() as number, right):
                self._into(Binary(expr.op, right, number), out)
            case Binary(op, left, right):
                self._line(_ARITHMETIC[op], self._tensor(left), self._value(right), out)
            case Negate(operand):
                self.lines.append(f"neg({self._tensor(operand)}, out={out})")
            case Power(base, exponent):
                self._line("pow", self._tensor(base), str(exponent), out)
            case _:
                self.lines.append(f"{out}.copy_({self._tensor(expr)})")

    def _line(self, call: str, first: str, second: str, out: str) -> None:
        self.lines.append(f"{call}({first}, {second}, out={out})")

    def _unary(self, function: str, argument: str, out: str) -> None:
        if function in _UNARY:
            self.lines.append(f"{_UNARY[function]}({argument}, out={out})")
        elif function == "relu":
            self.lines.append(f"clamp_min({argument}, 0, out={out})")
        elif function == "identity":
            self.lines.append(f"{out}.copy_({argument})")
        elif function == "softplus":
            self.lines.append(f"logaddexp({argument}, {self._constant(0.0)}, out={out})")
        else:
            assert function == "log_sigmoid"
            self.lines.append(f"neg({argument}, out={out})")
            self.lines.append(f"logaddexp({out}, {self._constant(0.0)}, out={out})")
            self.lines.append(f"neg({out}, out={out})")

    def _value(self, expr: Expr) -> str:
        match expr:
            case Number(value):
                return repr(value) if isfinite(value) else self._constant(value)
            case _:
                return self._tensor(expr)

    def _tensor(self, expr: Expr) -> str:
        match expr:
            case Number(value):
                return self._constant(value)
            case SignalAt(name):
                return self._signal(name)
            case StateBefore(name):
                return self._before(name)
            case Parameter(name):
                if name not in self.vectors:
                    self.vectors.append(name)
                return f"p{self.vectors.index(name)}"
            case _:
                spare = f"s{self.busy}"
                self.busy += 1
                self.temporaries = max(self.temporaries, self.busy)
                self._into(expr, spare)
                return spare

    def _constant(self, value: float) -> str:
        if value not in self.constants:
            self.constants.append(value)
        return f"k{self.constants.index(value)}"

    def _signal(self, name: str) -> str:
        slot = name if is_slot(name) else self.plan.aliases.get(name)
        place = self.plan.columns[name] if slot is None else self.plan.place(slot)
        return self._view("signals" if slot is None else "slots", place, place + 1)

    def _before(self, name: str) -> str:
        return f"b{self.carried.index(name)}"

    def _view(self, block: str, start: int, stop: int) -> str:
        return self.views.setdefault((block, start, stop), f"v{len(self.views)}")

    def _source(self) -> str:
        calls = sorted({line.split("(")[0] for line in self.lines if "." not in line.split("(")[0]})
        carried = [self._signal(name) for name in self.plan.cell.states]
        body = [f"{call} = torch.{call}" for call in calls]
        for letter, source, count in (
            ("m", "matrices", len(self.products)),
            ("p", "vectors", len(self.vectors)),
            ("k", "constants", len(self.constants)),
            ("s", "spare", self.temporaries),
            ("b", "before", len(self.carried)),
        ):
            if count:
                body.append("".join(f"{letter}{index}, " for index in range(count)) + f"= {source}")
        split = ", ".join(f"{block}[:, {start} * H:{stop} * H].unbind(0)" for block, start, stop in self.views)
        inner = [*self.lines, *(f"b{index} = {view}" for index, view in enumerate(carried))]
        text = [
            "def views(slots, signals, H):",
            f"    return list(zip({split}))",
            "def scan(rows, matrices, vectors, constants, spare, before):",
            *("    " + line for line in body),
            f"    for {', '.join(self.views.values())}, in rows:",
            *("        " + line for line in inner),
        ]
        return "\n".join(text) + "\n"


def _is_product(expr: Expr) -> bool:
    return (
        isinstance(expr, Binary)
        and expr.op == "*"
        and not isinstance(expr.left, Number)
        and not isinstance(expr.right, Number)
    )


def _parallel_spans(places: Sequence[tuple[int, int]]) -> list[tuple[Span, Span]]:
    """Runs in which source and target both advance by one."""
    found: list[tuple[Span, Span]] = []
    for source, target in places:
        if found and found[-1][0].stop == source and found[-1][1].stop == target:
            before = found[-1]
            found[-1] = (Span(before[0].start, source + 1), Span(before[1].start, target + 1))
        else:
            found.append((Span(source, source + 1), Span(target, target + 1)))
    return found
