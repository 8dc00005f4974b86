"""What the public API hands out: shapes, blanks, sentences."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.messages import ProbeObjective
from tests.engine.networks import build, inputs


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_array_has_the_shape_and_type_that_it_is_said_to_have(dtype: str) -> None:
    network = build(
        "lstm", num_layers=2, bidirectional=True, hidden_size=((3, 5), (4, 2)), delay=2, dtype=dtype, output_size=7
    )
    trace = rnnviz.run(network, inputs(network, 9), np.zeros((9, 7)))
    assert trace.steps == 11
    shapes = {(0, "forward"): 3, (0, "backward"): 5, (1, "forward"): 4, (1, "backward"): 2}
    for at in network.cell_layers:
        units = shapes[at.layer, at.direction]
        for info in at.cell.signals:
            values = trace.signal(info.name, at.layer, at.direction)
            assert (values.shape, values.dtype) == ((11, units), np.dtype(dtype))
            gradient = trace.gradient(info.name, at.layer, at.direction)
            assert (gradient.shape, gradient.dtype) == ((11, units), np.dtype("float64"))
            assert trace.gradient_log10_norm(info.name, at.layer, at.direction).shape == (11,)
        for state in at.cell.states:
            assert trace.initial_gradient(state, at.layer, at.direction).shape == (units,)
    assert (trace.output.shape, trace.logits.shape, trace.inputs.shape) == ((11, 7), (11, 7), (11, 3))
    assert trace.step_losses.shape == (11,)
    found = trace.parameter_gradients()
    expected = dict(network.named_parameters())
    assert list(found) == list(expected)
    assert {name: value.shape for name, value in found.items()} == {n: tuple(p.shape) for n, p in expected.items()}


def test_steps_without_an_output_are_blank_and_steps_without_an_input_are_fed_zeros() -> None:
    network = build("gru", delay=2)
    trace = rnnviz.run(network, inputs(network, 5), np.zeros((5, 2)))
    for values in (trace.output, trace.logits, trace.step_losses[:, None]):
        assert np.isnan(values[:2]).all()
        assert np.isfinite(values[2:]).all()
    assert not trace.inputs[5:].any()
    assert np.isfinite(trace.signal("h")).all()


def test_recorded_numbers_cannot_be_written_to() -> None:
    network = build("gru")
    trace = rnnviz.run(network, inputs(network, 5))
    for values in (trace.output, trace.signal("h"), trace.inputs):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def test_what_one_run_gives_may_be_fed_to_another() -> None:
    first = build("gru", hidden_size=3)
    trace = rnnviz.run(first, inputs(first, 5))
    again = rnnviz.run(build("lstm"), trace.signal("h"), trace.output)
    np.testing.assert_array_equal(again.inputs, trace.signal("h"))
    assert np.isfinite(again.loss)


def test_a_gradient_of_nothing_names_both_remedies() -> None:
    network = build("gru")
    trace = rnnviz.run(network, inputs(network, 5))
    for ask in (
        lambda: trace.gradient("h"),
        lambda: trace.gradient_log10_norm("h"),
        lambda: trace.initial_gradient("h"),
        trace.parameter_gradients,
    ):
        with pytest.raises(ObjectiveError, match=r"give rnnviz\.run a target, or name a number with trace\.probe"):
            ask()
    trace.probe("output", 1, 3)
    assert trace.gradient("output", -1)[3].tolist() == [0.0, 1.0]


def test_what_is_not_there_is_answered_with_what_there_is() -> None:
    network = build("lstm", num_layers=2)
    trace = rnnviz.run(network, inputs(network, 5), np.zeros((5, 2)))
    for ask in (trace.signal, trace.gradient, trace.gradient_log10_norm):
        with pytest.raises(KeyError, match=r"no signal 'z' in layer 1, forward: there are i\.pre, i, f\.pre, f"):
            ask("z", 1)
        with pytest.raises(KeyError, match="no signal 'h' in layer 0, backward: there are no signals there"):
            ask("h", 0, "backward")
    with pytest.raises(KeyError, match="no state 'f' in layer 1, forward: there are c, h"):
        trace.initial_gradient("f", 1)
    with pytest.raises(KeyError, match="no state 'h' in layer 2, forward: there are no states there"):
        trace.initial_gradient("h", 2)


def test_the_gradients_of_many_probes_do_not_pile_up() -> None:
    network = build("gru")
    trace = rnnviz.run(network, inputs(network, 20), np.zeros((20, 2)))
    kept = [weakref.ref(trace.gradients(ProbeObjective("h", 0, step, 0))) for step in range(20)]
    gc.collect()
    assert sum(held() is not None for held in kept) == 8
    assert trace.gradients(ProbeObjective("h", 0, 19, 0)) is kept[-1]()


def test_a_run_leaves_no_trace_in_the_network() -> None:
    network = build("lstm")
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    trace = rnnviz.run(network, x, torch.zeros(5, 2))
    trace.parameter_gradients()
    assert x.grad is None
    assert all(parameter.grad is None for parameter in network.parameters())
    with torch.no_grad():
        before = trace.gradient("h").copy()
        for parameter in network.parameters():
            parameter.zero_()
    trace.probe("h", 0, 4, 0)
    trace.probed = None
    np.testing.assert_array_equal(trace.gradient("h"), before)
