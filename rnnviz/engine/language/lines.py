"""Cut the tokens of a cell into its lines: what is assigned, the right side, the label."""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz.engine.errors import CellError
from rnnviz.engine.language.expressions import FUNCTIONS
from rnnviz.engine.language.tokens import Token, tokenise

MAX_EQUATIONS = 64

#: Names with a fixed meaning, and what to write instead of giving them another.
RESERVED = {
    "t": "'t' is the step: it stands only in brackets, as in h[t]",
    "x": "'x' is the input: it is written x[t]",
    "inf": "'inf' is the number infinity",
    "nan": "'nan' is no number that a cell can use",
    **{name: f"'{name}' is a function: it is written {name}(...)" for name in FUNCTIONS},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cell: ``name[index] = right side  # label``; `initial` tells [0] from [t]."""

    name: str
    initial: bool
    label: str
    text: str
    right: str
    line: int
    column: int
    right_line: int
    right_column: int


def split(text: str) -> list[Line]:
    """Return the lines of a cell, without those that are blank or only a comment.

    Raises
    ------
    CellError
        When the text holds no equation or more than 64, or a line does not begin like one.
    """
    lines: list[Line] = []
    pending: list[Token] = []
    depth = 0
    tokens = tokenise(text)
    source = _without_comments(text, tokens)
    end = Token("newline", "\n", text.count("\n") + 1, 1, len(text))
    for token in [*tokens, end]:
        if token.kind == "operator":
            depth += (token.text in "([") - (token.text in ")]")
        if token.kind != "newline" or depth:
            pending.append(token)
            continue
        code = [piece for piece in pending if piece.kind not in ("comment", "newline")]
        if code:
            lines.append(_line(source, code, _label(pending)))
            if len(lines) > MAX_EQUATIONS:
                raise code[0].error(f"A cell may have at most {MAX_EQUATIONS} lines.")
        pending = []
    if not lines:
        raise CellError("There is no equation: write one such as h[t] = tanh(W @ x[t] + U @ h[t-1] + b).")
    return lines


def _label(tokens: list[Token]) -> str:
    comments = [token.text.lstrip("#") for token in tokens if token.kind == "comment"]
    printable = "".join(character for character in " ".join(comments) if character.isprintable())
    return " ".join(printable.split())


def _without_comments(text: str, tokens: list[Token]) -> str:
    """Blank the comments, which may hold any character at all, and leave everything else at its place."""
    pieces: list[str] = []
    position = 0
    for token in tokens:
        if token.kind == "comment":
            pieces += [text[position : token.offset], " " * len(token.text)]
            position = token.offset + len(token.text)
    return "".join([*pieces, text[position:]])


def _line(source: str, code: list[Token], label: str) -> Line:
    equals = [position for position, token in enumerate(code) if token.text == "="]
    if not equals:
        raise code[0].error("A line needs '=': write an equation such as h[t] = tanh(W @ x[t]).")
    name, initial = _target(code[: equals[0]], code[0])
    if len(equals) > 1:
        raise code[equals[1]].error("A line has a single '='; a function takes no named arguments.")
    right = code[equals[0] + 1 :]
    if not right:
        raise code[equals[0]].error("Nothing stands right of '='.")
    _check_sequence(right)
    stop = code[-1].offset + len(code[-1].text)
    return Line(
        name=name,
        initial=initial,
        label=label,
        text=" ".join(source[code[0].offset : stop].split()),
        right=source[right[0].offset : stop],
        line=code[0].line,
        column=code[0].column,
        right_line=right[0].line,
        right_column=right[0].column,
    )


def _check_sequence(tokens: list[Token]) -> None:
    """Refuse two values without an operator between and an operator without its values, in the user's words."""
    value_before = False
    for previous, token in zip([None, *tokens], tokens, strict=False):
        opens, closes = token.text in "([", token.text in ")]"
        is_value = token.kind in ("name", "number")
        if value_before and (is_value or (opens and previous is not None and previous.kind == "number")):
            before = previous.text if previous is not None else ""
            raise token.error(f"Between '{before[:40]}' and '{token.text[:40]}' an operator is missing.")
        empty = closes and previous is not None and previous.text in "(,"
        if not (value_before or is_value or opens or empty or token.text in "+-"):
            raise token.error(f"Before '{token.text}' a value is missing.")
        value_before = is_value or closes
    if not value_before:
        raise tokens[-1].error(f"After '{tokens[-1].text}' a value is missing.")


def _target(tokens: list[Token], first: Token) -> tuple[str, bool]:
    """Return the name that a line assigns and whether it sets the value before the first step."""
    if not tokens or tokens[0].kind != "name":
        raise first.error("A line begins with the signal it assigns, such as h[t] = ...")
    name = tokens[0]
    if name.text in RESERVED:
        raise name.error(f"{RESERVED[name.text]}; it cannot be assigned.")
    inside = "".join(token.text for token in tokens[2:-1])
    brackets = len(tokens) > 2 and tokens[1].text == "[" and tokens[-1].text == "]"
    if not brackets:
        raise name.error(f"The left side names a signal at a step: write {name.text}[t] = ...")
    if inside not in ("t", "0"):
        allowed = f"{name.text}[t], and {name.text}[0] before the first step"
        raise tokens[2].error(f"'{name.text}[{inside}]' cannot be assigned: only {allowed}.")
    return name.text, inside == "0"
