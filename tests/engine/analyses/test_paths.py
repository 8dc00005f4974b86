"""How far a gradient reaches, held to the trace, to autograd and to what mathematics says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.paths import path_norms
from rnnviz.engine.requests import AnyRequest, JacobianAt, PathsFrom, PathTable, Truth
from rnnviz.engine.run import Running
from rnnviz.engine.trace import Trace
from tests.engine.networks import NETWORKS, build, inputs, name_of

MIXED = [options for options in NETWORKS if options["cell"] not in ("feedforward",)][1:11]
every = pytest.mark.parametrize("options", MIXED, ids=name_of)


def ran(options: dict[str, Any], steps: int = 7) -> Trace:
    network = build(**options)
    return rnnviz.run(network, inputs(network, steps))


def answer(trace: Trace, request: AnyRequest) -> Any:
    return finish(analyse(trace, request, Memo()))


def orthogonal(scale: float, cell: str = "rnn", size: int = 6) -> Network:
    """A network without inputs that stays at h = 0, its recurrent matrix orthogonal times a factor."""
    network = build(cell, hidden_size=size, readout=None, output_size=None)
    matrix = torch.linalg.qr(torch.randn(size, size, generator=torch.Generator().manual_seed(3)).double())[0]
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(scale * matrix if name.startswith("U") else torch.zeros_like(parameter))
    return network


@every
def test_the_column_is_that_of_the_trace(options: dict[str, Any]) -> None:
    trace = ran(options)
    way: Any = "backward" if trace.network.spec.bidirectional else "forward"
    found, mine = answer(trace, PathsFrom(3, 0, way)), trace.paths_from(3, 0, way)
    later = slice(None, 4) if way == "backward" else slice(3, None)
    earlier = slice(4, None) if way == "backward" else slice(None, 3)
    for name in ("largest", "smallest", "frobenius"):
        np.testing.assert_array_equal(found.arrays[name][later], getattr(mine, name).log10[later])
        assert np.isnan(found.arrays[name][earlier]).all()


@every
def test_the_table_is_that_of_the_trace(options: dict[str, Any]) -> None:
    trace = ran(options)
    found = answer(trace, PathTable())
    assert found.facts["whole"] is True
    np.testing.assert_allclose(found.arrays["log10"], trace.path_log10_norms(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_a_grid_holds_the_norms_between_its_steps(way: Any) -> None:
    trace = ran({"cell": "gru", "bidirectional": True}, 150)
    found = answer(trace, PathTable(0, way, most=20))
    steps = found.arrays["steps"].tolist()
    assert (steps[0], steps[-1], len(steps), found.facts["whole"]) == (0, 149, 20, False)
    expected = finish(path_norms(trace, 0, way, steps, steps)).log10
    np.testing.assert_allclose(found.arrays["log10"], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_a_scaled_orthogonal_matrix_gives_powers_that_its_bound_meets(scale: float) -> None:
    trace = rnnviz.run(orthogonal(scale), np.zeros((400, 3)))
    found = answer(trace, PathsFrom(5))
    expected = np.arange(395.0) * np.log10(scale)
    for name in ("largest", "smallest", "bound"):
        np.testing.assert_allclose(found.arrays[name][5:], expected, atol=1e-9)
    np.testing.assert_allclose(found.arrays["frobenius"][5:], expected + np.log10(6) / 2, atol=1e-9)
    assert (found.facts["applies"], found.facts["gamma"]) == (True, 1.0)
    assert found.facts["singular"] == pytest.approx(scale)
    assert "highway" not in found.arrays


def test_an_lstm_without_weights_keeps_its_cell_path_and_no_bound_is_given() -> None:
    network = build("lstm", readout=None, output_size=None)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(2.0 if name == "b_f_l0" else 0.0)
    found = answer(rnnviz.run(network, np.zeros((50, 3))), PathsFrom(0))
    per_step = np.arange(50) * -np.log10(1 + np.exp(-2.0))
    np.testing.assert_allclose(found.arrays["highway"], per_step, atol=1e-12)
    np.testing.assert_allclose(found.arrays["largest"][1:], per_step[1:] + np.log10(1.25) / 2, atol=1e-9)
    assert (found.facts["applies"], found.facts["state"], found.facts["states"]) == (False, "c", ("c", "h"))
    assert "bound" not in found.arrays
    assert "2 states, c, h" in found.facts["reason"]


def test_the_path_is_followed_as_far_as_time_allows_and_says_how_far() -> None:
    trace = ran({"cell": "lstm", "hidden_size": 2}, 12_000)
    found = answer(trace, PathsFrom(500))
    reach = int(found.facts["reach"])
    assert np.isfinite(found.arrays["largest"][500 : 500 + reach + 1]).all()
    assert np.isnan(found.arrays["largest"][501 + reach :]).all()


@every
def test_the_jacobian_of_a_step_is_that_of_the_trace(options: dict[str, Any]) -> None:
    trace = ran(options)
    found, mine = answer(trace, JacobianAt(4)), trace.jacobian()[4]
    np.testing.assert_array_equal(found.arrays["matrix"], mine)
    np.testing.assert_allclose(found.arrays["singular"], np.linalg.svd(mine, compute_uv=False), atol=1e-12)
    theirs = np.abs(np.linalg.eigvals(mine))
    np.testing.assert_allclose(np.abs(found.arrays["eigenvalues"]), np.sort(theirs)[::-1], atol=1e-6)
    assert len(found.facts["states"]) * found.facts["units"] == len(mine)


@pytest.mark.parametrize("request_", [PathsFrom(1), PathTable(), JacobianAt(4)], ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "jordan"])
def test_autograd_says_the_same(cell: str, request_: Any) -> None:
    found = answer(ran({"cell": cell}), Truth(request_))
    assert found.facts["count"] > 0
    assert found.facts["relative"] < 1e-9


def test_an_explosion_beyond_all_floats_is_still_told() -> None:
    network = build("rnn", activation="relu", hidden_size=4, readout=None, output_size=None)
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(1e200 * torch.eye(4).double())
        network.get_parameter("b_l0").fill_(1.0)
    found = answer(rnnviz.run(network, np.zeros((6, 3))), PathsFrom(0))
    np.testing.assert_allclose(found.arrays["largest"], 200.0 * np.arange(6), atol=1e-6)


def test_what_is_not_a_number_is_named_and_leaves_the_finite_part() -> None:
    network = build("h[t] = (U @ h[t-1]) * (U @ h[t-1]) + (W @ x[t]) + b", readout=None, output_size=None)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(1e80 * torch.eye(4).double() if name.startswith("U") else torch.ones_like(parameter))
    found = answer(rnnviz.run(network, np.zeros((6, 3))), PathsFrom(0))
    first = int(found.facts["first not a number"])
    np.testing.assert_allclose(found.arrays["largest"][:2], [0.0, 160 + np.log10(2)], atol=1e-6)
    assert 2 <= first <= 4
    assert np.isfinite(found.arrays["largest"][:first]).all()
    assert np.isnan(found.arrays["largest"][first:]).all()


def test_a_step_that_the_run_has_not_reached_is_refused() -> None:
    network = build("lstm")
    running = Running(network, inputs(network, 6))
    list(running.advance(3))
    with pytest.raises(SpecError, match="not reached step 6"):
        answer(running.trace(), JacobianAt(5))
    assert np.isnan(answer(running.trace(), PathsFrom(1)).arrays["largest"][3:]).all()
