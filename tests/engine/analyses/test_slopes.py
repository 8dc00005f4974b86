"""The answers about slopes, against difference quotients of functions written in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Slopes, Truth
from rnnviz.engine.run import Running, run
from rnnviz.engine.trace import Trace
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "log_sigmoid": lambda x: -np.log1p(np.exp(-x)),
    "identity": lambda x: x,
}


def ask(trace: Trace, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_slopes_are_the_difference_quotients_of_their_functions(cell: str) -> None:
    _, trace = ran({"cell": cell})
    names = [name for name in trace.network.at(0).cell.order if trace.network.at(0).cell.has_pre(name)]
    for name in names:
        answer = ask(trace, Slopes(name))
        function = FUNCTIONS[str(answer.facts["function"])]
        pre = np.asarray(trace.signal(f"{name}.pre"), np.float64)
        quotient = (function(pre + 1e-6) - function(pre - 1e-6)) / 2e-6
        np.testing.assert_allclose(answer.arrays["slopes"], quotient, atol=1e-8)
        np.testing.assert_allclose(answer.arrays["mean"], quotient.mean(1), atol=1e-8)
        np.testing.assert_allclose(answer.arrays["least"], quotient.min(1), atol=1e-8)
        assert ask(trace, Truth(Slopes(name))).facts["difference"] < 1e-12


def test_the_largest_slope_is_that_of_the_function() -> None:
    _, trace = ran({"cell": "lstm"})
    assert ask(trace, Slopes("f")).facts["largest"] == 0.25
    assert ask(trace, Slopes("g")).facts["largest"] == 1.0


def test_steps_that_are_not_reached_have_no_slope() -> None:
    network = build(cell="gru")
    going = Running(network, inputs(network, 20))
    for _ in going.advance(7):
        pass
    answer = ask(going.trace(), Slopes("n"))
    assert np.isfinite(answer.arrays["slopes"][:7].astype(float)).all()
    for name in ("slopes", "mean", "least"):
        assert np.isnan(answer.arrays[name][7:].astype(float)).all()


def test_of_very_long_runs_evenly_spread_units_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(cell="lstm", hidden_size=9)
    trace = run(network, inputs(network, 40))
    whole = ask(trace, Slopes("f"))
    monkeypatch.setattr("rnnviz.engine.analyses.slopes.MOST", 130)
    monkeypatch.setattr("rnnviz.engine.analyses.slopes.MOST_EXACT", 100)
    monkeypatch.setattr("rnnviz.engine.analyses.slopes._AT_ONCE", 60)
    part = ask(trace, Slopes("f"))
    assert part.arrays["units"].tolist() == [0, 4, 8]
    assert part.arrays["slopes"].dtype == np.float32
    np.testing.assert_allclose(part.arrays["slopes"], whole.arrays["slopes"][:, [0, 4, 8]], rtol=1e-6)
    np.testing.assert_array_equal(part.arrays["mean"], whole.arrays["mean"])
    assert len(list(analyse(trace, Slopes("f"), Memo()))) == 7


def test_what_has_no_activation_is_refused() -> None:
    _, trace = ran({"cell": "lstm"})
    with pytest.raises(SpecError, match="c has no activation"):
        ask(trace, Slopes("c"))
