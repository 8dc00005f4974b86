"""The differentiable way through a network, against torch's modules and against loops written by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.forward import logits, sweep
from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from tests.engine.cells.loops import LOOPS, at_the_start

STEPS, INPUTS, UNITS, OUTPUTS = 8, 3, 4, 2
TIGHT = 1e-12
KINDS = ("tanh", "relu", "LSTM", "GRU")
GATES = {"LSTM": ("_i", "_f", "_g", "_o"), "GRU": ("_r", "_z", "_n")}

Parameters = dict[str, Tensor]
States = dict[str, Tensor]


def network(**options: Any) -> Network:
    given = {"input_size": INPUTS, "hidden_size": UNITS, "output_size": OUTPUTS, "dtype": "float64", "seed": 2}
    return Network(NetworkSpec(**{**given, **options}))


def hidden_only(**options: Any) -> Network:
    return network(readout=None, output_size=None, **options)


def signal(*batch: int) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(STEPS, *batch, INPUTS, dtype=torch.float64, generator=generator)


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, atol=TIGHT, rtol=0)


def twins(kind: str, layers: int = 1, both: bool = False) -> tuple[Network, Any]:
    """A network of ours and torch's module with the same numbers, ours with two biases under our own names."""
    rnn = kind in ("tanh", "relu")
    ours = hidden_only(
        cell="rnn" if rnn else kind.lower(),
        activation=kind if rnn else "tanh",
        num_layers=layers,
        bidirectional=both,
        biases="two",
    )
    options: dict[str, Any] = {"num_layers": layers, "bidirectional": both, "dtype": torch.float64}
    theirs = nn.RNN(INPUTS, UNITS, nonlinearity=kind, **options) if rnn else getattr(nn, kind)(INPUTS, UNITS, **options)
    for name, values in theirs.named_parameters():
        part, side, end = name.split("_", 2)
        for gate, rows in zip(GATES.get(kind, ("",)), values.detach().chunk(len(GATES.get(kind, "1"))), strict=True):
            ours.get_parameter(our_name(kind, part, side, gate, end)).data.copy_(rows)
    return ours, theirs


def our_name(kind: str, part: str, side: str, gate: str, end: str) -> str:
    if part == "weight":
        return f"{'W' if side == 'ih' else 'U'}{gate}_{end}"
    if (kind, gate) == ("GRU", "_n"):
        return f"{'b' if side == 'ih' else 'c'}_n_{end}"
    return f"b{gate}_{side}_{end}"


@pytest.mark.parametrize(("kind", "layers", "both"), list(itertools.product(KINDS, (1, 2, 3), (False, True))))
def test_with_torchs_numbers_it_computes_what_torch_computes(kind: str, layers: int, both: bool) -> None:
    ours, theirs = twins(kind, layers, both)
    expected = theirs(signal())[0]
    close(ours(signal()), expected)
    recorded = rnnviz.run(ours, signal()).output
    close(torch.tensor(recorded), expected.detach())


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_sequences_runs_at_once(kind: str) -> None:
    ours, theirs = twins(kind, 2, True)
    close(ours(signal(5)), theirs(signal(5))[0])


@pytest.mark.parametrize("kind", KINDS)
def test_given_states_before_the_first_step_are_those_of_torch(kind: str) -> None:
    ours, theirs = twins(kind, 2, True)
    h, c = torch.randn(2, 4, 5, UNITS, dtype=torch.float64)
    given = (h, c) if kind == "LSTM" else h
    names = {"h": h, "c": c} if kind == "LSTM" else {"h": h}
    close(ours(signal(5), names), theirs(signal(5), given)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_flow_to_the_parameters_as_in_torch(kind: str) -> None:
    ours, theirs = twins(kind, 2, True)
    weights = torch.randn(STEPS, 2 * UNITS, dtype=torch.float64)
    (ours(signal()) * weights).sum().backward()
    (theirs(signal())[0] * weights).sum().backward()
    for name, values in theirs.named_parameters():
        part, side, end = name.split("_", 2)
        assert values.grad is not None
        for gate, rows in zip(GATES.get(kind, ("",)), values.grad.chunk(len(GATES.get(kind, "1"))), strict=True):
            ours_grad = ours.get_parameter(our_name(kind, part, side, gate, end)).grad
            assert ours_grad is not None
            close(ours_grad, rows)


def feedforward(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    return {"h": torch.tanh(p["W"] @ x + p["b"])}


def jordan(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    return {"h": torch.tanh(p["W"] @ x + p["U"] @ y + p["b"])}


def elman(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    return {"h": torch.tanh(p["W"] @ x + p["U"] @ before["h"] + p["b"])}


def gru_cho(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    h = before["h"]
    r = torch.sigmoid(p["W_r"] @ x + p["U_r"] @ h + p["b_r"])
    z = torch.sigmoid(p["W_z"] @ x + p["U_z"] @ h + p["b_z"])
    candidate = torch.tanh(p["W_n"] @ x + p["U_n"] @ (r * h) + p["b_n"])
    return {"h": z * h + (1 - z) * candidate}


def gru(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    h = before["h"]
    r = torch.sigmoid(p["W_r"] @ x + p["U_r"] @ h + p["b_r"])
    z = torch.sigmoid(p["W_z"] @ x + p["U_z"] @ h + p["b_z"])
    candidate = torch.tanh(p["W_n"] @ x + p["b_n"] + r * (p["U_n"] @ h + p["c_n"]))
    return {"h": (1 - z) * candidate + z * h}


def lstm(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    i, f, g, o = (p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ before["h"] + p[f"b_{gate}"] for gate in "ifgo")
    c = torch.sigmoid(f) * before["c"] + torch.sigmoid(i) * torch.tanh(g)
    return {"c": c, "h": torch.sigmoid(o) * torch.tanh(c)}


def peephole(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    i, f, g, o = (p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ before["h"] + p[f"b_{gate}"] for gate in "ifgo")
    c_before = before["c"]
    c = torch.sigmoid(f + p["p_f"] * c_before) * c_before + torch.sigmoid(i + p["p_i"] * c_before) * torch.tanh(g)
    return {"c": c, "h": torch.sigmoid(o + p["p_o"] * c) * torch.tanh(c)}


def goodfellow(p: Parameters, x: Tensor, before: States, y: Tensor) -> States:
    f, g, q = (p[f"U_{k}"] @ x + p[f"W_{k}"] @ before["h"] + p[f"b_{k}"] for k in "fgo")
    candidate = torch.sigmoid(p["U"] @ x + p["W"] @ before["h"] + p["b"])
    s = torch.sigmoid(f) * before["s"] + torch.sigmoid(g) * candidate
    return {"s": s, "h": torch.tanh(s) * torch.sigmoid(q)}


Step = Callable[[Parameters, Tensor, States, Tensor], States]
STEP: dict[str, Step] = {
    "feedforward": feedforward,
    "gru": gru,
    "gru-cho": gru_cho,
    "jordan": jordan,
    "lstm": lstm,
    "lstm-goodfellow": goodfellow,
    "lstm-peephole": peephole,
    "rnn": elman,
    **LOOPS,
}


def parameters_of(net: Network, layer: int = 0) -> Parameters:
    """One cell's parameters under the letters of its equations."""
    end = f"_l{layer}"
    return {name.removesuffix(end): value for name, value in net.named_parameters() if name.endswith(end)}


def dense(net: Network, h: Tensor) -> Tensor:
    return net.get_parameter("readout.0.weight") @ h + net.get_parameter("readout.0.bias")


def by_hand(
    net: Network,
    x: Tensor,
    steps: int,
    feed: Callable[[int, Tensor], Tensor] | None = None,
    activate: Callable[[Tensor], Tensor] = lambda scores: scores,
) -> Tensor:
    """Outputs [S, O] of stacked layers, with a zero input after the sequence, or whatever ``feed`` makes of t and y."""
    layers = range(net.spec.num_layers)
    step = STEP[net.spec.cell_of(0)]
    parameters = [parameters_of(net, layer) for layer in layers]
    states: list[States] = [at_the_start(UNITS) for _ in layers]
    y, outputs = torch.zeros(net.spec.outputs, dtype=torch.float64), []
    for t in range(steps):
        value = x[t] if t < len(x) else torch.zeros_like(x[0])
        value = value if feed is None else feed(t, y)
        for layer in layers:
            states[layer] = step(parameters[layer], value, states[layer], y)
            value = states[layer]["h"]
        y = activate(dense(net, value))
        outputs.append(y)
    return torch.stack(outputs)


def test_every_shipped_cell_has_a_loop_written_by_hand() -> None:
    assert set(STEP) == set(cells.names())


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("layers", [1, 2])
def test_a_cell_computes_what_its_loop_written_by_hand_does(cell: str, layers: int) -> None:
    net = network(cell=cell, num_layers=layers)
    expected = by_hand(net, signal(), STEPS)
    close(net(signal()), expected)
    close(torch.tensor(rnnviz.run(net, signal()).output), expected.detach())


@pytest.mark.parametrize("cell", cells.names())
def test_gradients_of_every_cell_are_those_of_its_loop(cell: str) -> None:
    net = network(cell=cell, num_layers=2)
    weights = torch.randn(STEPS, OUTPUTS, dtype=torch.float64)
    parameters = list(net.parameters())
    ours = torch.autograd.grad((net(signal()) * weights).sum(), parameters)
    theirs = torch.autograd.grad((by_hand(net, signal(), STEPS) * weights).sum(), parameters)
    for one, other in zip(ours, theirs, strict=True):
        close(one, other)


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("batch", [(), (5,), (2, 3)])
def test_every_sequence_of_a_batch_is_computed_as_if_alone(cell: str, batch: tuple[int, ...]) -> None:
    net = network(cell=cell, num_layers=2)
    x = signal(*batch)
    together = net(x)
    assert together.shape == (STEPS, *batch, OUTPUTS)
    flat, each = together.reshape(STEPS, -1, OUTPUTS), x.reshape(STEPS, -1, INPUTS)
    for index in range(each.shape[1]):
        close(flat[:, index], net(each[:, index]))


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("cell", ["feedforward", "rnn", "jordan"])
def test_phi_is_the_activation_that_was_chosen(cell: str, activation: str) -> None:
    net = network(cell=cell, activation=activation)
    functions: dict[str, Callable[[Tensor], Tensor]] = {"identity": lambda z: z, "tanh": torch.tanh}
    phi = functions.get(activation) or getattr(torch, activation)
    p, h, y, outputs = parameters_of(net), torch.zeros(UNITS).double(), torch.zeros(OUTPUTS).double(), []
    for x in signal():
        carried = {"rnn": lambda h=h: p["U"] @ h, "jordan": lambda y=y: p["U"] @ y}.get(cell, lambda: 0)()
        h = phi(p["W"] @ x + carried + p["b"])
        y = dense(net, h)
        outputs.append(y)
    close(net(signal()), torch.stack(outputs))


@pytest.mark.parametrize("delay", [1, 3, 10])
def test_with_a_delay_the_input_ends_and_the_outputs_come_later(delay: int) -> None:
    net = network(cell="gru-cho", delay=delay)
    expected = by_hand(net, signal(), STEPS + delay)
    close(net(signal()), expected[delay:])
    assert len(logits(net, signal())) == STEPS + delay


def test_many_to_one_gives_the_last_output_alone() -> None:
    net = network(cell="lstm-peephole", topology="many-to-one")
    close(net(signal()), by_hand(net, signal(), STEPS)[-1:])


def test_one_to_many_is_fed_once_and_then_nothing() -> None:
    net = network(cell="lstm", topology="one-to-many")
    x = signal()
    close(net(x), by_hand(net, x[:1], STEPS))


def test_the_output_itself_can_be_fed_back() -> None:
    net = network(cell="gru-cho", num_layers=2, topology="one-to-many", feedback="output", output_size=INPUTS)
    x = signal()
    close(net(x), by_hand(net, x, STEPS, lambda t, y: y if t else x[0]))


@pytest.mark.parametrize("embedded", [False, True])
def test_the_largest_output_can_be_fed_back_as_a_choice(embedded: bool) -> None:
    net = network(
        cell="rnn",
        topology="one-to-many",
        feedback="choice",
        output_size=INPUTS,
        readout="softmax",
        spectral_radius=3.0,
        embedding_size=5 if embedded else None,
    )
    start = torch.eye(INPUTS, dtype=torch.float64)[[1] * STEPS]
    table = net.get_parameter("embedding.weight") if embedded else torch.eye(INPUTS, dtype=torch.float64)
    expected = by_hand(net, start, STEPS, lambda t, y: table[int(y.argmax())] if t else table[1], torch.nn.Softmax(-1))
    close(net(start), expected)
    close(torch.tensor(rnnviz.run(net, start).output), expected.detach())
    if embedded:
        close(net(torch.ones(STEPS, dtype=torch.int64)), expected)


def test_tokens_and_one_hot_rows_are_the_same_to_an_embedding() -> None:
    net = network(input_size=6, embedding_size=4)
    tokens = torch.tensor([0, 5, 2, 2, 1])
    one_hot = torch.nn.functional.one_hot(tokens, 6).double()
    close(net(tokens), net(one_hot))
    close(net(tokens), net(one_hot[:, None])[:, 0])


def test_a_deep_readout_applies_its_activations_in_order() -> None:
    net = network(cell="feedforward", readout_sizes=(7, 6), readout_activation="sigmoid", readout="tanh")
    p = dict(net.named_parameters())
    value = torch.tanh(signal() @ p["W_l0"].T + p["b_l0"])
    for index in range(2):
        value = torch.sigmoid(value @ p[f"readout.{index}.weight"].T + p[f"readout.{index}.bias"])
    close(net(signal()), torch.tanh(value @ p["readout.2.weight"].T + p["readout.2.bias"]))


@pytest.mark.parametrize("readout", ["linear", "tanh", "relu", "softmax"])
def test_the_readout_ends_in_the_activation_that_was_chosen(readout: str) -> None:
    net = network(cell="feedforward", readout=readout)
    scores = logits(net, signal())
    expected = {"tanh": scores.tanh(), "relu": scores.relu(), "softmax": scores.softmax(-1)}.get(readout, scores)
    close(net(signal()), expected)


def test_the_backward_direction_of_a_cell_runs_from_the_end() -> None:
    net = hidden_only(cell="gru-cho", bidirectional=True)
    found = net(signal())
    turned = hidden_only(cell="gru-cho")
    for name, value in turned.named_parameters():
        value.data.copy_(net.get_parameter(name + "_reverse"))
    close(found[:, UNITS:], turned(signal().flip(0)).flip(0))


def test_learned_states_before_the_first_step_are_used_and_learn() -> None:
    net = hidden_only(cell="lstm", initial_state="learned")
    with torch.no_grad():
        net.get_parameter("h0_l0").fill_(0.3)
        net.get_parameter("c0_l0").fill_(-0.7)
    theirs = hidden_only(cell="lstm")
    ones = torch.ones(1, UNITS, dtype=torch.float64)
    given = {"h": 0.3 * ones, "c": -0.7 * ones}
    output = net(signal(5))
    close(output, theirs(signal(5), {name: value[:, None].expand(1, 5, UNITS) for name, value in given.items()}))
    output.sum().backward()
    assert net.get_parameter("c0_l0").grad is not None


def test_a_sweep_hands_out_every_signal_of_every_step() -> None:
    net = hidden_only(cell="lstm", bidirectional=True)
    trace = rnnviz.run(net, signal())
    for at in net.cell_layers:
        steps = sweep(net, at, signal())
        assert len(steps) == STEPS
        for info in at.cell.signals:
            ours = torch.stack([step[info.name] for step in steps]).detach()
            close(ours, torch.tensor(trace.signal(info.name, 0, at.direction)))


def test_more_steps_than_the_topology_has_are_refused() -> None:
    with pytest.raises(SpecError, match="one-to-one has one step"):
        network(topology="one-to-one")(signal())
