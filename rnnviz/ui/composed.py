"""What a picture of a state's composition says: its parts by name, its title, and why there may be nothing to keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.language.expressions import MatrixProduct, StateBefore, walk
from rnnviz.engine.requests import Memory
from rnnviz.ui import reading
from rnnviz.ui.view import AnalysisView, TraceView, View

Values = NDArray[np.float64]

START = "start"


@dataclass(frozen=True, eq=False)
class Composed:
    """The answer to a question about a state, as it is drawn.

    Parameters
    ----------
    answer : AnalysisView
        One with arrays.
    """

    answer: AnalysisView

    @property
    def request(self) -> Memory:
        """The question."""
        assert isinstance(self.answer.request, Memory)
        return self.answer.request

    @property
    def state(self) -> str:
        """The state that is taken apart."""
        return str(self.answer.facts["state"])

    @property
    def kind(self) -> str:
        """How it is kept: "kept", "linearised" or "overwritten"."""
        return str(self.answer.facts["kind"])

    @property
    def factor(self) -> str:
        """What it is kept with, as it stands in the equations; empty where it does not."""
        return str(self.answer.facts["factor"]).replace(" * ", " · ").replace("-", "\N{MINUS SIGN}")

    @property
    def factor_in_short(self) -> str:
        """The same as a factor of a product: "f", "(1 - z)"; "factor" where it is long or does not stand there."""
        if not 0 < len(self.factor) <= 7:
            return "factor"
        return f"({self.factor})" if " " in self.factor else self.factor

    @property
    def bound(self) -> str:
        """What is not taken apart; empty where everything is."""
        return str(self.answer.facts["bound"])

    @property
    def bound_in_short(self) -> str:
        """The same in a few words."""
        if not self.bound:
            return ""
        first, last = self.origins[0]
        if last > first:
            return f"origins in blocks of {last - first + 1:,}"
        rows = len(self.answer.arrays["bands"])
        return f"of steps {self.first + 1:,}\N{EN DASH}{self.first + rows:,} alone"

    @property
    def first(self) -> int:
        """The step of the first row of the bands."""
        return int(float(str(self.answer.facts["first"])))

    @property
    def origins(self) -> NDArray[np.intp]:
        """[K, 2], the first and the last step of every part."""
        return np.asarray(self.answer.arrays["origins"]).astype(np.intp)

    def series(self, name: str, rows: slice) -> Values:
        """[S], one of the arrays with a number per step, NaN outside the rows that are shown."""
        values = np.asarray(self.answer.arrays[name], dtype=np.float64)
        return np.asarray(reading.masked(values[:, None], rows)[:, 0], np.float64)

    def bands(self, rows: slice) -> Values:
        """[R, K + 1], what is left of the beginning and of every part, NaN outside the rows that are shown."""
        values = np.asarray(self.answer.arrays["bands"], dtype=np.float64)
        inner = slice(max(0, rows.start - self.first), max(0, min(len(values), rows.stop - self.first)))
        return values if inner == slice(0, len(values)) else np.asarray(reading.masked(values, inner), np.float64)

    def names(self) -> list[str]:
        """[K + 1], the parts by the tokens of their steps."""
        labels, origins = self.answer.trace.labels, self.origins.tolist()
        whole = self.first == 0 and len(self.answer.arrays["bands"]) == len(labels)
        backward = self.request.direction == "backward"
        beyond = f"after {origins[-1][1] + 1}" if backward else f"before {origins[0][0] + 1}"
        counts = Counter(labels)
        return [START if whole else beyond, *(_part(labels, counts, first, last) for first, last in origins)]


def _part(labels: tuple[str, ...], counts: Counter[str], first: int, last: int) -> str:
    """Return the token of a step, with the step where there are more of it; else the steps themselves."""
    if first != last:
        return f"{first + 1}\N{EN DASH}{last + 1}"
    label = labels[first].strip()
    if not label or label == str(first + 1):
        return f"t = {first + 1}"
    return label if counts[labels[first]] == 1 else f"{label} ({first + 1})"


def states_of(view: View) -> tuple[str, ...]:
    """Return the states of the picked layer's cell."""
    cell = reading.cell_of(view)
    return () if cell is None else cell.states


def recorded(view: View, state: str, unit: int | None) -> Values:
    """Return a state as it was recorded, [S]: of a unit, or in the mean over the units; NaN where it is not shown."""
    trace = view.trace
    assert trace is not None
    whole = trace.values(state, reading.shown_position(view), view.layer, view.direction).astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        return whole.mean(1) if unit is None else whole[:, min(unit, whole.shape[1] - 1)]


def whose(view: View, unit: int | None) -> str:
    """Return what is drawn of a layer: "layer 1, forward, unit 3"."""
    what = "mean over the units" if unit is None else f"unit {unit + 1}"
    return ", ".join(filter(None, (reading.where(view), what)))


def heading(view: View, request: Memory, mode: str, found: Composed | None) -> tuple[str, str]:
    """Return the title of a picture and what stands behind it; ``found`` None while it is being computed."""
    state = found.state if found is not None else request.state or "a state"
    factor = found.factor_in_short if found is not None else "factor"
    gone = found is not None and found.kind == "overwritten"
    told = whose(view, request.unit)
    if mode == "bands":
        bound = found.bound_in_short if found is not None and request.bands else ""
        title = f"Memory: {state}" if found is not None or request.state else "Memory"
        return title, ", ".join(filter(None, (told, "by the step that wrote it", bound)))
    if mode != "flows":
        product = "what is kept" if gone else f"∏ {factor}"
        return (
            "Highway",
            f"{told}: {product} since step {request.anchor + 1}, and the largest singular value of ∂sₜ/∂sₖ",
        )
    before = f"{state}[t\N{MINUS SIGN}1]"
    split = f"{state}[t] = {factor} · {before} + written"
    if found is not None and found.kind == "linearised":
        split = f"split by the derivative of {state}[t] with respect to {before}"
    elif gone:
        split = "nothing is kept"
    return "Kept, written", f"{told}: {split}"


def overwritten(view: View, state: str) -> str:
    """Return, in a large sentence, why a state keeps nothing of itself."""
    cell = reading.cell_of(view)
    assert cell is not None
    equation = cell.signal(state).equation
    if view.document is not None:
        equation = equation.replace("phi(", f"{view.document.spec.activation}(")
    nodes = [node for name in cell.order for node in walk(cell.equation(name).expression)]
    through = sorted({node.matrix for node in nodes if isinstance(node, MatrixProduct) and _reads(node, state)})
    if not through:
        return f"{state} is overwritten at every step: {equation}. Nothing of {state}[t-1] is carried over."
    listed = through[0] if len(through) == 1 else f"{', '.join(through[:-1])} and {through[-1]}"
    word = "matrix" if len(through) == 1 else "matrices"
    return (
        f"{state} is overwritten at every step: {equation}. Nothing of {state}[t-1] is carried over but through the "
        f"{word} {listed}: what is written is all there is."
    )


def _reads(node: MatrixProduct, state: str) -> bool:
    """Whether a product is with what a state was a step before."""
    return StateBefore(state) in walk(node.operand)


def begins(view: View, trace: TraceView) -> int:
    """Return the step that the picked direction begins with."""
    return trace.steps - 1 if view.direction == "backward" else 0
