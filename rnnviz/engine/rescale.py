"""Recurrent matrices scaled to a chosen spectral radius or largest singular value: the knob of the laboratory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch

from rnnviz.engine.errors import SpecError
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.reassemble import reassemble
from rnnviz.engine.spectrum import spectrum

Measure = Literal["radius", "singular"]


def recurrent_blocks(at: CellLayer) -> tuple[str, ...]:
    """The square recurrent matrices of a cell, by their names in its equations."""
    return tuple(info.name for info in at.cell.parameters if info.role == "recurrent" and len(set(at.shape(info))) == 1)


def rescaled(
    network: Network,
    value: float,
    by: Measure = "radius",
    blocks: Sequence[tuple[CellLayer, str]] | None = None,
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
    for at, name in chosen:
        if name not in recurrent_blocks(at):
            raise SpecError(f"layer {at.layer + 1} has no square recurrent matrix {name} to scale")
        for share in at.shares[name]:
            matrix = state[share.parameter][share.rows]
            found = spectrum(name, matrix)
            now = found.radius if by == "radius" else found.largest_singular
            if not 0 < now < float("inf"):
                word = "spectral radius" if by == "radius" else "largest singular value"
                raise SpecError(
                    f"{name} of layer {at.layer + 1} has the {word} {now:g} and cannot be scaled to another"
                )
            with torch.no_grad():
                matrix.mul_(value / now)
    shares = {(at.layer, at.direction): at.shares for at in network.cell_layers}
    return reassemble(network.spec, shares, state)
