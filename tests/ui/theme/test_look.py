"""Type, icons and palette of the application."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from rnnviz.assets import AssetError
from rnnviz.ui.theme import (
    DARK,
    LECTURE,
    LIGHT,
    NORMAL,
    SEMIBOLD,
    apply_theme,
    icon,
    icon_names,
    icon_pixmap,
    metrics,
    ui_font,
)


def test_the_type_is_the_bundled_one(qapp: QApplication) -> None:
    assert QFontInfo(ui_font(13)).family() == "Inter"
    assert QFontInfo(ui_font(13, SEMIBOLD)).weight() == SEMIBOLD


def test_all_figures_are_of_one_width(qapp: QApplication) -> None:
    width = QFontMetricsF(ui_font(20)).horizontalAdvance
    assert len({round(width(figure), 3) for figure in "0123456789"}) == 1


def test_lecture_sizes_are_larger_throughout() -> None:
    assert metrics(True) is LECTURE
    assert metrics(False) is NORMAL
    for name in ("text", "small", "title", "readout", "token", "left_margin", "right_margin", "line", "marker"):
        assert getattr(LECTURE, name) >= 1.3 * getattr(NORMAL, name)


def test_every_icon_is_drawn_in_the_colour_asked_for(qapp: QApplication) -> None:
    assert {"play", "pause", "step-forward", "step-back", "moon", "sun", "eye-off"} <= set(icon_names())
    for name in icon_names():
        image = icon_pixmap(name, "#ff0000", 24, 2.0).toImage()
        assert (image.width(), image.devicePixelRatio()) == (48, 2.0)
        pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
        solid = [pixel for pixel in pixels if pixel.alpha() == 255]
        assert len(solid) > 10
        assert all(pixel == QColor("#ff0000") for pixel in solid)


def test_a_disabled_icon_is_faint(qapp: QApplication) -> None:
    image = icon("play", DARK).pixmap(24, QIcon.Mode.Disabled).toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() == 255
    }
    assert colours == {DARK.faint}


def test_an_unknown_icon_is_refused_by_name(qapp: QApplication) -> None:
    with pytest.raises(AssetError, match="'unicorn'"):
        icon("unicorn", LIGHT)


def test_the_theme_can_be_switched_while_running(qapp: QApplication) -> None:
    before = (qapp.palette(), qapp.font(), qapp.styleSheet(), qapp.style().objectName())
    try:
        for theme in (DARK, LIGHT):
            apply_theme(qapp, theme, LECTURE)
            assert qapp.palette().color(QPalette.ColorRole.Window).name() == theme.window
            assert qapp.font().pixelSize() == LECTURE.text
            assert theme.border in qapp.styleSheet()
    finally:
        qapp.setPalette(before[0])
        qapp.setFont(before[1])
        qapp.setStyleSheet(before[2])
        qapp.setStyle(before[3])
