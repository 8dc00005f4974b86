"""The compiled step: from a plan to a Python loop of torch calls that write straight into the rows of a trace.

The text of the loop is made of this module's own words and numbers only: the names that a user gave to signals and
parameters never reach it. Stepping and running whole call the same loop, so they agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor

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
from rnnviz.engine.lower import Plan, is_slot

Rows: TypeAlias = Callable[[Tensor], Sequence[Tensor]]
"""Splits [n, m] into n rows, in the order in which the steps run."""

_UNARY = {"sigmoid": "sigmoid", "tanh": "tanh", "exp": "exp", "log": "log", "sqrt": "sqrt", "abs": "absolute"}
_BINARY = {"max": "maximum", "min": "minimum"}
_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


@dataclass(frozen=True)
class Span:
    """Slots or signals that stand side by side: from column ``start`` to ``stop``, in units of H."""

    start: int
    stop: int


@dataclass(frozen=True)
class Product:
    """One stacked matrix: what it is multiplied with, and the run of slots that it is added to."""

    operand: int
    matrices: tuple[str, ...]
    span: Span


@dataclass
class CompiledStep:
    """The loop over steps of one cell with one activation.

    Attributes
    ----------
    plan : Plan
    inputs : tuple of Product
        The products with x, taken for many steps at once before the loop.
    products : tuple of Product
        The products inside the loop, in the order in which ``scan`` expects their matrices.
    source : str
        The text of the loop, for the curious.
    """

    plan: Plan
    inputs: tuple[Product, ...]
    products: tuple[Product, ...]
    vectors: tuple[str, ...]
    constants: tuple[float, ...]
    temporaries: int
    source: str
    _scan: Callable[..., None] = field(repr=False)

    def scan(
        self,
        slots: Tensor,
        signals: Tensor,
        matrices: Sequence[Tensor],
        vectors: Mapping[str, Tensor],
        previous: Mapping[str, Tensor],
        rows: Rows,
    ) -> None:
        """Run the steps whose rows are given.

        Parameters
        ----------
        slots : Tensor, [n, slots * H]
            Holds biases and the products with x; the other products are added in place.
        signals : Tensor, [n, quantities * H]
            Written: every computed quantity, in the columns of the plan.
        matrices : sequence of Tensor
            The stacked matrices of ``products``.
        vectors : mapping of str to Tensor, [H]
            The vectors that stand in the elementwise part.
        previous : mapping of str to Tensor, [H]
            The states before the first of these steps; with a cell that is fed the output also "y", [O].
        rows : callable
        """
        units = signals.shape[1] // max(1, len(self.plan.columns))
        spare = [torch.empty(units, dtype=signals.dtype) for _ in range(self.temporaries)]
        constants = [torch.tensor(value, dtype=signals.dtype) for value in self.constants]
        given = [vectors[name] for name in self.vectors]
        before = [previous[name] for name in _carried(self.plan)]
        self._scan(slots, signals, units, matrices, given, constants, spare, before, rows)


def compile_step(plan: Plan, activation: str) -> CompiledStep:
    """Compile the step of a cell.

    Parameters
    ----------
    plan : Plan
    activation : str
        What phi stands for: "tanh", "relu", "sigmoid" or "identity".

    Returns
    -------
    CompiledStep
    """
    return _Writer(plan, activation).compiled()


def spans(places: Sequence[int]) -> list[Span]:
    """The runs of consecutive numbers in ascending places."""
    found: list[Span] = []
    for place in places:
        if found and found[-1].stop == place:
            found[-1] = Span(found[-1].start, place + 1)
        else:
            found.append(Span(place, place + 1))
    return found


def stacked_products(plan: Plan, operand: int) -> list[Product]:
    """The stacked matrices of one operand: one for every run of slots that it feeds."""
    fed = {plan.place(slot.name): matrix for slot, matrix in plan.slots_of(operand)}
    return [
        Product(operand, tuple(fed[place] for place in range(span.start, span.stop)), span)
        for span in spans(sorted(fed))
    ]


def _carried(plan: Plan) -> tuple[str, ...]:
    return (*plan.cell.states, "y") if plan.cell.uses_output else plan.cell.states


class _Writer:
    """Writes the loop. Every view of a row becomes one variable of the loop."""

    def __init__(self, plan: Plan, activation: str) -> None:
        self.plan = plan
        self.activation = activation
        self.views: dict[tuple[str, int, int], str] = {}
        self.lines: list[str] = []
        self.products: list[Product] = []
        self.vectors: list[str] = []
        self.constants: list[float] = []
        self.busy = 0
        self.temporaries = 0

    def compiled(self) -> CompiledStep:
        levels = range(max((entry.level for entry in self.plan.computed), default=0) + 1)
        for level in levels:
            self._compute(level)
            self._multiply(level)
        source = self._source()
        space: dict[str, Callable[..., None]] = {}
        # The text holds only what this class writes; no word of a cell's author is in it.
        exec(compile(source, "<compiled step>", "exec"), {"torch": torch}, space)  # noqa: S102
        fed = [index for index, operand in enumerate(self.plan.operands) if operand.kind == "input"]
        inputs = [product for index in fed for product in stacked_products(self.plan, index)]
        return CompiledStep(
            self.plan,
            tuple(inputs),
            tuple(self.products),
            tuple(self.vectors),
            tuple(self.constants),
            self.temporaries,
            source,
            space["scan"],
        )

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
                self._into(entry.expression, self._signal(entry.name))
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
            case Number():
                self.lines.append(f"{out}.copy_({self._tensor(expr)})")
            case _:
                self.lines.append(f"{out}.copy_({self._value(expr)})")

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
                return self._constant(value) if value in (float("inf"), float("-inf")) else repr(value)
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
        return f"b{_carried(self.plan).index(name)}"

    def _view(self, block: str, start: int, stop: int) -> str:
        return self.views.setdefault((block, start, stop), f"v{len(self.views)}")

    def _source(self) -> str:
        calls = sorted({line.split("(")[0] for line in self.lines if "." not in line.split("(")[0]})
        carried = [self._signal(name) for name in self.plan.cell.states]
        head = ["def scan(slots, signals, H, matrices, vectors, constants, spare, before, rows):"]
        body = [f"{call} = torch.{call}" for call in calls]
        for letter, source, count in (
            ("m", "matrices", len(self.products)),
            ("p", "vectors", len(self.vectors)),
            ("k", "constants", len(self.constants)),
            ("s", "spare", self.temporaries),
            ("b", "before", len(_carried(self.plan))),
        ):
            if count:
                body.append("".join(f"{letter}{index}, " for index in range(count)) + f"= {source}")
        split = ", ".join(f"rows({block}[:, {start} * H:{stop} * H])" for block, start, stop in self.views)
        loop = f"for {', '.join(self.views.values())}, in zip({split}):"
        inner = [*self.lines, *(f"b{index} = {view}" for index, view in enumerate(carried))]
        text = [*head, *("    " + line for line in [*body, loop]), *("        " + line for line in inner)]
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
