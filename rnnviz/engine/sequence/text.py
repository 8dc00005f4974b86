"""Text as a sequence: one step per character or per word."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import islice
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.model import (
    MAX_STEPS,
    IntArray,
    Sequence,
    check_choice,
    check_distinct,
    check_size,
    label_classes,
    next_classes,
)

Level = Literal["character", "word"]

_VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥"}
_CLOSING = tuple(",.;:!?")
_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"


class Token(NamedTuple):
    """A token and the characters [start, end) that it takes in the text."""

    text: str
    start: int
    end: int


class TextSource(msgspec.Struct, frozen=True, tag="text", forbid_unknown_fields=True):
    """A text that is read character by character or word by word.

    Parameters
    ----------
    text : str
        The text as it was typed.
    level : "character" or "word"
        What one step is. A word keeps its apostrophes ("let's"); every punctuation mark is a step of its own.
    vocabulary : tuple of str, or None
        The tokens in the order of the inputs. None builds it from the text, sorted by code point.
    targets : "next", "same", "label" or "none"
        Predict the next token at every step, repeat the token itself (a task of memory where outputs have a
        delay), name the class of the whole text at its last step, or nothing.
    label : str or None
        The class of this text, when `targets` is "label" and the class is known.
    classes : tuple of str
        All classes, when `targets` is "label".
    lowercase : bool
        Whether words are taken in lower case; characters are always taken as they stand.
    """

    text: str
    level: Level = "word"
    vocabulary: tuple[str, ...] | None = None
    targets: Literal["next", "same", "label", "none"] = "next"
    label: str | None = None
    classes: tuple[str, ...] = ()
    lowercase: bool = True

    def encode(self) -> Sequence:
        """Encode the text.

        Returns
        -------
        Sequence
            With one-hot rows ``x`` of shape [T, V] for a vocabulary of V tokens.

        Raises
        ------
        SequenceError
            If the text is empty or too long, or holds a token that is not in the vocabulary.
        """
        check_choice(self.targets, ("next", "same", "label", "none"), "the target of the text")
        tokens = self._tokens()
        vocabulary = self._vocabulary(tokens)
        check_size(len(tokens), len(vocabulary), "the text")
        indices = _lookup(tokens, vocabulary, self.level)
        x = np.zeros((len(tokens), len(vocabulary)))
        x[np.arange(len(tokens)), indices] = 1.0
        target, target_names = self._target(indices, vocabulary)
        return Sequence(
            x=x,
            labels=tuple(visible(token.text) for token in tokens),
            input_names=tuple(map(visible, vocabulary)),
            indices=indices,
            target=target,
            target_kind=None if target is None else "class",
            target_names=target_names,
            spans=tuple((token.start, token.end) for token in tokens),
        )

    def append(self, piece: str) -> TextSource:
        """Add characters or words at the end; the steps already there stay as they are.

        Parameters
        ----------
        piece : str
            What is typed next. Between words a space is put where one is missing.

        Returns
        -------
        TextSource

        Raises
        ------
        SequenceError
            If the piece holds no token, or one that is not in the vocabulary.
        """
        if not split(piece, self.level, self.lowercase):
            raise SequenceError(f"{piece!r} adds no {self.level} to the text")
        vocabulary = token_vocabulary(self)
        longer = joined(self, piece)
        tokens = longer._tokens()
        check_size(len(tokens), len(vocabulary), "the text")
        if self.vocabulary is None:
            self._refuse_growth(tokens, vocabulary)
        _lookup(tokens, vocabulary, self.level)
        return longer

    def _tokens(self) -> list[Token]:
        check_choice(self.level, ("character", "word"), "the level of the text")
        if not self.text:
            raise SequenceError("the text is empty: type at least one character")
        if self.text.isspace():
            raise SequenceError(f"the text holds nothing but white space, {len(self.text):,} characters of it")
        _check_characters(self.text)
        tokens = split(self.text, self.level, self.lowercase)
        if len(tokens) > MAX_STEPS:
            place = tokens[MAX_STEPS].start + 1
            raise SequenceError(
                f"the text has more than {MAX_STEPS:,} {self.level}s, the most that are accepted: "
                f"it would have to end before character {place:,}"
            )
        return tokens

    def _vocabulary(self, tokens: list[Token]) -> tuple[str, ...]:
        if self.vocabulary is None:
            return tuple(sorted({token.text for token in tokens}))
        if not self.vocabulary:
            raise SequenceError("the vocabulary of the text is empty: it needs at least one token")
        check_distinct(self.vocabulary, "the vocabulary")
        return self.vocabulary

    def _refuse_growth(self, tokens: list[Token], vocabulary: tuple[str, ...]) -> None:
        known = set(vocabulary)
        for number, token in enumerate(tokens, start=1):
            if token.text not in known:
                raise SequenceError(
                    f"{_place(token, number, self.level)} is not among the {len(vocabulary):,} tokens of "
                    "this text, and a new token would change the input size of the network: put it into the "
                    "text, or into a vocabulary of your own, before you build the network"
                )

    def _target(self, indices: IntArray, vocabulary: tuple[str, ...]) -> tuple[IntArray | None, tuple[str, ...]]:
        if self.targets == "next":
            return next_classes(indices), tuple(map(visible, vocabulary))
        if self.targets == "same":
            return indices.copy(), tuple(map(visible, vocabulary))
        if self.targets == "label":
            return label_classes(len(indices), self.label, self.classes), self.classes
        return None, ()


def joined(source: TextSource, piece: str) -> TextSource:
    """Return a text with more at its end, whether it can be read or not; between words a space is put where needed."""
    joint = "" if source.level == "character" or _joins(source.text, piece) else " "
    return msgspec.structs.replace(source, text=source.text + joint + piece)


def with_own_vocabulary(source: TextSource) -> TextSource:
    """Return a text whose vocabulary are its own tokens."""
    return msgspec.structs.replace(source, vocabulary=None)


def token_vocabulary(source: TextSource) -> tuple[str, ...]:
    """Give the vocabulary of a text as it is looked up, white space as it stands.

    Returns
    -------
    tuple of str, length V

    Raises
    ------
    SequenceError
        If the text or its vocabulary is not acceptable.
    """
    return source._vocabulary(source._tokens())


def split(text: str, level: Level, lowercase: bool = True) -> list[Token]:
    """Split a text into tokens, at most one more than a sequence may have.

    Parameters
    ----------
    text : str
    level : "character" or "word"
    lowercase : bool
        Whether words are taken in lower case.

    Returns
    -------
    list of Token
        Words have a straight apostrophe and composed accents (Unicode NFC), however they were typed.
    """
    if level == "character":
        return [Token(mark, place, place + 1) for place, mark in enumerate(text[: MAX_STEPS + 1])]
    found = islice(_word_pattern(_marks_in(text)).finditer(text), MAX_STEPS + 1)
    return [Token(_normal(match[0], lowercase), match.start(), match.end()) for match in found]


def visible(token: str) -> str:
    """Write a token so that it can be seen: a space as "␣", a line end as "↵", the unprintable by number."""
    if token in _VISIBLE:
        return _VISIBLE[token]
    if len(token) == 1 and (not token.isprintable() or unicodedata.category(token)[0] in "MZ"):
        return f"U+{ord(token):04X}"
    return token


def _marks_in(text: str) -> str:
    """Return the marks of Unicode that occur in a text, such as vowel signs."""
    return "" if text.isascii() else "".join(sorted({mark for mark in text if unicodedata.category(mark)[0] == "M"}))


@cache
def _word_pattern(marks: str) -> re.Pattern[str]:
    # Python's \w leaves out the marks of Unicode, without which words of many scripts fall to pieces.
    letter = rf"[\w{marks}]"
    return re.compile(rf"{letter}+(?:['{_CURLY}]{letter}+)*|\S")


def _normal(word: str, lowercase: bool) -> str:
    word = unicodedata.normalize("NFC", word.replace(_CURLY, "'"))
    return word.lower() if lowercase else word


def _joins(text: str, piece: str) -> bool:
    # Without a space "let" and "'s" would become one word, and a step already shown would change.
    return text[-1:].isspace() or piece[:1].isspace() or piece.startswith(_CLOSING)


def _check_characters(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        mark = text[error.start]
        raise SequenceError(
            f"character {error.start + 1:,} of the text is U+{ord(mark):04X}, half of a character, which "
            "cannot stand alone"
        ) from error


def _place(token: Token, number: int, level: Level) -> str:
    word = "" if level == "character" else f"word {number:,}, "
    return f"{visible(token.text)!r} ({word}character {token.start + 1:,})"


def _lookup(tokens: list[Token], vocabulary: tuple[str, ...], level: Level) -> IntArray:
    numbers = {token: number for number, token in enumerate(vocabulary)}
    for number, token in enumerate(tokens, start=1):
        if token.text not in numbers:
            raise SequenceError(
                f"{_place(token, number, level)} is not in the vocabulary of {len(vocabulary):,} tokens"
            )
    return np.array([numbers[token.text] for token in tokens], dtype=np.int64)
