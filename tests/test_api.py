"""The public interface, as the README and the specification write it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import rnnviz


def test_the_interface_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    net = rnnviz.Network(
        rnnviz.NetworkSpec(
            cell="lstm",
            input_size=3,
            hidden_size=8,
            num_layers=2,
            bidirectional=False,
            output_size=2,
            readout="linear",
            topology="many-to-many",
            delay=0,
            seed=0,
            dtype="float64",
        )
    )
    assert isinstance(net, torch.nn.Module)
    x = np.random.default_rng(0).standard_normal((24, 3))
    trace = rnnviz.run(net, x, target=np.zeros((24, 2)), initial_state=None)
    gate = trace.signal("f", layer=0, direction="forward")
    assert gate.shape == (24, 8)
    assert ((gate > 0) & (gate < 1)).all()
    assert trace.output.shape == (24, 2)
    assert trace.step_losses.shape == (24,)
    assert trace.loss == pytest.approx((trace.output**2).mean(1).sum())
    assert trace.gradient("h", layer=0, direction="forward").shape == (24, 8)
    assert trace.initial_gradient("h", layer=0, direction="forward").shape == (8,)
    gradients = trace.parameter_gradients()
    assert {name: value.shape for name, value in gradients.items()} == {
        name: tuple(parameter.shape) for name, parameter in net.named_parameters()
    }
    assert all(isinstance(value, np.ndarray) for value in gradients.values())
    trace.save(tmp_path / "run.rnnviz-trace")
    loaded = rnnviz.Trace.load(tmp_path / "run.rnnviz-trace")
    assert loaded.output.tobytes() == trace.output.tobytes()
    assert loaded.loss == trace.loss
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(loaded.parameter_gradients()[name], gradient)


def test_a_module_of_torch_is_taken_over_with_its_own_names() -> None:
    theirs = torch.nn.LSTM(3, 8, num_layers=2, bidirectional=True)
    net = rnnviz.from_torch(theirs, readout=None)
    assert dict(net.named_parameters()).keys() == dict(theirs.named_parameters()).keys()
    x = torch.randn(24, 3)
    trace = rnnviz.run(net, x)
    np.testing.assert_allclose(trace.output, theirs(x)[0].detach(), atol=1e-6)
    state = torch.randn(2, 4, 8)
    given = rnnviz.run(net, x, initial_state=(state[0], state[1]))
    np.testing.assert_allclose(given.output, theirs(x, (state[0], state[1]))[0].detach(), atol=1e-6)


def test_a_network_can_be_trained_as_any_module_of_torch() -> None:
    net = rnnviz.Network(rnnviz.NetworkSpec(cell="gru", input_size=2, hidden_size=5, output_size=1, dtype="float64"))
    x, target = torch.randn(12, 2, dtype=torch.float64), torch.randn(12, 1, dtype=torch.float64)
    loss = (net(x) - target).square().mean(-1).sum()
    loss.backward()
    trace = rnnviz.run(net, x, target)
    assert trace.loss == pytest.approx(loss.item(), rel=1e-12)
    found = trace.parameter_gradients()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None
        np.testing.assert_allclose(found[name], parameter.grad, atol=1e-12)
    before = trace.loss
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-2)
    optimiser.step()
    assert rnnviz.run(net, x, target).loss < before


def test_with_neither_target_nor_probe_a_gradient_names_both_remedies() -> None:
    net = rnnviz.Network(rnnviz.NetworkSpec(input_size=2, hidden_size=5, output_size=1))
    trace = rnnviz.run(net, np.zeros((4, 2)))
    with pytest.raises(rnnviz.RnnvizError, match=r"rnnviz\.run a target.*trace\.probe"):
        trace.gradient("h")
    trace.probe("output", unit=0, step=3)
    assert trace.gradient("h")[3].any()


def test_importing_rnnviz_loads_neither_torch_nor_qt() -> None:
    code = "import rnnviz, sys; dir(rnnviz); print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "rnnviz" in loaded
    assert not loaded & {"torch", "numpy", "PySide6", "pyqtgraph", "msgspec"}


def test_every_public_name_is_there_and_no_other() -> None:
    for name in rnnviz.__all__:
        assert getattr(rnnviz, name) is not None
    assert set(rnnviz.__all__) <= set(dir(rnnviz))
    wrong = "Netwrok"
    with pytest.raises(AttributeError, match="has no attribute 'Netwrok'"):
        getattr(rnnviz, wrong)
