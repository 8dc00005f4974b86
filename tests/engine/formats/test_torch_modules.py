"""Torch's modules taken over: torch itself is the reference for every number."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

import rnnviz
from rnnviz.engine.errors import FormatError
from rnnviz.engine.spec import Direction
from rnnviz.engine.trace import Trace

STEPS, INPUTS, UNITS = 9, 3, 4
TIGHT = 1e-12
KINDS = ("tanh", "relu", "LSTM", "GRU")
WAYS: tuple[Direction, ...] = ("forward", "backward")


def module(kind: str, **options: Any) -> Any:
    torch.manual_seed(7)
    options = {"dtype": torch.float64, **options}
    if kind == "LSTM":
        return nn.LSTM(INPUTS, UNITS, **options)
    return nn.GRU(INPUTS, UNITS, **options) if kind == "GRU" else nn.RNN(INPUTS, UNITS, nonlinearity=kind, **options)


def signal(steps: int = STEPS) -> torch.Tensor:
    return torch.randn(steps, INPUTS, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def largest_difference(ours: Any, theirs: torch.Tensor) -> float:
    assert ours.shape == tuple(theirs.shape)
    return float(np.abs(ours - theirs.detach().numpy()).max())


def end_of(trace: Trace, state: str, layers: int, ways: int) -> np.ndarray:
    """The state after the last step that each layer and direction takes, as torch returns it."""
    return np.stack(
        [
            trace.signal(state, layer, direction)[-1 if direction == "forward" else 0]
            for layer in range(layers)
            for direction in WAYS[:ways]
        ]
    )


@pytest.mark.parametrize(
    ("kind", "layers", "both", "bias"), list(itertools.product(KINDS, (1, 2, 3), (False, True), (True, False)))
)
def test_a_module_taken_over_computes_what_torch_computes(kind: str, layers: int, both: bool, bias: bool) -> None:
    theirs = module(kind, num_layers=layers, bidirectional=both, bias=bias)
    x = signal()
    trace = rnnviz.run(rnnviz.from_torch(theirs), x)
    output, last = theirs(x)
    assert largest_difference(trace.output, output) < TIGHT
    h, c = last if kind == "LSTM" else (last, None)
    assert largest_difference(end_of(trace, "h", layers, 1 + both), h) < TIGHT
    if c is not None:
        assert largest_difference(end_of(trace, "c", layers, 1 + both), c) < TIGHT


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_shows_the_states_that_torch_gives_to_the_next(kind: str) -> None:
    theirs = module(kind, num_layers=3, bidirectional=True)
    trace = rnnviz.run(rnnviz.from_torch(theirs), signal())
    x = signal()
    for layer in range(3):
        alone = type(theirs)(x.shape[1], UNITS, bidirectional=True, dtype=torch.float64)
        if isinstance(alone, nn.RNN):
            alone = nn.RNN(x.shape[1], UNITS, nonlinearity=kind, bidirectional=True, dtype=torch.float64)
        for name, parameter in alone.named_parameters():
            parameter.data.copy_(theirs.get_parameter(name.replace("_l0", f"_l{layer}")))
        x = alone(x)[0]
        ours = np.concatenate([trace.signal("h", layer), trace.signal("h", layer, "backward")], 1)
        assert largest_difference(ours, x) < TIGHT


@pytest.mark.parametrize("kind", KINDS)
def test_given_states_before_the_first_step_are_those_of_torch(kind: str) -> None:
    theirs = module(kind, num_layers=2, bidirectional=True)
    h, c = torch.randn(2, 4, UNITS, dtype=torch.float64)
    given = (h, c) if kind == "LSTM" else h
    output = theirs(signal(), given)[0]
    net = rnnviz.from_torch(theirs)
    assert largest_difference(rnnviz.run(net, signal(), initial_state=given).output, output) < TIGHT
    by_name = {"h": h, "c": c} if kind == "LSTM" else {"h": h}
    assert largest_difference(rnnviz.run(net, signal(), initial_state=by_name).output, output) < TIGHT


@pytest.mark.parametrize("kind", KINDS)
def test_long_sequences_stay_with_torch_in_single_precision(kind: str) -> None:
    theirs = module(kind, num_layers=2, dtype=torch.float32)
    x = signal(300).float()
    trace = rnnviz.run(rnnviz.from_torch(theirs), x)
    assert trace.output.dtype == np.float32
    assert largest_difference(trace.output, theirs(x)[0]) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("both", [False, True])
def test_gradients_are_those_of_autograd_under_the_modules_own_names(kind: str, both: bool) -> None:
    theirs = module(kind, num_layers=2, bidirectional=both)
    readout = nn.Linear(UNITS * (1 + both), 2, dtype=torch.float64)
    target = torch.randn(STEPS, 2, dtype=torch.float64)
    x = signal().requires_grad_()
    loss = (readout(theirs(x)[0]) - target).square().mean(-1).sum()
    loss.backward()
    trace = rnnviz.run(rnnviz.from_torch(theirs, readout), x, target)
    assert trace.loss == pytest.approx(loss.item(), abs=TIGHT)
    expected = dict(theirs.named_parameters())
    expected |= {f"readout.0.{name}": parameter for name, parameter in readout.named_parameters()}
    found = trace.parameter_gradients()
    assert list(found) == list(expected)
    for name, parameter in expected.items():
        assert parameter.grad is not None
        assert largest_difference(found[name], parameter.grad) < 1e-10
    assert x.grad is not None
    assert largest_difference(trace.gradient("x", layer=-1), x.grad) < 1e-10


def test_the_parameters_are_the_modules_own() -> None:
    theirs, readout = module("LSTM"), nn.Linear(UNITS, 2, dtype=torch.float64)
    net = rnnviz.from_torch(theirs, readout)
    for name, parameter in theirs.named_parameters():
        assert net.get_parameter(name) is parameter
    assert net.get_parameter("readout.0.weight") is readout.weight
    before = rnnviz.run(net, signal()).output.copy()
    with torch.no_grad():
        theirs.bias_ih_l0.add_(1.0)
    after = rnnviz.run(net, signal()).output
    assert not np.allclose(before, after)
    assert largest_difference(after, readout(theirs(signal())[0])) < TIGHT


def test_a_run_keeps_the_parameters_it_was_made_with() -> None:
    theirs = module("GRU")
    readout = nn.Linear(UNITS, 1, dtype=torch.float64)
    trace = rnnviz.run(rnnviz.from_torch(theirs, readout), signal(), torch.zeros(STEPS, 1))
    again = rnnviz.run(rnnviz.from_torch(theirs, readout), signal(), torch.zeros(STEPS, 1))
    expected = again.parameter_gradients()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    for name, gradient in trace.parameter_gradients().items():
        np.testing.assert_array_equal(gradient, expected[name])


@pytest.mark.parametrize("activation", ["linear", "tanh", "relu", "softmax"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_readout_is_applied_to_the_last_layer(activation: Any, bias: bool) -> None:
    theirs = module("GRU", num_layers=2, bidirectional=True)
    readout = nn.Linear(2 * UNITS, 5, bias=bias, dtype=torch.float64)
    trace = rnnviz.run(rnnviz.from_torch(theirs, readout, readout_activation=activation), signal())
    scores = readout(theirs(signal())[0])
    expected = {"tanh": scores.tanh(), "relu": scores.relu(), "softmax": scores.softmax(-1)}.get(activation, scores)
    assert largest_difference(trace.output, expected) < TIGHT
    assert largest_difference(trace.logits, scores) < TIGHT


def test_a_readout_without_bias_has_no_gradient_for_one() -> None:
    readout = nn.Linear(UNITS, 2, bias=False, dtype=torch.float64)
    trace = rnnviz.run(rnnviz.from_torch(module("LSTM", bias=False), readout), signal(), torch.zeros(STEPS, 2))
    assert list(trace.parameter_gradients()) == ["weight_ih_l0", "weight_hh_l0", "readout.0.weight"]


def test_many_to_one_reads_out_the_last_step_only() -> None:
    theirs, readout = module("GRU"), nn.Linear(UNITS, 2, dtype=torch.float64)
    trace = rnnviz.run(rnnviz.from_torch(theirs, readout, topology="many-to-one"), signal())
    assert np.isnan(trace.output[:-1]).all()
    assert largest_difference(trace.output[-1], readout(theirs(signal())[0][-1])) < TIGHT


def test_dropout_between_layers_is_left_out_as_in_evaluation() -> None:
    theirs = module("LSTM", num_layers=2, dropout=0.5)
    trace = rnnviz.run(rnnviz.from_torch(theirs), signal())
    assert largest_difference(trace.output, theirs.eval()(signal())[0]) < TIGHT


def test_batch_first_changes_nothing_for_one_sequence() -> None:
    theirs = module("LSTM", batch_first=True)
    trace = rnnviz.run(rnnviz.from_torch(theirs), signal())
    assert largest_difference(trace.output, theirs(signal()[None])[0][0]) < TIGHT


def test_weights_that_are_one_parameter_stay_one() -> None:
    theirs: Any = nn.RNN(UNITS, UNITS, num_layers=2, dtype=torch.float64)
    theirs.weight_hh_l1 = theirs.weight_hh_l0
    x, target = torch.randn(STEPS, UNITS, dtype=torch.float64), torch.zeros(STEPS, UNITS)
    theirs(x)[0].square().mean(-1).sum().backward()
    net = rnnviz.from_torch(theirs)
    assert [name for name, _ in net.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    found = rnnviz.run(net, x, target).parameter_gradients()
    assert theirs.weight_hh_l0.grad is not None
    assert largest_difference(found["weight_hh_l0"], theirs.weight_hh_l0.grad) < 1e-10


def test_the_gates_are_named_in_torchs_order() -> None:
    theirs = module("LSTM")
    trace = rnnviz.run(rnnviz.from_torch(theirs), signal(1))
    stacked = theirs.weight_ih_l0 @ signal(1)[0] + theirs.bias_ih_l0 + theirs.bias_hh_l0
    for gate, rows in zip("ifgo", stacked.chunk(4), strict=True):
        assert largest_difference(trace.signal(f"{gate}.pre")[0], rows) < TIGHT


def test_the_network_as_autograd_sees_it_agrees_with_torch() -> None:
    theirs = module("GRU", num_layers=2, bidirectional=True)
    net = rnnviz.from_torch(theirs)
    assert largest_difference(net(signal()).detach().numpy(), theirs(signal())[0]) < TIGHT


class Scaled(nn.LSTM):
    def forward(self, *given: Any) -> Any:
        output, last = super().forward(*given)
        return 2 * output, last


def pruned() -> Any:
    theirs = module("LSTM")
    make_pruned: Any = prune.l1_unstructured
    make_pruned(theirs, "weight_hh_l0", 0.5)
    return theirs


def normalised() -> Any:
    return parametrizations.weight_norm(module("GRU"), "weight_hh_l0")


def complex_module() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return module("LSTM").to(torch.complex64)


def mixed() -> Any:
    theirs = module("LSTM")
    theirs.bias_hh_l0 = nn.Parameter(theirs.bias_hh_l0.detach().float())
    return theirs


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.LSTMCell(3, 4), "LSTMCell is none of torch.nn.RNN, torch.nn.LSTM and torch.nn.GRU"),
        (lambda: nn.Sequential(nn.LSTM(3, 4)), "Sequential is none of"),
        (lambda: "lstm", "str is none of"),
        (lambda: Scaled(3, 4), "Scaled has a forward of its own"),
        (lambda: nn.LSTM(3, 4, proj_size=2), "projections (proj_size=2)"),
        (lambda: nn.RNN(3, 4, num_layers=9), "9 layers, but at most 8"),
        (lambda: nn.GRU(1, 9000, device="meta"), "'meta'"),
        (lambda: nn.LSTM(3, 4, dtype=torch.float16), "float16, but only float32 and float64"),
        (lambda: nn.LSTM(3, 4, dtype=torch.bfloat16), "bfloat16, but only float32 and float64"),
        (complex_module, "complex64, but only"),
        (mixed, "one dtype, but there are float64 (weight_ih_l0) and float32 (bias_hh_l0)"),
        (pruned, "weight_hh_l0 is computed from other parameters"),
        (normalised, "weight_hh_l0 is computed from other parameters"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_in_one_sentence(make: Any, words: str) -> None:
    with pytest.raises(FormatError) as refused:
        rnnviz.from_torch(make())
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("readout", "options", "words"),
    [
        (nn.Linear(5, 2), {}, "takes 5 features, but the module's last layer gives 4"),
        (nn.Linear(4, 2, dtype=torch.float64), {}, "float32 (weight_ih_l0) and float64 (the readout's weight)"),
        (nn.Sequential(nn.Linear(4, 2)), {}, "the readout is Sequential, but it must be torch.nn.Linear"),
        (nn.LazyLinear(2), {}, "the readout has no shape yet"),
        (nn.Linear(4, 2), {"readout_activation": "sigmoid"}, "readout_activation is 'sigmoid', but it must be one of"),
        (nn.Linear(4, 2), {"topology": "some-to-many"}, "topology is 'some-to-many'"),
        (nn.Linear(4, 9000), {}, "output_size is 9000"),
        (None, {"readout_activation": "softmax"}, "there is no readout that it could follow"),
    ],
)
def test_a_readout_that_does_not_fit_is_refused(readout: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(FormatError) as refused:
        rnnviz.from_torch(nn.LSTM(3, 4), readout, **options)
    assert words in str(refused.value)
