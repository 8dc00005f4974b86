"""Maps of magnitudes by powers of ten, and the map and the bars of losses: nothing hidden, cheap to step through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.choicebox import ChoiceBox
from rnnviz.ui.itemising import Items
from rnnviz.ui.plots.time.log_heatmap import MOST_DECADES, LogHeatmapPlot, zero_colour
from rnnviz.ui.plots.time.loss_bars import LossStack
from rnnviz.ui.plots.time.loss_map import LossMapPlot, loss_name
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import DARK, LECTURE, LIGHT, MAGNITUDES, NORMAL, THEMES
from rnnviz.ui.theme.colormaps import MINUS_INFINITY, PLUS_INFINITY


def shown(qtbot: QtBot, kind: Any, steps: int, width: int = 800, height: int = 300) -> Any:
    axis = TimeAxis()
    axis.set_steps([f"w{step}" for step in range(steps)])
    plot = kind(axis)
    plot.kept = axis
    qtbot.addWidget(plot)
    plot.resize(width, height)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def colour(plot: QWidget, x: float, y: float) -> str:
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return QColor(image.pixel(int(x), int(y))).name()


def entry(index: int) -> str:
    return QColor(*MAGNITUDES.table(LIGHT)[index][:3].tolist()).name()


def test_zeros_infinities_and_what_is_not_a_number_have_colours_of_their_own(qtbot: QtBot) -> None:
    plot = shown(qtbot, LogHeatmapPlot, 4)
    plot.set_logarithms(np.array([[-np.inf], [np.inf], [np.nan], [0.0]]))
    place = plot.y_of(0.9)
    assert colour(plot, plot.x_of(0), place) == zero_colour(LIGHT)
    assert colour(plot, plot.x_of(1), place) == entry(PLUS_INFINITY)
    assert colour(plot, plot.x_of(2), place) == entry(MINUS_INFINITY)
    assert colour(plot, plot.x_of(3), place) == entry(252)
    assert [plot.value_text(step, 0) for step in range(4)] == ["0", "∞", "NaN", "1.00"]
    assert [sign for _, sign in plot._infinite_cells()] == ["∞", "NaN"]
    assert plot._powers._special == ("0", "∞", "NaN")


def test_only_what_occurs_is_named_beside_the_scale(qtbot: QtBot) -> None:
    plot = shown(qtbot, LogHeatmapPlot, 2)
    plot.set_logarithms(np.array([[-1.0], [-4.2]]))
    assert plot._powers._special == ()
    assert plot.levels == (-5.0, -1.0)


def test_where_steps_share_a_pixel_a_zero_hides_no_number_and_nothing_hides_what_is_not_one(qtbot: QtBot) -> None:
    plot = shown(qtbot, LogHeatmapPlot, 8000)
    values = np.full((8000, 1), -np.inf)
    values[1000::100] = 0.0
    values[4000] = np.nan
    plot.set_logarithms(values)
    assert (plot._item.values[1000::100][:30] == 0).all()
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    row = [QColor(image.pixel(x, 150)).name() for x in range(int(plot.x_of(0)) + 2, int(plot.x_of(7999)) - 2)]
    assert row.count(entry(252)) >= 69
    assert entry(MINUS_INFINITY) in row
    assert row[5] == zero_colour(LIGHT)


def test_a_scale_of_too_many_powers_is_cut_below_and_says_so(qtbot: QtBot) -> None:
    plot = shown(qtbot, LogHeatmapPlot, 2)
    plot.set_logarithms(np.array([[-300.0], [0.0]]))
    assert plot.levels == (-MOST_DECADES, 0.0)
    assert plot._powers._cut
    ticks = plot._powers._ticks(QRectF(0, 0, 10, 140))
    assert ticks[0][0].value == -MOST_DECADES
    assert plot.value_text(0, 0) == "1.0e−300"


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("height", [30, 84, 300])
def test_every_size_and_theme_is_painted(theme: Any, height: int, qtbot: QtBot, caplog: Any) -> None:
    plot = shown(qtbot, LossMapPlot, 5, 300, height)
    plot.set_losses(np.arange(4), np.array([[0.0, -np.inf, np.nan, np.inf]] * 5), ["a", "b", "c", "d"])
    plot.set_own(2)
    for sizes in (NORMAL, LECTURE):
        plot.set_theme(theme, sizes)
        plot.grab()
    assert not caplog.records


def table(losses: int, steps: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    distance = np.arange(losses)[None, :] - np.arange(steps)[:, None]
    return np.where(distance >= 0, -0.1 * distance, -np.inf)


def test_rows_are_named_by_their_losses_and_round_numbers_where_they_are_many(qtbot: QtBot) -> None:
    plot = shown(qtbot, LossMapPlot, 400)
    plot.set_losses(np.arange(4), table(4, 400), ["the", "cat", "", "sat"])
    assert [tick.text for tick in plot.automatic_ticks(10)] == ["the L₁", "cat L₂", "L₃", "sat L₄"]
    plot.set_losses(np.arange(400), table(400, 400))
    assert [tick.text for tick in plot.automatic_ticks(5)] == [loss_name(step) for step in (99, 199, 299, 399)]
    plot.set_losses(np.array([2, 11, 255, 399]), table(4, 400), ["", "", "", ""])
    plot.resize(800, 60)
    QApplication.processEvents()
    assert len(plot.automatic_ticks(2)) == 2


def test_the_row_of_the_cursor_moves_without_the_image_being_made_anew(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = shown(qtbot, LossMapPlot, 1000)
    plot.set_losses(np.arange(1000), table(1000, 1000))
    plot.grab()
    made: list[int] = []
    monkeypatch.setattr(plot._item, "_draw", lambda *_: made.append(1))
    for step in (3, 500, 999):
        plot.set_cursor(step)
        plot.set_own(step)
        plot.repaint()
    assert made == []


def test_covered_losses_are_blank_unnamed_and_untold(qtbot: QtBot) -> None:
    plot = shown(qtbot, LossMapPlot, 8)
    plot.set_losses(np.arange(8), np.zeros((8, 8)), [f"w{k}" for k in range(8)])
    plot.set_shown(3)
    plot.set_own(5)
    assert colour(plot, plot.x_of(2), plot.y_of(2.5)) == entry(252)
    assert colour(plot, plot.x_of(2), plot.y_of(3.5)) == LIGHT.surface
    assert plot.row_at(plot.y_of(4.5)) == -1
    assert [tick.text for tick in plot.automatic_ticks(20)] == ["w0 L₁", "w1 L₂", "w2 L₃"]
    assert not plot._row.isVisible()
    assert plot.share(1, 2) == pytest.approx(1 / 3)
    plot.set_shown(None)
    assert plot._row.isVisible()
    assert plot.share(1, 2) == pytest.approx(1 / 8)


def test_the_share_of_a_loss_is_told_however_small_all_are(qtbot: QtBot) -> None:
    plot = shown(qtbot, LossMapPlot, 2)
    plot.set_losses(np.arange(2), np.array([[-400.0, -400.0 + np.log10(3)], [np.inf, 0.0]]), ["a", "b"], "sum of norms")
    assert plot.describe(0, 1) == "t = 1   L₂ b   3.0e−400   75.0% of the sum of norms"
    assert plot.describe(1, 1) == "t = 2   L₂ b   1.00"
    assert plot.describe(1, -1) == "t = 2"


def test_bands_of_the_bars_are_named_by_their_losses(qtbot: QtBot) -> None:
    plot = shown(qtbot, LossStack, 64)
    options: dict[str, Any] = {"line_name": "‖Σₖ‖", "power": -7, "span": (0.0, 64.0)}
    values = np.ones((64, 64))
    plot.set_losses(np.arange(64), values, np.full(64, 8.0), tokens=["x"] * 64, **options)
    plot.set_cursor(2)
    assert [band.name for band in plot.bands][:2] == ["L₁..₄", "L₅..₈"]
    assert {label.name for label in plot._labels.content} == {"‖Σₖ‖", *(band.name for band in plot.bands)}
    assert plot.describe(0, 1) == (
        "t = 1   L₂ x: 1.0e−7 (1.6% of the bar)   all of L₁..₄: 4.0e−7 (6.2% of the bar)   ‖Σₖ‖: 8.0e−7"
    )
    plot.set_theme(DARK, LECTURE)
    plot.set_losses(np.arange(2), np.array([[1.0, 3.0]] * 64), np.full(64, 0.5), **{**options, "power": None})
    assert plot.describe(0, 1).startswith("t = 1   L₂: ")
    assert [tick.text for tick in plot.automatic_ticks(3)][-1].endswith(" %")


def test_the_picked_loss_stays_lit_when_the_mouse_leaves(qtbot: QtBot) -> None:
    plot = shown(qtbot, LossStack, 3)
    plot.set_losses(np.arange(3), np.ones((3, 3)), np.ones(3), line_name="Σₖ", power=0, span=(0.0, 3.0))
    plot.keep_lit(1)
    plot.pointed_at(0, 2)
    assert plot.bars_item.lit == plot.band_of(2)
    plot.pointed_at(-1, -1)
    assert plot.bars_item.lit == plot.band_of(1)


def items_of(items: Any, sums: Any, signs: Any = None, sum_signs: Any = None) -> Items:
    with np.errstate(divide="ignore"):
        logs, totals = np.log10(np.array(items)), np.log10(np.array(sums))
    count = len(items)
    return Items(np.arange(count), logs, totals, signs, sum_signs, count)


def test_shares_keep_signs_and_are_nothing_where_nothing_arrives() -> None:
    signs, sum_signs = np.array([[1, -1, 1], [1, 1, 0]]), np.array([[1, -1, 1], [1, -1, 1]])
    items = items_of([[1.0, 3.0, 0.0], [3.0, 1.0, 0.0]], [[1, 3, 0], [4, 2, 0]], signs, sum_signs)
    parts, line = items.shares(2)
    np.testing.assert_allclose(parts, [[0.25, 0.75], [-0.75, 0.25], [0.0, 0.0]])
    np.testing.assert_allclose(line[:2], [1.0, -0.5])
    assert np.isnan(line[2])
    assert items.span_of("shares") == (-1.0, 1.0)
    assert items.span == (-3.0, 4.0)


def test_bars_of_what_no_float_can_hold_are_drawn_in_units_of_their_power() -> None:
    items = items_of([[1.0, 2.0]], [[1.0, 2.0]])
    tiny = Items(items.losses, items.items - 400, items.sums - 400, None, None, 1)
    assert tiny.power == -400
    np.testing.assert_allclose(tiny.plain[:, 0], [1.0, 2.0], rtol=1e-9)
    np.testing.assert_allclose(tiny.line(1), [1.0, 2.0], rtol=1e-9)


def test_the_finite_part_sets_the_scale_beside_infinities() -> None:
    items = items_of([[1.0, np.inf, np.nan]], [[1.0, np.inf, np.nan]])
    assert items.power == 0
    assert items.span == (0.0, 1.0)


def test_a_choice_among_many_tells_what_the_user_chose(qtbot: QtBot) -> None:
    box = ChoiceBox("Gradient of")
    qtbot.addWidget(box)
    box.set_groups([("h", "h", "hidden state"), ("c", "c", "")], [("parameter:W", "W", "")])
    assert box.values() == ("h", "c", "parameter:W")
    box.set_value("c")
    assert box.currentText() == "c"
    told: list[str] = []
    box.chosen.connect(told.append)
    box.setCurrentIndex(box.findText("W"))
    box.activated.emit(box.currentIndex())
    assert told == ["parameter:W"]
    box.set_value("gone")
    assert box.currentIndex() == -1
