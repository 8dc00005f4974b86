"""Plots over time: aligned to the pixel, honest about what is not there, cheap to step through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.export import WidgetFigure
from rnnviz.ui.plots import Curve, CurvesPlot, HeatmapPlot, LogCurvesPlot, ProbabilityPlot, TimeAxis, TokenStrip
from rnnviz.ui.plots.base import end_labels
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.theme import DARK, GATES, LECTURE, LIGHT, NORMAL, signal_style
from rnnviz.ui.theme.colormaps import LEVELS
from tests.ui.mouse import click, double_click, drag, move, wheel

Column = Any
Picture = Callable[[QWidget], QImage]
Colour = Callable[[QImage, float, float], str]


def shown(plot: QWidget, qtbot: QtBot, width: int = 800, height: int = 240) -> None:
    qtbot.addWidget(plot)
    plot.resize(width, height)
    plot.show()
    qtbot.waitExposed(plot)


def axis_of(steps: int) -> TimeAxis:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(steps)])
    return axis


@pytest.mark.parametrize("sizes", [NORMAL, LECTURE])
def test_a_step_stands_on_the_same_pixels_in_every_plot(column: Column, sizes: Any) -> None:
    for plot in column.plots:
        plot.set_theme(DARK, sizes)
    column.axis.set_view(2.5, 9.5)
    for plot in column.plots:
        assert plot.data_rect.left() == sizes.left_margin
        assert plot.data_rect.right() == column.width() - sizes.right_margin
        assert [plot.x_of(step) for step in range(12)] == [column.tokens.x_of(step) for step in range(12)]


def test_the_cursor_is_one_line_through_all_plots(column: Column, picture: Picture, colour_at: Colour) -> None:
    for plot in column.plots:
        plot.set_cursor(4)
    edges = [round(column.tokens.x_of(place) - NORMAL.cursor_line / 2) for place in (3.5, 4.5)]
    for plot in column.plots[1:]:
        image = picture(plot)
        middle = plot.data_rect.center().y()
        assert [colour_at(image, x, middle) for x in edges] == [LIGHT.cursor] * 2


@pytest.mark.parametrize("kind", range(5))
def test_a_click_goes_to_the_step_under_the_mouse(column: Column, qtbot: QtBot, kind: int) -> None:
    plot = column.plots[kind]
    steps: list[int] = []
    plot.stepClicked.connect(steps.append)
    at = QPoint(int(plot.x_of(7)), int(plot.data_rect.center().y()))
    click(plot, at)
    assert steps == [7]


def test_dragging_the_cursor_scrubs_and_ends_at_the_last_step(column: Column, qtbot: QtBot) -> None:
    plot = column.states
    steps: list[int] = []
    plot.set_cursor(3)
    plot.stepClicked.connect(steps.append)
    plot.stepClicked.connect(plot.set_cursor)
    y = plot.data_rect.center().y()
    drag(plot, *(QPointF(plot.x_of(step), y) for step in (3, 4, 4.2, 5, 20)))
    assert steps == [4, 5, 11]
    assert column.axis.shows_all


def test_dragging_beside_the_cursor_moves_all_plots_along_and_goes_to_no_step(column: Column, qtbot: QtBot) -> None:
    plot = column.curves
    column.axis.set_view(2.5, 8.5)
    steps: list[int] = []
    plot.set_cursor(8)
    plot.stepClicked.connect(steps.append)
    place = plot.x_of(4)
    y = plot.data_rect.center().y()
    low_high = plot.value_range
    drag(plot, QPointF(place, y), QPointF(place + 30, y + 20), QPointF(place + 60, y + 40))
    assert steps == []
    assert {round(other.x_of(4), 6) for other in column.plots} == {round(int(place) + 60 + place % 1, 6)}
    assert plot.value_range == low_high, "only along the steps, until the values are zoomed"


def test_a_click_on_a_unit_names_it_but_a_drag_does_not(column: Column, qtbot: QtBot) -> None:
    plot = column.states
    rows: list[int] = []
    plot.rowClicked.connect(rows.append)
    at = QPoint(int(plot.x_of(3)), int(plot.y_of(4.5)))
    click(plot, at)
    drag(plot, QPointF(at), QPointF(at + QPoint(30, 0)), QPointF(at + QPoint(60, 0)))
    click(plot, QPoint(30, int(plot.y_of(0.5))))
    assert rows == [4, 0]


def test_the_wheel_zooms_all_plots_about_the_mouse_and_a_double_click_shows_all(column: Column, qtbot: QtBot) -> None:
    plot = column.curves
    place = QPointF(plot.x_of(8), plot.data_rect.center().y())
    wheel(plot, place)
    assert not column.axis.shows_all
    (seen,) = {round(other.x_of(8), 6) for other in column.plots}
    assert abs(seen - place.x()) < 1
    double_click(plot, place.toPoint())
    assert column.axis.shows_all


def test_no_plot_takes_the_keyboard(column: Column) -> None:
    widgets = [child for plot in column.plots for child in (plot, *plot.findChildren(QWidget))]
    assert {child.focusPolicy() for child in widgets if child.isVisible()} == {Qt.FocusPolicy.NoFocus}


def test_a_heatmap_shows_each_value_in_its_colour(qtbot: QtBot, picture: Picture, colour_at: Colour) -> None:
    values = np.arange(40.0).reshape(10, 4) / 39
    plot = HeatmapPlot(axis_of(10))
    plot.set_data(values, (0.0, 1.0), GATES)
    shown(plot, qtbot)
    image, table = picture(plot), GATES.table(LIGHT)
    for step in range(10):
        for unit in range(4):
            expected = table[round(values[step, unit] * (LEVELS - 1)), :3]
            seen = QColor(colour_at(image, plot.x_of(step), plot.y_of(unit + 0.5)))
            found = np.array([seen.red(), seen.green(), seen.blue()])
            assert np.abs(found - expected).max() <= 3


def test_steps_not_reached_and_nan_are_left_open(qtbot: QtBot, picture: Picture) -> None:
    values = np.ones((6, 4), dtype=np.float32)
    values[2, 1] = np.nan
    plot = HeatmapPlot(axis_of(10))
    plot.set_data(values, (0.0, 1.0), GATES)
    shown(plot, qtbot)
    image = picture(plot)
    full = QColor(*GATES.table(LIGHT)[LEVELS - 1, :3].tolist()).rgb()

    def colours(step: int, unit: int) -> set[int]:
        x, y = int(plot.x_of(step)), int(plot.y_of(unit + 0.5))
        return {image.pixel(x + dx, y + dy) for dx in range(-8, 9) for dy in range(-8, 9)}

    assert colours(5, 1) == {full}
    hatching = {QColor(LIGHT.surface).rgb(), QColor(LIGHT.hatch).rgb()}
    assert colours(2, 1) == colours(8, 3) == hatching
    assert plot.describe(2, 1).endswith("not reached")
    assert plot.describe(8, 1).endswith("not reached")


def test_an_infinite_value_has_a_colour_and_a_sign_of_its_own(
    qtbot: QtBot, picture: Picture, colour_at: Colour
) -> None:
    values = np.zeros((6, 3))
    values[1, 1], values[4, 2] = np.inf, -np.inf
    plot = HeatmapPlot(axis_of(6))
    plot.set_data(values, (0.0, 1.0), GATES)
    shown(plot, qtbot)
    image = picture(plot)
    assert colour_at(image, plot.x_of(1) - 20, plot.y_of(1.2)) == LIGHT.plus_infinity
    assert colour_at(image, plot.x_of(4) - 20, plot.y_of(2.2)) == LIGHT.minus_infinity
    assert plot.describe(1, 1).endswith("∞")
    assert [sign for _, sign in plot._infinite_cells()] == ["∞", "−∞"]


@pytest.mark.parametrize("steps", [5_000, 100_000])
def test_one_open_gate_among_many_steps_and_units_is_seen(qtbot: QtBot, picture: Picture, steps: int) -> None:
    values = np.full((steps, 512), 0.5, dtype=np.float32)
    values[steps // 3, 300] = 1.0
    plot = HeatmapPlot(axis_of(steps))
    plot.set_data(values, (0.0, 1.0), GATES)
    shown(plot, qtbot, 600, 160)
    image = picture(plot)
    x, y = round(plot.x_of(steps // 3)), round(plot.y_of(300.5))
    full = QColor(*GATES.table(LIGHT)[LEVELS - 1, :3].tolist()).rgb()
    seen = [(a, b) for a in range(x - 2, x + 3) for b in range(y - 2, y + 3) if image.pixel(a, b) == full]
    assert seen


def test_rows_appended_one_by_one_give_the_same_picture(qtbot: QtBot, picture: Picture) -> None:
    values = np.random.default_rng(1).random((40, 5))
    whole, grown = HeatmapPlot(axis_of(50)), HeatmapPlot(axis_of(50))
    shown(whole, qtbot)
    shown(grown, qtbot)
    whole.set_data(values, (0.0, 1.0), GATES)
    grown.set_levels(0.0, 1.0, GATES)
    for row in values:
        grown.append(row[np.newaxis])
        grown.grab()
    grown.update_rows(7, values[7:9])
    assert picture(grown) == picture(whole)


def test_moving_the_cursor_makes_no_image_anew(column: Column, qtbot: QtBot) -> None:
    column.grab()
    before = column.states._item._pixels
    points = {name: column.curves.item(name).points for name in "ifo"}
    for step in range(12):
        for plot in column.plots:
            plot.set_cursor(step)
        column.grab()
    assert column.states._item._pixels is before
    assert all(column.curves.item(name).points is value for name, value in points.items())


def test_nothing_ahead_is_seen_or_told_while_it_is_hidden(make_column: Callable[..., Column], picture: Picture) -> None:
    column, other = make_column(), make_column()
    rng = np.random.default_rng(9)
    values = np.vstack([column.states.values[:6], rng.uniform(-1, 1, (6, 6))])
    other.states.set_data(values, (-1.0, 1.0))
    shares = np.vstack([column.outputs.values[:6], rng.dirichlet(np.ones(4), 6)])
    other.outputs.set_probabilities(["lunch", "dinner", "coffee", "breakfast"], shares)
    for place, name in enumerate("ifo"):
        other.curves.set_curve(name, values[:, place], signal_style(name, LIGHT))
        other.gradients.set_curve(name, np.log10(np.abs(values[:, place])), signal_style(name, LIGHT))
    other.axis.set_steps([*other.axis.labels[:6], *"uvwxyz"])
    column.axis.set_steps([*column.axis.labels[:6], *"abcdef"])
    for window in (column, other):
        for plot in window.plots:
            plot.set_cursor(5)
            plot.set_ahead_hidden(5)
    for mine, theirs in zip(column.plots, other.plots, strict=True):
        assert picture(mine) == picture(theirs), type(mine).__name__
    column.states.set_ahead_hidden(None)
    assert picture(column.states) != picture(other.states)


def test_the_mouse_over_a_hidden_step_tells_nothing(column: Column, qtbot: QtBot) -> None:
    plot = column.curves
    plot.set_ahead_hidden(5)
    middle = int(plot.data_rect.center().y())
    move(plot, QPoint(int(plot.x_of(4)), middle))
    assert plot._header.note.startswith("t = 5   i ")
    move(plot, QPoint(int(plot.x_of(8)), middle))
    assert plot._header.note == "t = 9, hidden"


def test_zeros_and_infinities_stand_on_their_rails_and_nan_is_crossed(qtbot: QtBot) -> None:
    plot = LogCurvesPlot(axis_of(8), "Gradients")
    plot.set_value_range(-6, 0)
    values = np.array([-1, -np.inf, -3, np.inf, -2, np.nan, -5, -6.0])
    plot.set_curve("h", values, signal_style("h", LIGHT))
    shown(plot, qtbot)
    heights = plot.heights(values, 0)
    scale, area = plot.scale_rect, plot.data_rect
    assert area.bottom() - NORMAL.rail < heights[1] < area.bottom()
    assert area.top() < heights[3] < area.top() + NORMAL.rail
    assert np.isnan(heights[5])
    assert ((heights[[0, 2, 4, 6, 7]] >= scale.top()) & (heights[[0, 2, 4, 6, 7]] <= scale.bottom())).all()
    drawn = np.isfinite(plot.line(heights))
    assert drawn.tolist() == [True, False, True, False, True, False, True, True]
    assert plot._crosses.content == [round(plot.x_of(5))]
    assert plot.describe(1, -1) == "t = 2   h 0"


def test_a_true_zero_is_marked_even_among_a_hundred_thousand_steps(qtbot: QtBot, picture: Picture) -> None:
    values = np.full(100_000, -2.0)
    plot = LogCurvesPlot(axis_of(100_000))
    plot.set_value_range(-6, 0)
    plot.set_curve("f", values, signal_style("f", LIGHT))
    shown(plot, qtbot)
    rail = QRectF(plot.data_rect)
    rail.setTop(rail.bottom() - NORMAL.rail + 2)

    def marks() -> set[int]:
        image, colour = picture(plot), QColor(signal_style("f", LIGHT).colour).rgb()
        xs = range(int(rail.left()), int(rail.right()))
        return {x for x in xs if any(image.pixel(x, y) == colour for y in range(int(rail.top()), int(rail.bottom())))}

    assert not marks()
    zeros = values.copy()
    zeros[70_000] = -np.inf
    plot.set_curve("f", zeros, signal_style("f", LIGHT))
    assert marks()
    assert all(abs(x - plot.x_of(70_000)) < 8 for x in marks())


def test_labels_name_each_curve_with_its_value_at_the_cursor(column: Column) -> None:
    plot = column.curves
    plot.set_cursor(3)
    told = {label.name: label.value for label in plot._labels.content}
    assert told == {name: plot.read_out(float(plot.curves[name].values[3])) for name in "ifo"}


@pytest.mark.parametrize("names", ["h", "hc", "hco", "ifoh"])
def test_every_curve_is_painted_at_every_one_of_its_points_the_topmost_too(
    qtbot: QtBot, picture: Picture, names: str
) -> None:
    plot = CurvesPlot(axis_of(9))
    plot.set_value_range(-1, 1)
    heights = {name: 0.8 - 0.45 * place + 0.1 * np.sin(np.arange(9.0) + place) for place, name in enumerate(names)}
    styles = {name: signal_style(name, LIGHT) for name in names}
    plot.set_curves({name: Curve(heights[name], styles[name], name) for name in names})
    shown(plot, qtbot)
    image = picture(plot)
    for name in names:
        colour = QColor(styles[name].colour)
        for step, value in enumerate(heights[name].tolist()):
            x, y = round(plot.x_of(step)), round(plot.y_of(value))
            around = [image.pixelColor(x + dx, y + dy) for dx in range(-5, 6) for dy in range(-5, 6)]
            assert any(same_hue(one, colour) for one in around), (name, step)


def same_hue(one: QColor, other: QColor) -> bool:
    parts = (one.red() - other.red(), one.green() - other.green(), one.blue() - other.blue())
    return max(map(abs, parts)) < 24


def test_the_bars_show_the_probabilities_of_the_current_step(column: Column) -> None:
    plot: ProbabilityPlot = column.outputs
    plot.set_cursor(2)
    rows, shares = plot.bars.getData()
    assert rows.tolist() == list(range(plot.values.shape[1]))
    assert shares.tolist() == plot.values[2].tolist()
    assert [bar.strongest for bar in plot.bars.bars].index(True) == plot.values[2].argmax()


def test_where_classes_are_many_the_likeliest_are_named(qtbot: QtBot) -> None:
    plot = ProbabilityPlot(axis_of(4))
    shares = np.full((4, 200), 0.001)
    shares[1, [150, 20]] = 0.6, 0.2
    plot.set_probabilities([f"word {row}" for row in range(200)], shares)
    shown(plot, qtbot, 800, 120)
    plot.set_cursor(1)
    names = [tick.text for tick in plot.automatic_ticks(5)]
    assert {"word 150", "word 20"} <= set(names)
    assert len(names) <= 120 / NORMAL.small


def test_the_strip_reads_out_the_step_counted_from_one(column: Column) -> None:
    assert column.tokens.read_out == ("t = 0", " / 12")
    column.tokens.set_cursor(6)
    assert column.tokens.read_out == ("t = 7", " / 12")


def test_tokens_stand_upright_where_they_fit_and_rise_where_they_do_not(
    make_column: Callable[..., Column],
) -> None:
    wide, narrow, letters = make_column(width=1400), make_column(width=620), make_column(list("hungry"))
    assert wide.tokens._upright
    assert not narrow.tokens._upright
    assert letters.tokens._upright
    assert narrow.tokens.height() > wide.tokens.height() == letters.tokens.height()


@pytest.mark.parametrize("steps", [0, 1, 2, 300, 100_000])
def test_every_plot_can_be_painted_whatever_it_holds(
    steps: int, make_column: Callable[..., Column], qtbot: QtBot
) -> None:
    column = make_column([""] * steps)
    strange = np.full((steps, 3), np.nan)
    strange[: steps // 2] = 1e308
    strange[steps // 2 :: 3] = -np.inf
    for values in (strange, strange[: steps // 3], strange[:0], strange[:, :0]):
        for plot in (column.states, column.outputs):
            plot.set_data(values, (0.0, 1.0))
        for plot in (column.curves, column.gradients):
            plot.set_curve("i", values[:, :1], signal_style("i", LIGHT))
        for cursor in (None, 0, steps - 1, steps + 5):
            for plot in column.plots:
                plot.set_cursor(cursor)
                plot.set_ahead_hidden(cursor)
            column.grab()
        column.axis.zoom(0.5, 0)
    column.resize(30, 30)
    column.grab()


def test_a_plot_paints_itself_into_a_figure_as_on_the_screen(column: Column, picture: Picture) -> None:
    plot = column.curves
    plot.set_cursor(3)
    figure = QImage(plot.size(), QImage.Format.Format_RGB32)
    painter = QPainter(figure)
    WidgetFigure(plot, "curves", "Curves").paint(painter, QRectF(figure.rect()))
    painter.end()
    assert figure == picture(plot)


def test_a_notice_says_why_a_plot_is_empty(qtbot: QtBot, picture: Picture) -> None:
    plot = CurvesPlot(axis_of(5), "Loss")
    shown(plot, qtbot)
    empty = picture(plot)
    plot.set_notice("No target: pick a probe to see gradients.")
    assert picture(plot) != empty
    plot.set_notice("")
    assert picture(plot) == empty


def test_a_plot_is_called_by_its_title_for_screen_readers(column: Column) -> None:
    column.states.set_title("Hidden states", "layer 1")
    assert column.states.accessibleName() == "Hidden states layer 1"
    strip: TokenStrip = column.tokens
    assert strip.accessibleName() == "Tokens"


class Broken(Part):
    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        raise ValueError("cannot draw this")


def test_a_part_that_cannot_be_drawn_is_logged_and_leaves_the_rest_alone(
    column: Column, caplog: pytest.LogCaptureFixture, picture: Picture
) -> None:
    before = picture(column.curves)
    part = Broken()
    part.place(column.curves.data_rect)
    column.curves.add_over_data(part)
    assert picture(column.curves) == before
    assert "cannot draw this" in caplog.text
    caplog.clear()
    part.hide()


@pytest.mark.parametrize("kind", [CurvesPlot, LogCurvesPlot])
def test_curves_that_grow_and_change_give_the_same_picture(
    kind: type[CurvesPlot], qtbot: QtBot, picture: Picture
) -> None:
    values = np.random.default_rng(2).uniform(-1, 1, 40)
    values[[5, 30]] = np.nan, -np.inf
    whole, grown = kind(axis_of(50)), kind(axis_of(50))
    for plot in (whole, grown):
        plot.set_value_range(-1, 1)
        shown(plot, qtbot)
    whole.set_curve("h", values, signal_style("h", LIGHT))
    changed = values.copy()
    changed[20:] = 0.25
    buffer = np.zeros(40)
    for series in (*(values[:steps] for steps in range(40)), changed, buffer):
        grown.set_curve("h", series, signal_style("h", LIGHT))
        grown.grab()
    buffer[:] = values
    grown.set_curve("h", buffer, signal_style("h", LIGHT))
    QApplication.processEvents()
    screen = grown.screen().grabWindow(grown.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert picture(grown) == picture(whole)
    assert screen.size() == picture(whole).size()
    assert screen == picture(whole)


def test_values_beside_ends_say_of_which_step_they_are_where_the_curves_go_on(column: Column) -> None:
    told = []
    last = column.axis.steps - 1
    for step, hidden in ((3, None), (last, None), (3, 3), (None, None)):
        column.curves.set_cursor(step)
        column.curves.set_ahead_hidden(hidden)
        QApplication.processEvents()
        told.append(column.curves._labels.when)
    assert told == ["t = 4", "", "", ""]
    column.curves.set_cursor(3)
    column.curves.set_curves(
        {name: replace(curve, values=curve.values[:4]) for name, curve in column.curves.curves.items()}
    )
    QApplication.processEvents()
    assert column.curves._labels.when == ""  # they end at the cursor
    assert all(label.value for label in column.curves._labels.content)


def test_where_there_is_no_room_to_say_of_which_step_values_are_none_are_shown(
    column: Column, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def note(*given: Any) -> float:
        written.append(given[3])
        return 0.0

    monkeypatch.setattr(end_labels, "write", note)
    monkeypatch.setattr(end_labels, "write_on", note)
    column.curves.set_cursor(3)
    value = column.curves.read_out(float(column.curves.curves["f"].values[3]))
    for height, told in ((200, {"t = 4", value}), (50, set())):
        written.clear()
        column.curves.setFixedHeight(height)
        QApplication.processEvents()
        column.curves.grab()
        assert "f" in written
        assert {"t = 4", value} & set(written) == told


def test_a_plot_that_stands_alone_labels_its_steps(column: Column, picture: Picture) -> None:
    plot = column.states
    before = plot.data_rect.height()
    plot.set_steps_labelled(True)
    assert plot.data_rect.height() < before
    labelled = picture(plot)
    column.axis.set_steps([*column.axis.labels[:-1], "supper"])
    assert picture(plot) != labelled
    plot.set_steps_labelled(False)
    assert plot.data_rect.height() == before


def test_steps_too_narrow_for_their_tokens_are_numbered_from_one(qtbot: QtBot) -> None:
    plot = HeatmapPlot(axis_of(300))
    plot.set_steps_labelled(True)
    shown(plot, qtbot)
    marks = plot.step_axis.marks()
    assert all(text == str(int(place) + 1) for place, text in marks)
    assert 2 < len(marks) <= 12
