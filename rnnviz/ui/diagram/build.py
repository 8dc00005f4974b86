"""From the equations of a cell to its diagram: every part of an expression becomes one node, every use one wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from rnnviz.engine.language.model import (
    PRE_SUFFIX,
    Binary,
    Call,
    Cell,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
    walk,
)
from rnnviz.ui.diagram.graph import Graph, Mark, Node, Wire

_SYMBOLS = {
    "sigmoid": "σ",
    "log_sigmoid": "log σ",
    "phi": "φ",
    "relu": "ReLU",
    "sqrt": "√",
    "abs": "|·|",
    "identity": "id",
}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@lru_cache(maxsize=64)
def graph_of(cell: Cell) -> Graph:
    """Return the diagram of a cell: inputs first, then operators in order of evaluation, outputs last."""
    builder = _Builder(cell)
    for signal in cell.order:
        builder.add_signal(signal)
    return _joined(builder.finish())


def terms(expr: Expr, sign: int = 1) -> Iterator[tuple[int, Expr]]:
    """Yield the terms of a sum with their signs, from left to right."""
    match expr:
        case Binary(op="+" | "-" as op, left=left, right=right):
            yield from terms(left, sign)
            yield from terms(right, -sign if op == "-" else sign)
        case _:
            yield sign, expr


def factors(expr: Expr) -> Iterator[Expr]:
    """Yield the factors of a product, from left to right."""
    match expr:
        case Binary(op="*", left=left, right=right):
            yield from factors(left)
            yield from factors(right)
        case _:
            yield expr


def is_constant(expr: Expr) -> bool:
    """Whether an expression is a number or a parameter: it stands within its operator, without a wire."""
    return isinstance(expr, Number | Parameter)


def _weighted(expr: Expr) -> bool:
    return any(isinstance(term, MatrixProduct) for _, term in terms(expr))


def _text(expr: Expr) -> str:
    return f"{expr.value:g}" if isinstance(expr, Number) else expr.name if isinstance(expr, Parameter) else ""


class _Builder:
    """Collects nodes and wires."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.inputs: dict[str, Node] = {}
        self.nodes: list[Node] = []
        self.wires: list[Wire] = []
        self.counts: Counter[str] = Counter()
        equations = [cell.equation(signal).expression for signal in cell.order]
        self.read = {node.name for whole in equations for node in walk(whole) if isinstance(node, SignalAt)}

    def add_signal(self, signal: str) -> None:
        """Add what gives a signal."""
        expr = self.cell.equation(signal).expression
        if isinstance(expr, Call) and signal + PRE_SUFFIX in self.read and self.cell.has_pre(signal):
            whole = self.operator(expr.arguments[0], signal, signal + PRE_SUFFIX)
            self.put(Node(signal, "operator", _symbol(expr.function), signal, signal, expr), [(whole, "", "")])
        else:
            self.operator(expr, signal, signal)

    def finish(self) -> Graph:
        """Return everything, with what is handed on."""
        handed = dict.fromkeys((*self.cell.states, self.cell.output))
        outputs = [Node(f"out:{name}", "output", name, name) for name in handed]
        wires = [*self.wires, *(Wire(name, f"out:{name}") for name in handed)]
        return Graph(self.cell, (*self.inputs.values(), *self.nodes, *outputs), tuple(wires))

    def put(self, node: Node, sources: list[tuple[str, str, Mark]]) -> str:
        """Add a node that reads others: pairs of key, matrix and mark."""
        self.nodes.append(node)
        for number, (source, matrix, mark) in enumerate(sources):
            self.wires.append(Wire(source, node.key, ((source, matrix),) if matrix else (), mark, number))
        return node.key

    def feed(self, expr: Expr, owner: str) -> str:
        """Return the key of what gives an expression, made where it has to be."""
        match expr:
            case SignalAt(name=name):
                return name
            case InputAt():
                return self.input("x", expr)
            case OutputBefore():
                return self.input("y[t-1]", expr)
            case StateBefore(name=name):
                return self.input(f"{name}[t-1]", expr)
            case _:
                return self.operator(expr, owner, "")

    def input(self, key: str, expr: Expr) -> str:
        """Return the key of an input."""
        self.inputs.setdefault(key, Node(key, "input", key.removesuffix("[t-1]"), "", "", expr))
        return key

    def operator(self, expr: Expr, owner: str, signal: str) -> str:
        """Add the node of an expression; return its key."""
        if not signal:
            self.counts[owner] += 1
        key = signal or f"{owner}.{self.counts[owner]}"
        if isinstance(expr, Call) and len(expr.arguments) == 1 and _weighted(expr.arguments[0]):
            return self.box(Node(key, "box", _symbol(expr.function), signal, owner, expr), expr.arguments[0])
        if _weighted(expr):
            return self.box(Node(key, "box", "Σ", signal, owner, expr), expr)
        symbol, operands = _pointwise(expr)
        sources: list[tuple[str, str, Mark]] = [(self.feed(operand, owner), "", mark) for operand, mark in operands]
        return self.put(Node(key, "operator", symbol, signal, owner, expr), sources)

    def box(self, node: Node, whole: Expr) -> str:
        """Add a layer: the products, biases and peepholes of its sum stand within it."""
        sources: list[tuple[str, str, Mark]] = []
        for sign, term in terms(whole):
            mark: Mark = "minus" if sign < 0 else ""
            if isinstance(term, MatrixProduct):
                sources.append((self.feed(term.operand, node.owner), term.matrix, mark))
            elif not is_constant(term):
                parts = list(factors(term))
                free = [part for part in parts if not is_constant(part)]
                peephole = len(parts) > 1 and len(free) == 1
                sources.append((self.feed(free[0] if peephole else term, node.owner), "", mark))
        return self.put(node, sources)


def _symbol(function: str) -> str:
    return _SYMBOLS.get(function, function)


def _pointwise(expr: Expr) -> tuple[str, list[tuple[Expr, Mark]]]:
    """The symbol of an expression that acts unit by unit, and what it reads."""
    match expr:
        case Binary(op="+" | "-"):
            return _sum(expr)
        case Binary(op="*"):
            parts = list(factors(expr))
            constant = " ".join(_text(part) for part in parts if is_constant(part))
            return f"{constant} ⊙" if constant else "⊙", [(part, "") for part in parts if not is_constant(part)]
        case Binary(left=left, right=right):
            kept: list[tuple[Expr, Mark]] = [] if is_constant(left) else [(left, "")]
            kept += [] if is_constant(right) else [(right, "divisor")]
            return f"{_text(left)} ÷ {_text(right)}".strip(), kept
        case Negate(operand=operand):
            return "−", [(operand, "")]
        case Power(base=base, exponent=exponent):
            return f"( ){str(exponent).translate(_RAISED)}", [(base, "")]
        case Call(function=function, arguments=arguments):
            constant = "".join(f" {_text(one)}" for one in arguments if is_constant(one))
            return _symbol(function) + constant, [(one, "") for one in arguments if not is_constant(one)]
        case Number() | Parameter():
            return _text(expr), []
        case _:
            return "=", [(expr, "")]


def _sum(expr: Expr) -> tuple[str, list[tuple[Expr, Mark]]]:
    parts = list(terms(expr))
    free = [(sign, term) for sign, term in parts if not is_constant(term)]
    constants = "".join(f"{'+' if sign > 0 else '−'}{_text(term)}" for sign, term in parts if is_constant(term))
    if len(free) == 1 and free[0][0] < 0 and constants.startswith("+"):
        return f"{constants[1:]}−", [(free[0][1], "")]
    symbol = "+" + constants if len(free) > 1 else constants
    return symbol, [(term, "minus" if sign < 0 else "") for sign, term in free]


def _joined(graph: Graph) -> Graph:
    """Lay the sources side by side that several layers read with matrices alike."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for node in graph.nodes:
        if node.kind == "box":
            plain = [wire for wire in graph.into(node.key) if wire.matrices and not wire.mark]
            joint = [wire.source for wire in plain if graph.node(wire.source).kind == "input"]
            if len(joint) > 1 and len(set(joint)) == len(joint):
                groups.setdefault(tuple(sorted(joint)), []).append(node.key)
    wires, joins = list(graph.wires), list[Node]()
    for sources, boxes in groups.items():
        if len(boxes) < 2:
            continue
        key = ",".join(sources)
        joins.append(Node(key, "join", "", ""))
        for box in boxes:
            own = [one for one in wires if one.target == box and one.source in sources and one.matrices]
            place = wires.index(own[0])
            pairs = tuple(pair for one in own for pair in one.matrices)
            wires = [one for one in wires if one not in own]
            wires.insert(place, Wire(key, box, pairs))
        wires += [Wire(source, key, number=number) for number, source in enumerate(sources)]
    inputs = [node for node in graph.nodes if node.kind == "input"]
    others = [node for node in graph.nodes if node.kind != "input"]
    return replace(graph, nodes=(*inputs, *joins, *others), wires=tuple(wires))
