"""What the panel of the itemised gradient reads from an answer: pure functions, so that every number can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.messages import LossObjective
from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.resolve import loss_steps
from rnnviz.ui.view import AnalysisView, TraceView, View

Floats = NDArray[np.float64]

PARAMETER = "parameter:"
"""Before the name of a parameter where signals and parameters are chosen from one list."""


@dataclass(frozen=True, eq=False)
class Items:
    """Which loss puts how much on which step.

    Parameters
    ----------
    losses : ndarray, [K]
        The steps, from 0, of the losses that are itemised.
    items, sums : ndarray, [K, S]
        log10 of the absolute values of dL_k/ds_t, and of the sum over the losses up to row k.
    signs, sum_signs : ndarray, [K, S], or None
        Of the numbers of one unit; None: norms.
    count : int
        How many losses there are; more than K where only some are itemised.
    """

    losses: NDArray[np.intp]
    items: Floats
    sums: Floats
    signs: NDArray[np.floating] | None
    sum_signs: NDArray[np.floating] | None
    count: int

    @classmethod
    def of(cls, answer: AnalysisView) -> Items:
        """Read an answer to Itemised or ItemisedParameter."""
        arrays = answer.arrays
        return cls(
            arrays["losses"].astype(np.intp),
            arrays["items"].astype(np.float64, copy=False),
            arrays["sums"].astype(np.float64, copy=False),
            arrays["item signs"].astype(np.float32, copy=False) if "item signs" in arrays else None,
            arrays["sum signs"].astype(np.float32, copy=False) if "sum signs" in arrays else None,
            int(float(answer.facts["count"])),  # type: ignore[arg-type]
        )

    def shown(self, view: View) -> int:
        """How many of the losses, from the first, are known at the cursor."""
        if view.trace is None:
            return 0
        return int(np.searchsorted(self.losses, _outputs_until(view.trace, known_position(view))))

    def row_of(self, step: int) -> int:
        """The row of the loss of a step; -1 where it has none, or it is not itemised."""
        row = int(np.searchsorted(self.losses, step))
        return row if row < len(self.losses) and self.losses[row] == step else -1

    @cached_property
    def power(self) -> int:
        """The power of ten that bars are drawn in units of; 0 where plain numbers can be read."""
        with np.errstate(invalid="ignore"):
            finite = self.items[np.isfinite(self.items)]
        top = int(np.floor(finite.max(initial=0.0 if not len(finite) else -np.inf)))
        return 0 if -2 <= top <= 2 else top

    @cached_property
    def plain(self) -> Floats:
        """[S, K], what the bars are made of, in units of 10^power."""
        return self._plain(self.items, self.signs).T

    @cached_property
    def span(self) -> tuple[float, float]:
        """How far the bars of all losses reach down and up, the line over them too."""
        with np.errstate(invalid="ignore", over="ignore"):
            up, down = np.maximum(self.plain, 0.0).sum(1), np.minimum(self.plain, 0.0).sum(1)
        ends = [values[np.isfinite(values)] for values in (up, down, self.line(len(self.losses)))]
        return min(float(end.min(initial=0.0)) for end in ends), max(float(end.max(initial=0.0)) for end in ends)

    def line(self, shown: int) -> Floats:
        """[S], what the first losses sum to, from the vectors, in units of 10^power."""
        if not shown:
            return np.zeros(self.items.shape[1])
        row = slice(shown - 1, shown)
        return self._plain(self.sums[row], None if self.sum_signs is None else self.sum_signs[row])[0]

    def shares(self, shown: int) -> tuple[Floats, Floats]:
        """[S, n] the shares of the first n losses in each step's bar, and [S] that of the sum of the vectors."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            top = self.items[:shown].max(0, initial=-np.inf)
            parts = np.power(10.0, self.items[:shown] - top)
            whole = parts.sum(0)
            sums = np.power(10.0, self.sums[shown - 1] - top) / whole
            if self.signs is not None and self.sum_signs is not None:
                parts, sums = parts * self.signs[:shown], sums * self.sum_signs[shown - 1]
            found = (parts / whole).T
        nothing = np.isneginf(top)
        found[nothing], sums[nothing] = 0.0, np.nan
        return found, sums

    def span_of(self, mode: str) -> tuple[float, float]:
        """How far the scale of bars, or of "shares", reaches down and up."""
        if mode != "shares":
            return self.span
        return (-1.0 if self.signs is not None else 0.0), 1.0

    def _plain(self, logarithms: Floats, signs: NDArray[np.floating] | None) -> Floats:
        with np.errstate(over="ignore", under="ignore"):
            values: Floats = np.power(10.0, logarithms - self.power)
        if signs is None:
            return values
        signed: Floats = np.where(values == 0, 0.0, values * signs.astype(np.float64))
        return signed


def known_position(view: View) -> int:
    """The position up to which losses are known: on the way back all that has been computed is."""
    return view.published if view.backward else view.known


def suffix_of(view: View) -> str:
    """What the names of the parameters of the picked layer end in."""
    return f"_l{view.layer}" + ("_reverse" if view.direction == "backward" else "")


def parameters_of(view: View) -> dict[str, str]:
    """The parameters that act at steps of the picked layer, and at the network's ends, by their names on the screen.

    The same names stay where another layer is picked.
    """
    trace, cell = view.trace, reading.cell_of(view)
    if trace is None or cell is None:
        return {}
    suffix = suffix_of(view)
    first = {f"{state}0" for state in cell.states} | {info.name for info in cell.parameters if info.kind == "initial"}
    found = {}
    for part in trace.parts:
        for name, _ in part.parameters:
            short = name.removesuffix(suffix)
            own = short != name and short not in first
            if own or part.part in ("embedding", "readout"):
                found[short] = name
    return found


def losses_begin(view: View) -> int | None:
    """The first step, from 0, that has a loss; None where none has."""
    assert view.trace is not None
    steps = np.flatnonzero(loss_steps(view.trace))
    return int(steps[0]) if len(steps) else None


def losses_known(view: View, position: int) -> bool:
    """Whether a step that is reached at a position has a loss."""
    begin = losses_begin(view)
    return begin is not None and view.trace is not None and _outputs_until(view.trace, position) > begin


def _outputs_until(trace: TraceView, position: int) -> int:
    return trace.reached(position, NETWORK, "forward").stop


def masked_rows(values: NDArray[np.floating], rows: slice) -> NDArray[np.floating]:
    """Values [S, n] cut after the last step that is reached; those before the first are NaN."""
    if rows.start == 0:
        return values[: rows.stop]
    return reading.masked(values, rows)[: rows.stop]


def heading(wanted: str, unit: int | None, mode: str, items: Items, shown: int) -> tuple[str, str]:
    """Say what is drawn, and exactly which norm.

    Parameters
    ----------
    wanted : str
        A signal, or PARAMETER and the name of a parameter.
    unit : int or None
        Whose numbers are drawn; None: norms.
    mode : {"map", "bars", "shares"}
    items : Items
    shown : int
        How many losses are.
    """
    whole = shown and len(items.losses) == items.count
    total = reading.objective_symbol(LossObjective("upto", int(items.losses[shown - 1]))) if whole else "Σₖ Lₖ"
    one, all_of_them = _symbol(wanted, "Lₖ", unit), _symbol(wanted, total, unit)
    norm = "Frobenius norm of the part that falls on step t" if wanted.startswith(PARAMETER) else "Euclidean norm"
    if mode == "map":
        what = norm if unit is None else f"absolute value for unit {unit + 1}"
        return one if unit is None else f"|{one}|", f"{what}; row: loss of step k, column: step t"
    scale = f" in {power_text(items.power)}" if items.power else ""
    absolute = one if unit is None else f"|{one}|"
    title = f"Σₖ {one}{scale}" if mode == "bars" else f"Σₖ {absolute} = 100 %"
    if unit is None:
        what = f"bars: sum of the norms, by origin k; line: norm of the sum, {all_of_them}"
    else:
        what = f"unit {unit + 1}, bars: terms by origin k; line: their sum, {all_of_them}"
    return title, what


def _symbol(wanted: str, loss: str, unit: int | None) -> str:
    if wanted.startswith(PARAMETER):
        return f"‖∂{loss} / ∂{wanted.removeprefix(PARAMETER)}, step t‖"
    step = "[t]" if "." in wanted else "ₜ"
    ratio = f"∂{loss} / ∂{wanted}{step}"
    return f"‖{ratio}‖" if unit is None else ratio


def sentence(fault: str) -> str:
    """Return what the engine says of a fault as a sentence of its own."""
    return f"{fault[:1].upper()}{fault[1:].rstrip('.')}." if fault else ""


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_text(power: int) -> str:
    """Return a power of ten as it is written: 10⁻³."""
    return "10" + str(power).translate(_SUPERSCRIPTS)
