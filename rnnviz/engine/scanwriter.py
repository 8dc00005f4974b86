"""Writes the loop over steps of one cell: Python text made of calls that work in place on rows of memory.

Products, and what only torch has, are torch's. Everything else goes through numpy on the same memory: a call costs 0.2
to 0.3 microseconds there and 0.8 in torch, which is most of its cost for a few hundred units.

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
from rnnviz.engine.plan import Operand, Plan, free, is_slot
from rnnviz.engine.products import Product, Span, stacked_products

_UNARY = {"sigmoid": "sigmoid", "tanh": "tanh", "exp": "exp", "log": "log", "sqrt": "sqrt", "abs": "absolute"}
_BINARY = {"max": "maximum", "min": "minimum"}
_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_OF_TORCH = ("sigmoid", "logaddexp", "pow")
"""What numpy does not have, or has slower by far."""

_NAMED_OUT = (*_OF_TORCH, "maximum", "minimum")
"""Calls that do not take the place of their result as one more argument, which is the fastest way to say it."""


class _Name(str):
    """A variable of the loop; any other word in it is a number."""

    __slots__ = ()


class ScanWriter:
    """Writes the loop. Every view of a row becomes one variable of it, or two: the array v0 and the tensor t_v0."""

    def __init__(self, plan: Plan, activation: str) -> None:
        self.plan = plan
        self.activation = activation
        self.expressions = {entry.name: folded(entry.expression, activation) for entry in plan.computed}
        self.views: dict[tuple[str, int, int], _Name] = {}
        self.used: dict[str, _Name] = {}
        self.calls: dict[str, None] = {}
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
            value = self._signal(operand.name) if operand.kind == "computed" else self._before(operand)
            for product in stacked_products(self.plan, index):
                target = self._tensor(self._view("slots", product.span.start, product.span.stop))
                self.lines.append(f"{target}.addmv_(m{len(self.products)}, {self._tensor(value)})")
                self.products.append(product)

    def _compute(self, level: int) -> None:
        here = [entry for entry in self.plan.computed if entry.level == level]
        together: dict[str, list[tuple[int, int]]] = {}
        done: set[str] = set()
        for entry in here:
            function = self._function(free(entry.expression))
            if entry.slot is not None and function in _UNARY:
                place = (self.plan.place(entry.slot), self.plan.columns[entry.name])
                together.setdefault(function, []).append(place)
                done.add(entry.name)
        for entry in here:
            match self.expressions[entry.name]:
                case Call("held", (SignalAt(name), held_at)) if is_slot(name):
                    self._put(held_at, self._signal(name))  # where the function of the sum reads it
        for function, places in together.items():
            for source, target in _parallel_spans(sorted(places)):
                read = self._view("slots", source.start, source.stop)
                self._call(_UNARY[function], read, out=self._view("signals", target.start, target.stop))
        for entry in here:
            expression = self.expressions[entry.name]
            if entry.name not in done:
                continue
            if isinstance(expression, Call) and expression.function == "held":
                # Over what the one call gives: a call of its own would round otherwise where the signal is free.
                self._put(expression.arguments[1], self._signal(entry.name))
        for entry in here:
            if entry.name not in done:
                self._into(self.expressions[entry.name], self._signal(entry.name))
                self.busy = 0

    def _function(self, expr: Expr) -> str:
        if not isinstance(expr, Call):
            return ""
        return self.activation if expr.function == "phi" else expr.function

    def _into(self, expr: Expr, out: _Name) -> None:
        match expr:
            case Call("held", (inner, put)):
                self._into(inner, out)
                self._put(put, out)
            case Call(_, (argument,)):
                self._unary(self._function(expr), self._values([argument], out)[0], out)
            case Call(function, arguments):
                self._call(_BINARY[function], *self._values(arguments, out), out=out)
            case Binary(op, left, right):
                self._call(_ARITHMETIC[op], *self._values((left, right), out), out=out)
            case Negate(operand):
                self._call("negative", *self._values([operand], out), out=out)
            case Power(base, exponent):
                self._call("pow", *self._values([base], out), str(exponent), out=out)
            case _:
                self._copy(self._leaf(expr), out)

    def _put(self, held_at: Expr, out: _Name) -> None:
        """Put what a signal is held at over it where that is a number."""
        put = self._as(_Name(self._leaf(held_at)))
        self.calls["copyto"] = self.calls["equal"] = None
        self.lines.append(f"copyto({self._as(out)}, {put}, where=equal({put}, {put}))")

    def _values(self, expressions: Sequence[Expr], out: _Name) -> list[str]:
        """Compute expressions: the last one that is not a leaf in the place of the result, the others aside."""
        compound = [place for place, expr in enumerate(expressions) if not _is_leaf(expr)]
        found = [self._leaf(expr) if _is_leaf(expr) else "" for expr in expressions]
        for place in compound:
            target = out if place == compound[-1] else self._spare()
            self._into(expressions[place], target)
            found[place] = target
        return found

    def _unary(self, function: str, argument: str, out: _Name) -> None:
        if function in _UNARY:
            self._call(_UNARY[function], argument, out=out)
        elif function == "relu":
            self._call("maximum", argument, "0", out=out)
        elif function == "identity":
            if argument != out:
                self._copy(argument, out)
        elif function == "softplus":
            self._call("logaddexp", argument, self._constant(0.0), out=out)
        else:
            assert function == "log_sigmoid"
            self._call("negative", argument, out=out)
            self._call("logaddexp", out, self._constant(0.0), out=out)
            self._call("negative", out, out=out)

    def _call(self, call: str, *arguments: str, out: _Name) -> None:
        self.calls[call] = None
        of_torch = call in _OF_TORCH
        words = [self._as(word, tensor=of_torch) for word in (*arguments, out)]
        if call in _NAMED_OUT:
            words[-1] = "out=" + words[-1]
        self.lines.append(f"{call}({', '.join(words)})")

    def _copy(self, value: str, out: _Name) -> None:
        self.calls["copyto"] = None
        self.lines.append(f"copyto({self._as(out)}, {self._as(value)})")

    def _as(self, word: str, *, tensor: bool = False) -> str:
        if not isinstance(word, _Name):
            return word
        return self._tensor(word) if tensor else self.used.setdefault(word, word)

    def _tensor(self, name: _Name) -> str:
        self.used["t_" + name] = name
        return "t_" + name

    def _leaf(self, expr: Expr) -> str:
        match expr:
            case Number(value):
                return repr(value) if isfinite(value) else self._constant(value)
            case SignalAt(name):
                return self._signal(name)
            case StateBefore(name):
                return _Name(f"b{self.carried.index(name)}")
            case _:
                assert isinstance(expr, Parameter)
                if expr.name not in self.vectors:
                    self.vectors.append(expr.name)
                return _Name(f"p{self.vectors.index(expr.name)}")

    def _spare(self) -> _Name:
        self.busy += 1
        self.temporaries = max(self.temporaries, self.busy)
        return _Name(f"s{self.busy - 1}")

    def _constant(self, value: float) -> _Name:
        if value not in self.constants:
            self.constants.append(value)
        return _Name(f"k{self.constants.index(value)}")

    def _signal(self, name: str) -> _Name:
        slot = name if is_slot(name) else self.plan.aliases.get(name)
        place = self.plan.columns[name] if slot is None else self.plan.place(slot)
        return self._view("signals" if slot is None else "slots", place, place + 1)

    def _before(self, operand: Operand) -> _Name:
        return _Name(f"b{self.carried.index(operand.name)}")

    def _view(self, block: str, start: int, stop: int) -> _Name:
        return self.views.setdefault((block, start, stop), _Name(f"v{len(self.views)}"))

    def _source(self) -> str:
        turn = [line for index, state in enumerate(self.plan.cell.states) for line in self._carry(index, state)]
        rows = [(word, name) for word, name in self.used.items() if name in self.views.values()]
        places = {name: place for place, name in self.views.items()}
        split = ", ".join(_split(word != name, *places[name]) for word, name in rows)
        text = [
            "def views(slots, signals, H):",
            f"    return list(zip({split}))",
            "def scan(rows, matrices, vectors, constants, spare, before):",
            *("    " + line for line in self._given()),
            f"    for {', '.join(word for word, _ in rows)}, in rows:",
            *("        " + line for line in [*self.lines, *turn]),
        ]
        return "\n".join(text) + "\n"

    def _carry(self, index: int, state: str) -> list[str]:
        """What the next turn of the loop finds as the state before it."""
        before, now = _Name(f"b{index}"), self._signal(state)
        lines = []
        if "t_" + before in self.used:
            lines.append(f"{self._tensor(before)} = {self._tensor(now)}")
        if before in self.used:
            lines.append(f"{before} = {self._as(now)}")
        return lines

    def _given(self) -> list[str]:
        """Names for what the loop is called with: tensors, and the same memory as arrays."""
        lines = [f"{call} = {'torch' if call in _OF_TORCH else 'numpy'}.{call}" for call in self.calls]
        for letter, source, count in (
            ("m", "matrices", len(self.products)),
            ("t_p", "vectors", len(self.vectors)),
            ("t_k", "constants", len(self.constants)),
            ("t_s", "spare", self.temporaries),
            ("t_b", "before", len(self.carried)),
        ):
            if count:
                lines.append("".join(f"{letter}{index}, " for index in range(count)) + f"= {source}")
        given = [name for word, name in self.used.items() if word == name and name not in self.views.values()]
        return [*lines, *(f"{name} = t_{name}.numpy()" for name in given)]


def _split(tensor: bool, block: str, start: int, stop: int) -> str:
    columns = f"[:, {start} * H:{stop} * H]"
    return f"{block}{columns}.unbind(0)" if tensor else f"list({block}.numpy(){columns})"


def _is_leaf(expr: Expr) -> bool:
    return isinstance(expr, Number | SignalAt | StateBefore | Parameter)


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
