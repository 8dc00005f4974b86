"""The parameters of a network, as the architecture panel asks for them."""

from __future__ import annotations

from collections.abc import Callable

from rnnviz.engine.language.model import Cell
from rnnviz.engine.spec import MAX_LAYERS
from rnnviz.ui.controls.initialstate import read_states, show_states
from rnnviz.ui.controls.networkentries import cell_options, read_cell, read_size, read_sizes, show_cell
from rnnviz.ui.controls.parameters import (
    Choice,
    Parameter,
    Seed,
    Typed,
    TypedChoice,
    Whole,
    optional,
    per_layer,
    real,
    show_optional,
    show_per_layer,
    whole,
)
from rnnviz.ui.situation import Situation, has_doubled_bias, has_forget_gate, has_recurrent_matrix


def _needs(test: Callable[[Cell], bool], reason: str) -> Callable[[Situation], str]:
    return lambda situation: "" if any(test(cell) for cell in situation.cells) else reason


def _needs_readout(situation: Situation) -> str:
    return "without a readout the output is the last layer's state" if situation.spec.readout is None else ""


def _output_size(situation: Situation) -> str:
    if situation.targets and situation.spec.readout is not None:
        return f"the targets of the sequence ask for {situation.targets}"
    return _needs_readout(situation)


def _feedback(situation: Situation) -> str:
    if situation.spec.topology != "one-to-many":
        return "only one-to-many feeds the output back as input"
    return "the output of a step is known only after both directions" if situation.spec.bidirectional else ""


_ACTIVATIONS = (
    ("tanh", "tanh", "From -1 to 1."),
    ("relu", "ReLU", "Zero below zero, unchanged above: unbounded."),
    ("sigmoid", "sigmoid", "From 0 to 1."),
    ("identity", "identity", "No activation: a linear network."),
)


def network_parameters() -> tuple[Parameter, ...]:
    """Everything that a user sets of a network, in the order in which it is asked for."""
    return _recurrent_part() + _sequence_part() + _readout_part() + _start_part()


def _recurrent_part() -> tuple[Parameter, ...]:
    return (
        TypedChoice(
            name="cell",
            label="Cell",
            section="Recurrent layers",
            help="The recurrent unit. One for all layers, or one per layer: lstm, gru. With two directions: lstm/gru.",
            parse=read_cell,
            show=show_cell,
            options=cell_options(),
        ),
        Whole(
            name="num_layers",
            label="Layers",
            help="How many recurrent layers stand on one another; each reads the states of the one below.",
            low=1,
            high=MAX_LAYERS,
        ),
        Typed(
            name="hidden_size",
            label="Units",
            help="How many units a layer has. One number for all layers, or one per layer: 64, 32.",
            parse=per_layer(read_size),
            show=show_per_layer,
            placeholder="16, or 64, 32",
        ),
        Choice(
            name="bidirectional",
            label="Directions",
            help="Whether every layer also reads the sequence from its end to its start.",
            options=(
                (False, "forward", "Steps 1 to T."),
                (True, "both ways", "Steps 1 to T, then T to 1; outputs join both."),
            ),
        ),
        Choice(
            name="activation",
            label="Activation φ",
            help="The function φ of cells that leave it open.",
            options=_ACTIVATIONS,
            applies=_needs(lambda cell: cell.uses_activation, "this cell names its functions itself"),
        ),
    )


def _sequence_part() -> tuple[Parameter, ...]:
    return (
        Choice(
            name="topology",
            label="Topology",
            section="Input and output",
            help="Which steps are fed an input and which give an output.",
            options=(
                ("one-to-one", "one to one", "One step, one output."),
                ("one-to-many", "one to many", "An input at the first step only, an output at every step."),
                ("many-to-one", "many to one", "An input at every step, one output after the last."),
                ("many-to-many", "many to many", "An input and an output at every step; with a delay, later."),
            ),
        ),
        Whole(
            name="delay",
            label="Delay d",
            help="How many steps the outputs lag behind the inputs: outputs at steps 1 + d to T + d.",
            unit="steps",
            low=0,
            high=1000,
            applies=lambda s: "" if s.spec.topology == "many-to-many" else "only many to many has a delay",
        ),
        Choice(
            name="feedback",
            label="Feedback",
            help="What is fed as input after the first step.",
            options=(
                ("none", "nothing", "Zeros: only the state goes on."),
                ("output", "the output", "The output itself is the next input."),
                ("choice", "the choice", "The most likely token is the next input; no gradient flows through it."),
            ),
            applies=_feedback,
        ),
        Typed(
            name="embedding_size",
            label="Embedding",
            help="Size of a learned vector per token; empty: tokens are fed as one-hot vectors.",
            parse=optional(read_size),
            show=show_optional,
            placeholder="one-hot",
            applies=lambda s: "" if s.tokens else "only text has tokens to embed",
        ),
    )


def _readout_part() -> tuple[Parameter, ...]:
    return (
        Choice(
            name="readout",
            label="Readout",
            section="Readout",
            help="The dense layer from the last states to the outputs, by its activation.",
            options=(
                ("softmax", "softmax", "Probabilities of classes; the loss is the cross-entropy."),
                ("linear", "linear", "Values; the loss is the squared error."),
                ("tanh", "tanh", "Values from -1 to 1."),
                ("relu", "ReLU", "Values from 0 up."),
                (None, "none", "The output is the last layer's state itself."),
            ),
        ),
        Typed(
            name="output_size",
            label="Outputs",
            help="How many outputs a step has; the targets of a sequence decide it where there are any.",
            parse=read_size,
            show=show_optional,
            applies=_output_size,
        ),
        Typed(
            name="readout_sizes",
            label="Between",
            help="Sizes of further dense layers between states and outputs: 32, 16. Empty: none.",
            parse=read_sizes,
            show=lambda value: ", ".join(map(str, value)),
            placeholder="none",
            applies=_needs_readout,
        ),
        Choice(
            name="readout_activation",
            label="Their activation",
            help="The activation of the dense layers between.",
            options=_ACTIVATIONS,
            applies=lambda s: _needs_readout(s) or ("" if s.spec.readout_sizes else "there are no layers between"),
        ),
    )


def _start_part() -> tuple[Parameter, ...]:
    return (
        Choice(
            name="initialisation",
            label="Weights",
            section="Start",
            help="How the weights are drawn before any training. Changing it drops trained weights.",
            options=(
                ("torch", "uniform (torch)", "Uniform between ±1/√H, biases too."),
                ("orthogonal", "orthogonal", "Recurrent matrices that keep lengths; biases zero."),
                ("identity", "identity", "Recurrent matrices are the identity (Le et al. 2015); biases zero."),
                ("zeros", "zeros", "All weights zero."),
            ),
        ),
        Typed(
            name="spectral_radius",
            label="Spectral radius",
            help="The largest absolute eigenvalue of every recurrent matrix; empty: as drawn. Above 1 may explode.",
            parse=optional(lambda text: real(text, 0, 1000)),
            show=show_optional,
            placeholder="as drawn",
            applies=_needs(has_recurrent_matrix, "this cell has no recurrent matrix"),
        ),
        Typed(
            name="forget_bias",
            label="Forget bias",
            help="Bias of the forget gate; Jozefowicz et al. (2015) use 1. Empty: as drawn.",
            parse=optional(lambda text: real(text, -1000, 1000)),
            show=show_optional,
            placeholder="as drawn",
            applies=_needs(has_forget_gate, "this cell has no forget gate with a bias of its own"),
        ),
        Choice(
            name="initial_state",
            label="Initial state",
            help="Where the states before the first step come from.",
            options=(
                ("zero", "zero", "All states start at 0."),
                ("learned", "learned", "The first states are parameters."),
                ("given", "given", "The first states are those typed below."),
            ),
            applies=_needs(lambda cell: bool(cell.states), "this cell has no state"),
        ),
        Typed(
            name="given",
            label="Its values",
            help="The states before the first step: one number for all units, or one per unit, as in h: 0.5; c: 0 0.1",
            parse=read_states,
            show=show_states,
            placeholder="h: 0.5; c: 0",
            applies=lambda s: "" if s.spec.initial_state == "given" else "the initial state is not given",
        ),
        Choice(
            name="biases",
            label="Biases",
            help="One bias per gate, or two as torch has; two are shown as their sum.",
            options=(("one", "one per gate", ""), ("two", "two per gate (torch)", "")),
            applies=_needs(has_doubled_bias, "this cell has no gate with both an input and a recurrent product"),
        ),
        Choice(
            name="dtype",
            label="Arithmetic",
            help="Precision of the forward pass; gradients are always computed in float64.",
            options=(("float32", "float32", "As networks are trained."), ("float64", "float64", "For exact checks.")),
        ),
        Seed(
            name="seed",
            label="Seed",
            help="Seed of the random weights: the same seed gives the same network.",
            parse=lambda text: whole(text, 0, 2**63 - 1),
            show=str,
        ),
    )
