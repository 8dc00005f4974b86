"""What a network is, said once: the specification that window, engine, session and public API share."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar, get_args

from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.plain import plain, shown

Topology = Literal["one-to-one", "one-to-many", "many-to-one", "many-to-many"]
Direction = Literal["forward", "backward"]
Activation = Literal["tanh", "relu", "sigmoid", "identity"]
Readout = Literal["linear", "tanh", "relu", "softmax"]
Initialisation = Literal["torch", "orthogonal", "identity", "zeros"]
InitialState = Literal["zero", "given", "learned"]
Biases = Literal["one", "two"]
Feedback = Literal["none", "output", "choice"]
Dtype = Literal["float32", "float64"]

MAX_LAYERS = 8
MAX_SIZE = 8192
MAX_PARAMETERS = 200_000_000

T = TypeVar("T", str, int)


@dataclass(frozen=True)
class NetworkSpec:
    """A recurrent network, complete but for the values of its parameters.

    Parameters
    ----------
    cell : str or tuple
        Name of a shipped cell or the text of one (anything with an ``=``). One value for all layers, or a tuple with
        one entry per layer, where an entry may be a pair (forward, backward).
    input_size : int
        Number of inputs I at a step; with an embedding, the size of the vocabulary.
    hidden_size : int or tuple
        Number of units H; one value, or one per layer, or pairs (forward, backward) per layer.
    num_layers : int
        Number of recurrent layers, 1 to 8.
    bidirectional : bool
        Whether every layer also runs from the last step to the first.
    output_size : int or None
        Number of outputs O. May be None only without a readout.
    readout : {"linear", "tanh", "relu", "softmax"} or None
        Activation of the last dense layer. None: the output is the last layer's h, directions joined.
    readout_sizes : tuple of int
        Sizes of dense layers between the recurrent layers and the last dense layer.
    readout_activation : {"tanh", "relu", "sigmoid", "identity"}
        Activation of those.
    topology : {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}
        Which steps have an input and which an output.
    delay : int
        For many-to-many: outputs at the steps 1 + d to T + d, no input after T.
    feedback : {"none", "output", "choice"}
        For one-to-many: what is fed as input after the first step: nothing (zeros), the output itself, or a one-hot
        vector of the largest output (through which no gradient flows).
    activation : {"tanh", "relu", "sigmoid", "identity"}
        The function phi of cells that leave it open (feedforward, rnn, jordan).
    initialisation : {"torch", "orthogonal", "identity", "zeros"}
        Torch's default is uniform in +-1/sqrt(H). The others change the matrices and set the biases to zero.
    spectral_radius : float or None
        When given, every square recurrent matrix is scaled to this spectral radius.
    forget_bias : float or None
        When given, the bias of the forget gate (Jozefowicz et al. 2015 use 1).
    initial_state : {"zero", "given", "learned"}
        Where the states before the first step come from.
    biases : {"one", "two"}
        One bias per gate, or two where torch has two.
    embedding_size : int or None
        When given, an input is the number of a token, and x_t its learned embedding of this size.
    seed : int
        Seed of the initialisation.
    dtype : {"float32", "float64"}
        Arithmetic of the forward pass.

    Raises
    ------
    SpecError
        When a value is impossible; the message names the field.
    """

    cell: str | tuple[str | tuple[str, str], ...] = "lstm"
    input_size: int = 1
    hidden_size: int | tuple[int | tuple[int, int], ...] = 16
    num_layers: int = 1
    bidirectional: bool = False
    output_size: int | None = None
    readout: Readout | None = "linear"
    readout_sizes: tuple[int, ...] = ()
    readout_activation: Activation = "tanh"
    topology: Topology = "many-to-many"
    delay: int = 0
    feedback: Feedback = "none"
    activation: Activation = "tanh"
    initialisation: Initialisation = "torch"
    spectral_radius: float | None = None
    forget_bias: float | None = None
    initial_state: InitialState = "zero"
    biases: Biases = "one"
    embedding_size: int | None = None
    seed: int = 0
    dtype: Dtype = "float32"

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))
        _check(self)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that every layer has, forward first."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    def cell_of(self, layer: int, direction: Direction = "forward") -> str:
        """Name (or text) of the cell of one layer and direction; layers count from 0."""
        return _entry(self.cell, layer, direction)

    def units_of(self, layer: int, direction: Direction = "forward") -> int:
        """Number of units H of one layer and direction; layers count from 0."""
        return _entry(self.hidden_size, layer, direction)

    def inputs_of(self, layer: int) -> int:
        """Number of inputs that the cells of a layer see."""
        if layer == 0:
            return self.embedding_size if self.embedding_size is not None else self.input_size
        return self.features_of(layer - 1)

    def features_of(self, layer: int) -> int:
        """Number of units of a layer over all its directions: what it hands on."""
        return sum(self.units_of(layer, direction) for direction in self.directions)

    @property
    def outputs(self) -> int:
        """Number of outputs O of the network at a step."""
        if self.readout is None or self.output_size is None:
            return self.features_of(self.num_layers - 1)
        return self.output_size

    def replace(self, **changes: object) -> NetworkSpec:
        """The same specification with some fields changed, checked anew."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def _entry(value: T | tuple[T | tuple[T, T], ...], layer: int, direction: Direction) -> T:
    if not isinstance(value, tuple):
        return value
    entry = value[layer]
    if isinstance(entry, tuple):
        return entry[0 if direction == "forward" else 1]
    return entry


def _check(spec: NetworkSpec) -> None:
    _check_choices(spec)
    _check_numbers(spec)
    _check_per_layer(spec, "cell", str)
    _check_per_layer(spec, "hidden_size", int)
    _check_readout_sizes(spec)
    _check_combinations(spec)
    _check_count(spec)


def _check_choices(spec: NetworkSpec) -> None:
    if not isinstance(spec.bidirectional, bool):
        raise SpecError(f"bidirectional is {shown(spec.bidirectional)}, but it must be True or False")
    choices = {
        "topology": get_args(Topology),
        "activation": get_args(Activation),
        "readout": (*get_args(Readout), None),
        "readout_activation": get_args(Activation),
        "initialisation": get_args(Initialisation),
        "initial_state": get_args(InitialState),
        "biases": get_args(Biases),
        "feedback": get_args(Feedback),
        "dtype": get_args(Dtype),
    }
    for name, allowed in choices.items():
        value = getattr(spec, name)
        if value not in allowed:
            listed = ", ".join(map(str, allowed))
            raise SpecError(f"{name} is {shown(value)}, but it must be one of {listed}")


def _check_numbers(spec: NetworkSpec) -> None:
    for name, low, high in (
        ("input_size", 1, 1_000_000),
        ("num_layers", 1, MAX_LAYERS),
        ("output_size", 1, MAX_SIZE),
        ("delay", 0, 100_000),
        ("embedding_size", 1, MAX_SIZE),
        ("seed", 0, 2**63 - 1),
    ):
        value = getattr(spec, name)
        if value is None and name in ("output_size", "embedding_size"):
            continue
        _check_whole(name, value, low, high)
    for name in ("spectral_radius", "forget_bias"):
        value = getattr(spec, name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and abs(value) <= 1000):
            raise SpecError(f"{name} is {shown(value)}, but it must be a number of at most 1000")
    if spec.spectral_radius is not None and spec.spectral_radius < 0:
        raise SpecError(f"spectral_radius is {spec.spectral_radius}, but a radius cannot be negative")


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SpecError(f"{name} is {shown(value)}, but it must be a whole number from {low:,} to {high:,}")


def _check_per_layer(spec: NetworkSpec, name: str, kind: type) -> None:
    value = getattr(spec, name)
    if not isinstance(value, tuple):
        entries = [value]
    elif len(value) != spec.num_layers:
        raise SpecError(f"{name} has {len(value)} entries, but the network has {spec.num_layers} layers")
    else:
        entries = [part for entry in value for part in (entry if isinstance(entry, tuple) else (entry,))]
        if any(isinstance(entry, tuple) and len(entry) != 2 for entry in value):
            raise SpecError(f"{name} has an entry that is not one value or a pair (forward, backward)")
    for entry in entries:
        if kind is int:
            _check_whole(name, entry, 1, MAX_SIZE)
        elif not isinstance(entry, str):
            raise SpecError(f"{name} is {shown(entry)}, but it must be the name or the text of a cell")


def _check_readout_sizes(spec: NetworkSpec) -> None:
    if not isinstance(spec.readout_sizes, tuple):
        raise SpecError(f"readout_sizes is {shown(spec.readout_sizes)}, but it must be a tuple of whole numbers")
    for size in spec.readout_sizes:
        _check_whole("readout_sizes", size, 1, MAX_SIZE)


def _check_count(spec: NetworkSpec) -> None:
    count = spec.input_size * (spec.embedding_size or 0)
    for layer in range(spec.num_layers):
        for direction in spec.directions:
            sizes = {"units": spec.units_of(layer, direction), "input": spec.inputs_of(layer), "output": spec.outputs}
            for info in cells.get(spec.cell_of(layer, direction)).parameters:
                count += sizes[info.rows] * (1 if info.columns is None else sizes[info.columns])
    dense = [spec.features_of(spec.num_layers - 1), *spec.readout_sizes, *([spec.outputs] if spec.readout else [])]
    count += sum(before * after for before, after in pairwise(dense))
    if count > MAX_PARAMETERS:
        raise SpecError(
            f"the sizes (hidden_size, input_size, num_layers, embedding_size, readout_sizes) ask for {count:,} "
            f"parameters, but at most {MAX_PARAMETERS:,} are supported"
        )


def _check_combinations(spec: NetworkSpec) -> None:
    if spec.readout is not None and spec.output_size is None:
        raise SpecError("output_size is missing, but a readout needs it; readout=None gives the hidden states instead")
    if spec.readout is None and (spec.output_size is not None or spec.readout_sizes):
        raise SpecError("output_size and readout_sizes are given, but readout=None means that there is no readout")
    if spec.delay and spec.topology != "many-to-many":
        raise SpecError(f"delay is {spec.delay}, but only the topology many-to-many has a delay, not {spec.topology}")
    if spec.feedback != "none":
        _check_feedback(spec)
    if spec.bidirectional and any(cells.get(name).uses_output for name in _cell_names(spec)):
        raise SpecError("a cell that is fed the output (jordan) cannot run backward: bidirectional must be False")


def _check_feedback(spec: NetworkSpec) -> None:
    if spec.topology != "one-to-many":
        raise SpecError(f"feedback is {spec.feedback!r}, but only the topology one-to-many feeds the output back")
    if spec.outputs != spec.input_size:
        raise SpecError(f"feedback needs as many outputs as inputs, but there are {spec.outputs} and {spec.input_size}")
    if spec.bidirectional:
        raise SpecError("feedback needs the output of every step, so bidirectional must be False")
    if spec.embedding_size is not None and spec.feedback == "output":
        raise SpecError("feedback of the output itself needs a one-hot input; with an embedding use feedback='choice'")


def _cell_names(spec: NetworkSpec) -> list[str]:
    return [spec.cell_of(layer, way) for layer in range(spec.num_layers) for way in spec.directions]
