"""A network: what its parameters are called, what shapes they have, and what they add up to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.errors import FormatError, SpecError
from rnnviz.engine.network import Network, Share
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.statefile import decode, encode, load_bytes, to_bytes

INPUTS, UNITS, OUTPUTS = 3, 4, 2


def network(**options: Any) -> Network:
    given = {"input_size": INPUTS, "hidden_size": UNITS, "output_size": OUTPUTS, "dtype": "float64", **options}
    return Network(NetworkSpec(**given))


def shapes(net: Network) -> dict[str, tuple[int, ...]]:
    return {name: tuple(parameter.shape) for name, parameter in net.named_parameters()}


def test_parameters_are_named_by_letter_layer_and_direction() -> None:
    net = network(cell="rnn", num_layers=2, bidirectional=True)
    assert shapes(net) == {
        "W_l0": (4, 3),
        "U_l0": (4, 4),
        "b_l0": (4,),
        "W_l0_reverse": (4, 3),
        "U_l0_reverse": (4, 4),
        "b_l0_reverse": (4,),
        "W_l1": (4, 8),
        "U_l1": (4, 4),
        "b_l1": (4,),
        "W_l1_reverse": (4, 8),
        "U_l1_reverse": (4, 4),
        "b_l1_reverse": (4,),
        "readout.0.weight": (2, 8),
        "readout.0.bias": (2,),
    }


def test_two_biases_a_learned_start_an_embedding_and_a_deep_readout_have_names_too() -> None:
    net = network(
        cell="gru", input_size=30, embedding_size=5, biases="two", initial_state="learned", readout_sizes=(7, 6)
    )
    found = shapes(net)
    assert found["b_r_ih_l0"] == found["b_r_hh_l0"] == found["h0_l0"] == (4,)
    assert {name for name in found if "_n" in name} == {"W_n_l0", "U_n_l0", "b_n_l0", "c_n_l0"}
    assert found["W_r_l0"] == (4, 5)
    assert found["embedding.weight"] == (30, 5)
    readout = [found[f"readout.{index}.weight"] for index in range(3)]
    assert readout == [(7, 4), (6, 7), (2, 6)]


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_parameter_has_the_dtype_of_the_network_and_can_be_trained(cell: str, dtype: str) -> None:
    for parameter in network(cell=cell, dtype=dtype, embedding_size=3).parameters():
        assert parameter.dtype == getattr(torch, dtype)
        assert parameter.requires_grad


@pytest.mark.parametrize("cell", cells.names())
def test_the_parameters_of_a_cell_have_the_shapes_that_its_equations_give(cell: str) -> None:
    net = network(cell=cell, biases="two")
    sizes = {"units": UNITS, "input": INPUTS, "output": OUTPUTS}
    (at,) = net.cell_layers
    for name, value in net.cell_parameters(at).items():
        info = at.cell.parameter(name)
        expected = [sizes[info.rows]] if info.columns is None else [sizes[info.rows], sizes[info.columns]]
        assert list(value.shape) == expected


def test_two_biases_act_as_their_sum() -> None:
    net = network(cell="lstm", biases="two")
    (at,) = net.cell_layers
    expected = net.get_parameter("b_f_ih_l0") + net.get_parameter("b_f_hh_l0")
    assert torch.equal(net.cell_parameters(at)["b_f"], expected)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"cell": "lstm", "num_layers": 2},
            {"layer 1": 4 * (12 + 16 + 4), "layer 2": 4 * (16 + 16 + 4), "readout": 10},
        ),
        (
            {"cell": "gru", "bidirectional": True, "embedding_size": 3, "input_size": 9},
            {
                "embedding": 27,
                "layer 1, forward": 3 * (12 + 16 + 4) + 4,
                "layer 1, backward": 3 * (12 + 16 + 4) + 4,
                "readout": 18,
            },
        ),
        (
            {"cell": "rnn", "initial_state": "learned", "biases": "two", "readout": None, "output_size": None},
            {"layer 1": 12 + 16 + 8 + 4},
        ),
        ({"cell": "jordan", "readout_sizes": (5,)}, {"layer 1": 12 + 8 + 4, "readout": 25 + 12}),
        ({"cell": "lstm-peephole"}, {"layer 1": 4 * (12 + 16 + 4) + 12, "readout": 10}),
        ({"cell": "h[0] = h0\nh[t] = tanh(U @ h[t-1])"}, {"layer 1": 16 + 4, "readout": 10}),
    ],
)
def test_parameters_are_counted_by_part(options: dict[str, Any], expected: dict[str, int]) -> None:
    net = network(**options)
    parts = net.parts()
    assert {part.part: part.count for part in parts} == expected
    assert [part.part for part in parts] == list(expected)
    assert sum(part.count for part in parts) == sum(parameter.numel() for parameter in net.parameters())
    for part in parts:
        assert part.count == sum(math.prod(shape) for _, shape in part.parameters)
    listed = {name: shape for part in parts for name, shape in part.parameters}
    assert listed == shapes(net)


def test_a_lstm_has_as_many_parameters_as_torchs_with_both_biases() -> None:
    theirs = nn.LSTM(INPUTS, UNITS, num_layers=3, bidirectional=True)
    ours = network(num_layers=3, bidirectional=True, biases="two", readout=None, output_size=None)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_layers_may_differ_in_cell_and_size() -> None:
    net = network(
        cell=("rnn", ("lstm", "gru"), "lstm-peephole"),
        hidden_size=(3, (5, 2), 4),
        num_layers=3,
        bidirectional=True,
    )
    assert [(at.cell.name, at.units, at.inputs) for at in net.cell_layers] == [
        ("rnn", 3, 3),
        ("rnn", 3, 3),
        ("lstm", 5, 6),
        ("gru", 2, 6),
        ("lstm-peephole", 4, 7),
        ("lstm-peephole", 4, 7),
    ]
    trace = rnnviz.run(net, torch.randn(6, INPUTS))
    assert trace.signal("z", 1, "backward").shape == (6, 2)
    assert np.abs(trace.output - net(torch.as_tensor(trace.inputs.copy())).detach().numpy()).max() < 1e-12


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(SpecError, match="no layer 1, forward"):
        network().at(1)
    with pytest.raises(SpecError, match="no layer 0, backward"):
        network().at(0, "backward")


@pytest.mark.parametrize(
    ("text", "options", "name"),
    [
        ("h[t] = tanh(W @ x[t] + U @ h[t-1] + b) * b_ih", {"biases": "two"}, "b_ih_l0"),
        ("h[t] = tanh(W @ x[t] + U @ h[t-1]) + h0", {"initial_state": "learned"}, "h0_l0"),
    ],
)
def test_two_parameters_of_one_name_are_refused(text: str, options: dict[str, Any], name: str) -> None:
    network(cell=text)
    with pytest.raises(SpecError, match=f"two parameters would be called {name}"):
        network(cell=text, **options)


@pytest.mark.parametrize("cell", ["h[t] = 0.5 * h[t-1] + 1", "h[t] = tanh(u * h[t-1])"])
def test_a_cell_without_input_or_without_parameters_runs(cell: str) -> None:
    net = network(cell=cell, readout=None, output_size=None)
    trace = rnnviz.run(net, torch.zeros(4, INPUTS))
    assert trace.output.shape == (4, UNITS)
    if "0.5" in cell:
        np.testing.assert_allclose(trace.output[:, 0], [1, 1.5, 1.75, 1.875])


def test_a_given_start_of_the_cell_is_where_it_starts() -> None:
    net = network(cell="m[0] = -2\nm[t] = max(m[t-1], x_m)\nh[0] = h0\nh[t] = h[t-1] + m[t]")
    (at,) = net.cell_layers
    states = net.initial_states(at)
    assert states["m"].tolist() == [-2.0] * UNITS
    assert torch.equal(states["h"], net.get_parameter("h0_l0"))
    assert net.initial_parameter(at, "h") == "h0_l0"
    assert net.initial_parameter(at, "m") is None


def test_a_network_is_a_module_that_saves_and_loads() -> None:
    first, second = network(seed=1, num_layers=2), network(seed=2, num_layers=2)
    second.load_state_dict(first.state_dict())
    x = torch.randn(5, INPUTS, dtype=torch.float64)
    assert torch.equal(first(x), second(x))


def test_assembled_parameters_are_the_ones_given() -> None:
    stack = nn.Parameter(torch.randn(2 * UNITS, UNITS, dtype=torch.float64))
    spec = NetworkSpec(
        cell="h[t] = tanh(W @ x[t] + U @ h[t-1])",
        input_size=UNITS,
        hidden_size=UNITS,
        readout=None,
        dtype="float64",
    )
    shares = {"W": (Share("stack_l0", slice(0, UNITS)),), "U": (Share("stack_l0", slice(UNITS, None)),)}
    net = Network.assembled(spec, {(0, "forward"): shares}, {"stack_l0": stack})
    x = torch.randn(3, UNITS, dtype=torch.float64)
    h = torch.zeros(UNITS, dtype=torch.float64)
    for row in x:
        h = torch.tanh(stack[:UNITS] @ row + stack[UNITS:] @ h)
    assert np.abs(rnnviz.run(net, x).output[-1] - h.detach().numpy()).max() < 1e-12


@pytest.mark.parametrize("cell", cells.names())
def test_weights_survive_as_a_safetensors_file(cell: str) -> None:
    options = {"cell": cell, "num_layers": 2, "biases": "two", "initial_state": "learned", "embedding_size": 5}
    first, second = network(seed=1, **options), network(seed=2, **options)
    data = to_bytes(first)
    load_bytes(second, data)
    for name, parameter in first.named_parameters():
        assert torch.equal(second.get_parameter(name), parameter)
    assert to_bytes(second) == data
    assert set(decode(data)) == {name for name, _ in first.named_parameters()}


def test_weights_that_are_not_numbers_any_more_are_kept_as_they_are() -> None:
    first, second = network(seed=1), network(seed=2)
    with torch.no_grad():
        first.get_parameter("W_i_l0")[0] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    load_bytes(second, to_bytes(first))
    assert torch.equal(second.get_parameter("W_i_l0").isnan(), first.get_parameter("W_i_l0").isnan())
    assert second.get_parameter("W_i_l0")[0, 1:].tolist() == [torch.inf, -torch.inf]


def changed(**changes: torch.Tensor | None) -> bytes:
    """Weights of the network with some parameters replaced or, where None, left out."""
    state = decode(to_bytes(network(cell="rnn"))) | changes
    return encode({name: value for name, value in state.items() if value is not None})


ENTRY = b'{"W_l0":{"dtype":"%s","shape":[%s],"data_offsets":[0,%d]}}'


def entry(dtype: bytes, shape: bytes, size: int) -> bytes:
    header = ENTRY % (dtype, shape, size)
    return len(header).to_bytes(8, "little") + header + bytes(size)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(U_l0=None), "the weights have no parameter U_l0"),
        (changed(V_l0=torch.zeros(2)), "the weights have a parameter V_l0, but the network has none such"),
        (changed(U_l0=torch.zeros(4, 5)), "U_l0 with shape [4, 5], but the network needs [4, 4]"),
        (changed(b_l0=torch.zeros(4)), "b_l0 in float32, but the network needs float64"),
        (changed(b_l0=torch.zeros(4, dtype=torch.int64)), "b_l0 in I64, but only float32 and float64"),
        (b"", "no safetensors file, or they are damaged"),
        (b"\x80\x04\x95pickle", "no safetensors file"),
        (b"\xff" * 64, "no safetensors file"),
        (to_bytes(network(cell="rnn"))[:-1], "no safetensors file"),
        (to_bytes(network(cell="rnn")) + b"\0", "no safetensors file"),
        ((10).to_bytes(8, "little") + b"[" * 10, "no safetensors file"),
        (entry(b"F64", b"4611686018427387904,8", 8), "no safetensors file"),
        (entry(b"F64", b"0,9223372036854775808", 0), "W_l0 with shape [0, 9223372036854775808], which"),
        (entry(b"F4", b"2", 1), "W_l0 in F4, but only float32 and float64"),
        (entry(b"F64", b"", 8), "no parameter U_l0"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name_and_change_nothing(data: bytes, words: str) -> None:
    net = network(cell="rnn", seed=3)
    before = to_bytes(net)
    with pytest.raises(FormatError) as refused:
        load_bytes(net, data)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert to_bytes(net) == before
