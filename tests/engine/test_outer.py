"""Gradients of matrices over more steps than are multiplied at once, and over magnitudes far apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.outer import GROUP, OuterProducts
from tests.engine.networks import build

STEPS = GROUP + 300


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_over_many_steps_are_those_of_one_product(dtype: str, bidirectional: bool) -> None:
    network = build("lstm", dtype=dtype, bidirectional=bidirectional)
    rng = np.random.default_rng(0)
    trace = rnnviz.run(network, rng.standard_normal((STEPS, 3)))
    for at in network.cell_layers:
        outer = OuterProducts(at, cell_trace(trace, at), torch.float32 if dtype == "float32" else torch.float64)
        delta = torch.from_numpy(rng.standard_normal((STEPS, 16)))
        exponents = rng.integers(-40, 40, STEPS)
        for stop in range(STEPS, 0, -100):
            start = max(0, stop - 100)
            outer.add(start, delta[start:stop], exponents[start:stop])
        true = (delta * torch.from_numpy(2.0**exponents)[:, None]).numpy()
        x, h = trace.inputs, trace.signal("h", direction=at.direction)
        if at.direction == "backward":
            x, h = x[::-1], h[::-1]
        before = np.vstack([np.zeros(4), h[:-1]])
        found = outer.gradients()
        tight = 1e-5 if dtype == "float32" else 1e-13
        for place, slot in enumerate(at.plan.slots):
            columns = true[:, 4 * place : 4 * place + 4]
            operands = {"input": x, "state": before}
            for matrix, operand in slot.products:
                expected = columns.T @ operands[at.plan.operands[operand].kind]
                np.testing.assert_allclose(found[matrix], expected, atol=tight * np.abs(expected).max(), rtol=0)
            np.testing.assert_allclose(found[slot.biases[0]], columns.sum(0), rtol=1e-12)


def test_shares_beyond_the_range_of_single_precision_are_kept() -> None:
    network = build("rnn", dtype="float32")
    trace = rnnviz.run(network, np.ones((4, 3)))
    (at,) = network.cell_layers
    for power in (-900, -1070, 900, 3000):
        outer = OuterProducts(at, cell_trace(trace, at), torch.float32)
        outer.add(0, torch.ones(4, 4, dtype=torch.float64), np.full(4, power))
        (matrix,) = (name for name in outer.gradients() if name.startswith("W"))
        with np.errstate(over="ignore"):
            assert outer.gradients()[matrix].tolist() == [[float(np.ldexp(4.0, power))] * 3] * 4
