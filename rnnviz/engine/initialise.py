"""Seeded initial values of the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.forgetting import forget_biases
from rnnviz.engine.language.model import ParameterInfo

if TYPE_CHECKING:
    from rnnviz.engine.network import CellLayer, Network


def initialise(network: Network) -> None:
    """Fill all parameters of a network from its seed.

    Torch's default for recurrent cells is uniform in +-1/sqrt(H), biases too; for dense layers uniform in
    +-1/sqrt(inputs). "orthogonal" and "identity" (Le, Jaitly and Hinton 2015) change the recurrent matrices, a
    recurrent vector as a diagonal one, and set the biases of the cells to zero; "zeros" sets every parameter of the
    cells to zero.

    Raises
    ------
    SpecError
        When a forget bias is asked for and no cell has a forget gate.
    """
    generator = Generator().manual_seed(network.spec.seed)
    with torch.no_grad():
        for at in network.cell_layers:
            for info in at.cell.parameters:
                for share in at.shares[info.name]:
                    _fill(network.get_parameter(share.parameter), info, at, network, generator)
        for dense in network.dense_layers:
            bound = dense.in_features**-0.5
            _uniform(dense.weight, bound, generator)
            _uniform(dense.bias, bound, generator)
        if network.embedding is not None:
            weight = network.embedding.weight
            weight.copy_(torch.randn(weight.shape, generator=generator, dtype=torch.float64))
        _scale_radius(network)
        _set_forget_bias(network)


def _uniform(target: Tensor, bound: float, generator: Generator) -> None:
    # Drawn in float64 whatever the dtype, so that a seed means the same network in both.
    target.copy_((torch.rand(target.shape, generator=generator, dtype=torch.float64) * 2 - 1) * bound)


def _fill(target: Tensor, info: ParameterInfo, at: CellLayer, network: Network, generator: Generator) -> None:
    kind = network.spec.initialisation
    square = info.role == "recurrent" and target.shape[0] == target.shape[-1]
    added = info.kind == "vector" and not square
    _uniform(target, at.units**-0.5, generator)
    if info.kind == "initial" or kind == "zeros" or (kind != "torch" and added):
        target.zero_()
    elif kind == "orthogonal" and square:
        # Of the diagonal matrices those with 1 or -1 in every place are orthogonal.
        target.copy_(_orthogonal(at.units, generator) if target.dim() == 2 else torch.where(target < 0, -1.0, 1.0))
    elif kind == "identity" and square:
        target.copy_(torch.eye(at.units) if target.dim() == 2 else torch.ones(at.units))


def _orthogonal(units: int, generator: Generator) -> Tensor:
    """A random orthogonal matrix, uniform by Haar's measure (Mezzadri 2007)."""
    q, r = torch.linalg.qr(torch.randn(units, units, generator=generator, dtype=torch.float64))
    signs: Tensor = q * torch.sign(torch.diagonal(r))
    return signs


def spectral_radius(matrix: Tensor) -> float:
    """The largest absolute value of an eigenvalue of a square matrix, or of a diagonal one given as a vector."""
    if matrix.dim() == 1:
        return float(matrix.abs().max())
    return float(torch.linalg.eigvals(matrix.double()).abs().max())


def _scale_radius(network: Network) -> None:
    wanted = network.spec.spectral_radius
    if wanted is None:
        return
    for at in network.cell_layers:
        for info in at.cell.parameters:
            if info.role != "recurrent":
                continue
            for share in at.shares[info.name]:
                matrix = network.get_parameter(share.parameter)
                radius = spectral_radius(matrix) if matrix.shape[0] == matrix.shape[-1] else 0.0
                if radius > 0:
                    matrix.mul_(wanted / radius)


def _set_forget_bias(network: Network) -> None:
    wanted = network.spec.forget_bias
    if wanted is None:
        return
    biases = [(at, bias) for at in network.cell_layers for bias in forget_biases(at.cell)]
    if not biases:
        raise SpecError(
            "forget_bias is given, but no cell of this network has a forget gate f with a bias that makes it remember"
        )
    for at, bias in biases:
        for count, share in enumerate(at.shares[bias]):
            network.get_parameter(share.parameter).fill_(0.0 if count else wanted)
