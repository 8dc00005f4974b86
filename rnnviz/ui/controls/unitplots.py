"""Heatmaps of units, and of named inputs and outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.record import SignalField
from rnnviz.engine.spec import Direction
from rnnviz.ui import reading
from rnnviz.ui.plots import HeatmapPlot, Tick
from rnnviz.ui.theme import DIVERGING, GATES
from rnnviz.ui.view import TraceView


class UnitHeatmap(HeatmapPlot):
    """A signal as units by steps."""

    lowest_outlined = 7.0
    rows_named = True
    """Whether rows are numbered at the left; a plot named there in large type has no room for that."""

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the numbers of some rows, or none where the plot is named in their place."""
        return super().automatic_ticks(most) if self.rows_named else []


class NamedHeatmap(UnitHeatmap):
    """Inputs or outputs by steps, named where there is room for names, else numbered."""

    names: tuple[str, ...] = ()
    kind = "output"
    """What a row is called that has no name, before its number."""

    @property
    def row_kind(self) -> str:  # type: ignore[override]
        """What rows are called, several of them."""
        return f"{self.kind}s"

    def row_name(self, row: int) -> str:
        """Return the name of a row."""
        return self.names[row] if row < len(self.names) else f"{self.kind} {row + 1}"

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the names of all rows where they fit, else the numbers of some."""
        rows = self.values.shape[1]
        if rows and len(self.names) == rows and self.data_rect.height() / rows >= self.sizes.small * 1.2:
            return [Tick(row + 0.5, name) for row, name in enumerate(self.names)]
        return super().automatic_ticks(most)


class SignalHeatmap:
    """Keeps a heatmap at what a run has computed of a signal, redrawing only what is new.

    Parameters
    ----------
    plot : HeatmapPlot
    """

    def __init__(self, plot: HeatmapPlot) -> None:
        self.plot = plot
        self._trace: TraceView | None = None
        self._place: tuple[str, int, Direction] | None = None
        self._rows = slice(0, 0)
        self._bounds: tuple[float, float] | None = None
        self._levels = (0.0, 1.0)

    @property
    def levels(self) -> tuple[float, float]:
        """The ends of the colour scale that the signal itself asks for."""
        return self._levels

    def share(self, levels: tuple[float, float]) -> None:
        """Draw on a scale that is wider than the signal asks for, such as one that other signals share."""
        if self.plot.levels != levels:
            self.plot.set_levels(*levels, GATES if levels[0] >= 0 else DIVERGING)

    def show(self, trace: TraceView, field: SignalField, rows: slice) -> None:
        """Show a signal at the steps `rows`."""
        place = (field.signal, field.layer, field.direction)
        recorded = trace.record.signal(*place)
        before = self._rows
        if trace is not self._trace or place != self._place:
            self._trace, self._place, self._rows = trace, place, rows
            self._bounds = reading.bounds_of(trace, field)
            self._levels = reading.levels_of(self._bounds, recorded[rows])
            self._replace(recorded, rows)
        elif rows != before:
            self._rows = rows
            if rows.start == before.start and rows.stop > before.stop:
                self._extend(recorded, slice(before.stop, rows.stop))
            elif rows.stop == before.stop and rows.start < before.start:
                self._extend(recorded, slice(rows.start, before.start))
            else:
                self._replace(recorded, rows)

    def clear(self) -> None:
        """Show nothing."""
        self._trace, self._place, self._rows = None, None, slice(0, 0)
        self.plot.clear()

    def _replace(self, recorded: NDArray[np.floating], rows: slice) -> None:
        shown = recorded[: rows.stop] if rows.start == 0 else reading.masked(recorded, rows)
        self.plot.set_data(shown, self._levels, GATES if self._levels[0] >= 0 else DIVERGING)

    def _extend(self, recorded: NDArray[np.floating], new: slice) -> None:
        top = reading.levels_of(self._bounds, recorded[new])
        if top[1] > self._levels[1]:
            self._levels = top
            self.plot.set_levels(*top)
        self.plot.update_rows(new.start, recorded[new])


class LitMark(QWidget):
    """A bar at the left edge of a plot whose signal is lit.

    Parameters
    ----------
    plot : QWidget
        The plot that it stands in.
    """

    WIDTH = 4

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._colour = "#000000"
        self.hide()

    def light(self, lit: bool, colour: str) -> None:
        """Show the bar in a colour, or hide it."""
        if lit == self.isHidden() or colour != self._colour:
            self._colour = colour
            self.setVisible(lit)
            self.update()
        if lit:
            self.setGeometry(0, 0, self.WIDTH, self._plot.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar."""
        QPainter(self).fillRect(QRectF(self.rect()), QColor(self._colour))
