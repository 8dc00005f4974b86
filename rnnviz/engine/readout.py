"""The readout of a run: dense layers over a block of steps, and the way back through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from torch import Tensor

from rnnviz.engine.elementwise import FUNCTIONS
from rnnviz.engine.holds import held
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.weights import DenseWeights


def read_out(
    spec: NetworkSpec,
    dense: Sequence[DenseWeights],
    features: Tensor,
    puts: Mapping[str, Tensor] = MappingProxyType({}),
) -> tuple[list[Tensor], Tensor, Tensor]:
    """Compute the readout.

    Parameters
    ----------
    spec : NetworkSpec
    dense : sequence of DenseWeights
    features : Tensor, [n, F]
        The last layer's h, directions joined.
    puts : mapping of str to Tensor, [n, size]
        At which values "readout.i" and "logits" are held; NaN where they are free.

    Returns
    -------
    hidden : list of Tensor, [n, size]
        The dense layers before the last one, after their activation.
    scores : Tensor, [n, O]
        The last dense layer before its activation (of a softmax: the logits).
    output : Tensor, [n, O]
    """
    hidden: list[Tensor] = []
    value = features
    for index, layer in enumerate(dense[:-1]):
        inner = FUNCTIONS[spec.readout_activation](value @ layer.weight.t() + layer.bias)
        value = held(inner, puts.get(f"readout.{index}"))
        hidden.append(value)
    scores = held(value @ dense[-1].weight.t() + dense[-1].bias if dense else value, puts.get("logits"))
    return hidden, scores, activate(scores, spec.readout)


def activate(scores: Tensor, readout: str | None) -> Tensor:
    """Apply the last activation of a readout: the result is the network's output."""
    if readout == "softmax":
        return scores.softmax(-1)
    return scores if readout in (None, "linear") else FUNCTIONS[readout](scores)


def output_to_scores(output: Tensor, adjoint: Tensor, readout: str | None) -> Tensor:
    """Carry a gradient back through the last activation.

    Parameters
    ----------
    output : Tensor, [n, O]
    adjoint : Tensor, [n, O]
        dL/d(output).
    readout : str or None

    Returns
    -------
    Tensor, [n, O]
        dL/d(scores). For a softmax y: y * (a - sum of y * a).
    """
    if readout == "softmax":
        return output * (adjoint - (output * adjoint).sum(-1, keepdim=True))
    return adjoint if readout in (None, "linear") else adjoint * derivative(readout, output)


def derivative(function: str, value: Tensor) -> Tensor:
    """The derivative of an activation, written in terms of its value."""
    if function == "tanh":
        return 1 - value * value
    if function == "sigmoid":
        return value * (1 - value)
    # Of a relu one for NaN, as torch has it.
    return (~(value <= 0)).to(value.dtype) if function == "relu" else value.new_ones(value.shape)
