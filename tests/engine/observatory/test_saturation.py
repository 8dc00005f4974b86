"""Saturation of gates and derivatives of activations."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.errors import SpecError
from rnnviz.engine.run import Running, run
from rnnviz.engine.saturation import activated
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran


def test_the_shares_are_those_of_the_steps_beyond_the_thresholds() -> None:
    network = build(cell="lstm", scale=6.0, bidirectional=True)
    trace = run(network, inputs(network, 40))
    found = trace.saturation(0, "backward", low=0.2, high=0.7)
    assert list(found) == ["i", "f", "o"]
    for name, shares in found.items():
        values = trace.signal(name, 0, "backward")
        np.testing.assert_array_equal(shares.below, (values < 0.2).mean(0))
        np.testing.assert_array_equal(shares.above, (values > 0.7).mean(0))
        assert shares.below.max() > 0


def test_steps_that_are_not_reached_do_not_count() -> None:
    network = build(cell="gru", scale=6.0)
    x = inputs(network, 20)
    going = Running(network, x)
    for _ in going.advance(7):
        pass
    half, whole = going.trace(), run(network, x[:7])
    np.testing.assert_array_equal(half.saturation()["z"].above, whole.saturation()["z"].above)
    slopes = half.slopes("n")
    np.testing.assert_array_equal(slopes[:7], whole.slopes("n"))
    assert np.isnan(slopes[7:]).all()


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_slopes_are_the_derivatives_of_the_functions(cell: str) -> None:
    _, trace = ran({"cell": cell, "activation": "sigmoid"})
    formulas = {
        "sigmoid": lambda y: y * (1 - y),
        "tanh": lambda y: 1 - y * y,
        "relu": lambda y: (y > 0).astype(float),
    }
    for name in activated(trace):
        function = getattr(trace.network.at(0).cell.expression(name), "function", "")
        function = "sigmoid" if function == "phi" else function
        if function in formulas:
            wanted = formulas[function](trace.signal(name))
            np.testing.assert_allclose(trace.slopes(name), wanted, atol=1e-12)


def test_a_saturated_tanh_lets_nothing_through() -> None:
    network = build(cell="rnn", scale=80.0)
    assert run(network, np.ones((5, 3))).slopes("h").max() < 1e-3


def test_what_has_no_activation_and_thresholds_out_of_order_are_refused() -> None:
    _, trace = ran({"cell": "lstm"})
    with pytest.raises(SpecError, match="c has no activation"):
        trace.slopes("c")
    with pytest.raises(SpecError, match="must not be above"):
        trace.saturation(low=0.9, high=0.1)
