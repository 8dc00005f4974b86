"""Lecture figures: plots and the window as PNG, SVG, PDF and on the clipboard, their data as CSV and NPZ."""

from rnnviz.ui.export.clipboard import copy_figure
from rnnviz.ui.export.data import save_data
from rnnviz.ui.export.errors import ExportError
from rnnviz.ui.export.figures import SLIDE, Figure, WidgetFigure
from rnnviz.ui.export.write import save_figure

__all__ = ["SLIDE", "ExportError", "Figure", "WidgetFigure", "copy_figure", "save_data", "save_figure"]
