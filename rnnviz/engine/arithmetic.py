"""The modes of torch under which rnnviz computes, whatever those of its caller are.

A caller may have gradients switched off, run in inference mode or under autocast, or have chosen another default dtype
or device. What a trace says of a network does not depend on that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

_CPU = torch.device("cpu")


@contextmanager
def own_modes() -> Iterator[None]:
    """Compute with gradients, exactly, on the processor and in float32 where nothing else is said."""
    with ExitStack() as modes:
        if torch.is_inference_mode_enabled():
            modes.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            modes.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                modes.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device() != _CPU:
            modes.enter_context(_CPU)
        dtype = torch.get_default_dtype()
        if dtype != torch.float32:
            torch.set_default_dtype(torch.float32)
            modes.callback(torch.set_default_dtype, dtype)
        yield


def in_own_modes(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function compute under the modes of rnnviz."""

    @wraps(function)
    def inner(*arguments: P.args, **named: P.kwargs) -> R:
        with own_modes():
            return function(*arguments, **named)

    return inner


def all_in_own_modes(kind: C) -> C:
    """Let all public methods and properties of a class compute under the modes of rnnviz."""
    for name, value in list(vars(kind).items()):
        if not name.startswith("_"):
            setattr(kind, name, _wrapped(value))
    return kind


def _wrapped(value: Any) -> Any:
    if isinstance(value, property) and value.fget is not None:
        return property(in_own_modes(value.fget), value.fset, value.fdel, value.__doc__)
    if isinstance(value, staticmethod | classmethod):
        return type(value)(in_own_modes(value.__func__))
    return in_own_modes(value) if callable(value) and not isinstance(value, type) else value
