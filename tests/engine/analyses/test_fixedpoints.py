"""Fixed points: those that a cell must have are found, and states that hardly move are not taken for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import rnnviz
from rnnviz.assets import asset
from rnnviz.engine import sessionfile
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.requests import FixedPoints
from rnnviz.engine.run import run
from rnnviz.engine.sequence import encode
from rnnviz.engine.statefile import load_bytes
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs


def answer(trace: Trace, request: FixedPoints) -> Any:
    return finish(analyse(trace, request, Memo()))


def shipped(name: str) -> Trace:
    manifest, weights = sessionfile.read(asset("sessions", f"{name}.rnnviz"))
    network = Network(manifest.spec)
    assert weights is not None
    load_bytes(network, weights)
    return rnnviz.run(network, encode(manifest.source).x)


def weights_of(trace: Trace) -> dict[str, NDArray[np.float64]]:
    weights = trace.weights.cells[trace.network.at(0, "forward")].parameters
    return {name: value.double().numpy() for name, value in weights.items()}


def gru_step(trace: Trace, x: NDArray[np.float64], h: NDArray[np.float64]) -> NDArray[np.float64]:
    """A step of a GRU as torch's documentation writes it, without anything of the engine."""
    w = weights_of(trace)

    def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1 / (1 + np.exp(-values))

    r = sigmoid(w["W_r"] @ x + w["U_r"] @ h + w["b_r"])
    z = sigmoid(w["W_z"] @ x + w["U_z"] @ h + w["b_z"])
    n: NDArray[np.float64] = np.tanh(w["W_n"] @ x + w["b_n"] + r * (w["U_n"] @ h + w["c_n"]))
    return (1 - z) * n + z * h


@pytest.mark.parametrize("step", [None, 3, 5, 20])
def test_a_trained_gru_whose_gates_are_shut_has_the_fixed_point_that_a_bounded_map_must_have(step: int | None) -> None:
    """Brouwer: a step of a GRU leads from the cube into the cube."""
    trace = shipped("message-gru")
    found = answer(trace, FixedPoints(step=step))
    points = found.arrays["points"]
    x = np.zeros(trace.inputs.shape[1]) if step is None else np.asarray(trace.inputs[step], np.float64)
    assert len(points)
    for point in points:
        assert np.abs(point).max() <= 1
        np.testing.assert_allclose(gru_step(trace, x, point), point, rtol=0, atol=1e-12)
    assert found.facts["elsewhere"] == 0


def test_where_every_gate_is_nearly_shut_the_candidate_tells_the_fixed_point() -> None:
    """With z = 1 - 1e-9 every state is slow; the state that is the candidate's value for itself is fixed."""
    network = build("gru", hidden_size=3)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith("b_z"):
                parameter.fill_(20.8)
            elif name.startswith(("U_", "W_")):
                parameter.zero_()
            elif name.startswith("b_n"):
                parameter.copy_(torch.tensor([0.5, -1.0, 2.0]))
            else:
                parameter.zero_()
    trace = run(network, inputs(network, 10))
    for state in (np.zeros(3), np.ones(3)):
        assert np.abs(gru_step(trace, np.zeros(trace.inputs.shape[1]), state) - state).max() < 3e-9
    found = answer(trace, FixedPoints())
    np.testing.assert_allclose(found.arrays["points"], [np.tanh([0.5, -1.0, 2.0])], atol=1e-6)
    assert found.arrays["counts"].sum() == found.facts["starts"]


def test_the_fixed_points_of_one_tanh_unit_with_an_input_are_those_of_its_equation() -> None:
    network = build("rnn", hidden_size=1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith("U"):
                parameter.fill_(3.0)
    trace = run(network, inputs(network, 8))
    w = weights_of(trace)
    drive = float((w["W"] @ np.asarray(trace.inputs[2], np.float64) + w["b"])[0])
    grid = np.linspace(-1, 1, 200_001)
    off = np.tanh(3.0 * grid + drive) - grid
    wanted = grid[:-1][np.sign(off[:-1]) != np.sign(off[1:])]
    found = np.sort(answer(trace, FixedPoints(step=2)).arrays["points"][:, 0])
    np.testing.assert_allclose(found, wanted, atol=1e-4)
