"""What panels over time are built from: one axis, one cursor, heatmaps, curves, probabilities and tokens."""

from __future__ import annotations

from rnnviz.ui.drawing.ticks import Tick, fixed, number
from rnnviz.ui.plots.time.curve_items import Curve
from rnnviz.ui.plots.time.curves_plot import CurvesPlot
from rnnviz.ui.plots.time.heatmap_item import HeatmapItem
from rnnviz.ui.plots.time.heatmap_plot import HeatmapPlot
from rnnviz.ui.plots.time.log_curves import LogCurvesPlot, log_range, magnitude
from rnnviz.ui.plots.time.probability_plot import ProbabilityPlot
from rnnviz.ui.plots.time.stacked_bars import StackPlot
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.plots.time.time_widget import TimeWidget
from rnnviz.ui.plots.time.token_strip import TokenStrip
from rnnviz.ui.plots.xy.xy_plot import GraphCurve, GraphPlot

__all__ = [
    "Curve",
    "CurvesPlot",
    "GraphCurve",
    "GraphPlot",
    "HeatmapItem",
    "HeatmapPlot",
    "LogCurvesPlot",
    "ProbabilityPlot",
    "StackPlot",
    "Tick",
    "TimeAxis",
    "TimePlot",
    "TimeWidget",
    "TokenStrip",
    "fixed",
    "log_range",
    "magnitude",
    "number",
]
