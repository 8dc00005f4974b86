"""Cut the text of a cell into tokens and refuse what has no place in one, before Python's parser sees it."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rnnviz.engine.errors import CellError

MAX_CHARACTERS = 20_000
MAX_NESTING = 50
MAX_CHAIN = 100

TokenKind = Literal["name", "number", "operator", "comment", "newline"]

_TOKEN = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<newline>\n)"
    r"|(?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>:=|\*\*=|//=|[-+*/@%&|^<>=!]=|\*\*|//|->|<<|>>|.)",
    re.ASCII | re.DOTALL,
)

_ALLOWED = frozenset(["+", "-", "*", "/", "**", "@", "=", "(", ")", "[", "]", ","])
_OPEN = {"(": ")", "[": "]"}
_REFUSED = {
    ".": "attribute access with '.' is not part of the cell language",
    ";": "';' is not part of the cell language: give each equation its own line",
    "\\": "'\\' is not part of the cell language: a line goes on as long as a bracket is open",
    "'": "text in quotes is not part of the cell language",
    '"': "text in quotes is not part of the cell language",
    ":=": "':=' is not part of the cell language: write an equation of its own",
    "{": "braces are not part of the cell language",
    "}": "braces are not part of the cell language",
    "==": "'==' compares, and comparisons are not part of the cell language: an equation has a single '='",
    "//": "'//' is not part of the cell language: write '/'",
    "^": "'^' is not part of the cell language: a power is written with '**'",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, with its place counted from 1 and its offset from 0."""

    kind: TokenKind
    text: str
    line: int
    column: int
    offset: int

    def error(self, message: str) -> CellError:
        """Return an error at the place of this token."""
        return CellError(message, self.line, self.column)


def tokenise(text: str) -> list[Token]:
    """Return the tokens of `text`, without blanks.

    Raises
    ------
    CellError
        When the text is too long, nests too deeply or holds a character or word that no cell has.
    """
    if len(text) > MAX_CHARACTERS:
        raise CellError(f"The text has {len(text):,} characters; a cell may have {MAX_CHARACTERS:,}.")
    tokens = list(_scan(text))
    _check_depth(tokens)
    return tokens


def _scan(text: str) -> Iterator[Token]:
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            continue
        token = Token(_kind(kind), match.group(), line, match.start() - line_start + 1, match.start())
        _check_token(token, text)
        yield token
        if kind == "newline":
            line, line_start = line + 1, match.end()


def _kind(group: str | None) -> TokenKind:
    match group:
        case "comment" | "newline" | "number" | "name":
            return group
        case _:
            return "operator"


def _check_token(token: Token, text: str) -> None:
    match token.kind:
        case "name":
            _check_name(token)
        case "number":
            following = text[token.offset + len(token.text) :][:1]
            if following == "_" or (following.isascii() and following.isalpha()):
                raise token.error(f"'{token.text}{following}' is neither a number nor a name.")
        case "operator" if token.text not in _ALLOWED:
            raise token.error(_refusal(token.text) + ".")
        case _:
            pass


def _check_name(token: Token) -> None:
    name = token.text
    if keyword.iskeyword(name):
        raise token.error(f"'{name}' is a word of Python and not part of the cell language.")
    if name.startswith("_") or "__" in name:
        raise token.error(f"The name '{name[:40]}' may neither begin with '_' nor contain '__'.")
    if len(name) > 40:
        raise token.error(f"The name '{name[:12]}...' has {len(name)} characters, more than 40.")


def _refusal(symbol: str) -> str:
    if not symbol.isascii():
        described = unicodedata.name(symbol, f"U+{ord(symbol):04X}")
        return f"'{symbol}' ({described}) is not ASCII: outside comments a cell is written in plain ASCII"
    if not symbol.isprintable():
        return f"The control character U+{ord(symbol):04X} has no place in a cell"
    if symbol in _REFUSED:
        return _REFUSED[symbol]
    return f"'{symbol}' is not part of the cell language"


def _check_depth(tokens: list[Token]) -> None:
    """Bound brackets and chains of operators, so that no recursion over the parsed text can run away."""
    opened: list[Token] = []
    chains = [0]
    for token in tokens:
        if token.kind == "newline" and not opened:
            chains = [0]
        if token.kind != "operator":
            continue
        if token.text in _OPEN:
            opened.append(token)
            chains.append(0)
            if len(opened) > MAX_NESTING:
                raise token.error(f"Brackets are nested more than {MAX_NESTING} deep.")
        elif token.text in _OPEN.values():
            if not opened or _OPEN[opened[-1].text] != token.text:
                raise token.error(f"'{token.text}' closes no bracket.")
            opened.pop()
            chains.pop()
        elif token.text not in "=,":
            chains[-1] += 1
            if sum(chains) > MAX_CHAIN:
                raise token.error(f"More than {MAX_CHAIN} operators stand within one another or in a row.")
    if opened:
        raise opened[-1].error(f"'{opened[-1].text}' is never closed.")
