"""The elementwise part of a cell differentiated, as formulas: which derivatives are needed, and how they are computed.

The quantities that carry a gradient into a step (states, the cell's output, operands of products, probed signals) cut
the elementwise part into pieces. Of each piece the derivatives with respect to what it reads are diagonals; once the
adjoints of these quantities are known, those of all other signals follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from rnnviz.engine.elementwise import folded
from rnnviz.engine.graph import Graph
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

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}

Target = tuple[str, str]
"""What a gradient flows to: ("slot" | "before" | "vector" | "output" | "signal", name)."""


@dataclass(frozen=True, eq=False)
class Derivatives:
    """The formulas of the way back through the elementwise part of a cell.

    Parameters
    ----------
    graph : Graph
    diagonals : dict of str to dict of Target to int
        Per output (a quantity that carries a gradient): the derivative with respect to every slot, previous state and
        other output that it reads.
    shut : dict of (str, Target) to int
        Where slopes may be infinite: zero where nothing passes, whatever comes, as behind a relu that is not positive.
    signals : dict of str to int
        dL/ds of every computed quantity that is no output, from the outputs' adjoints; not of those that nothing reads.
    vectors : dict of str to int
        The share of every step in dL/d(vector of parameters).
    """

    graph: Graph
    diagonals: dict[str, dict[Target, int]]
    shut: dict[tuple[str, Target], int]
    signals: dict[str, int]
    vectors: dict[str, int]


def derive(plan: Plan, activation: str, outputs: tuple[str, ...], dead: frozenset[str] | None = None) -> Derivatives:
    """Differentiate the elementwise part of a cell.

    Parameters
    ----------
    plan : Plan
    activation : str
        What phi stands for.
    outputs : tuple of str
        The quantities that carry a gradient into a step.
    dead : frozenset of str or None
        Those of them that no gradient comes into, and so none goes on from; None: that does not matter, since every
        slope is finite.

    Returns
    -------
    Derivatives
    """
    whole = _Pullback(plan, activation, outputs)
    one, undefined = whole.graph.number(1.0), whole.graph.number(nan)
    diagonals: dict[str, dict[Target, int]] = {}
    shut: dict[tuple[str, Target], int] = {}
    for name in outputs:
        if name in (dead or ()):
            diagonals[name] = {}
        elif name in plan.aliases:
            diagonals[name] = {("slot", plan.aliases[name]): one}
        else:
            found = whole.run({name: one})
            diagonals[name] = {target: node for target, node in found.items() if target[0] not in ("signal", "vector")}
            if dead is not None:
                answers = whole.run({name: undefined})
                shut |= {(name, target): answers[target] for target in diagonals[name]}
    computed = {entry.name for entry in plan.computed}
    found = whole.run(
        {name: whole.graph.leaf("adjoint", name) for name in outputs if name in computed - (dead or set())}
    )
    signals = {name: node for (kind, name), node in found.items() if kind == "signal"}
    vectors = {name: node for (kind, name), node in found.items() if kind == "vector"}
    return Derivatives(whole.graph, diagonals, shut, signals, vectors)


class _Pullback:
    """Walks the equations of a cell from the last to the first and collects what flows to each quantity."""

    def __init__(self, plan: Plan, activation: str, outputs: tuple[str, ...]) -> None:
        self.plan = plan
        self.activation = activation
        self.outputs = outputs
        self.graph = Graph()
        self._expressions = {entry.name: folded(entry.expression, activation) for entry in plan.computed}
        self._found: dict[Target, int] = {}
        self._values: dict[str, int] = {}
        for entry in plan.computed:
            self._values[entry.name] = self._value(self._expressions[entry.name])

    def run(self, seeds: dict[str, int]) -> dict[Target, int]:
        """What flows to every target when these gradients come into the quantities named."""
        self._found = {}
        for entry in reversed(self.plan.computed):
            coming = seeds.get(entry.name, self._found.get(("signal", entry.name)))
            if coming is not None:
                self._pull(self._expressions[entry.name], coming)
        return self._found

    def _pull(self, expr: Expr, coming: int) -> None:
        apply = self.graph.apply
        match expr:
            case Number():
                return
            case SignalAt() | StateBefore() | Parameter():
                target = self._target(expr)
                before = self._found.get(target)
                self._found[target] = coming if before is None else apply("add", before, coming)
            case Negate(operand):
                self._pull(operand, apply("neg", coming))
            case Power(base, exponent):
                inner = apply("pow", self._value(base), value=exponent - 1)
                self._pull(base, apply("mul", apply("mul", inner, self.graph.number(exponent)), coming))
            case Binary():
                self._binary(expr, coming)
            case Call("held", (inner, put)):
                self._pull(inner, apply("free", coming, self._value(put)))
            case Call(_, (argument,)):
                self._pull(argument, self._unary(expr, argument, coming))
            case Call(function, (first, second)):
                values = self._value(first), self._value(second)
                for argument, pair in ((first, values), (second, values[::-1])):
                    self._pull(argument, apply("share", coming, *(pair if function == "max" else pair[::-1])))

    def _binary(self, expr: Binary, coming: int) -> None:
        apply, left, right = self.graph.apply, expr.left, expr.right
        if expr.op in "+-":
            self._pull(left, coming)
            self._pull(right, coming if expr.op == "+" else apply("neg", coming))
            return
        if expr.op == "*":
            self._pull(left, apply("mul", self._value(right), coming))
            self._pull(right, apply("mul", self._value(left), coming))
            return
        self._pull(left, apply("div", coming, self._value(right)))
        if not isinstance(right, Number):
            ratio = apply("div", self._value(expr), self._value(right))
            self._pull(right, apply("neg", apply("mul", ratio, coming)))

    def _unary(self, expr: Call, argument: Expr, coming: int) -> int:
        """The derivative of a function of one argument, times what comes."""
        apply, one = self.graph.apply, self.graph.number(1.0)
        value, at = self._value(expr), self._value(argument)
        match self._function(expr):
            case "sigmoid" | "tanh" as function:
                if self.graph.value_of(coming) is None:
                    return apply(f"{function}_back", coming, value)
                inner = value if function == "sigmoid" else apply("mul", value, value)
                slope = apply("sub", one, inner)
                return apply("mul", apply("mul", slope, value) if function == "sigmoid" else slope, coming)
            case "relu":
                return apply("positive", coming, at)
            case "softplus":
                return apply("mul", apply("sigmoid", at), coming)
            case "log_sigmoid":
                return apply("mul", apply("sigmoid", apply("neg", at)), coming)
            case "exp":
                return apply("mul", value, coming)
            case "log":
                return apply("div", coming, at)
            case "sqrt":
                return apply("div", coming, apply("mul", value, self.graph.number(2.0)))
            case "abs":
                return apply("mul", apply("sign", at), coming)
            case function:
                assert function == "identity"
                return coming

    def _function(self, expr: Call) -> str:
        return self.activation if expr.function == "phi" else expr.function

    def _target(self, leaf: SignalAt | StateBefore | Parameter) -> Target:
        if isinstance(leaf, StateBefore):
            return ("before", leaf.name)
        if isinstance(leaf, Parameter):
            return ("vector", leaf.name)
        name = self.plan.aliases.get(leaf.name, leaf.name)
        if is_slot(name):
            return ("slot", name)
        return ("output" if name in self.outputs else "signal", name)

    def _value(self, expr: Expr) -> int:
        apply = self.graph.apply
        match expr:
            case Number(value):
                return self.graph.number(value)
            case SignalAt(name) if name not in self._expressions:
                return self.graph.leaf("slot", self.plan.aliases.get(name, name))
            case SignalAt(name):
                return self._values[name]
            case StateBefore(name):
                return self.graph.leaf("before", name)
            case Parameter(name):
                return self.graph.leaf("vector", name)
            case Negate(operand):
                return apply("neg", self._value(operand))
            case Power(base, exponent):
                return apply("pow", self._value(base), value=exponent)
            case Binary(op, left, right):
                return apply(_ARITHMETIC[op], self._value(left), self._value(right))
            case _:
                assert isinstance(expr, Call)
                return self._called(expr)

    def _called(self, expr: Call) -> int:
        apply, values = self.graph.apply, [self._value(argument) for argument in expr.arguments]
        match self._function(expr):
            case "identity":
                return values[0]
            case "log_sigmoid":
                return apply("neg", apply("softplus", apply("neg", values[0])))
            case function:
                return apply(function, *values)
