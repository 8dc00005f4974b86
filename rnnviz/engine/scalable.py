"""Which matrices of a network can be scaled, and how far."""

from __future__ import annotations

from rnnviz.engine import cells
from rnnviz.engine.messages import Scaling
from rnnviz.engine.spec import NetworkSpec

MOST_SCALED = 100.0
"""The largest spectral radius or singular value to which recurrent matrices are scaled."""


def scaling_fault(scaling: Scaling | None, spec: NetworkSpec) -> str:
    """Say why a network cannot be scaled so, in one sentence; empty where it can."""
    if scaling is None:
        return ""
    if not 0 <= scaling.value <= MOST_SCALED:
        return (
            f"the recurrent matrices are to be scaled to {scaling.value:g}, "
            f"but they can be scaled to numbers from 0 to {MOST_SCALED:g}"
        )
    known = recurrent_blocks(spec)
    missing = [block for block in scaling.blocks or () if block not in known]
    return f"the matrix {missing[0][:40]!r} is to be scaled, but there is none such" if missing else ""


def recurrent_blocks(spec: NetworkSpec) -> tuple[str, ...]:
    """Name the square recurrent matrices and vectors of a network as a Scaling does: "0:forward:U_f"."""
    found = []
    for layer in range(spec.num_layers):
        for way in spec.directions:
            sizes = {"units": spec.units_of(layer, way), "input": spec.inputs_of(layer), "output": spec.outputs}
            for info in cells.get(spec.cell_of(layer, way)).parameters:
                square = sizes[info.rows] == sizes[info.columns or info.rows]
                if info.role == "recurrent" and square:
                    found.append(f"{layer}:{way}:{info.name}")
    return tuple(found)
