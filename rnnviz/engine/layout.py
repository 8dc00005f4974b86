"""Where the signals of a network stand in its record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rnnviz.engine import cells
from rnnviz.engine.language.model import Cell
from rnnviz.engine.lower import lower
from rnnviz.engine.plan import Plan
from rnnviz.engine.record import NETWORK, Block, Layout, SignalField
from rnnviz.engine.spec import Direction, Dtype, NetworkSpec

if TYPE_CHECKING:
    from rnnviz.engine.network import CellLayer, Network


class Planned(NamedTuple):
    """One layer in one direction as far as its record goes, without parameters."""

    layer: int
    direction: Direction
    cell: Cell
    plan: Plan
    units: int


def slots_block(at: CellLayer | Planned) -> str:
    """Name of the block that holds a cell's slots."""
    return f"{at.layer}.{at.direction}.slots"


def signals_block(at: CellLayer | Planned) -> str:
    """Name of the block that holds a cell's other quantities."""
    return f"{at.layer}.{at.direction}.signals"


def layout_of(network: Network) -> Layout:
    """Lay out every signal of every layer and direction, and of the network as a whole.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Layout
    """
    return _laid_out(network.spec, network.cell_layers)


def layout_for(spec: NetworkSpec) -> Layout:
    """Lay out every signal of a network in which none is held, without building it: torch is not needed."""
    places = []
    for layer in range(spec.num_layers):
        for direction in spec.directions:
            cell = cells.get(spec.cell_of(layer, direction))
            places.append(Planned(layer, direction, cell, lower(cell), spec.units_of(layer, direction)))
    return _laid_out(spec, places)


def _laid_out(spec: NetworkSpec, layers: Sequence[CellLayer | Planned]) -> Layout:
    dtype = spec.dtype
    blocks: list[Block] = []
    signals: list[SignalField] = []
    for at in layers:
        blocks.append(Block(slots_block(at), len(at.plan.slots) * at.units, dtype))
        blocks.append(Block(signals_block(at), len(at.plan.columns) * at.units, dtype))
        signals += cell_fields(at)
    for name, kind, label, columns in _network_signals(spec, returns=_returns(spec, layers)):
        blocks.append(Block(name, columns, dtype))
        signals.append(SignalField(NETWORK, "forward", name, kind, label, name, 0, columns))
    return Layout(tuple(blocks), tuple(signals))


def gradient_layout(layout: Layout) -> Layout:
    """Lay out one gradient, in float64, for every signal that can have one, and the norms of all of them."""
    fields = tuple(field for field in layout.signals if field.kind not in ("loss", "fed"))
    dtype: Dtype = "float64"
    blocks = [Block(f"{f.layer}.{f.direction}.{f.signal}", f.size, dtype) for f in fields]
    moved = [
        SignalField(f.layer, f.direction, f.signal, f.kind, f.label, block.name, 0, f.size)
        for f, block in zip(fields, blocks, strict=True)
    ]
    norms = Block("norms", len(fields), dtype)
    return Layout(
        (*blocks, norms), (*moved, SignalField(NETWORK, "forward", "norms", "norms", "norms", "norms", 0, len(fields)))
    )


def cell_fields(at: CellLayer | Planned) -> list[SignalField]:
    """The signals of one cell, in the order in which they are computed."""
    fields = []
    for info in at.cell.signals:
        slot = at.plan.aliases.get(info.name)
        block = signals_block(at) if slot is None else slots_block(at)
        place = at.plan.columns[info.name] if slot is None else at.plan.place(slot)
        start, stop = place * at.units, (place + 1) * at.units
        fields.append(
            SignalField(
                at.layer, at.direction, info.name, info.kind, info.label, block, start, stop, info.low, info.high
            )
        )
    return fields


def _network_signals(spec: NetworkSpec, *, returns: bool) -> list[tuple[str, str, str, int]]:
    found = [("x", "input", "input", spec.inputs_of(0))]
    found += [
        (f"readout.{index}", "readout", f"dense layer {index + 1}", size)
        for index, size in enumerate(spec.readout_sizes)
    ]
    found.append(("logits", "logits", "readout before its activation", spec.outputs))
    found.append(("output", "output", "output", spec.outputs))
    if returns:
        found.append(("y", "fed", "output as it is fed back", spec.outputs))
    found.append(("loss", "loss", "loss of the step", 1))
    return found


def fed(network: Network) -> bool:
    """Whether the network is fed its own output, so that its layers must advance together, step by step."""
    return _returns(network.spec, network.cell_layers)


def _returns(spec: NetworkSpec, layers: Sequence[CellLayer | Planned]) -> bool:
    return spec.feedback != "none" or any(at.cell.uses_output for at in layers)
