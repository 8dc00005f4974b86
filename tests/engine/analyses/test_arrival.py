"""The two parts in which an adjoint arrives, held to autograd of L_t alone and of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Arrival, Truth
from rnnviz.engine.run import run
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.trace import Trace
from tests.engine.observatory.losses import CASES, PerLoss, ran


def answer(trace: Trace, request: Arrival, memo: Memo | None = None) -> Any:
    return finish(analyse(trace, request, memo or Memo()))


@pytest.mark.parametrize("options", [CASES[0], *CASES[3:8], *CASES[-13:]])
def test_every_signal_arrives_in_its_own_loss_and_the_others(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    theirs = PerLoss(network, trace)
    for at in network.cell_layers:
        for name in at.cell.order:
            items = theirs.signal((at.layer, at.direction, name))
            whole, own = items.sum(0), np.zeros(items.shape[1:])
            for row, step in enumerate(trace.loss_steps()):
                own[step] = items[row, step]
            memo = Memo()
            norms = answer(trace, Arrival(name, at.layer, at.direction), memo).arrays
            for part, wanted in (("own", own), ("others", whole - own), ("whole", whole)):
                tolerance = 1e-10 * theirs.largest
                np.testing.assert_allclose(10 ** norms[part], np.linalg.norm(wanted, axis=1), atol=tolerance)
                unit = answer(trace, Arrival(name, at.layer, at.direction, unit=0), memo).arrays[part]
                np.testing.assert_allclose(unit, wanted[:, 0], atol=tolerance)


@pytest.mark.parametrize("unit", [None, 1])
@pytest.mark.parametrize("options", CASES[::6])
def test_the_truth_is_that_of_autograd(options: dict[str, Any], unit: int | None) -> None:
    network, trace = ran(options)
    at = network.cell_layers[0]
    memo = Memo()
    request = Arrival(at.cell.output, at.layer, at.direction, unit)
    facts: Any = finish(analyse(trace, Truth(request), memo)).facts
    assert facts["difference"] <= 1e-10 * max(facts["largest"], 1e-3)
    assert facts["count"] == 2 * trace.steps * (at.units if unit is None else 1)


def test_nothing_comes_from_the_future_at_the_last_loss() -> None:
    _, trace = ran({"cell": "lstm", "num_layers": 2})
    last = int(trace.loss_steps()[-1])
    for layer in (0, 1):
        found = answer(trace, Arrival("h", layer)).arrays
        assert (found["others"][last:] == -np.inf).all()
        assert np.isfinite(found["others"][:last]).all()


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_nothing_comes_from_other_steps_where_the_way_back_begins(direction: str) -> None:
    _, trace = ran({"cell": "lstm", "num_layers": 2, "bidirectional": True})
    found = answer(trace, Arrival("h", 1, direction)).arrays  # type: ignore[arg-type]
    first = int(trace.loss_steps()[-1]) if direction == "forward" else int(trace.loss_steps()[0])
    assert found["others"][first] == -np.inf
    assert np.isfinite(found["own"][first])
    assert np.isfinite(found["others"][2])


def test_what_the_future_sends_is_seen_below_the_rounding_of_the_own_loss() -> None:
    network = Network(NetworkSpec(cell="rnn", input_size=2, hidden_size=6, output_size=1, dtype="float64", seed=3))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.mul_(1e-30 if name.startswith("U") else 1.0)
    trace = run(network, np.random.default_rng(0).standard_normal((12, 2)), np.ones((12, 1)))
    found = answer(trace, Arrival("h")).arrays
    assert (found["others"][:-1] < found["own"][:-1] - 25).all()
    assert np.isfinite(found["others"][:-1]).all()


def test_what_cannot_arrive_is_refused_in_a_sentence() -> None:
    network, trace = ran({"cell": "lstm"})
    with pytest.raises(ObjectiveError, match="no unit 9 of h"):
        answer(trace, Arrival("h", unit=8))
    assert network.spec.num_layers == 1
