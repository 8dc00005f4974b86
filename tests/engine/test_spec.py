"""The specification of a network: every impossible value is refused by the name of its field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rnnviz.engine import cells
from rnnviz.engine.errors import CellError, RnnvizError, SpecError
from rnnviz.engine.spec import MAX_LAYERS, MAX_SIZE, NetworkSpec

INDRNN = "h[t] = relu(W @ x[t] + u * h[t-1] + b)"


def spec(**options: Any) -> NetworkSpec:
    return NetworkSpec(**{"output_size": 2, **options})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"input_size": 0}, "input_size is 0, but it must be a whole number from 1"),
        ({"input_size": -3}, "input_size is -3"),
        ({"input_size": 2.0}, "input_size is 2.0"),
        ({"input_size": True}, "input_size is True"),
        ({"input_size": 10**7}, "input_size is 10000000"),
        ({"hidden_size": 0}, "hidden_size is 0, but it must be a whole number from 1 to 8,192"),
        ({"hidden_size": 10**6}, "hidden_size is 1000000, but it must be a whole number from 1 to 8,192"),
        ({"hidden_size": "8"}, "hidden_size is '8'"),
        ({"hidden_size": None}, "hidden_size is None"),
        ({"hidden_size": (3, 4)}, "hidden_size has 2 entries, but the network has 1 layers"),
        ({"hidden_size": ((3, 4, 5),)}, "hidden_size has an entry that is not one value or a pair"),
        ({"hidden_size": ((3,),)}, "hidden_size has an entry that is not one value or a pair"),
        ({"hidden_size": ((3, 0),)}, "hidden_size is 0"),
        ({"hidden_size": (((3, 4), 5),)}, "hidden_size"),
        ({"hidden_size": ()}, "hidden_size has 0 entries"),
        ({"num_layers": 0}, "num_layers is 0"),
        ({"num_layers": 9}, "num_layers is 9, but it must be a whole number from 1 to 8"),
        ({"num_layers": 10**9, "hidden_size": 1}, "num_layers is 1000000000"),
        ({"output_size": 0}, "output_size is 0"),
        ({"output_size": None}, "output_size is missing, but a readout needs it"),
        ({"readout": None}, "output_size and readout_sizes are given, but readout=None"),
        ({"readout": None, "output_size": None, "readout_sizes": (3,)}, "readout_sizes are given, but readout=None"),
        ({"readout": "sigmoid"}, "readout is 'sigmoid', but it must be one of"),
        ({"readout_sizes": (3, 0)}, "readout_sizes is 0"),
        ({"readout_sizes": ("a",)}, "readout_sizes is 'a'"),
        ({"readout_sizes": 3}, "readout_sizes is 3"),
        ({"readout_activation": "softmax"}, "readout_activation is 'softmax'"),
        ({"cell": "lsmt"}, "There is no cell 'lsmt'"),
        ({"cell": 3}, "cell is 3, but it must be the name or the text of a cell"),
        ({"cell": ("lstm", "gru")}, "cell has 2 entries"),
        ({"cell": (("lstm", "gru", "rnn"),)}, "cell has an entry that is not one value or a pair"),
        ({"bidirectional": "yes"}, "bidirectional is 'yes'"),
        ({"bidirectional": 2}, "bidirectional is 2"),
        ({"topology": "many-to-some"}, "topology is 'many-to-some'"),
        ({"topology": ["many-to-many"]}, "topology"),
        ({"delay": -1}, "delay is -1"),
        ({"delay": 1.5}, "delay is 1.5"),
        ({"delay": 2, "topology": "many-to-one"}, "delay is 2, but only the topology many-to-many has a delay"),
        ({"activation": "gelu"}, "activation is 'gelu'"),
        ({"initialisation": "xavier"}, "initialisation is 'xavier'"),
        ({"spectral_radius": -1.0}, "spectral_radius is -1.0, but a radius cannot be negative"),
        ({"spectral_radius": float("nan")}, "spectral_radius is nan"),
        ({"spectral_radius": float("inf")}, "spectral_radius is inf"),
        ({"spectral_radius": "1"}, "spectral_radius is '1'"),
        ({"forget_bias": float("nan")}, "forget_bias is nan"),
        ({"forget_bias": [1.0]}, "forget_bias"),
        ({"initial_state": "random"}, "initial_state is 'random'"),
        ({"biases": "three"}, "biases is 'three'"),
        ({"biases": 2}, "biases is 2"),
        ({"embedding_size": 0}, "embedding_size is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
        ({"seed": None}, "seed is None"),
        ({"dtype": "float16"}, "dtype is 'float16'"),
        ({"feedback": "input"}, "feedback is 'input'"),
        ({"feedback": "output"}, "feedback is 'output', but only the topology one-to-many feeds the output back"),
        (
            {"feedback": "output", "topology": "one-to-many", "input_size": 3},
            "feedback needs as many outputs as inputs, but there are 2 and 3",
        ),
        (
            {"feedback": "choice", "topology": "one-to-many", "input_size": 2, "bidirectional": True},
            "feedback needs the output of every step, so bidirectional must be False",
        ),
        (
            {"feedback": "output", "topology": "one-to-many", "input_size": 2, "embedding_size": 4},
            "with an embedding use feedback='choice'",
        ),
        ({"cell": "jordan", "bidirectional": True}, "bidirectional must be False"),
        ({"hidden_size": 8192, "num_layers": 8}, "at most 200,000,000 are supported"),
        ({"input_size": 10**6, "embedding_size": 8192}, "at most 200,000,000 are supported"),
        ({"readout_sizes": (8192,) * 8, "hidden_size": 1}, "at most 200,000,000 are supported"),
    ],
)
def test_an_impossible_value_is_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as refused:
        spec(**options)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_cell_text_with_a_fault_is_refused_with_its_place() -> None:
    with pytest.raises(CellError, match="line 2, column 9"):
        spec(cell="h[t] = tanh(a[t])\na[t] = x.__class__")


def test_an_unknown_field_is_refused_when_read() -> None:
    with pytest.raises(msgspec.ValidationError, match="hidden_size"):
        msgspec.json.decode(b'{"hidden_size": [1.5]}', type=NetworkSpec)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cell": INDRNN},
        {"cell": (("lstm", "gru"), "rnn"), "hidden_size": (3, (4, 5)), "num_layers": 2, "bidirectional": True},
        {"readout": None, "output_size": None},
        {"readout": "softmax", "readout_sizes": (5, 6), "readout_activation": "relu"},
        {"topology": "one-to-many", "feedback": "choice", "input_size": 2, "embedding_size": 3},
        {"delay": 5, "spectral_radius": 0.9, "forget_bias": 1, "initial_state": "learned", "biases": "two"},
        {"seed": 2**63 - 1, "dtype": "float64", "initialisation": "orthogonal", "activation": "identity"},
        {"num_layers": MAX_LAYERS},
        {"hidden_size": 2048, "output_size": MAX_SIZE},
    ],
)
def test_a_specification_survives_json_and_messagepack(options: dict[str, Any]) -> None:
    given = spec(**options)
    for module in (msgspec.json, msgspec.msgpack):
        found = module.decode(module.encode(given), type=NetworkSpec)
        assert found == given
        assert hash(found) == hash(given)
        assert type(found.hidden_size) is type(given.hidden_size)


def test_an_impossible_specification_is_refused_when_read_too() -> None:
    content = msgspec.json.encode(spec()).replace(b'"hidden_size":16', b'"hidden_size":0')
    with pytest.raises(RnnvizError, match="hidden_size is 0"):
        msgspec.json.decode(content, type=NetworkSpec)


def test_equal_specifications_are_one_key() -> None:
    assert spec(hidden_size=[3, [4, 5]], num_layers=2, bidirectional=True) == spec(
        hidden_size=(3, (4, 5)), num_layers=2, bidirectional=True
    )
    assert {spec(): 1}[spec()] == 1
    assert spec() != spec(seed=1)


def test_a_change_is_checked_anew() -> None:
    assert spec().replace(hidden_size=5).hidden_size == 5
    with pytest.raises(SpecError, match="hidden_size is 0"):
        spec().replace(hidden_size=0)


def test_sizes_and_cells_are_those_of_the_layer_and_direction() -> None:
    given = spec(
        cell=("rnn", ("lstm", "gru"), "gru"),
        hidden_size=(3, (4, 5), 6),
        num_layers=3,
        bidirectional=True,
        input_size=7,
    )
    assert given.directions == ("forward", "backward")
    assert [given.cell_of(1, way) for way in given.directions] == ["lstm", "gru"]
    assert [given.units_of(1, way) for way in given.directions] == [4, 5]
    assert [given.features_of(layer) for layer in range(3)] == [6, 9, 12]
    assert [given.inputs_of(layer) for layer in range(3)] == [7, 6, 9]
    assert given.outputs == 2
    assert given.replace(readout=None, output_size=None).outputs == 12


def test_with_one_direction_a_pair_means_its_first() -> None:
    given = spec(hidden_size=((3, 4),), cell=(("rnn", "gru"),))
    assert (given.units_of(0), given.cell_of(0), given.features_of(0)) == (3, "rnn", 3)


def test_with_an_embedding_the_cells_see_its_size() -> None:
    given = spec(input_size=30, embedding_size=5)
    assert given.inputs_of(0) == 5


@pytest.mark.parametrize("name", cells.names())
def test_every_shipped_cell_can_be_specified(name: str) -> None:
    assert spec(cell=name).cell_of(0) == name
