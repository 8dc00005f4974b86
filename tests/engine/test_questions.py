"""Every argument of every question that can be asked of a trace: of the right type, or refused by its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from rnnviz import RnnvizError, Trace
from rnnviz.engine.door import CHECKS, checked
from rnnviz.engine.memory import Memory
from rnnviz.engine.parameterterms import Terms
from rnnviz.engine.spectrum import Bound
from tests.engine.test_modes import made

SUBJECTS: dict[type, Callable[[Trace], Any]] = {
    Trace: lambda trace: trace,
    Memory: lambda trace: trace.memory(),
    Terms: lambda trace: trace.parameter_terms("U_f_l0"),
    Bound: lambda trace: trace.bound(),
}

GIVEN: dict[str, Any] = {"name": "h", "signal": "h", "unit": 1, "step": 3, "anchor": 2, "threshold": 0.1}
GIVEN |= {"start": 0, "stop": 3, "weight": np.ones((4, 4)), "distance": np.arange(3.0)}
PARAMETERS = ("itemised_parameter", "itemised_parameter_blocks", "parameter_terms")

TEXTS: tuple[Any, ...] = (
    3,
    1.5,
    None,
    True,
    b"h",
    [],
    ["h"],
    {},
    np.array(["h", "c"]),
    object(),
    torch.tensor(1),
    type,
    1j,
)
WHOLES = ("1", 1.5, np.float64(1), float("nan"), None, True, np.True_, b"1", [1], np.array([1, 2]), torch.tensor(1.5))
NUMBERS: tuple[Any, ...] = ("a", None, True, 1j, b"1", [0.1], np.array([0.1, 0.2]), {}, object(), 10**400)
WRONG: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("name", "signal", "state", "kind"), (*TEXTS, "nothing of the kind", "", "a\0b")),
    "direction": (*TEXTS, "sideways", ""),
    **dict.fromkeys(("layer", "step", "unit", "anchor"), (*WHOLES, 99, -7, 2**70, -(2**70))),
    **dict.fromkeys(("start", "stop"), (*WHOLES, 99, -1, 2**70)),
    **dict.fromkeys(("low", "high"), (*NUMBERS, float("nan"))),
    "threshold": (*NUMBERS, float("nan"), float("inf"), 0, -1),
    **dict.fromkeys(
        ("weight", "distance"), ("a", None, {}, object(), 1j, np.array(["a"]), torch.ones(3, device="meta"))
    ),
    "norm": (None, 1, 0.0, "no", np.array([True, False]), []),
    "anchors": (1, "12", b"12", 1.5, {0: 1}, [99], [-1], [1.5], [None], ["1"], np.ones((2, 2), int), range(10**12)),
    "objective": (0, "", "h", [], {}, np.array([1, 2]), object, 1.5),
}
"""By the name of a parameter what is wrong for it, if it is not its default."""


def questions() -> Iterator[tuple[type, str, str]]:
    for subject in SUBJECTS:
        for name, method in inspect.getmembers(subject, inspect.isfunction):
            if not name.startswith("_") and name not in ("save", "load"):
                yield from ((subject, name, each) for each in list(inspect.signature(method).parameters)[1:])


QUESTIONS = list(questions())


@pytest.fixture(scope="module")
def trace() -> Trace:
    return made()


def asked(trace: Trace, subject: type, method: str, changed: str = "", value: Any = None) -> Any:
    function = getattr(SUBJECTS[subject](trace), method)
    parameters = inspect.signature(function).parameters
    given = {name: GIVEN[name] for name, each in parameters.items() if each.default is inspect.Parameter.empty}
    if method in PARAMETERS:
        given["name"] = "U_f_l0"
    if method == "probe":
        given["layer"] = 0
    if method == "slopes":
        given["name"] = "f"
    return function(**given) if not changed else function(**{**given, changed: value})


def test_there_is_a_check_for_every_argument() -> None:
    assert {parameter for _, _, parameter in QUESTIONS} == set(CHECKS) == set(WRONG)


@pytest.mark.parametrize(("subject", "method"), sorted({(s, m) for s, m, _ in QUESTIONS}, key=str))
def test_a_question_that_is_right_is_answered(trace: Trace, subject: type, method: str) -> None:
    asked(trace, subject, method)


@pytest.mark.parametrize(
    ("subject", "method", "parameter"), QUESTIONS, ids=[f"{s.__name__}.{m}({p})" for s, m, p in QUESTIONS]
)
def test_a_wrong_argument_is_refused_in_a_short_sentence(
    trace: Trace, subject: type, method: str, parameter: str
) -> None:
    default = inspect.signature(getattr(subject, method)).parameters[parameter].default
    for value in WRONG[parameter]:
        if value is default or (
            parameter == "state" and isinstance(value, str) and not value
        ):  # "" names the first state, as None does
            continue
        with pytest.raises(RnnvizError) as caught:
            asked(trace, subject, method, parameter, value)
        assert 0 < len(str(caught.value)) < 300, value
        assert "\n" not in str(caught.value), value


@pytest.mark.parametrize("value", [np.int64(2), np.uint8(2), 2])
def test_a_whole_number_of_numpy_is_one_of_python(trace: Trace, value: Any) -> None:
    np.testing.assert_array_equal(trace.memory().composition(value), trace.memory().composition(2))
    np.testing.assert_array_equal(trace.path_norms(anchors=(2, value)), trace.path_norms(anchors=[2, 2]))
    trace.probe("c", value, value, layer=0)
    assert trace.probed is not None
    assert type(trace.probed.unit) is type(trace.probed.step) is int
    trace.probed = None


def test_what_a_check_returns_is_what_the_question_sees() -> None:
    @checked
    def told(step: Any, low: Any = None, *, name: Any = "h", other: Any = 1) -> tuple[Any, ...]:
        return step, low, name, other

    assert [type(each) for each in told(np.int8(1), np.float32(2), name=np.str_("c"), other=np.int8(3))] == [
        int,
        float,
        str,
        np.int8,
    ]
    assert told(1, None) == (1, None, "h", 1)  # a default is right, handed over or not
    with pytest.raises(TypeError, match="step"):
        told()  # type: ignore[call-arg]
