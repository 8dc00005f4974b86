"""The states before the first step are those that the run starts from: zero, given, of the cell, or learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Starts
from rnnviz.engine.spec import NetworkSpec

X = np.linspace(-1, 1, 12).reshape(6, 2)


def starts(network: Network, **given: Any) -> dict[str, Any]:
    trace = rnnviz.run(network, X, **given)
    return dict(finish(analyse(trace, Starts(), Memo())).arrays)


def network_of(**fields: Any) -> Network:
    return Network(NetworkSpec(**{"input_size": 2, "hidden_size": 3, "output_size": 1, **fields}))


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
def test_learned_states_are_the_parameters(both: bool) -> None:
    network = network_of(num_layers=2, bidirectional=both, initial_state="learned")
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith(("h0", "c0")):
                parameter.normal_()
    found = starts(network)
    parameters = dict(network.named_parameters())
    ways = {"forward": "", "backward": "_reverse"} if both else {"forward": ""}
    for layer in range(2):
        for way, suffix in ways.items():
            for state in "hc":
                expected = parameters[f"{state}0_l{layer}{suffix}"].detach().numpy()
                np.testing.assert_array_equal(found[f"{layer}.{way}.{state}"], expected)
    assert len(found) == 2 * 2 * len(ways)


def test_given_states_are_those_that_were_given() -> None:
    given = {"h": [[0.5, -0.5, 0.25]], "c": [[1.0, 2.0, 3.0]]}
    found = starts(network_of(initial_state="given"), initial_state=given)
    assert found["0.forward.h"].tolist() == given["h"][0]
    assert found["0.forward.c"].tolist() == given["c"][0]


def test_states_are_zero_where_nothing_else_is_said() -> None:
    assert all(not value.any() for value in starts(network_of()).values())


def test_a_cell_may_say_what_it_starts_from() -> None:
    text = "h[0] = 0.5\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)"
    assert starts(network_of(cell=text))["0.forward.h"].tolist() == [0.5, 0.5, 0.5]


def test_a_cell_without_state_starts_from_nothing() -> None:
    assert starts(network_of(cell="feedforward")) == {}
