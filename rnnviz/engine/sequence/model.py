"""What sequences of every kind share: the encoded result, the limits, and targets that follow from rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rnnviz.engine.errors import SequenceError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MAX_STEPS = 100_000
"""The longest sequence that is accepted, in steps."""

MAX_VALUES = 50_000_000
"""The largest accepted product of steps and inputs: 400 MB in float64."""

NO_CLASS = -1
"""The entry of a class target at a step that has none; value targets use NaN."""


@dataclass(frozen=True, eq=False)
class Sequence:
    """An encoded sequence of T steps with I inputs and, if it has targets, O outputs.

    Attributes
    ----------
    x : ndarray, float64, shape [T, I]
        The input of every step; one-hot rows for text.
    labels : tuple of str, length T
        What is written along the time axis; white space is made visible.
    input_names : tuple of str, length I
        The tokens of the vocabulary (white space made visible) or the names of the columns.
    indices : ndarray, int64, shape [T], or None
        For text, the number of each token in the vocabulary, as an embedding needs it.
    target : ndarray or None
        Classes, int64 of shape [T], with -1 at a step without target; or values, float64 of shape [T, O],
        with NaN at a step without target.
    target_kind : "class", "value" or None
        Whether the loss is a cross-entropy or a squared error; None when there is no target.
    target_names : tuple of str, length O
        The names of the classes or of the predicted columns.
    input_scale : pair of ndarray, float64, shape [I], or None
        (mean, scale): an input in its own unit is ``mean + scale * x``.
    target_scale : pair of float, or None
        (mean, scale): a target in its own unit is ``mean + scale * target``.
    spans : tuple of (int, int), length T, or None
        For text, the characters [start, end) that each token takes in the text as it was typed.
    """

    x: FloatArray
    labels: tuple[str, ...]
    input_names: tuple[str, ...]
    indices: IntArray | None = None
    target: FloatArray | IntArray | None = None
    target_kind: Literal["class", "value"] | None = None
    target_names: tuple[str, ...] = ()
    input_scale: tuple[FloatArray, FloatArray] | None = None
    target_scale: tuple[float, float] | None = None
    spans: tuple[tuple[int, int], ...] | None = None

    @property
    def steps(self) -> int:
        """The number of steps, T."""
        return len(self.labels)

    @property
    def input_size(self) -> int:
        """The number of inputs, I."""
        return len(self.input_names)

    @property
    def output_size(self) -> int:
        """The number of outputs that the targets ask for, O; 0 without targets."""
        return len(self.target_names)


def check_size(steps: int, inputs: int, what: str) -> None:
    """Refuse a sequence that is empty or too large to be encoded.

    Parameters
    ----------
    steps, inputs : int
        T and I.
    what : str
        The subject of the message, for example ``"the text"``.

    Raises
    ------
    SequenceError
        With no step, more than 100,000 steps, or more than 50,000,000 values.
    """
    if steps < 1:
        raise SequenceError(f"{what} has {steps} steps: at least 1 is needed")
    if steps > MAX_STEPS:
        raise SequenceError(f"{what} has {steps:,} steps: at most {MAX_STEPS:,} are accepted")
    if steps * inputs > MAX_VALUES:
        raise SequenceError(
            f"{what} has {steps:,} steps of {inputs:,} inputs, {steps * inputs:,} values in all: "
            f"at most {MAX_VALUES:,} are accepted"
        )


def check_choice(value: str, choices: tuple[str, ...], what: str) -> None:
    """Refuse a `value` that is not among the `choices`.

    Raises
    ------
    SequenceError
        Naming `what` was chosen, the value and the choices.
    """
    if value not in choices:
        raise SequenceError(f"{what} is {value!r}, but must be one of {quoted(choices)}")


def quoted(names: tuple[str, ...], most: int = 8) -> str:
    """List `names` in quotation marks, at most `most` of them."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def step_labels(steps: int) -> tuple[str, ...]:
    """Number the steps as screens do, from 1."""
    return tuple(map(str, range(1, steps + 1)))


def next_values(x: FloatArray) -> FloatArray:
    """Take as target of step t the values of step t + 1; the last step has none.

    Parameters
    ----------
    x : ndarray, float64, shape [T, I]

    Returns
    -------
    ndarray, float64, shape [T, I]
        NaN in the last row.
    """
    target = np.full_like(x, np.nan)
    target[:-1] = x[1:]
    return target


def next_classes(indices: IntArray) -> IntArray:
    """Take as target of step t the token of step t + 1; the last step has none.

    Parameters
    ----------
    indices : ndarray, int64, shape [T]

    Returns
    -------
    ndarray, int64, shape [T]
        -1 at the last step.
    """
    target = np.full_like(indices, NO_CLASS)
    target[:-1] = indices[1:]
    return target


def label_classes(steps: int, label: str | None, classes: tuple[str, ...]) -> IntArray:
    """Put the class of the whole sequence at its last step.

    Parameters
    ----------
    steps : int
        T.
    label : str or None
        The class; None for a sequence whose class is not known, which then has no target anywhere.
    classes : tuple of str
        All classes, in the order of the outputs.

    Returns
    -------
    ndarray, int64, shape [T]
        -1 at every step but the last.

    Raises
    ------
    SequenceError
        If there are no classes, one is listed twice, or the label is not among them.
    """
    if not classes:
        raise SequenceError("a target of the kind 'label' needs the list of classes, which is empty")
    check_distinct(classes, "the list of classes")
    if label is not None and label not in classes:
        raise SequenceError(f"the label {label!r} is not among the classes {quoted(classes)}")
    target = np.full(steps, NO_CLASS, dtype=np.int64)
    if label is not None:
        target[-1] = classes.index(label)
    return target


def check_distinct(names: tuple[str, ...], what: str) -> None:
    """Refuse a list that holds a name twice.

    Raises
    ------
    SequenceError
        Naming `what` the list is, the name and its two places, counted from 1.
    """
    first: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if name in first:
            raise SequenceError(f"{what} holds {name!r} twice, at places {first[name]:,} and {place:,}")
        first[name] = place
