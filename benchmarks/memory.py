"""What a plot costs in memory, beside a bare one of pyqtgraph; where the system tells what a process holds."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.app import application
from rnnviz.ui.plots import Curve, CurvesPlot, HeatmapPlot, TimeAxis
from rnnviz.ui.theme import LIGHT, signal_style

HEAD = ("memory, each plot painted at 1200 x 160", "a plot (kB)")
_STATM = Path("/proc/self/statm")
_PAGE = 4


def rows(units: int, steps: int, count: int) -> list[tuple[str, ...]]:
    """Return what one of `count` plots of each kind takes, in kB; nothing where the system does not tell.

    Parameters
    ----------
    units, steps : int
        H and T of the heatmaps.
    count : int
    """
    if not _STATM.exists():
        return []
    application()
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(steps)])
    values = np.random.default_rng(0).uniform(-1, 1, (steps, units)).astype(np.float32)

    def bare() -> Any:
        plot = pyqtgraph.PlotWidget()
        plot.addItem(pyqtgraph.ImageItem(values, levels=(-1, 1)))
        return plot

    def heatmap() -> QWidget:
        plot = HeatmapPlot(axis)
        plot.set_data(values, (-1.0, 1.0))
        return plot

    def curves() -> QWidget:
        plot = CurvesPlot(axis)
        plot.set_curves({unit: Curve(values[:, unit], signal_style("h", LIGHT), str(unit)) for unit in range(3)})
        return plot

    made = {"a bare image of pyqtgraph": bare, f"a heatmap, T = {steps}, H = {units}": heatmap, "three curves": curves}
    plots: list[QWidget] = []  # all of them, or one kind would take the room that another has left
    found: list[tuple[str, ...]] = [(what, f"{_each(make, count, plots):.0f}") for what, make in made.items()]
    for plot in plots:
        plot.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return found


def _each(make: Callable[[], QWidget], count: int, plots: list[QWidget]) -> float:
    plots.append(_painted(make))  # the first finds nothing prepared
    before = _resident()
    plots += [_painted(make) for _ in range(count)]
    return max((_resident() - before) / count, 0.0)


def _painted(make: Callable[[], QWidget]) -> QWidget:
    plot = make()
    plot.resize(1200, 160)
    plot.show()
    QCoreApplication.processEvents()
    plot.hide()
    return plot


def _resident() -> int:
    """Return what the process holds, in kB."""
    gc.collect()
    return int(_STATM.read_text().split()[1]) * _PAGE
