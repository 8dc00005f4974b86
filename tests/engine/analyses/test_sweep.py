"""The sweep over the scale of recurrent matrices, held to networks that are scaled and run one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import EngineError, SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Sweep
from rnnviz.engine.rescale import rescaled
from rnnviz.engine.run import Running, run
from rnnviz.engine.trace import Trace
from tests.engine import reference
from tests.engine.networks import build, inputs, target_of
from tests.engine.observatory.losses import ran


def sweep(trace: Trace, memo: Memo | None = None, **fields: Any) -> Any:
    return finish(analyse(trace, Sweep(**fields), memo or Memo()))


@pytest.mark.parametrize("by", ["radius", "singular"])
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_every_value_is_that_of_a_network_scaled_so_and_run(cell: str, by: Any) -> None:
    network, trace = ran({"cell": cell, "num_layers": 2}, 8)
    found = sweep(trace, by=by, low=0.6, high=1.4, count=3, layer=1)
    np.testing.assert_allclose(found.arrays["values"], [0.6, 1.0, 1.4])
    names = found.facts["matrices"]
    for row, value in enumerate(found.arrays["values"].tolist()):
        other = rescaled(network, value, by)
        theirs = run(other, inputs(network, 8), target_of(network, 8))
        unrolled = reference.unroll(other, inputs(network, 8))
        losses = reference.losses(unrolled, target_of(network, 8), theirs.schedule.output_steps.tolist())
        gradients = reference.derivatives(other, unrolled, torch.stack(list(losses.values())).sum()).parameters
        assert found.arrays["loss"][row] == pytest.approx(theirs.loss)
        for column, name in enumerate(names):
            layer, _, matrix = name.split(":")
            size = np.log10(np.linalg.norm(gradients[f"{matrix}_l{layer}"]))
            assert found.arrays["gradients"][row, column] == pytest.approx(size, abs=1e-9)
        whole = np.sqrt(sum(np.square(part).sum() for part in gradients.values()))
        assert found.arrays["total"][row] == pytest.approx(np.log10(whole), abs=1e-9)
        assert found.arrays["reach"][row] == pytest.approx(theirs.path_log10_norms(1)[6, 0], abs=1e-9)


def test_one_block_is_swept_alone() -> None:
    network, trace = ran({"cell": "gru"}, 5)
    found = sweep(trace, blocks=("0:forward:U_z",), count=2)
    other = rescaled(network, 1.5, "radius", [(network.at(0), "U_z")])
    assert found.arrays["loss"][1] == pytest.approx(run(other, inputs(network, 5), target_of(network, 5)).loss)


def test_without_a_target_there_is_a_reach_but_no_gradient() -> None:
    network = build(cell="rnn")
    found = sweep(run(network, inputs(network, 6)), count=3)
    assert not found.facts["target"]
    assert np.isnan(found.arrays["gradients"]).all()
    assert np.isfinite(found.arrays["reach"]).all()


def test_what_explodes_stays_infinite_and_does_not_end_the_sweep() -> None:
    network = build(cell="rnn", activation="identity", dtype="float32", initialisation="identity")
    steps = 400
    trace = run(network, inputs(network, steps), target_of(network, steps))
    found = sweep(trace, low=0.5, high=20.0, count=3)
    assert np.isfinite(found.arrays["loss"][0])
    assert not np.isfinite(found.arrays["loss"][2])
    assert not np.isfinite(found.arrays["gradients"][2]).any()
    assert np.isfinite(found.arrays["gradients"][0]).all()


def test_a_sweep_that_was_broken_off_goes_on_where_it_was_also_after_a_turn_of_the_knob() -> None:
    network, trace = ran({"cell": "rnn"})
    lasting = Memo()
    job = analyse(trace, Sweep(count=5), Memo(lasting))
    for done, total in job:
        if done >= 2 * total / 5:
            break
    job.close()
    turned = run(rescaled(network, 1.2), inputs(network, 6), target_of(network, 6))
    again = analyse(turned, Sweep(count=5), Memo(lasting))
    assert next(again)[0] >= 100
    rest: Any = finish(again)
    np.testing.assert_allclose(rest.arrays["total"], sweep(trace, count=5).arrays["total"], atol=1e-9)


def test_the_scale_of_other_matrices_is_told_apart() -> None:
    network, trace = ran({"cell": "lstm"})
    lasting = Memo()
    before = sweep(trace, Memo(lasting), blocks=("0:forward:U_f",), count=2)
    turned = run(rescaled(network, 3.0), inputs(network, 6), target_of(network, 6))
    after = sweep(turned, Memo(lasting), blocks=("0:forward:U_f",), count=2)
    assert not np.allclose(before.arrays["loss"], after.arrays["loss"])


def test_states_that_were_given_are_given_at_every_scale() -> None:
    network = build(cell="lstm", initial_state="given")
    start = {"h": np.full((1, 4), 0.5), "c": np.full((1, 4), -2.0)}
    trace = run(network, inputs(network, 4), target_of(network, 4), start)
    found = sweep(trace, low=0.5, high=1.0, count=2)
    theirs = run(rescaled(network, 1.0), inputs(network, 4), target_of(network, 4), start)
    assert found.arrays["loss"][1] == pytest.approx(theirs.loss)


def test_a_run_under_way_is_swept_as_far_as_it_has_come() -> None:
    network = build(cell="rnn")
    running = Running(network, inputs(network, 9), target_of(network, 9))
    for _ in running.advance(4):
        pass
    found = sweep(running.trace(), count=3)
    part = run(rescaled(network, 1.0), inputs(network, 9)[:4], target_of(network, 9)[:4])
    assert found.arrays["loss"][1] == pytest.approx(part.loss)


def test_what_cannot_be_swept_is_refused_in_a_sentence() -> None:
    _, trace = ran({"cell": "feedforward"})
    with pytest.raises(SpecError, match="no square recurrent matrix"):
        sweep(trace)
    _, trace = ran({"cell": "rnn", "initialisation": "zeros"})
    with pytest.raises(SpecError, match="U of layer 1 has the spectral radius 0"):
        sweep(trace)
    network = build(cell="rnn", hidden_size=200, dtype="float32")
    with torch.no_grad(), pytest.raises(EngineError, match="up to 2,000 steps"):
        sweep(run(network, inputs(network, 2_001)))
