"""The typeface: Inter, bundled, with figures of equal width wherever numbers change in place."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from rnnviz.assets import AssetError, asset

FAMILY = "Inter"
FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")
REGULAR = QFont.Weight.Normal
MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold


@cache
def load_fonts() -> str:
    """Register the bundled fonts with the running application, once, and return their family name.

    Raises
    ------
    AssetError
        If a font file is missing or cannot be read.
    """
    for name in FILES:
        path = asset("fonts", name)
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            raise AssetError(f"the font {path} cannot be read; install rnnviz again")
    return FAMILY


@cache
def _font(pixels: int, weight: QFont.Weight, tabular: bool) -> QFont:
    font = QFont(load_fonts())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def ui_font(pixels: float, weight: QFont.Weight = REGULAR, tabular: bool = True) -> QFont:
    """Return Inter at a size in logical pixels; `tabular` gives all figures one width.

    The same font is returned each time: it is not to be changed.
    """
    return _font(max(1, round(pixels)), weight, tabular)
