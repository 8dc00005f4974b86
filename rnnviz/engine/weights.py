"""A snapshot of a network's parameters, stacked as the compiled step wants them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnviz.engine.network import DTYPES, CellLayer, Network
from rnnviz.engine.products import Product


@dataclass(frozen=True)
class CellWeights:
    """The parameters of one cell, copied.

    Parameters
    ----------
    parameters : dict of str to Tensor
        By their names in the equations; two biases as their sum.
    initial : dict of str to Tensor
        The states before the first step, each [H].
    bias : Tensor, [slots * H]
        The biases of all slots.
    inputs : tuple of (columns, Tensor)
        For each stacked product with x: its columns among the slots and the matrix, transposed, [I, columns].
    products : tuple of Tensor
        The stacked matrices of the compiled step, [rows, size of the operand].
    """

    parameters: dict[str, Tensor]
    initial: dict[str, Tensor]
    bias: Tensor
    inputs: tuple[tuple[slice, Tensor], ...]
    products: tuple[Tensor, ...]


@dataclass(frozen=True)
class DenseWeights:
    """One dense layer, copied: weight [outputs, inputs] and bias [outputs]."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Weights:
    """All parameters of a network at one moment; later training does not reach them.

    ``given`` names the states whose values before the first step were given, in place of the network's own; ``state``
    holds every parameter of the module under its own name.
    """

    cells: dict[CellLayer, CellWeights]
    dense: tuple[DenseWeights, ...]
    embedding: Tensor | None
    given: frozenset[str]
    state: dict[str, Tensor]


def snapshot(network: Network, given: dict[str, Tensor] | None = None) -> Weights:
    """Copy the parameters of a network.

    Parameters
    ----------
    network : Network
    given : dict of str to Tensor, optional
        States before the first step that replace the network's own, each [layers * directions, H].

    Returns
    -------
    Weights
    """
    with torch.no_grad():
        state = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
        return Weights(
            {at: _cell(network, at, index, state, given or {}) for index, at in enumerate(network.cell_layers)},
            tuple(map(_dense, network.dense_layers)),
            None if network.embedding is None else network.embedding.weight.detach().clone(),
            frozenset(given or ()),
            state,
        )


def _dense(layer: nn.Linear) -> DenseWeights:
    weight = layer.weight.detach().clone()
    # Torch's annotation does not say so, but a layer made with bias=False has None here.
    bias: Tensor | None = layer.bias
    return DenseWeights(weight, weight.new_zeros(len(weight)) if bias is None else bias.detach().clone())


def _cell(
    network: Network, at: CellLayer, index: int, state: dict[str, Tensor], given: dict[str, Tensor]
) -> CellWeights:
    parameters = {name: value.detach() for name, value in network.cell_parameters(at, state).items()}
    initial = {name: value.detach().clone() for name, value in network.initial_states(at).items()}
    initial |= {name: given[name][index].to(value.dtype) for name, value in initial.items() if name in given}
    zero = torch.zeros(at.units, dtype=DTYPES[network.spec.dtype])
    biases = [sum((parameters[name] for name in slot.biases), start=zero) for slot in at.plan.slots]
    return CellWeights(
        parameters,
        initial,
        torch.cat(biases) if biases else zero[:0],
        tuple(
            (slice(p.span.start * at.units, p.span.stop * at.units), stack(parameters, p).t()) for p in at.step.inputs
        ),
        tuple(stack(parameters, product) for product in at.step.products),
    )


def stack(parameters: dict[str, Tensor], product: Product) -> Tensor:
    """The matrices of a product, one below the other."""
    return torch.cat([parameters[name] for name in product.matrices])
