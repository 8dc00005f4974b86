"""All matrices of a cell as one."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.run import run
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran


def test_an_lstm_is_one_matrix_of_four_gates_on_x_and_h() -> None:
    _, trace = ran({"cell": "lstm"})
    stack = trace.weight_stack()
    assert stack.values.shape == (16, 3 + 4 + 1)
    parameters = trace.weights.state
    rows = [
        np.hstack([parameters[f"W_{g}_l0"], parameters[f"U_{g}_l0"], parameters[f"b_{g}_l0"][:, None]]) for g in "ifgo"
    ]
    np.testing.assert_array_equal(stack.values, np.vstack(rows))
    z = np.concatenate([trace.inputs[3], trace.signal("h")[2], [1.0]])
    pre = np.concatenate([trace.signal(f"{g}.pre")[3] for g in "ifgo"])
    np.testing.assert_allclose(stack.values @ z, pre, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_every_block_stands_where_it_says_with_its_gradient(cell: str) -> None:
    network, trace = ran({"cell": CELLS[cell], "biases": "two"})
    stack = trace.weight_stack()
    parameters, gradients = network.cell_parameters(network.at(0)), trace.parameter_gradients()
    assert stack.gradient is not None
    for block in stack.blocks:
        place = slice(*block.rows), slice(*block.columns)
        value = parameters[block.name].detach().numpy()
        np.testing.assert_array_equal(stack.values[place], value if value.ndim == 2 else value[:, None])
        share = network.at(0).shares[block.name][0]
        gradient = gradients[share.parameter][share.rows]
        np.testing.assert_array_equal(stack.gradient[place], gradient if gradient.ndim == 2 else gradient[:, None])


def test_blocks_are_named_by_gate_and_by_what_they_are_multiplied_with() -> None:
    network = build(cell="gru-cho")
    stack = run(network, inputs(network, 3)).weight_stack()
    assert stack.gradient is None
    assert [(block.row, block.column) for block in stack.blocks if block.column != "bias"] == [
        ("r", "x[t]"),
        ("r", "h[t-1]"),
        ("z", "x[t]"),
        ("z", "h[t-1]"),
        ("n", "x[t]"),
        ("n", "(r[t] * h[t-1])"),
    ]
