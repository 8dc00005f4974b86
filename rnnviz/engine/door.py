"""The door of the API: whatever a method is handed for a parameter is checked by what that parameter is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

from rnnviz.engine.arguments import as_numbers, whole_number
from rnnviz.engine.errors import SpecError
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.plain import bounded, retyped, shown

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)


def _text(name: str, given: object) -> str:
    if not isinstance(given, str):
        raise SpecError(f"{name} is {shown(given)}, but it must be text")
    return str(given)


def _number(name: str, given: object) -> float:
    if isinstance(given, bool | np.bool_) or not isinstance(given, int | float | np.integer | np.floating):
        raise SpecError(f"{name} is {shown(given)}, but it must be a number")
    try:
        return float(given)
    except OverflowError as error:
        raise SpecError(f"{name} is {shown(given)}, which is too large") from error


def _yes_or_no(name: str, given: object) -> bool:
    if not isinstance(given, bool | np.bool_):
        raise SpecError(f"{name} is {shown(given)}, but it must be True or False")
    return bool(given)


def _whole_numbers(name: str, given: object) -> tuple[int, ...]:
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable) or getattr(given, "ndim", 1) != 1:
        raise SpecError(f"{name} is {shown(given)}, but it must be a list of whole numbers")
    return tuple(whole_number(f"one of {name}", each) for each in bounded(given))


def _numbers(name: str, given: object) -> np.ndarray:
    return as_numbers(name, given)  # type: ignore[arg-type]


def _objective(name: str, given: object) -> Objective:
    if not isinstance(given, LossObjective | ProbeObjective):
        raise SpecError(f"{name} is {shown(given)}, but it must be a LossObjective or a ProbeObjective")
    return retyped(given, f"{name}, {type(given).__name__}")


CHECKS: Mapping[str, Callable[[str, object], object]] = {
    **dict.fromkeys(("name", "signal", "state", "direction", "kind"), _text),
    **dict.fromkeys(("layer", "step", "unit", "anchor", "start", "stop"), whole_number),
    **dict.fromkeys(("low", "high", "threshold"), _number),
    **dict.fromkeys(("weight", "distance"), _numbers),
    "norm": _yes_or_no,
    "anchors": _whole_numbers,
    "objective": _objective,
}
"""What is asked of an argument, by the name of its parameter; it is handed on as the check returns it."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function see only arguments of the right type; a parameter's own default is always right.

    A SpecError names the parameter and what was given.
    """
    signature = inspect.signature(function)
    checks = {name: CHECKS[name] for name in signature.parameters if name in CHECKS}
    if not checks:
        return function

    @wraps(function)
    def inner(*arguments: P.args, **named: P.kwargs) -> R:
        given = signature.bind(*arguments, **named)
        for name, check in checks.items():
            if name in given.arguments and given.arguments[name] is not signature.parameters[name].default:
                given.arguments[name] = check(name, given.arguments[name])
        return function(*given.args, **given.kwargs)

    return inner


def all_checked(kind: C) -> C:
    """Let all public methods of a class see only arguments of the right type."""
    for name, value in list(vars(kind).items()):
        if not name.startswith("_") and inspect.isfunction(value):
            setattr(kind, name, checked(value))
    return kind
