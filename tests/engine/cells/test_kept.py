"""What the cells of the literature keep of their states from one step to the next: their memory composition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnnviz
from rnnviz.engine.network import Network
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs

STEPS, UNITS = 9, 4


def ran(cell: str) -> tuple[Network, Trace]:
    network = build(cell, scale=2.0)
    return network, rnnviz.run(network, inputs(network, STEPS))


KEPT: dict[tuple[str, str], Callable[[Trace], NDArray[np.floating[Any]]]] = {
    ("lstm-nig", "c"): lambda trace: trace.signal("f"),
    ("lstm-nfg", "c"): lambda trace: np.ones((STEPS, UNITS)),
    ("lstm-cifg", "c"): lambda trace: 1 - trace.signal("i"),
    ("lstm-fgr", "c"): lambda trace: trace.signal("f"),
    ("mgu", "h"): lambda trace: 1 - trace.signal("f"),
    ("mingru", "h"): lambda trace: 1 - trace.signal("z"),
    ("minlstm", "h"): lambda trace: trace.signal("f") / (trace.signal("f") + trace.signal("i")),
    ("slstm", "c"): lambda trace: trace.signal("f"),
    ("slstm", "n"): lambda trace: trace.signal("f"),
}


@pytest.mark.parametrize(("cell", "state"), KEPT)
def test_the_direct_path_of_a_state_is_the_gate_that_keeps_it(cell: str, state: str) -> None:
    _, trace = ran(cell)
    memory = trace.memory(0, "forward", state)
    assert memory.kind == "kept"
    np.testing.assert_allclose(memory.factor, KEPT[cell, state](trace), atol=1e-12)


def test_the_direct_path_of_an_indrnn_is_its_slope_times_its_vector() -> None:
    network, trace = ran("indrnn")
    memory = trace.memory()
    assert memory.kind == "linearised"
    slope = 1 - trace.signal("h") ** 2
    np.testing.assert_allclose(memory.factor, slope * network.get_parameter("u_l0").detach().numpy(), atol=1e-12)


def test_a_gate_that_is_carried_keeps_nothing_of_itself_directly() -> None:
    _, trace = ran("lstm-fgr")
    assert {trace.memory(0, "forward", gate).kind for gate in "ifo"} == {"overwritten"}
