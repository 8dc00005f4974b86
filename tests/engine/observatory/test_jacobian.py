"""Jacobians of states and paths through time, held to autograd and to closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.jacobian import jacobians, state_size
from rnnviz.engine.jobs import finish
from rnnviz.engine.paths import path_norms
from rnnviz.engine.run import run
from tests.engine.networks import build, inputs
from tests.engine.observatory.losses import CASES
from tests.engine.observatory.statemaps import state_paths

STEPS = 4


@pytest.mark.parametrize("options", CASES[:-1])
def test_jacobians_and_paths_are_those_of_autograd(options: dict[str, Any]) -> None:
    network = build(scale=1.5, **options)
    x = inputs(network, STEPS)
    trace = run(network, x)
    for at in network.cell_layers:
        found = finish(jacobians(trace, at.layer, at.direction))
        assert found.shape == (trace.steps, state_size(at), state_size(at))
        table = finish(path_norms(trace, at.layer, at.direction)).plain
        order = list(range(trace.steps) if at.direction == "forward" else range(trace.steps)[::-1])
        ranks = np.argsort(order)
        assert (table[ranks[:, None] < ranks[None, :]] == 0).all()
        np.testing.assert_allclose(table.diagonal(), 1, atol=1e-12)
        before = [2 * order[0] - order[1], *order[:-1]]
        for k, t in zip(before if at.cell.states else before[1:], order if at.cell.states else order[1:], strict=True):
            last = order[-1]
            theirs = state_paths(network, x, at, k, [t, last])
            np.testing.assert_allclose(found[t], theirs[t], rtol=0, atol=1e-12)
            if k in order:
                wanted = [np.linalg.norm(theirs[step], 2) for step in (t, last)]
                np.testing.assert_allclose(table[[t, last], k], wanted, rtol=1e-10, atol=1e-13)
