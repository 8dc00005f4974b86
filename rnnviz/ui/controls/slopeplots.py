"""The slope of an activation per unit and step, as a heatmap, with its mean and its minimum over the units."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.ui import reading
from rnnviz.ui.controls.unitplots import UnitHeatmap
from rnnviz.ui.drawing.ticks import round_ticks
from rnnviz.ui.plots import Curve, CurvesPlot, Tick, TimeAxis
from rnnviz.ui.session import Session
from rnnviz.ui.theme import MAGNITUDES, Metrics, SignalStyle, Theme, signal_style
from rnnviz.ui.view import AnalysisView, View

_LOWEST = 190
"""Height below which the curves are left out."""


class SlopeHeatmap(UnitHeatmap):
    """Slopes of some units, which are named by their numbers."""

    units: tuple[int, ...] = ()

    def row_name(self, row: int) -> str:
        """Return the number of a row's unit."""
        return f"unit {self.units[row] + 1}" if row < len(self.units) else ""

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the numbers of some units."""
        rows = len(self.units)
        if rows <= most:
            return [Tick(row + 0.5, str(unit + 1)) for row, unit in enumerate(self.units)]
        found = round_ticks(0, rows, most)
        chosen = [int(tick.value) - 1 for tick in found if tick.value == int(tick.value) >= 1]
        return [Tick(row + 0.5, str(self.units[row] + 1)) for row in chosen if row < rows]


class SlopePlots(QWidget):
    """Heatmap and curves over the shared time axis.

    Parameters
    ----------
    axis : TimeAxis
    session : Session
    parent : QWidget or None
    """

    told = Signal(str)
    """What is under the mouse."""
    unitClicked = Signal(int)

    def __init__(self, axis: TimeAxis, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heatmap = SlopeHeatmap(axis)
        self.curves = CurvesPlot(axis)
        self._axis = axis
        self._drawn: tuple[object, ...] = ()
        self._largest = 1.0
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for plot, stretch in ((self.heatmap, 3), (self.curves, 2)):
            rows.addWidget(plot, stretch)
            plot.stepClicked.connect(session.go_to)
            plot.hovered.connect(self._on_hovered)
        self.heatmap.rowClicked.connect(self._on_row)

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        for plot in (self.heatmap, self.curves):
            plot.set_theme(theme, sizes)

    def show_slopes(self, view: View, answer: AnalysisView, signal: str) -> None:
        """Show the slopes of a signal that the engine has told."""
        drawn = (answer, self.heatmap.theme)
        if drawn != self._drawn:
            self._drawn = drawn
            self._show(answer, signal)
        units = list(self.heatmap.units)
        self.heatmap.set_picked([units.index(unit) for unit in view.units if unit in units])
        for plot in (self.heatmap, self.curves):
            plot.set_cursor(view.step if view.step >= 0 else None)
            plot.set_ahead_hidden(reading.cover_after(view))

    def _show(self, answer: AnalysisView, signal: str) -> None:
        slopes = np.asarray(answer.arrays["slopes"])
        largest = float(str(answer.facts["largest"]))
        if not np.isfinite(largest):
            finite = slopes[np.isfinite(slopes)]
            largest = reading.rounded_up(float(np.abs(finite).max()) if finite.size else 1.0)
        self.heatmap.units = tuple(answer.arrays["units"].tolist())
        self.heatmap.set_data(slopes, (0.0, largest), MAGNITUDES)
        self.curves.set_value_range(0.0, largest)
        style = signal_style(signal, self.heatmap.theme)
        quiet = SignalStyle(self.heatmap.theme.muted, style.symbol, "dash")
        mean, least = (np.asarray(answer.arrays[name], np.float64) for name in ("mean", "least"))
        self.curves.set_curves({"mean": Curve(mean, style, "mean"), "min": Curve(least, quiet, "min")})

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the curves out where there is no room for both."""
        super().resizeEvent(event)
        self.curves.setVisible(self.height() >= _LOWEST)

    def _on_row(self, row: int) -> None:
        if row < len(self.heatmap.units):
            self.unitClicked.emit(self.heatmap.units[row])

    def _on_hovered(self, step: int, row: int) -> None:
        plot = self.sender()
        if step < 0 or not isinstance(plot, SlopeHeatmap | CurvesPlot):
            self.told.emit("")
        elif plot.is_hidden(step):
            self.told.emit(f"t = {step + 1}, hidden")
        else:
            self.told.emit(plot.describe(step, row))
