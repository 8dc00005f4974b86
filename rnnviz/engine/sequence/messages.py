"""Messages whose last word follows from a time of day named many words earlier.

The grammar behind the sample text and behind the training task: an opening, a phrase that tells the time of
day, some clauses that tell nothing about it, and "let's meet for", which one of four endings follows.
"""

from __future__ import annotations

import numpy as np

ENDINGS = ("breakfast", "lunch", "coffee", "dinner")
"""The words that a message may end in, in the order of the day."""

SHORTEST_GAP, LONGEST_GAP = 6, 18
"""The least and the largest number of words between the time of day and the ending."""

TIMES: dict[str, tuple[str, ...]] = {
    "breakfast": (
        "this morning",
        "at sunrise",
        "when the sun comes up",
        "before school",
        "at seven",
        "just after dawn",
    ),
    "lunch": (
        "at noon",
        "around midday",
        "when the clock strikes twelve",
        "at twelve",
        "in the middle of the day",
        "just before one",
    ),
    "coffee": (
        "this afternoon",
        "at four",
        "around three",
        "just after four",
        "after school",
        "late in the afternoon",
    ),
    "dinner": (
        "this evening",
        "after sunset",
        "when the sun goes down",
        "tonight",
        "at eight",
        "late in the evening",
    ),
}
"""How a message names the time of day, by the ending that follows from it."""

_OPENINGS = ("", "", "hello everyone ,", "dear all ,", "good news ,", "bad news ,")
_SUBJECTS = (
    "my cat",
    "the robot",
    "our robot",
    "the printer",
    "my neighbour",
    "the professor",
    "the whole class",
    "our little network",
    "the gradient",
)
_PREDICATES = (
    "will explain the chain rule",
    "will eat my homework again",
    "will lose the keys again",
    "will forget everything",
    "will vanish without a trace",
    "will explode again",
    "will sing for everyone",
    "will train without a break",
    "will open every gate",
    "will find the missing sign",
)
_TAILS = (
    "and nobody knows why",
    "while the others pretend to listen",
    "and i bring the cake",
    "because the cat told us",
    "as usual",
    "in front of everyone",
)
_LINKS = (", so", ", and then", ",", ", but first")
_REQUEST = "let's meet for"


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.split())


def _every_phrase() -> tuple[str, ...]:
    times = tuple(phrase for phrases in TIMES.values() for phrase in phrases)
    return (*_OPENINGS, *times, *_SUBJECTS, *_PREDICATES, *_TAILS, *_LINKS, _REQUEST, *ENDINGS, ",", "and")


VOCABULARY: tuple[str, ...] = tuple(sorted({word for phrase in _every_phrase() for word in _words(phrase)}))
"""Every token of the messages, endings included, in the order of a network's inputs."""


def message(rng: np.random.Generator) -> tuple[tuple[str, ...], str]:
    """Make up one message.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    tokens : tuple of str
        The message up to and including "let's meet for".
    ending : str
        The word that follows, one of `ENDINGS`; between it and the time of day stand 6 to 18 words. All
        endings are equally likely, so are all times of day of each, and nothing else in the message tells
        of it.
    """
    ending = _pick(rng, ENDINGS)
    time = _pick(rng, TIMES[ending])
    between: tuple[str, ...] = ()
    while not SHORTEST_GAP <= gap(between) <= LONGEST_GAP:
        between = _between(rng)
    return _words(_pick(rng, _OPENINGS)) + _words(time) + between, ending


def gap(between: tuple[str, ...]) -> int:
    """Count the words among tokens, leaving out the commas."""
    return sum(1 for word in between if word != ",")


def _between(rng: np.random.Generator) -> tuple[str, ...]:
    clauses = " and ".join(_clause(rng) for _ in range(int(rng.integers(1, 3))))
    return _words(f"{clauses} {_pick(rng, _LINKS)} {_REQUEST}")


def _clause(rng: np.random.Generator) -> str:
    clause = f"{_pick(rng, _SUBJECTS)} {_pick(rng, _PREDICATES)}"
    return f"{clause} {_pick(rng, _TAILS)}" if rng.random() < 0.5 else clause


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]
