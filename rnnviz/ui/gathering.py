"""Which parameters the way back gathers a gradient of: those of a layer by the part they play, and each alone."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from rnnviz.engine.language.model import Cell
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction
from rnnviz.ui import reading
from rnnviz.ui.view import View
from rnnviz.ui.wayback import gone_back_to

_ROLES = MappingProxyType(
    {
        "recurrent": "recurrent matrices",
        "input": "input matrices",
        "operand": "other matrices",
        "bias": "biases",
        "peephole": "peepholes",
    }
)


@dataclass(frozen=True)
class Gathered:
    """Parameters whose gradient is gathered together.

    Parameters
    ----------
    title : str
        What they are called: "recurrent matrices", or the name of a single one.
    names : tuple of str
        As the network names them.
    short : tuple of str
        As they stand in the equations of the cell.
    layer, direction : int, {"forward", "backward"}
        The way on which their terms arrive; layer -1 is that of the outputs.
    """

    title: str
    names: tuple[str, ...]
    short: tuple[str, ...]
    layer: int
    direction: Direction = "forward"

    def step(self, view: View) -> int:
        """The step that the way back has come to at the cursor, see `gone_back_to`."""
        return gone_back_to(view, self.layer, self.direction)

    def end(self, view: View) -> int:
        """The last step of the way, at which everything is gathered."""
        assert view.trace is not None
        return view.trace.steps - 1 if self.direction == "backward" else 0


def choices(view: View) -> dict[str, Gathered]:
    """All that can be gathered in the picked layer and at the network's ends, by the value of the choice.

    Those of one role come together first, recurrent ones before all, then each parameter of the layer alone.
    """
    trace, cell = view.trace, reading.cell_of(view)
    if trace is None or cell is None:
        return {}
    suffix = f"_l{view.layer}" + ("_reverse" if view.direction == "backward" else "")
    own = [name for part in trace.parts for name, _ in part.parameters if name.removesuffix(suffix) != name]
    roles = {name: role for name in own if (role := _role(cell, name.removesuffix(suffix)))}
    found: dict[str, Gathered] = {}
    for role, title in _ROLES.items():
        names = tuple(name for name in own if roles.get(name) == role)
        if names:
            short = tuple(name.removesuffix(suffix) for name in names)
            found[role] = Gathered(title, names, short, view.layer, view.direction)
    for part, layer in (("readout", NETWORK), ("embedding", 0)):
        names = tuple(name for parts in trace.parts if parts.part == part for name, _ in parts.parameters)
        if names:
            short = tuple(name.removeprefix(f"{part}.") for name in names)
            found[part] = Gathered(part, names, short, layer)
    for name in roles:
        alone = name.removesuffix(suffix)
        found.setdefault(alone, Gathered(alone, (name,), (alone,), view.layer, view.direction))
    return found


def _role(cell: Cell, short: str) -> str:
    """The part that a parameter plays at every step; empty for a state before the first one."""
    for info in cell.parameters:
        if short in (info.name, f"{info.name}_ih", f"{info.name}_hh"):
            return "" if info.kind == "initial" else info.role
    return ""
