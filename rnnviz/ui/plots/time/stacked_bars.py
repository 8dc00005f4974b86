"""Stacked bars over time: what each step's number is made of, part by part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.ui.drawing.ticks import MINUS, Tick, fixed, number
from rnnviz.ui.plots.base.parts import ZeroLines
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.base.view import LARGEST
from rnnviz.ui.plots.time.frame import Frame
from rnnviz.ui.plots.time.stacked_bands import Band, Stack, Steps, bands_of
from rnnviz.ui.plots.time.stacked_items import StackItem, StackLine, band_colour
from rnnviz.ui.plots.time.stacked_labels import BandLabel, BandLabels
from rnnviz.ui.plots.time.time_plot import TimePlot

HEADROOM = 1.06
"""How far the scale goes beyond the highest bar."""
LOST = 0.02
"""The share of the scale below which what is in view cannot be read: the scale is then its own."""
_JUST = 1e-6


class StackPlot(TimePlot):
    """Per step a bar of stacked parts, those above zero upwards and those below it downwards, and a line over them.

    Of more than 32 parts neighbours are gathered into 16 bands of one colour each; with `places` the parts in view are
    told apart as finely as that allows, so that zooming in takes bands apart. The margin names the bands of the
    cursor's step, the largest first. Pointing at a bar lights its band at all steps; `hovered(step, part)` and
    `rowClicked(part)` tell the part itself, counted from 0 (-1 for none), also within a band of many.

    A row of NaN is hatched: it is not there. A row that holds any other NaN or an infinity cannot be stacked; it is
    left out and marked, and pointing at it says what is in it.
    """

    def build(self) -> None:
        """Add bars, line and names."""
        self.stack = Stack(np.zeros((0, 0)))
        self.line: Floats | None = None
        self._names: tuple[str, ...] = ()
        self._colours: tuple[str, ...] = ()
        self._places: Steps | None = None
        self._line_name, self._lead, self._fits = "", "", False
        self.bars_item, self.line_item = StackItem(), StackLine()
        self._zero, self._labels = ZeroLines(), BandLabels()
        self.add_data(self.bars_item, 10)
        self.add_over_data(self._zero, 12)
        self.add_data(self.line_item, 14)
        self.add_beside_data(self._labels)

    # what panels call

    def set_stack(
        self,
        values: ArrayLike,
        names: Sequence[str],
        *,
        line: ArrayLike | None = None,
        line_name: str = "",
        colours: Sequence[str] = (),
        places: Sequence[int] | Steps | None = None,
        first: int = 0,
        lead: str = "",
        fit: bool = True,
    ) -> None:
        """Show the parts of every step.

        Parameters
        ----------
        values : array_like, [S, K]
            Part 0 lies next to zero.
        names : sequence of str, [K]
        line : array_like, [S], optional
            A number drawn over the bars, such as the one that the parts sum to.
        line_name : str
        colours : sequence of str, [K], optional
            Colours as ``#rrggbb`` of parts that are not to be on the ramp; empty strings for the others.
        places : int array [K] or [K, 2], optional
            The steps that parts belong to, rising, or the first and the last step of each.
        first : int
            The step of row 0 of the values; those of the line begin with step 0.
        lead : str
            What stands before the name of a part that is pointed at, such as "from".
        fit : bool
            Whether the scale follows the values: all of them, or where those in view would be lost on it, these.
        """
        self.stack = Stack(values, first)
        self.line = None if line is None else np.asarray(line, dtype=np.float64).reshape(-1)
        self._line_name, self._lead = line_name, lead
        self._names, self._colours = tuple(names), tuple(colours)
        self._places = None if places is None else np.asarray(places, dtype=np.intp)
        self._fits = fit
        self.relayout()

    def light(self, part: int) -> None:
        """Let the band of a part stand out at all steps; -1 for none."""
        self.bars_item.light(self.band_of(part))

    def band_of(self, part: int) -> Band | None:
        """Return the band that a part is drawn in."""
        return next((band for band in self.bands if band.first <= part <= band.last), None)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands that the parts are gathered into for the steps in view."""
        return self.bars_item.bands

    @property
    def values(self) -> Floats:
        """The parts shown, [S, K]."""
        return self.stack.values

    def gathered(self) -> list[Band]:
        """Gather the parts into bands for the steps in view."""
        return bands_of(self._names, self._colours, self._places, self.axis.view) if self._names else []

    # what the base asks

    def row_in(self, step: int, y: float) -> int:
        """Return the part under the mouse."""
        return self.stack.part_at(step, self.value_at(y))

    def pointed_at(self, step: int, row: int) -> None:
        """Light the band under the mouse."""
        super().pointed_at(step, row)
        self.light(-1 if step >= 0 and self.is_hidden(step) else row)

    def describe(self, step: int, row: int) -> str:
        """Return step, part, its value and its share of the bar, its band, and the number of the line."""
        said, place = [f"t = {step + 1}"], self.stack.row(step)
        if place >= 0:
            if self.stack.strange[place]:
                said.append(_strange(self.values[place]))
            elif row >= 0:
                value, share = self.stack.share(place, row, row)
                said.append(f"{self._lead} {self._names[row]} {fixed(value)} ({share:.0%})".lstrip())
                band = self.band_of(row)
                if band is not None and not band.single:
                    value, share = self.stack.share(place, band.first, band.last)
                    which = band.name if self._places is None else f"steps {band.name}"
                    said.append(f"all of {which} {fixed(value)} ({share:.0%})")
        if self.line is not None and 0 <= step < len(self.line):
            said.append(f"{self._line_name} {fixed(float(self.line[step]))}")
        return "   ".join(said)

    def layout_changed(self) -> None:
        """Gather the parts for the view, and place everything."""
        if self._fits and (low_high := self._fitting()) != self._given:
            self.set_value_range(*low_high)  # which lays everything out again
            return
        self.bars_item.show_stack(self.stack, self.gathered(), Frame.of(self))
        self._zero.place(self.data_rect)
        self._zero.give((None, self.y_of(0.0) if self._low < 0 < self._high else None))
        self._labels.place(self.gutter_rect)
        self._place_line()
        self._place_labels()

    def cursor_changed(self) -> None:
        """Name the bands of the step."""
        super().cursor_changed()
        self._place_labels()

    def cover_changed(self) -> None:
        """Name no bands of a hidden step."""
        super().cover_changed()
        self.line_item.uncover(self._seen())
        self._place_labels()

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return round numbers, very large and very small ones as powers of ten."""
        ticks = super().automatic_ticks(most)
        if 1e-3 < max(abs(self._low), abs(self._high)) < 1e5:
            return ticks
        return [replace(tick, text=number(tick.value, 2)) for tick in ticks]

    def _fitting(self) -> tuple[float, float]:
        first, last = max(0, int(np.floor(self.axis.view[0] + 0.5))), int(np.ceil(self.axis.view[1] + 0.5))
        own = slice(max(0, first - self.stack.first), max(0, last - self.stack.first))
        series = [(self.stack.upper, own), (self.stack.lower, own)]
        series += [(self.line, slice(first, last))] if self.line is not None else []
        low, high = _ends([values for values, _ in series])
        inner = _ends([values[rows] for values, rows in series])
        if 0 < inner[1] - inner[0] < LOST * (high - low):
            low, high = inner
        if low == high:
            return 0.0, 1.0
        room = (high - low) * (HEADROOM - 1)
        return (low - room if low < 0 else 0.0), (high + room if high > 0 else 0.0)

    def _place_line(self) -> None:
        line = np.zeros(0) if self.line is None else self.line
        self.line_item.show_line(line, self.stack, Frame.of(self), self._line_name)
        self.line_item.uncover(self._seen())

    def _seen(self) -> tuple[float, float]:
        """Return the pixels between which the line is seen: half a line to a hidden point would tell where it goes."""
        before, after = self.hidden_before, self.hidden_after
        first = -math.inf if before is None else self.x_of(before - 0.25)
        return first, math.inf if after is None else self.x_of(after + 0.25) + _JUST

    def _brief(self, value: float) -> str:
        """Return a value with as many decimals as the scale asks for, so that numbers beside each other compare."""
        top = max(abs(self._low), abs(self._high))
        if not (math.isfinite(value) and 0.01 <= top < 1e5):
            return number(value, 2)
        decimals = max(0, 2 - math.floor(math.log10(top)))
        return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", MINUS)

    def _place_labels(self) -> None:
        step = self.cursor_step
        row = self.stack.row(step)
        if step is None or self.is_hidden(step) or row < 0 or np.isnan(self.stack.upper[row]):
            self._labels.give([])
            return
        upper, lower = (edges[0] for edges in self.stack.edges(np.array([row]), self.bands))
        labels = []
        if self.line is not None and step < len(self.line) and np.isfinite(self.line[step]):
            value = float(self.line[step])
            labels.append(BandLabel(self._line_name, self._brief(value), self.theme.text, self.y_of(value), 1.0, True))
        for k, band in enumerate(self.bands):
            value, share = self.stack.share(row, band.first, band.last)
            reach = upper if upper[k + 1] - upper[k] >= lower[k] - lower[k + 1] else lower
            if share > 0:
                y = self.y_of(float(reach[k] + reach[k + 1]) / 2)
                labels.append(BandLabel(band.name, self._brief(value), band_colour(band, self.theme), y, share))
        self._labels.give(labels)


def _ends(series: list[Floats]) -> tuple[float, float]:
    """Return the least and the greatest finite number of all, zero among them."""
    finite = np.clip(np.concatenate([values[np.isfinite(values)] for values in series]), -LARGEST / 4, LARGEST / 4)
    return float(finite.min(initial=0.0)), float(finite.max(initial=0.0))


def _strange(row: NDArray[np.float64]) -> str:
    """Say what keeps a step from being stacked."""
    infinite, absent = int(np.isinf(row).sum()), int(np.isnan(row).sum())
    found = [f"{n} {what}" for n, what in ((infinite, "infinite"), (absent, "not a number")) if n]
    return f"cannot be stacked: of {len(row)} parts {' and '.join(found) or 'the sum overflows'}"
