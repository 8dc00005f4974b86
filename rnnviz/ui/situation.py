"""What decides which parameters of a network apply, and what follows from changing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.forgetting import forget_biases
from rnnviz.engine.language.model import Cell
from rnnviz.engine.spec import NetworkSpec


@dataclass(frozen=True)
class Situation:
    """What decides which parameters apply.

    Parameters
    ----------
    spec : NetworkSpec
    tokens : bool
        Whether the inputs are tokens of a text.
    targets : int
        Number of outputs that the targets of the sequence ask for; 0 without targets.
    """

    spec: NetworkSpec
    tokens: bool
    targets: int

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The different cells of the network."""
        spec = self.spec
        texts = (spec.cell_of(layer, way) for layer in range(spec.num_layers) for way in spec.directions)
        return tuple(cells.get(text) for text in dict.fromkeys(texts))


def has_recurrent_matrix(cell: Cell) -> bool:
    """Return whether a cell multiplies its own past by a square matrix, or by a vector, which is a diagonal one."""
    return any(p.role == "recurrent" and p.columns in ("units", None) for p in cell.parameters)


def has_doubled_bias(cell: Cell) -> bool:
    """Return whether a cell has a gate where torch has two biases."""
    return any(p.doubled for p in cell.parameters)


def has_forget_gate(cell: Cell) -> bool:
    """Return whether a cell has a forget gate f with a bias that makes it remember."""
    return bool(forget_biases(cell))


def consequences(situation: Situation, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields to change so that a wish of the user makes a network that can be.

    Parameters
    ----------
    situation : Situation
        As it is now.
    changes : mapping
        The wishes, by name of the field.

    Returns
    -------
    dict
        The wishes, and what follows from them: sizes per layer follow the number of layers and the other way round, a
        delay goes with many-to-many, a feedback with one-to-many, the size of the output with the readout, a forget
        bias with a forget gate, a spectral radius with a recurrent matrix.
    """
    spec, fields = situation.spec, dict(changes)
    for name in ("hidden_size", "cell"):
        if isinstance(fields.get(name), tuple) and "num_layers" not in fields:
            fields["num_layers"] = len(fields[name])
    layers = fields.get("num_layers", spec.num_layers)
    for name in ("hidden_size", "cell"):
        value = fields.get(name, getattr(spec, name))
        if isinstance(value, tuple) and len(value) != layers:
            fields[name] = (value + value[-1:] * layers)[:layers]
    if "cell" in fields:
        fields = with_cell(spec, fields)
    topology = fields.get("topology", spec.topology)
    if topology != "many-to-many" and spec.delay:
        fields["delay"] = 0
    if spec.feedback != "none" and (topology != "one-to-many" or fields.get("bidirectional")):
        fields["feedback"] = "none"
    if "readout" in fields:
        fields |= _readout_follows(situation, fields["readout"])
    return fields


def with_cell(spec: NetworkSpec, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of a network, one of them its cell, and what follows from that.

    A forget bias goes with a forget gate, a spectral radius with a recurrent matrix.
    """
    fields = dict(changes)
    shape = {name: fields[name] for name in ("cell", "num_layers", "hidden_size") if name in fields}
    try:
        wanted = spec.replace(**shape)
    except RnnvizError:
        return fields  # what is wrong is said when the change is tried
    chosen = Situation(wanted, False, 0).cells
    follows: dict[str, Any] = {}
    if not any(map(has_forget_gate, chosen)):
        follows["forget_bias"] = None
    if not any(map(has_recurrent_matrix, chosen)):
        follows["spectral_radius"] = None
    kept = {name: value for name, value in follows.items() if getattr(spec, name) is not None}
    return {**kept, **fields}


def _readout_follows(situation: Situation, readout: str | None) -> dict[str, Any]:
    if readout is None:
        return {"output_size": None, "readout_sizes": ()}
    if situation.spec.output_size is None:
        return {"output_size": situation.targets or 1}
    return {}
