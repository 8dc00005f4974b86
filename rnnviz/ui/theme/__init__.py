"""How rnnviz looks: colours, type, sizes, signals, colour maps and icons."""

from __future__ import annotations

from rnnviz.ui.theme.apply import apply_theme
from rnnviz.ui.theme.colormaps import DIVERGING, GATES, MAGNITUDES, PROBABILITIES, STRENGTHS, ColourMap
from rnnviz.ui.theme.fonts import FAMILY, MEDIUM, REGULAR, SEMIBOLD, load_fonts, ui_font
from rnnviz.ui.theme.icons import icon, icon_names, icon_pixmap
from rnnviz.ui.theme.metrics import LECTURE, NORMAL, TYPE_SIZES, Metrics, largest_type, lecture_factor, metrics
from rnnviz.ui.theme.palette import DARK, LIGHT, PRINT, THEMES, Theme
from rnnviz.ui.theme.signals import SignalStyle, hue, series_style, signal_style
from rnnviz.ui.theme.tints import Tint, ink_on, tint

__all__ = [
    "DARK",
    "DIVERGING",
    "FAMILY",
    "GATES",
    "LECTURE",
    "LIGHT",
    "MAGNITUDES",
    "MEDIUM",
    "NORMAL",
    "PRINT",
    "PROBABILITIES",
    "REGULAR",
    "SEMIBOLD",
    "STRENGTHS",
    "THEMES",
    "TYPE_SIZES",
    "ColourMap",
    "Metrics",
    "SignalStyle",
    "Theme",
    "Tint",
    "apply_theme",
    "hue",
    "icon",
    "icon_names",
    "icon_pixmap",
    "ink_on",
    "largest_type",
    "lecture_factor",
    "load_fonts",
    "metrics",
    "series_style",
    "signal_style",
    "tint",
    "ui_font",
]
