"""Dot products in their terms: against numpy on the numbers of the trace, and against autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Terms, Truth
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran


def ask(trace: Trace, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


def named(answer: Any) -> dict[str, float]:
    return dict(zip(answer.facts["names"], answer.arrays["numbers"].tolist(), strict=True))


def test_terms_bias_and_rest_sum_to_the_pre_activation_of_the_trace() -> None:
    _, trace = ran({"cell": "lstm", "hidden_size": 7, "dtype": "float64"}, steps=5)
    for step in range(5):
        answer = ask(trace, Terms(step, 3, most=2))
        parts, numbers = answer.arrays, named(answer)
        inside = parts["columns"] >= 0
        sums = np.where(inside, parts["terms"], 0.0).sum(1) + parts["rests"]
        np.testing.assert_allclose(sums, parts["sums"], atol=1e-12)
        for place, gate in enumerate("ifgo"):
            whole = sums[2 * place] + sums[2 * place + 1] + numbers[f"b_{gate}"]
            assert whole == pytest.approx(trace.signal(f"{gate}.pre")[step, 3], abs=1e-12)
            assert numbers[f"{gate}.pre"] == trace.signal(f"{gate}.pre")[step, 3]


def test_the_largest_terms_come_first_and_are_those_of_the_matrix() -> None:
    network, trace = ran({"cell": "rnn", "hidden_size": 9, "dtype": "float64"}, steps=4)
    answer = ask(trace, Terms(2, 4, most=3)).arrays
    row = network.get_parameter("U_l0").detach().numpy()[4]
    expected = row * trace.signal("h")[1]
    order = np.argsort(-np.abs(expected))[:3]
    assert answer["columns"][1].astype(int).tolist() == order.tolist()
    np.testing.assert_array_equal(answer["terms"][1], expected[order])
    np.testing.assert_array_equal(answer["weights"][1], row[order])
    assert answer["others"][1] == 6
    assert answer["rests"][1] == pytest.approx(expected.sum() - expected[order].sum(), abs=1e-12)


@pytest.mark.parametrize("cell", list(CELLS))
def test_autograd_takes_the_same_terms_apart_at_the_first_step_and_later(cell: str) -> None:
    _, trace = ran({"cell": CELLS[cell], "dtype": "float64"}, steps=3)
    for step in (0, 2):
        assert ask(trace, Truth(Terms(step, 1))).facts["difference"] < 1e-12


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_upper_layers_are_fed_both_directions_of_the_layer_below(direction: Any) -> None:
    fields = {"cell": ("lstm", "gru"), "num_layers": 2, "bidirectional": True, "dtype": "float64"}
    _, trace = ran(fields, steps=4)
    for step in (0, 3):
        facts = ask(trace, Truth(Terms(step, 0, 1, direction))).facts
        assert facts["difference"] < 1e-12
        assert facts["count"] > 20


def test_what_is_not_a_number_comes_first() -> None:
    network = build(cell="rnn", hidden_size=6)
    with torch.no_grad():
        network.get_parameter("W_l0")[0, 0] = torch.nan
    answer = ask(run(network, inputs(network, 3)), Terms(1, 0, most=1)).arrays
    assert answer["columns"][0, 0] == 0
    assert np.isnan(answer["terms"][0, 0])
    assert np.isnan(answer["sums"][0])


def test_a_step_or_unit_that_is_not_there_is_said() -> None:
    _, trace = ran({"cell": "rnn", "hidden_size": 4}, steps=3)
    with pytest.raises(ObjectiveError, match="Step 9 of this layer is not computed yet"):
        ask(trace, Terms(8))
    with pytest.raises(ObjectiveError, match="no unit 5 in this layer: it has 4 units"):
        ask(trace, Terms(1, 4))
