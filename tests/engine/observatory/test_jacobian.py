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
from tests.engine.observatory.statemaps import state_path

STEPS = 5


@pytest.mark.parametrize("options", CASES[:-1])
def test_jacobians_and_paths_are_those_of_autograd(options: dict[str, Any]) -> None:
    network = build(scale=1.5, **options)
    x = inputs(network, STEPS)
    trace = run(network, x)
    for at in network.cell_layers:
        found = finish(jacobians(trace, at.layer, at.direction))
        assert found.shape == (trace.steps, state_size(at), state_size(at))
        table = finish(path_norms(trace, at.layer, at.direction)).plain
        back = at.direction == "backward"
        for t in range(trace.steps):
            before = t + 1 if back else t - 1
            if at.cell.states or 0 <= before < trace.steps:
                np.testing.assert_allclose(
                    found[t], state_path(network, x, at, t, before), rtol=0, atol=1e-12
                )
            for k in range(trace.steps):
                if k == t:
                    assert table[t, k] == pytest.approx(1, abs=1e-15)
                elif (k > t) != back:
                    assert table[t, k] == 0
                elif t in (0, trace.steps - 1):
                    wanted = np.linalg.norm(state_path(network, x, at, t, k), 2)
                    assert table[t, k] == pytest.approx(wanted, rel=1e-10, abs=1e-13)
