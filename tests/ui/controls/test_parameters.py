"""What is typed into a field is read, or refused in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.initialstate import condense, expand, read_states, refit, show_states
from rnnviz.ui.controls.network import network_parameters
from rnnviz.ui.controls.parameters import EntryError, Parameter, optional, per_layer, real, show_per_layer, whole
from rnnviz.ui.situation import Situation, consequences


def size(text: str) -> int:
    return whole(text, 1, 100)


@pytest.mark.parametrize(
    ("text", "value"), [("64", 64), ("64, 32", (64, 32)), (" 4/5 , 6", ((4, 5), 6)), ("4/5", ((4, 5),)), ("7,", None)]
)
def test_sizes_are_read_per_layer_and_direction(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(EntryError, match="is not a whole number"):
            per_layer(size)(text)
    else:
        assert per_layer(size)(text) == value


@pytest.mark.parametrize("value", [64, (64, 32), ((4, 5), 6), ((4, 5),)])
def test_sizes_are_written_as_they_are_read(value: Any) -> None:
    assert per_layer(size)(show_per_layer(value)) == value


@pytest.mark.parametrize("text", ["", "x", "1e3", "0", "101", "99999999999999999999", "1.5", "-4", "٣" * 5])
def test_a_whole_number_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(EntryError):
        whole(text, 1, 100)


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "1e9"])
def test_a_number_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(EntryError):
        real(text, 0, 1000)


def test_an_empty_optional_field_means_none() -> None:
    assert optional(lambda text: real(text, 0, 9))("  ") is None
    assert optional(lambda text: real(text, 0, 9))("1.5") == 1.5


def test_states_are_read_and_written() -> None:
    typed = read_states("h: 0.5; c: 0 0.1, -0.2")
    assert typed == {"h": (0.5,), "c": (0.0, 0.1, -0.2)}
    assert read_states(show_states(typed)) == typed
    assert read_states("1.5") == {"": (1.5,)}
    assert show_states({"": (1.5,)}) == "1.5"


@pytest.mark.parametrize("text", ["h:", "h: x", "h: 1; h: 2", "1; 2", "h: inf"])
def test_states_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(EntryError):
        read_states(text)


def test_states_are_given_to_every_layer_and_direction() -> None:
    spec = NetworkSpec(cell="lstm", hidden_size=2, num_layers=2, bidirectional=True, output_size=1)
    given = expand(spec, {"": (1.0,), "c": (2.0, 3.0)})
    assert given == {"c": [[2.0, 3.0]] * 4, "h": [[1.0, 1.0]] * 4}
    assert condense(given) == {"c": (2.0, 3.0), "h": (1.0,)}


def test_states_that_no_longer_fit_start_at_zero() -> None:
    spec = NetworkSpec(cell="gru", hidden_size=3, output_size=1)
    assert refit(spec, {"c": [[1.0, 2.0]], "h": [[0.0, 1.0]]}) == {"h": [[0.0, 0.0, 0.0]]}
    assert refit(spec, {"h": [[4.0, 4.0]]}) == {"h": [[4.0, 4.0, 4.0]]}


@pytest.mark.parametrize("parameter", network_parameters(), ids=lambda parameter: parameter.name)
def test_every_parameter_of_a_network_is_explained_and_exists(parameter: Parameter) -> None:
    assert parameter.help.endswith(".") or parameter.name == "given"
    assert parameter.name == "given" or hasattr(NetworkSpec(output_size=1), parameter.name)


def test_every_field_of_the_specification_can_be_set_but_those_that_the_sequence_gives() -> None:
    offered = {parameter.name for parameter in network_parameters()}
    assert set(NetworkSpec.__dataclass_fields__) - offered == {"input_size"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hidden_size": (8, 4)}, {"hidden_size": (8, 4), "num_layers": 2}),
        ({"num_layers": 2}, {"num_layers": 2}),
        ({"topology": "one-to-many"}, {"topology": "one-to-many", "delay": 0}),
        ({"readout": None}, {"readout": None, "output_size": None, "readout_sizes": ()}),
        ({"cell": "gru"}, {"cell": "gru", "forget_bias": None}),
        ({"cell": "feedforward"}, {"cell": "feedforward", "forget_bias": None, "spectral_radius": None}),
        ({"cell": ("lstm", "gru")}, {"cell": ("lstm", "gru"), "num_layers": 2}),
    ],
    ids=str,
)
def test_a_wish_brings_what_must_follow(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    spec = NetworkSpec(output_size=3, delay=2, forget_bias=1.0, spectral_radius=0.9)
    fields = consequences(Situation(spec, tokens=True, targets=3), changes)
    assert fields == expected
    spec.replace(**fields)
