"""Which parameters the way back gathers a gradient of: those of a layer by the part they play, and each alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rnnviz.engine.answer import Fact
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
    alone : bool
        Whether this is a single parameter, taken by itself.
    """

    title: str
    names: tuple[str, ...]
    short: tuple[str, ...]
    layer: int
    direction: Direction = "forward"
    alone: bool = False

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
            found[part] = Gathered(f"parameters of the {part}", names, short, layer)
    for name in roles:
        alone = name.removesuffix(suffix)
        if not any(group.names == (name,) for group in found.values()):
            found[alone] = Gathered(alone, (name,), (alone,), view.layer, view.direction, alone=True)
    return found


def _role(cell: Cell, short: str) -> str:
    """The part that a parameter plays at every step; empty for a state before the first one."""
    for info in cell.parameters:
        if short in (info.name, f"{info.name}_ih", f"{info.name}_hh"):
            return "" if info.kind == "initial" else info.role
    return ""


# in words


def span_of(view: View, gathered: Gathered, step: int) -> str:
    """Which steps the way has gone over when it has come to a step: "t = 24 … 7"."""
    assert view.trace is not None
    if not 0 <= step < view.trace.steps:
        return "nothing yet"
    first = 1 if gathered.direction == "backward" else view.trace.steps
    return f"t = {first} … {step + 1}" if first != step + 1 else f"t = {first}"


def title_of(gathered: Gathered) -> str:
    """What is gathered, as a formula: "∂L / ∂(U_i U_f U_g U_o)"."""
    listed = " ".join(gathered.short) if len(gathered.short) <= 6 else gathered.title
    return f"∂L / ∂({listed})" if len(gathered.short) > 1 else f"∂L / ∂{listed}"


def amount(facts: Mapping[str, Fact], name: str) -> float:
    """Return a fact that is a number."""
    value = facts[name]
    assert isinstance(value, float | int)
    return float(value)


def in_words(facts: Mapping[str, Fact], span: str) -> str:
    """How much has been gathered over a span of steps, from the facts of the answer to ``Accumulated``."""
    whole, share, cosine, every = (amount(facts, name) for name in ("whole", "share", "cosine", "every"))
    words = [f"gathered from {span}" if span.startswith("t") else span]
    if not np.isfinite(whole):
        words.append("the whole gradient is not finite")
    elif whole == 0:
        words.append("the whole gradient is zero")
    elif np.isfinite(share):
        words.append(f"‖sum‖ is {100 * share:.3g} % of ‖whole‖")
    if np.isfinite(cosine):
        words.append(f"cosine {cosine:.3f}")
    if every > 1:
        words.append(f"norm of the sum at every {every:.0f}th step")
    return ", ".join(words)
