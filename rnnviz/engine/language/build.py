"""Turn the right side of an equation into an expression, letting through only what the language has."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rnnviz.engine.errors import CellError
from rnnviz.engine.language.expressions import (
    FUNCTIONS,
    Binary,
    Call,
    Dim,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    Operator,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
    columns_for,
    contains,
)
from rnnviz.engine.language.lines import RESERVED, Line

UseKind: TypeAlias = Literal["matrix", "vector", "now", "before"]

_LARGEST = 1e6
_OPERATORS: dict[type[ast.operator], Operator] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_OVER_UNITS = frozenset(["sum", "mean", "prod", "softmax", "norm", "dot", "var", "std", "layer_norm", "cumsum"])
_VECTORS = (SignalAt, StateBefore, Parameter, MatrixProduct)
_NOT_OF_UNITS = "{} is as long as the {}, not as the units: it stands only directly right of '@', as in {}."


@dataclass(frozen=True, slots=True)
class Use:
    """One place where an equation reads a name, and how; `columns` is what a matrix is applied to."""

    name: str
    kind: UseKind
    line: int
    column: int
    columns: Dim | None = None

    def error(self, message: str) -> CellError:
        """Return an error at this place."""
        return CellError(message, self.line, self.column)


def build(line: Line, assigned: frozenset[str]) -> Built:
    """Return the expression right of ``=`` with every name it reads.

    Parameters
    ----------
    line : Line
    assigned : frozenset of str
        The signals that the cell assigns; ``y[t-1]`` is the network's output if ``y`` is not among them.

    Raises
    ------
    CellError
        When Python cannot read the right side or it holds something outside the language.
    """
    try:
        tree = ast.parse(line.right, mode="eval")
    except SyntaxError as error:
        first = (error.lineno or 1) == 1
        column = max(error.offset or 1, 1) + (line.right_column - 1 if first else 0)
        raise CellError(
            f"The right side of '{line.name}' cannot be read as a formula ({error.msg}).",
            line.right_line + (error.lineno or 1) - 1,
            column,
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = f"The right side of '{line.name}' cannot be read as a formula ({type(error).__name__})."
        raise CellError(reason, line.right_line, line.right_column) from None
    builder = _Builder(line, assigned)
    expression = builder.vector(tree.body)
    body = tree.body
    while isinstance(body, ast.UnaryOp):
        body = body.operand
    argument = builder.written(body.args[0]) if isinstance(body, ast.Call) and len(body.args) == 1 else ""
    return Built(expression, tuple(builder.uses), argument)


@dataclass(frozen=True, slots=True)
class Built:
    """A right side: its expression, the names it reads, the source of the argument if it is one call."""

    expression: Expr
    uses: tuple[Use, ...]
    argument: str


@dataclass(slots=True)
class _Builder:
    source: Line
    assigned: frozenset[str]
    uses: list[Use] = field(default_factory=list)

    def error(self, node: ast.expr, message: str) -> CellError:
        line, column = self.place(node)
        return CellError(message, line, column)

    def place(self, node: ast.expr) -> tuple[int, int]:
        first = node.lineno == 1
        column = node.col_offset + (self.source.right_column if first else 1)
        return self.source.right_line + node.lineno - 1, column

    def written(self, node: ast.expr) -> str:
        """Return the source of `node` on one line."""
        return " ".join((ast.get_source_segment(self.source.right, node) or "").split())

    def shown(self, node: ast.expr) -> str:
        """Return the source of `node`, cut to a length fit for a message."""
        text = self.written(node)
        return text if len(text) <= 60 else text[:57] + "..."

    def use(self, node: ast.expr, name: str, kind: UseKind, columns: Dim | None = None) -> None:
        line, column = self.place(node)
        self.uses.append(Use(name, kind, line, column, columns))

    def vector(self, node: ast.expr) -> Expr:
        """Build what has one value per unit: everything but a bare x[t] or y[t-1]."""
        expr = self.expression(node)
        if isinstance(expr, InputAt):
            raise self.error(node, _NOT_OF_UNITS.format("x[t]", "input", "W @ x[t]"))
        if isinstance(expr, OutputBefore):
            raise self.error(node, _NOT_OF_UNITS.format("y[t-1]", "output", "U @ y[t-1]"))
        return expr

    def expression(self, node: ast.expr) -> Expr:
        match node:
            case ast.Constant():
                return self.number(node)
            case ast.Name():
                return self.name(node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negate(self.vector(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.vector(operand)
            case ast.BinOp():
                return self.operation(node)
            case ast.Call():
                return self.call(node)
            case _:
                raise self.error(node, f"'{self.shown(node)}' is not part of the cell language.")

    def number(self, node: ast.Constant) -> Number:
        value = node.value
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= _LARGEST:
            raise self.error(node, f"'{self.shown(node)}' is not a number up to 1,000,000 in size.")
        return Number(float(value))

    def name(self, node: ast.Name) -> Expr:
        if node.id == "inf":
            return Number(math.inf)
        if node.id in RESERVED:
            raise self.error(node, f"{RESERVED[node.id]}.")
        self.use(node, node.id, "vector")
        return Parameter(node.id)

    def subscript(self, node: ast.Subscript) -> Expr:
        if not isinstance(node.value, ast.Name):
            raise self.error(node, f"'{self.shown(node)}': only the name of a signal takes [t] or [t-1].")
        name, step = node.value.id, "".join(self.written(node.slice).split())
        if name in RESERVED and name != "x":
            raise self.error(node, f"{RESERVED[name]}.")
        if step not in ("t", "t-1") or (name == "x" and step != "t"):
            raise self.error(node, self.wrong_step(name, step))
        if name == "x":
            return InputAt()
        if step == "t":
            self.use(node, name, "now")
            return SignalAt(name)
        self.use(node, name, "before")
        return OutputBefore() if name == "y" and "y" not in self.assigned else StateBefore(name)

    def wrong_step(self, name: str, step: str) -> str:
        written = f"'{name}[{step}]'"
        if step.startswith("t+"):
            return f"{written} lies in the future, which a cell cannot read."
        if name == "x":
            return f"{written} is not in the language: a cell sees only the input of its own step, x[t]."
        if step == "0":
            return f"{written} can only stand left of '=', where it sets the value before the first step."
        if step.startswith("t-"):
            return f"{written}: lags above 1 are not in the language, only {name}[t] and {name}[t-1]."
        return f"{written} is not in the language: a signal is read as {name}[t] or {name}[t-1]."

    def operation(self, node: ast.BinOp) -> Expr:
        self.refuse_mixture(node)
        if isinstance(node.op, ast.MatMult):
            return self.product(node)
        if isinstance(node.op, ast.Pow):
            return self.power(node)
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise self.error(node, f"'{self.shown(node)}' uses an operator that is not in the language.")
        return Binary(operator, self.vector(node.left), self.vector(node.right))

    def refuse_mixture(self, node: ast.BinOp) -> None:
        """Refuse ``U @ r * h``: Python reads it as ``(U @ r) * h`` where ``U @ (r * h)`` is often meant."""
        left = node.left
        if not isinstance(left, ast.BinOp) or (left.lineno, left.col_offset) != (
            node.lineno,
            node.col_offset,
        ):
            return
        tight, scaling = ast.MatMult, (ast.Mult, ast.Div)
        for one, other in ((left.op, node.op), (node.op, left.op)):
            if isinstance(one, tight) and isinstance(other, scaling):
                part = self.written(left)
                rest = self.written(node)[len(part) :].strip()
                reading = f"'{part} {rest}' would be read as '({part}) {rest}'"
                raise self.error(node, f"{reading}: write the parentheses that you mean.")

    def product(self, node: ast.BinOp) -> Expr:
        match node.left:
            case ast.UnaryOp(op=ast.USub(), operand=signed):
                return Negate(self.product(_with_left(node, signed)))
            case ast.UnaryOp(op=ast.UAdd(), operand=signed):
                return self.product(_with_left(node, signed))
            case ast.Name(id=matrix) if matrix not in RESERVED:
                pass
            case left:
                written = self.shown(left)
                raise self.error(left, f"'{written}' stands left of '@', where only the name of a matrix may stand.")
        operand = self.expression(node.right)
        if not isinstance(operand, InputAt | OutputBefore) and not contains(operand, _VECTORS):
            written = self.shown(node.right)
            raise self.error(node.right, f"'{written}' stands right of '@', where a vector is needed.")
        self.use(node.left, matrix, "matrix", columns_for(operand))
        return MatrixProduct(matrix, operand)

    def power(self, node: ast.BinOp) -> Expr:
        exponent = node.right.value if isinstance(node.right, ast.Constant) else None
        if type(exponent) is not int or not 2 <= exponent <= 8:
            written = self.shown(node.right)
            raise self.error(node.right, f"'{written}': an exponent is a whole number from 2 to 8.")
        return Power(self.vector(node.left), exponent)

    def call(self, node: ast.Call) -> Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else self.shown(node.func)
        if name in _OVER_UNITS:
            raise self.error(node, f"'{name}' reaches across the units, which the language does not have yet.")
        if name not in FUNCTIONS or not isinstance(node.func, ast.Name):
            known = ", ".join(FUNCTIONS)
            raise self.error(node, f"'{name}' is not a function of the language, which has {known}.")
        if node.keywords:
            raise self.error(node, f"'{name}' takes no named arguments.")
        if len(node.args) != FUNCTIONS[name]:
            needed = "one argument" if FUNCTIONS[name] == 1 else f"{FUNCTIONS[name]} arguments"
            raise self.error(node, f"'{name}' takes {needed}, here it has {len(node.args)}.")
        return Call(name, tuple(self.vector(argument) for argument in node.args))


def _with_left(node: ast.BinOp, left: ast.expr) -> ast.BinOp:
    return ast.copy_location(ast.BinOp(left=left, op=node.op, right=node.right), node)
