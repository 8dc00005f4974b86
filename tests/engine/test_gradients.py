"""Every gradient against autograd, which differentiates the same network written out step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.network import Network
from rnnviz.engine.run import Running
from rnnviz.engine.spec import Direction
from tests.engine.networks import CELLS, NETWORKS, build, inputs, name_of, random_target, target_of
from tests.engine.reference import compare, derivatives, number_of, unroll

STEPS = 9
TIGHT = 1e-10
WHOLE = LossObjective("whole")


def check(
    network: Network, target: Any = None, objective: Objective = WHOLE, steps: int = STEPS, tolerance: float = TIGHT
) -> None:
    x = inputs(network, steps)
    if target is None:
        target = random_target(network, len(Running(network, x).schedule.output_steps))
    trace = rnnviz.run(network, x, target)
    unrolled = unroll(network, x)
    number = number_of(trace, unrolled, target, objective)
    ours = trace.gradients(objective)
    assert ours.value == pytest.approx(number.item(), rel=1e-5 if network.spec.dtype == "float32" else 1e-12)
    compare(ours, derivatives(network, unrolled, number), tolerance)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("start", ["zero", "learned"])
def test_every_signal_and_parameter_of_every_cell(cell: str, start: str) -> None:
    check(build(CELLS[cell], num_layers=2, scale=2.0, initial_state=start))


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("cell", [name for name in cells.names() if cells.get(name).uses_activation])
def test_every_activation(cell: str, activation: str) -> None:
    check(build(cell, num_layers=2, activation=activation))


@pytest.mark.parametrize("options", NETWORKS, ids=name_of)
def test_every_kind_of_network(options: dict[str, Any]) -> None:
    network = build(**options, scale=2.0)
    target = random_target(network, len(Running(network, inputs(network, STEPS)).schedule.output_steps))
    if (target == -1).all() or not np.isfinite(target).any():
        target = np.zeros_like(target)
    check(network, target)


@pytest.mark.parametrize("readout", [None, "linear", "tanh", "relu", "softmax"])
@pytest.mark.parametrize("sizes", [(), (3,), (4, 3)])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
def test_every_readout_against_classes_and_values(readout: Any, sizes: tuple[int, ...], activation: Any) -> None:
    if readout is None and (sizes or activation != "tanh"):
        return
    sized = {"readout_sizes": sizes, "readout_activation": activation}
    options = {"output_size": None} if readout is None else sized
    network = build("gru", scale=2.0, readout=readout, **options)
    check(network, np.arange(-1, STEPS - 1) % 3 - 1)
    if readout != "softmax":
        check(network)


@pytest.mark.parametrize("options", [NETWORKS[2], NETWORKS[6], NETWORKS[7], NETWORKS[8]], ids=name_of)
@pytest.mark.parametrize("scope", ["upto", "at"])
def test_the_loss_up_to_a_step_and_at_a_step(options: dict[str, Any], scope: Any) -> None:
    network = build(**options, scale=2.0)
    for step in (2, 5, STEPS - 1):
        outputs = len(Running(network, inputs(network, STEPS)).schedule.output_steps)
        check(network, np.ones((outputs, network.spec.outputs)), LossObjective(scope, step))


def test_a_scope_without_a_loss_has_no_gradient() -> None:
    network = build("gru", delay=3)
    trace = rnnviz.run(network, inputs(network, 5), np.zeros((5, 2)))
    for objective in (LossObjective("upto", 2), LossObjective("at", 1)):
        found = trace.gradients(objective)
        assert found.value == 0.0
        assert not any(gradient.any() for gradient in found.parameters.values())
        assert np.isneginf(found.log10_norm("h")).all()


PROBED = (
    ("lstm", {"num_layers": 2}),
    ("same-step", {"bidirectional": True}),
    ("sLSTM", {"delay": 1}),
    ("gru-cho", {"num_layers": 2, "bidirectional": True}),
    ("rnn", {"activation": "identity"}),
    ("jordan", {"num_layers": 2, "readout": "softmax"}),
    ("minGRU", {"topology": "many-to-one"}),
    ("gru", {"topology": "one-to-many", "feedback": "output", "input_size": 2}),
)


@pytest.mark.parametrize(("cell", "options"), PROBED, ids=[cell for cell, _ in PROBED])
def test_a_probe_on_any_signal_of_any_layer(cell: str, options: dict[str, Any]) -> None:
    network = build(CELLS[cell], hidden_size=3, scale=2.0, **options)
    x = inputs(network, 4)
    trace, unrolled = rnnviz.run(network, x), unroll(network, x)
    for place, at in enumerate(network.cell_layers):
        for info in at.cell.signals:
            objective = ProbeObjective(info.name, place % 3, (2 * place + 1) % 4, at.layer, at.direction)
            number = number_of(trace, unrolled, None, objective)
            compare(trace.gradients(objective), derivatives(network, unrolled, number), TIGHT)


@pytest.mark.parametrize("options", NETWORKS[:4] + NETWORKS[8:10], ids=name_of)
def test_a_probe_on_an_output(options: dict[str, Any]) -> None:
    network = build(**options, scale=2.0)
    x = inputs(network, STEPS)
    trace = rnnviz.run(network, x)
    for signal in ("output", "logits"):
        step = int(trace.schedule.output_steps[-1])
        check(network, None, ProbeObjective(signal, 1, step))
        trace.probe(signal, 1, step)
        assert trace.gradients().value == trace.record.signal(signal, -1)[step, 1]


@pytest.mark.parametrize("cell", CELLS)
def test_networks_in_single_precision(cell: str) -> None:
    check(build(CELLS[cell], num_layers=2, dtype="float32"), tolerance=1e-5, steps=20)


@pytest.mark.parametrize("cell", ["lstm", "gru-cho", "same-step"])
@pytest.mark.parametrize("options", [{"num_layers": 2}, {"bidirectional": True}])
def test_many_steps_across_the_portions_of_the_way_back(cell: str, options: dict[str, Any]) -> None:
    check(build(CELLS[cell], **options), steps=300)


def test_more_steps_than_products_are_taken_of_at_once() -> None:
    check(build("rnn", hidden_size=3, readout="softmax"), np.arange(1100) % 2, steps=1100)


@pytest.mark.parametrize(
    ("text", "probe"),
    [
        ("c[t] = tanh(W @ x[t] + U @ c[t-1])\nh[t] = c[t]", None),
        ("c[t] = tanh(W @ x[t] + U @ c[t-1])\nh[t] = c[t]", "c"),
        ("c[t] = W @ x[t]\nh[t] = tanh(c[t] + u * h[t-1])", "c"),
        ("h[t] = identity(W @ x[t] + U @ h[t-1])", "h.pre"),
        ("k[t] = 2\nh[t] = tanh(k[t] * h[t-1] + W @ x[t])", None),
        ("k[t] = 2\nh[t] = tanh(k[t] * h[t-1] + W @ x[t])", "k"),
        ("h[t] = v", None),
        ("a[t] = v\nb[t] = h[t-1]\nh[t] = tanh(a[t] * b[t] + W @ x[t])", "b"),
        ("h[t] = 0.5 * h[t-1] + 1", "h"),
        ("h[t] = tanh(W @ x[t] + b) * b", None),
        ("q[t] = W @ x[t] + b\nh[t] = sigmoid(W @ x[t] + U @ h[t-1] + b) * q[t] * b + b", None),
        ("k[t] = 2\nh[t] = softplus(k[t]) * sigmoid(k[t]) * tanh(W @ x[t]) + log_sigmoid(k[t]) ** 3", "k"),
        ("y[t] = tanh(W @ x[t] + U @ y[t-1])", "y"),
        ("q[t] = V @ h[t]\nh[t] = tanh(W @ x[t] + U @ h[t-1])\no[t] = h[t] + 0 * q[t]", "q"),
        ("h[t] = tanh(U @ (V @ (r * h[t-1])) + W @ x[t]) - W @ x[t]", None),
        ("h[t] = max(U @ h[t-1], W @ x[t]) + min(b, 0.1) - abs(U @ h[t-1]) * sqrt(exp(b))", None),
        ("a[0] = s0\na[t] = tanh(W @ x[t] + U @ a[t-1])\nh[t] = a[t] * h[t-1] + log(2 + a[t] ** 2)", None),
    ],
)
def test_cells_of_every_shape(text: str, probe: str | None) -> None:
    network = build(text, num_layers=2, scale=1.5)
    objective: Objective = WHOLE if probe is None else ProbeObjective(probe, 2, 5, 0)
    check(network, np.ones((STEPS, 2)), objective)


def test_central_differences_say_the_same() -> None:
    network = build("lstm-peephole", num_layers=2, bidirectional=True, readout="softmax")
    x, target = inputs(network, 6), np.arange(6) % 2
    gradients = rnnviz.run(network, x, target).parameter_gradients()
    rng = np.random.default_rng(0)
    for name, parameter in network.named_parameters():
        place = tuple(rng.integers(size) for size in parameter.shape)
        found = []
        for change in (1e-5, -1e-5):
            with torch.no_grad():
                parameter[place] += change
                found.append(rnnviz.run(network, x, target).loss)
                parameter[place] -= change
        assert gradients[name][place] == pytest.approx((found[0] - found[1]) / 2e-5, abs=1e-8), name


def test_central_differences_of_the_input_and_the_start_say_the_same() -> None:
    network = build("gru", num_layers=2)
    x, h = inputs(network, 6), np.random.default_rng(0).standard_normal((2, 4))
    trace = rnnviz.run(network, x, np.zeros((6, 2)), {"h": h})
    for array, place, gradient in (
        (x, (2, 1), trace.gradient("x", -1)[2, 1]),
        (h, (1, 3), trace.initial_gradient("h", 1)[3]),
    ):
        found = []
        for change in (1e-5, -1e-5):
            array[place] += change
            found.append(rnnviz.run(network, x, np.zeros((6, 2)), {"h": h}).loss)
            array[place] -= change
        assert gradient == pytest.approx((found[0] - found[1]) / 2e-5, abs=1e-8)


def test_a_given_start_has_a_gradient_and_the_learned_one_it_replaces_has_none() -> None:
    network = build("lstm", initial_state="learned")
    x, given = inputs(network, 5), {"c": np.ones((1, 4))}
    trace = rnnviz.run(network, x, np.zeros((5, 2)), given)
    unrolled = unroll(network, x, given)
    number = number_of(trace, unrolled, np.zeros((5, 2)), WHOLE)
    compare(trace.gradients(), derivatives(network, unrolled, number), TIGHT)
    assert not trace.parameter_gradients()["c0_l0"].any()
    assert trace.parameter_gradients()["h0_l0"].any()


def test_what_follows_the_objective_cannot_spoil_its_gradient() -> None:
    network = build("rnn", activation="relu", hidden_size=3, input_size=1, output_size=1, dtype="float32")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0)
    trace = rnnviz.run(network, np.ones((200, 1)), np.zeros((200, 1)))
    assert np.isinf(trace.output[100:]).all(), "the forward pass overflows"
    short = rnnviz.run(network, np.ones((11, 1)), np.zeros((11, 1)))
    for scope in ("upto", "at"):
        ours, theirs = (run.gradients(LossObjective(scope, 10)) for run in (trace, short))
        np.testing.assert_array_equal(ours.signal("h")[:11], theirs.signal("h"))
        for name, gradient in theirs.parameters.items():
            np.testing.assert_array_equal(ours.parameters[name], gradient)
    probe = trace.gradients(ProbeObjective("h", 0, 10, 0))
    assert np.isfinite(probe.parameters["U_l0"]).all()


def test_nan_appears_as_such() -> None:
    network = build("gru")
    with torch.no_grad():
        network.get_parameter("W_r_l0")[0, 0] = torch.nan
    trace = rnnviz.run(network, inputs(network, 300), np.zeros((300, 2)))
    assert np.isnan(trace.gradient("h")).all()
    assert np.isnan(trace.gradient_log10_norm("h")).all()


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (
            ProbeObjective("q", 0, 0, 0),
            "the probe cannot be set: no signal 'q' in layer 0, forward: there are i.pre",
        ),
        (ProbeObjective("h", 0, 0, 5), "the probe cannot be set: no signal 'h' in layer 5, forward"),
        (ProbeObjective("h", 0, 0, 0, "backward"), "no signal 'h' in layer 0, backward"),
        (ProbeObjective("h", 4, 0, 0), "the probe names unit 5 of h, but there are 4"),
        (ProbeObjective("h", -1, 0, 0), "the probe names unit 0 of h"),
        (ProbeObjective("h", 0, 9, 0), "the probe names step 10, but there are 9"),
        (ProbeObjective("h", 0, 8, 0), "the probe names step 9, but the run has not reached it"),
        (ProbeObjective("output", 0, 8), "the probe names step 9, but the run has not reached it"),
        (ProbeObjective("output", 0, 1), "the probe names step 2, but that step has no output"),
        (ProbeObjective("loss", 0, 5), "the probe cannot be set on loss"),
        (ProbeObjective("x", 0, 5), "the probe cannot be set on x"),
        (WHOLE, "there is nothing to differentiate: give rnnviz.run a target, or name a number with trace.probe(...)"),
    ],
)
def test_an_objective_that_is_not_there_is_refused(objective: Objective, words: str) -> None:
    network = build("lstm", delay=2)
    running = Running(network, inputs(network, 7))
    list(running.advance(8))
    with pytest.raises(ObjectiveError) as refused:
        running.trace().gradients(objective)
    assert words in str(refused.value)


def test_a_probe_on_a_layer_that_is_reached_does_not_wait_for_the_others() -> None:
    network = build("lstm", num_layers=2, bidirectional=True)
    running = Running(network, inputs(network, 6))
    list(running.advance(5))
    trace = running.trace()
    found = trace.gradients(ProbeObjective("h", 0, 4, 0))
    assert found.value == trace.signal("h")[4, 0]
    whole = rnnviz.run(network, inputs(network, 6)).gradients(ProbeObjective("h", 0, 4, 0))
    np.testing.assert_array_equal(found.signal("i"), whole.signal("i"))
    with pytest.raises(ObjectiveError, match="has not reached it"):
        trace.gradients(ProbeObjective("h", 0, 4, 0, "backward"))


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_gradients_are_computed_once_and_kept(way: Direction) -> None:
    network = build("gru", bidirectional=True)
    trace = rnnviz.run(network, inputs(network, 5), np.zeros((5, 2)))
    assert trace.gradients() is trace.gradients(WHOLE)
    before = trace.gradient("h", 0, way)
    trace.probe("h", 1, 2, 0, way)
    after = trace.gradient("h", 0, way)
    assert after[2, 1] == 1
    assert not np.array_equal(before, after)


def test_a_target_of_the_next_token_gives_gradients_with_an_embedding() -> None:
    network = build("lstm", embedding_size=4, input_size=6, output_size=6, readout="softmax")
    tokens = inputs(network, 12)
    target = np.r_[tokens[1:], -1]
    check(network, target, steps=12)
    by_rows = rnnviz.run(network, np.eye(6)[tokens], target)
    by_number = rnnviz.run(network, tokens, target)
    for name, gradient in by_number.parameter_gradients().items():
        np.testing.assert_allclose(by_rows.parameter_gradients()[name], gradient, atol=1e-12)


def test_a_mixture_of_tokens_is_embedded_and_differentiated_as_the_mixture_it_is() -> None:
    network = build("gru", topology="one-to-many", feedback="choice", embedding_size=3, input_size=4, output_size=4)
    x = np.random.default_rng(3).random((6, 4))
    target = np.arange(6) % 4
    trace, unrolled = rnnviz.run(network, x, target), unroll(network, x)
    number = number_of(trace, unrolled, target, WHOLE)
    compare(trace.gradients(), derivatives(network, unrolled, number), TIGHT)


def test_targets_of_the_last_step_alone_reach_the_first() -> None:
    network = build("lstm", topology="many-to-one", readout="softmax", forget_bias=4.0)
    trace = rnnviz.run(network, inputs(network, 50), [1])
    assert trace.gradient_log10_norm("c")[0] > -8
    assert np.isfinite(target_of(network, 50)).all()
