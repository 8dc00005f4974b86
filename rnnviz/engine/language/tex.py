"""Typeset the equations of a cell as TeX, in the subset that ziamath and every TeX have in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from rnnviz.engine.language.expressions import (
    Binary,
    Call,
    Expr,
    MatrixProduct,
    Negate,
    Number,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
)
from rnnviz.engine.language.model import PRE_SUFFIX, Cell

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
#: The last parts of names that stand for an accent.
ACCENTS = {"hat": r"\hat{{{}}}", "tilde": r"\tilde{{{}}}", "bar": r"\bar{{{}}}", "prime": "{}'"}
_MARKS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "prime": "′"}
_FUNCTIONS = {
    "sigmoid": r"\sigma",
    "tanh": r"\tanh",
    "relu": r"\mathrm{ReLU}",
    "softplus": r"\mathrm{softplus}",
    "log_sigmoid": r"\log\sigma",
    "exp": r"\exp",
    "log": r"\log",
    "phi": r"\varphi",
    "identity": r"\mathrm{id}",
    "max": r"\max",
    "min": r"\min",
}


#: A minus that belongs to one number or symbol; bare, it would be set wide, as between two.
MINUS = "{-}"


class Level(IntEnum):
    """How tightly a piece of a formula holds together; what holds less tightly needs parentheses."""

    SUM = 1
    PRODUCT = 2
    MATRIX = 3
    CALL = 4
    ATOM = 5


_BEFORE = re.compile(r"(_\{(?:[^{}]|\{[^{}]*\})*?)t-1\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a formula; `negative` tells that it begins with a minus."""

    tex: str
    level: Level = Level.ATOM
    negative: bool = False

    def wrapped(self, needed: bool) -> str:
        """Return the TeX, in parentheses where they are needed."""
        return rf"\left({self.tex}\right)" if needed else self.tex


def symbol_tex(name: str, step: str = "") -> str:
    r"""Return the symbol of a signal or parameter.

    ``W_i`` becomes ``W_{i}``, ``h`` at step ``t-1`` becomes ``h_{t-1}``, ``f.pre`` becomes ``f^{\mathrm{pre}}``,
    the names of Greek letters become the letters, and a last part that names an accent becomes one: ``f_tilde``
    becomes ``\tilde{f}``, ``f_prime`` becomes ``f'``.
    """
    head, *marks = [part for part in name.removesuffix(PRE_SUFFIX).split("_") if part]
    accent = ACCENTS[marks.pop()] if marks and marks[-1] in ACCENTS else "{}"
    lettered = re.fullmatch(r"([A-Za-z]+)(\d+)", head)
    if lettered is not None:
        head = lettered.group(1)
        marks.insert(0, lettered.group(2))
    below = ",".join([*(_word(mark) for mark in marks), *([step] if step else [])])
    letter = accent.format(_word(head))
    raised = name.endswith(PRE_SUFFIX)
    if raised and accent.endswith("'"):
        letter = f"{{{letter}}}"  # a prime is raised too, and TeX knows no second superscript
    return letter + (f"_{{{below}}}" if below else "") + (r"^{\mathrm{pre}}" if raised else "")


def read_backward(tex: str) -> str:
    """Return the TeX of a layer that reads from the last step to the first: the state that it reads is that of t+1."""
    return _BEFORE.sub(r"\1t+1}", tex)


def symbol_text(name: str) -> str:
    """Return the name of a signal or parameter as plain text with its accent: ``f_prime`` becomes ``f′``."""
    plain = name.removesuffix(PRE_SUFFIX)
    head, _, accent = plain.rpartition("_")
    if not head or accent not in ACCENTS:
        return name
    return unicodedata.normalize("NFC", head + _MARKS[accent]) + name[len(plain) :]


def _word(text: str) -> str:
    if _GREEK.fullmatch(text):
        return rf"\{text}"
    return text if len(text) == 1 or text.isdigit() else rf"\mathrm{{{text}}}"


def literal_tex(value: float) -> Piece:
    """Return a number as the cell's author wrote it, in full."""
    return number_piece(f"{abs(value):.15g}", value < 0)


def number_piece(digits: str, negative: bool) -> Piece:
    """Return the TeX of a number that is formatted without its sign, such as ``1.5``, ``1e-05``, ``inf``."""
    mantissa, _, exponent = digits.replace("inf", r"\infty").partition("e")
    level = Level.PRODUCT if exponent else Level.ATOM
    scale = rf" \cdot 10^{{{int(exponent)}}}" if exponent else ""
    return Piece(f"{MINUS if negative else ''}{mantissa}{scale}", level, negative)


@dataclass(frozen=True, slots=True)
class Typesetter:
    """Turns expressions into TeX; `colours` maps the names of signals to colours such as ``#d55e00``."""

    colours: Mapping[str, str] = field(default_factory=dict)

    def symbol(self, name: str, step: str) -> str:
        """Return the symbol of a signal at a step, in its colour; a pre-activation shares its signal's."""
        tex = symbol_tex(name, step)
        colour = self.colours.get(name) or self.colours.get(name.removesuffix(PRE_SUFFIX))
        return rf"\textcolor{{{colour}}}{{{tex}}}" if colour else tex

    def leaf(self, expr: Expr) -> Piece:
        """Return an expression that has no parts."""
        match expr:
            case SignalAt(name=name):
                return Piece(self.symbol(name, "t"))
            case StateBefore(name=name):
                return Piece(self.symbol(name, "t-1"))
            case Parameter(name=name):
                return Piece(symbol_tex(name))
            case OutputBefore():
                return Piece(self.symbol("y", "t-1"))
            case _:
                return Piece(self.symbol("x", "t"))

    def times(self, left: Expr, right: Expr) -> str:
        """Return the sign between two factors: a dot beside a number, else that of the product unit by unit."""
        return r"\cdot" if isinstance(left, Number) or isinstance(right, Number) else r"\odot"

    def of(self, expr: Expr) -> Piece:
        """Return the TeX of an expression with no more parentheses than it needs."""
        match expr:
            case Number(value=value):
                return literal_tex(value)
            case MatrixProduct(matrix=matrix, operand=operand):
                return self.matrix(matrix, operand)
            case Negate(operand=operand):
                inner = self.of(operand)
                needed = inner.level == Level.SUM or inner.negative
                return Piece(f"{MINUS}{inner.wrapped(needed)}", Level.ATOM if needed else inner.level, negative=True)
            case Binary(op="+" | "-" as op, left=left, right=right):
                return self.sum(op, self.of(left), self.of(right))
            case Binary(op="/", left=left, right=right):
                return Piece(rf"\frac{{{self.of(left).tex}}}{{{self.of(right).tex}}}", Level.CALL)
            case Binary(left=left, right=right):
                return self.product(left, right)
            case Power(base=base, exponent=exponent):
                inner = self.of(base)
                raised = "'" in inner.tex or r"^{\mathrm{pre}}" in inner.tex
                power = inner.wrapped(inner.level < Level.ATOM or inner.negative or raised)
                return Piece(f"{power}^{{{exponent}}}", Level.CALL)
            case Call(function=function, arguments=arguments):
                return self.call(function, [self.of(argument).tex for argument in arguments])
            case _:
                return self.leaf(expr)

    def matrix(self, name: str, operand: Expr) -> Piece:
        """Return a matrix product, the matrix directly before what it acts on."""
        inner = self.of(operand)
        return Piece(f"{symbol_tex(name)} {inner.wrapped(inner.level < Level.MATRIX or inner.negative)}", Level.MATRIX)

    def sum(self, op: str, left: Piece, right: Piece) -> Piece:
        """Return a sum or difference."""
        needed = right.negative or (op == "-" and right.level == Level.SUM)
        return Piece(f"{left.tex} {op} {right.wrapped(needed)}", Level.SUM, left.negative)

    def product(self, left: Expr, right: Expr) -> Piece:
        """Return a product unit by unit; a matrix product within it is set apart by parentheses."""
        apart = (Level.SUM, Level.MATRIX)
        first, second = self.of(left), self.of(right)
        before = first.wrapped(first.level in apart)
        after = second.wrapped(second.level in apart or second.negative)
        negative = first.negative and first.level not in apart
        return Piece(f"{before} {self.times(left, right)} {after}", Level.PRODUCT, negative)

    def call(self, function: str, arguments: list[str]) -> Piece:
        """Return a function with its arguments."""
        inside = ", ".join(arguments)
        if function == "sqrt":
            return Piece(rf"\sqrt{{{inside}}}", Level.CALL)
        if function == "abs":
            return Piece(rf"\left|{inside}\right|")
        return Piece(rf"{_FUNCTIONS[function]}\left({inside}\right)", Level.CALL)


def equation_tex(cell: Cell, signal: str, *, colours: Mapping[str, str] | None = None) -> str:
    r"""Return the equation of one signal, such as ``f_{t} = \sigma\left(...\right)``; of ``f.pre`` its argument.

    Parameters
    ----------
    cell : Cell
    signal : str
    colours : mapping, optional
        From names of signals (``x`` and ``y`` too) to colours such as ``#d55e00``; others take that of the text.

    Raises
    ------
    SpecError
        When the cell has no such signal.
    """
    typesetter = Typesetter(colours or {})
    right = typesetter.of(cell.expression(signal)).tex
    return f"{typesetter.symbol(signal, 't')} = {right}"


def cell_tex(cell: Cell, *, colours: Mapping[str, str] | None = None) -> str:
    """Return all equations as written, one below the other with their equals signs aligned.

    Values before the first step come last; parameters are as for `equation_tex`.
    """
    typesetter = Typesetter(colours or {})
    rows = [
        f"{typesetter.symbol(equation.signal, 't')} &= {typesetter.of(equation.expression).tex}"
        for equation in cell.equations
    ]
    for state, value in cell.initial.items():
        right = r"\text{learned}" if isinstance(value, Parameter) else typesetter.of(value).tex
        rows.append(f"{typesetter.symbol(state, '0')} &= {right}")
    return r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"
