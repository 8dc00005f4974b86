"""What panels over time are built from: one axis, one cursor, heatmaps, curves, probabilities and tokens."""

from __future__ import annotations

from rnnviz.ui.plots.curvelines import Curve
from rnnviz.ui.plots.curves import CurvesPlot
from rnnviz.ui.plots.graph import GraphBand, GraphCurve, GraphPlot
from rnnviz.ui.plots.heatmap import HeatmapItem
from rnnviz.ui.plots.heatmapplot import HeatmapPlot
from rnnviz.ui.plots.logcurves import LogCurvesPlot, log_range, magnitude
from rnnviz.ui.plots.probabilities import ProbabilityPlot
from rnnviz.ui.plots.stack import StackPlot
from rnnviz.ui.plots.ticks import Tick, fixed, number
from rnnviz.ui.plots.timeaxis import TimeAxis
from rnnviz.ui.plots.timeplot import TimePlot
from rnnviz.ui.plots.timewidget import TimeWidget
from rnnviz.ui.plots.tokens import TokenStrip

__all__ = [
    "Curve",
    "CurvesPlot",
    "GraphBand",
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
