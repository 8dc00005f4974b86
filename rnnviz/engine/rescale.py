"""Recurrent matrices scaled to a chosen spectral radius or largest singular value: the knob of the laboratory."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from rnnviz.engine.errors import SpecError
from rnnviz.engine.messages import Scaling
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.reassemble import reassemble

Measure = Literal["radius", "singular"]

Sizes = MutableMapping[tuple[str, int | None, Measure], float]
"""Radii and singular values by parameter, its first row and the measure, for a matrix that is scaled time and again."""


def recurrent_blocks(at: CellLayer) -> tuple[str, ...]:
    """The square recurrent matrices of a cell, by their names in its equations; a vector is a diagonal one."""
    return tuple(info.name for info in at.cell.parameters if info.role == "recurrent" and len(set(at.shape(info))) == 1)


def rescaled(
    network: Network,
    value: float,
    by: Measure = "radius",
    blocks: Sequence[tuple[CellLayer, str]] | None = None,
    sizes: Sizes | None = None,
) -> Network:
    """A copy of a network whose recurrent matrices have a chosen spectral radius or largest singular value.

    Parameters
    ----------
    network : Network
        Stays as it is.
    value : float
        Not below zero.
    by : {"radius", "singular"}
        What is brought to ``value``; the two differ unless a matrix is normal.
    blocks : sequence of (CellLayer, str), optional
        Which matrices, each scaled on its own; None: all square recurrent ones of all layers.
    sizes : mapping, optional
        What this network's matrices have measured before; it is filled with what is measured now.

    Returns
    -------
    Network

    Raises
    ------
    SpecError
        When a matrix cannot be scaled so, or the value is below zero or not finite; the message names it.
    """
    if not 0 <= value < float("inf"):
        raise SpecError(f"the recurrent matrices cannot be scaled to {value}: give a number that is not below zero")
    state = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    chosen = [(at, name) for at in network.cell_layers for name in recurrent_blocks(at)] if blocks is None else blocks
    sizes = {} if sizes is None else sizes
    for at, name in chosen:
        if name not in recurrent_blocks(at):
            raise SpecError(f"layer {at.layer + 1} has no square recurrent matrix {name} to scale")
        for share in at.shares[name]:
            matrix = state[share.parameter][share.rows]
            key = (share.parameter, share.rows.start, by)
            if key not in sizes:
                sizes[key] = measured(matrix, by)
            now = sizes[key]
            if not 0 < now < float("inf"):
                word = "spectral radius" if by == "radius" else "largest singular value"
                raise SpecError(
                    f"{name} of layer {at.layer + 1} has the {word} {now:g} and cannot be scaled to another"
                )
            with torch.no_grad():
                matrix.mul_(value / now)
    shares = {(at.layer, at.direction): at.shares for at in network.cell_layers}
    return reassemble(network.spec, shares, state)


def measured(matrix: Tensor, by: Measure) -> float:
    """The spectral radius or largest singular value of a matrix, or of a vector as a diagonal one.

    NaN where an entry is not finite.
    """
    matrix = matrix.detach().double()
    if not bool(torch.isfinite(matrix).all()):
        return float("nan")
    if matrix.dim() == 1:
        return float(matrix.abs().max())
    if by == "radius":
        return float(torch.linalg.eigvals(matrix).abs().max())
    return float(torch.linalg.matrix_norm(matrix, 2))


def block_name(at: CellLayer, name: str) -> str:
    """What a matrix of a layer is called in a Scaling: "0:forward:U_f"."""
    return f"{at.layer}:{at.direction}:{name}"


def scaled_as(network: Network, scaling: Scaling, sizes: Sizes | None = None) -> Network:
    """A copy of a network scaled as a document says; see :func:`rescaled`.

    Parameters
    ----------
    network : Network
        Stays as it is.
    scaling : Scaling
    sizes : mapping, optional
        As for :func:`rescaled`.

    Raises
    ------
    SpecError
        When a block is not there or cannot be scaled so.
    """
    if scaling.blocks is None:
        return rescaled(network, scaling.value, scaling.by, None, sizes)
    known = {block_name(at, name): (at, name) for at in network.cell_layers for name in recurrent_blocks(at)}
    for block in scaling.blocks:
        if block not in known:
            raise SpecError(
                f"there is no square recurrent matrix {block[:100]} to scale: choose among {', '.join(known)}"
            )
    chosen = [known[block] for block in dict.fromkeys(scaling.blocks)]
    return rescaled(network, scaling.value, scaling.by, chosen, sizes)
