"""Signals that are held at a value in a run: what stands at which steps, and the network made ready for it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import msgspec
import torch
from torch import Tensor

from rnnviz.engine.errors import SpecError
from rnnviz.engine.interventions import Clamp, Edit, Intervention, in_force, interventions_fault, units_of
from rnnviz.engine.network import Network
from rnnviz.engine.reassemble import reassemble
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction, NetworkSpec


class Holds:
    """The values at which signals are held, step by step.

    Parameters
    ----------
    interventions : sequence of Intervention
        Those in force; edits of weights hold nothing.
    """

    def __init__(self, interventions: Sequence[Intervention] = ()) -> None:
        self._clamps: dict[tuple[int, Direction, str], list[Clamp]] = {}
        for clamp in interventions:
            if isinstance(clamp, Clamp):
                self._clamps.setdefault((clamp.layer, clamp.direction, clamp.signal), []).append(clamp)

    def signals(self, layer: int, direction: Direction = "forward") -> tuple[str, ...]:
        """The signals of a layer that are held at some step, in alphabetical order."""
        return tuple(sorted(name for at, way, name in self._clamps if (at, way) == (layer, direction)))

    def rows(self, layer: int, direction: Direction, signal: str, steps: slice, units: int) -> Tensor:
        """The values at which a signal is held at the steps start .. stop - 1, [n, units] in float64; NaN where free.

        The steps are those of the sequence, in its order.
        """
        found = torch.full((steps.stop - steps.start, units), torch.nan, dtype=torch.float64)
        for clamp in self._clamps.get((layer, direction, signal), ()):
            found[clamp.rows(steps.start, steps.stop), clamp.columns] = clamp.value
        return found

    def at(self, layer: int, direction: Direction, step: int, units: int) -> dict[str, Tensor]:
        """The values at which signals of a layer are held at one step, [units] each; NaN where free."""
        steps = slice(step, step + 1)
        names = self.signals(layer, direction)
        return {name: self.rows(layer, direction, name, steps, units)[0] for name in names}

    def of_readout(self, steps: slice, spec: NetworkSpec) -> dict[str, Tensor]:
        """The values at which signals of the readout are held, [n, size] each; NaN where free."""
        names = [name for name in self.signals(NETWORK) if name != "x"]
        return {name: self.rows(NETWORK, "forward", name, steps, units_of(spec, name, NETWORK)) for name in names}

    def free(self, layer: int, direction: Direction, signal: str, steps: slice, values: Tensor) -> Tensor:
        """What of values [n, units], one row per step, belongs to a signal where it is free; zero where it is held."""
        if signal not in self.signals(layer, direction):
            return values
        return torch.where(self.rows(layer, direction, signal, steps, values.shape[1]).isnan(), values, 0.0)

    def free_inputs(self, steps: slice, values: Tensor) -> Tensor:
        """What of values [n, I] belongs to inputs that are not held, else zero; of one step there may be many."""
        return self.free(NETWORK, "forward", "x", steps, values)

    def put_inputs(self, steps: slice, target: Tensor) -> None:
        """Write the values at which inputs are held over their rows, [n, I]."""
        if "x" in self.signals(NETWORK):
            held = self.rows(NETWORK, "forward", "x", steps, target.shape[1])
            target[:] = torch.where(held.isnan(), target, held.to(target.dtype))


def held(value: Tensor, put: Tensor | None) -> Tensor:
    """A value where it is free, that at which it is held elsewhere; no gradient flows to what is held."""
    return value if put is None else torch.where(put.isnan(), value, put.to(value.dtype))


def intervened(network: Network, interventions: Sequence[Intervention]) -> Network:
    """A network with weights set by hand, whose signals can be held.

    Parameters
    ----------
    network : Network
        Stays as it is.
    interventions : sequence of Intervention
        Those that are off are passed over.

    Returns
    -------
    Network
        The network itself where nothing is in force.

    Raises
    ------
    SpecError
        When there is no such signal, unit or parameter; the message names it.
    """
    made = in_force(interventions)
    fault = interventions_fault(made, network.spec)
    if fault:
        raise SpecError(fault)
    edits = [entry for entry in made if isinstance(entry, Edit)]
    changed = _edited(network, edits) if edits else network
    holds = Holds(made)
    if not any(holds.signals(at.layer, at.direction) for at in network.cell_layers):
        return changed
    ready = copy(changed)
    ready.cell_layers = tuple(at.holding(holds.signals(at.layer, at.direction)) for at in changed.cell_layers)
    return ready


def untouched(network: Network, interventions: Sequence[Intervention]) -> tuple[tuple[Edit, float], ...]:
    """Return what the entries of edits have in a network, in their mean.

    Parameters
    ----------
    network : Network
        Without interventions.
    interventions : sequence of Intervention
        Those that are off count as well; edits of what the network does not have are left out.

    Returns
    -------
    tuple of (Edit, float)
        Each with value 0, and on.
    """
    state = dict(network.named_parameters())
    edits = [entry for entry in interventions if isinstance(entry, Edit) and entry.parameter in state]
    with torch.no_grad():
        means = [float(_entries(state[edit.parameter], edit).double().mean()) for edit in edits]
    return tuple(
        (msgspec.structs.replace(edit, value=0.0, on=True), mean) for edit, mean in zip(edits, means, strict=True)
    )


def _entries(whole: Tensor, edit: Edit) -> Tensor:
    rows = slice(None) if edit.row is None else slice(edit.row, edit.row + 1)
    columns = slice(None) if edit.column is None else slice(edit.column, edit.column + 1)
    return whole[rows] if whole.dim() == 1 else whole[rows, columns]


def _edited(network: Network, edits: Sequence[Edit]) -> Network:
    state = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    for edit in edits:
        if edit.parameter not in state:
            raise SpecError(f"the parameter {edit.parameter[:60]} is to be set, but the network has none such")
        _entries(state[edit.parameter], edit).fill_(edit.value)
    shares = {(at.layer, at.direction): at.shares for at in network.cell_layers}
    made = reassemble(network.spec, shares, state)
    made.cell_layers = network.cell_layers
    return made
