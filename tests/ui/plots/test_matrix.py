"""A matrix of blocks: where entries stand, what is seen of them, and that no extreme one is lost."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock, Side
from rnnviz.ui.plots.xy.matrix_image import along, farthest
from rnnviz.ui.plots.xy.matrix_plot import MatrixPlot
from rnnviz.ui.theme import DARK, LIGHT, NORMAL, SignalStyle, metrics, signal_style
from tests.ui.mouse import double_click, drag, turn_wheel, under_mouse


@pytest.fixture(autouse=True)
def nothing_fails_while_painting(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]


def lstm(units: int = 8, inputs: int = 5) -> list[MatrixBlock]:
    """The blocks of an LSTM."""
    found = []
    for gate, name in enumerate("ifgo"):
        rows, style = (gate * units, (gate + 1) * units), signal_style(name, LIGHT)
        spans = {"W": (0, inputs), "U": (inputs, inputs + units), "b": (inputs + units, inputs + units + 1)}
        found += [MatrixBlock(f"{key}_{name}", name, key, rows, span, style) for key, span in spans.items()]
    return found


def show(qtbot: QtBot, values: np.ndarray[Any, Any], blocks: list[MatrixBlock], apart: bool = False) -> MatrixPlot:
    holder = QWidget()
    qtbot.addWidget(holder)
    plot = MatrixPlot(holder)
    plot.__dict__["holder"] = holder  # which would be gone at the end of this function
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(500, 400)
    plot.show_matrix(values, blocks, {block.name: 1.0 for block in blocks}, apart)
    plot.set_title("W")
    holder.resize(500, 400)
    holder.show()
    return plot


def picture(plot: MatrixPlot) -> np.ndarray[Any, Any]:
    """The colours of the area of the matrix, [rows, columns], as 0xrrggbb."""
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    area = plot.data_rect.toRect()
    return pixels[area.top() : area.bottom(), area.left() : area.right()] & 0xFFFFFF


def rgb(colour: str) -> int:
    return QColor(colour).rgb() & 0xFFFFFF


def test_narrow_groups_get_what_they_need_and_the_others_share_the_rest() -> None:
    side = Side([(0, 1), (1, 101), (101, 102)])
    side.lay(406.0, 3.0, [30.0, 0.0, 50.0])
    assert side.ends(0, 1) == (0.0, 30.0)
    assert side.ends(1, 101) == (33.0, 353.0)
    assert side.ends(101, 102) == (356.0, 406.0)
    assert side.at(31.0) == -1
    assert side.at(33.0 + 3.2 * 7.5) == 8
    assert side.at(405.9) == 101
    assert side.at(407.0) == -1


def test_no_extreme_entry_is_lost_where_entries_are_smaller_than_pixels() -> None:
    random = np.random.default_rng(3)
    values = random.uniform(-0.1, 0.1, (700, 500))
    spikes = [(int(row), int(column)) for row, column in random.integers(0, 500, (40, 2))]
    for index, place in enumerate(spikes):
        values[place] = (-1.0) ** index
    rows, columns = along(700, (0.0, 120.0), (0.0, 120.0), 1.0), along(500, (0.0, 90.0), (0.0, 90.0), 1.0)
    seen = farthest(values, rows, columns)
    assert seen.shape == (120, 90)
    for row, column in spikes:
        y, x = (int(np.searchsorted(side.starts, k, "right")) - 1 for side, k in ((rows, row), (columns, column)))
        assert abs(seen[y, x]) == 1.0
    values[spikes[0]] = np.nan
    assert np.isnan(farthest(values, rows, columns)).sum() == 1
    assert set(np.unique(np.abs(seen[np.abs(seen) > 0.1]))) == {1.0}


def test_every_entry_is_found_where_it_is_drawn(qtbot: QtBot) -> None:
    blocks = lstm()
    values = np.arange(32 * 14, dtype=np.float64).reshape(32, 14)
    plot = show(qtbot, values, blocks)
    for span in ((0.0, 1.0), (0.4, 0.8)):
        plot.box.setRange(xRange=span, yRange=span, padding=0)
        for row, column in ((0, 0), (9, 6), (31, 13), (17, 5)):
            middle = plot.rect_of((row, row + 1), (column, column + 1)).center()
            if plot.data_rect.contains(middle):
                assert plot.entry_at(middle) == (row, column)
    assert plot.entry_at(QPointF(2, 2)) == (-1, -1)


def test_entries_have_the_colour_of_their_value(qtbot: QtBot) -> None:
    values = np.zeros((32, 14))
    values[:8, :5], values[8:16, :5], values[0, 13] = 1.0, -1.0, np.inf
    plot = show(qtbot, values, lstm())
    colours = picture(plot)
    area = plot.data_rect

    def at(row: int, column: int) -> int:
        middle = plot.rect_of((row, row + 1), (column, column + 1)).center() - area.topLeft()
        return int(colours[int(middle.y()), int(middle.x())])

    red, blue, middle = at(4, 2), at(12, 2), at(20, 2)
    assert (red >> 16) > (red & 255)
    assert (blue >> 16) < (blue & 255)
    assert len({red, blue, middle}) == 3
    assert at(0, 13) == rgb(LIGHT.plus_infinity)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_single_nan_among_a_million_is_seen(theme: Any, qtbot: QtBot) -> None:
    style = SignalStyle("#000000", "circle")
    values = np.zeros((1000, 1000))
    blocks = [MatrixBlock("U", "h", "h", (0, 1000), (0, 1000), style)]
    plot = show(qtbot, values, blocks)
    plot.set_theme(theme, NORMAL)
    before = (picture(plot) == rgb(theme.text)).sum()
    values[333, 777] = np.nan
    plot.show_matrix(values, blocks, {"U": 1.0}, False)
    assert (picture(plot) == rgb(theme.text)).sum() > before


def test_where_no_block_stands_nothing_is_drawn_and_nothing_is_found(qtbot: QtBot) -> None:
    blocks = [block for block in lstm() if block.name != "U_g"]
    values = np.ones((32, 14))
    values[16:24, 5:13] = np.nan
    plot = show(qtbot, values, blocks)
    hole = plot.rect_of((20, 21), (9, 10)).center()
    assert plot.entry_at(hole) == (-1, -1)
    inside = (hole - plot.data_rect.topLeft()).toPoint()
    assert picture(plot)[inside.y(), inside.x()] == rgb(LIGHT.surface)


def test_blocks_apart_are_drawn_each_on_its_own_scale(qtbot: QtBot) -> None:
    values = np.ones((32, 14))
    values[:8, :5] = 100.0
    plot = show(qtbot, values, lstm())
    plot.show_matrix(values, lstm(), {block.name: 100.0 if block.name == "W_i" else 1.0 for block in lstm()}, True)
    assert plot.named
    colours = picture(plot)
    assert plot.heading(plot.blocks[0]) == "W_i  ±100"
    places = [plot.rect_of((row, row + 1), (2, 3)).center() - plot.data_rect.topLeft() for row in (4, 12)]
    assert len({int(colours[int(place.y()), int(place.x())]) for place in places}) == 1


def test_a_click_tells_its_entry_and_pointing_does_too(qtbot: QtBot) -> None:
    plot = show(qtbot, np.zeros((32, 14)), lstm())
    clicked: list[tuple[int, int]] = []
    hovered: list[tuple[int, int]] = []
    plot.entryClicked.connect(lambda row, column: clicked.append((row, column)))
    plot.hovered.connect(lambda row, column: hovered.append((row, column)))
    place = plot.rect_of((10, 11), (7, 8)).center().toPoint()
    QTest.mouseMove(under_mouse(plot), place)
    QTest.mouseClick(under_mouse(plot), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseClick(under_mouse(plot), Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert clicked == [(10, 7)]
    assert hovered[-1] == (10, 7)


def test_the_wheel_zooms_both_ways_about_the_mouse_and_a_double_click_shows_all(qtbot: QtBot) -> None:
    plot = show(qtbot, np.zeros((32, 14)), lstm())
    place = plot.rect_of((10, 11), (7, 8)).center()
    turn_wheel(plot, place, 3)
    (left, right), (top, bottom) = plot.box.viewRange()
    assert right - left == pytest.approx(bottom - top)
    assert right - left < 0.5
    assert plot.entry_at(place) == (10, 7)
    assert (plot.rect_of((10, 11), (7, 8)).center() - place).manhattanLength() < 2
    turn_wheel(plot, place, 200)
    assert plot.rect_of((0, 32), (0, 14)).width() == pytest.approx(64 * plot.data_rect.width())
    double_click(plot, plot.data_rect.center())
    assert plot.box.viewRange() == [[0.0, 1.0], [0.0, 1.0]]
    turn_wheel(plot, place, 1)
    turn_wheel(plot, place, -5)
    assert plot.box.shows_all


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton], ids=["left", "middle"])
def test_dragging_moves_what_is_seen_and_stays_within_the_matrix(button: Qt.MouseButton, qtbot: QtBot) -> None:
    plot = show(qtbot, np.zeros((32, 14)), lstm())
    plot.box.setRange(xRange=(0.2, 0.6), yRange=(0.3, 0.7), padding=0)
    clicked: list[tuple[int, int]] = []
    plot.entryClicked.connect(lambda row, column: clicked.append((row, column)))
    before, middle = plot.rect_of((10, 11), (7, 8)).center(), plot.data_rect.center()
    drag(plot, middle, middle + QPointF(-20, 10), middle + QPointF(-30, 25), button=button)
    moved = plot.rect_of((10, 11), (7, 8)).center() - before
    assert (moved.x(), moved.y()) == pytest.approx((-30, 25), abs=1.0)
    for _ in range(5):
        drag(plot, middle, middle + QPointF(-100, -50), middle + QPointF(-200, -150), button=button)
    assert plot.rect_of((0, 32), (0, 14)).right() == pytest.approx(plot.data_rect.right())
    assert plot.rect_of((0, 32), (0, 14)).bottom() == pytest.approx(plot.data_rect.bottom())
    assert clicked == []


def test_two_matrices_can_be_linked_and_each_moves_the_other(qtbot: QtBot) -> None:
    first, second = (show(qtbot, np.zeros((32, 14)), lstm()) for _ in range(2))
    second.resize(300, 250)
    second.box.setXLink(first.box)
    second.box.setYLink(first.box)
    for one, other in ((first, second), (second, first)):
        turn_wheel(one, one.data_rect.center() + QPointF(30, 20), 4)
        assert one.box.viewRange() == other.box.viewRange() != [[0.0, 1.0], [0.0, 1.0]]
        assert one.entry_at(one.data_rect.center()) == other.entry_at(other.data_rect.center()) != (-1, -1)
        double_click(other, other.data_rect.center())
        assert one.box.viewRange() == other.box.viewRange() == [[0.0, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize("apart", [False, True], ids=["stacked", "apart"])
def test_each_block_is_an_image_of_exactly_its_entries_and_the_axes_name_rows_and_columns(
    apart: bool, qtbot: QtBot
) -> None:
    values = np.random.default_rng(0).normal(size=(32, 14))
    values[3, 3], values[9, 2], values[20, 7] = np.nan, np.inf, -np.inf
    plot = show(qtbot, values, lstm(), apart)
    for shown in (values, values * 2):
        plot.show_matrix(shown, lstm(), {block.name: 3.0 for block in lstm()}, apart)
        images = [item for item in plot.plot.items if isinstance(item, pg.ImageItem)]
        assert len(images) == 12
        for image, block in zip(images, plot.blocks, strict=True):
            np.testing.assert_array_equal(image.image, shown[slice(*block.rows), slice(*block.columns)])
            assert tuple(image.levels) == (-3.0, 3.0)
    for axis, names in (("left", ["i", "f", "g", "o"]), ("top", ["W", "U", "b"])):
        (ticks,) = plot.plot.getAxis(axis)._tickLevels
        assert [name for _, name in ticks] == names
        assert all(0 < place < 1 for place, _ in ticks)
    plot.show_matrix(values, lstm()[:3], {}, apart)
    assert len(plot.plot.items) == 3


@pytest.mark.parametrize("values", [0.0, np.nan, np.inf, -np.inf, 1e308, -5e-324])
@pytest.mark.parametrize("shape", [(1, 1), (3, 0), (0, 0), (2000, 3)])
def test_nothing_raises_while_painting(values: float, shape: tuple[int, int], qtbot: QtBot) -> None:
    blocks = [MatrixBlock("U", "h", "h", (0, shape[0]), (0, shape[1]), SignalStyle("#000000", "circle"))]
    plot = show(qtbot, np.full(shape, values), blocks)
    for size in ((30, 30), (500, 400)):
        plot.resize(*size)
        assert not plot.grab().isNull()
    turn_wheel(plot, plot.data_rect.center(), 100)
    assert not plot.grab().isNull()


def test_plots_can_be_made_and_deleted_under_an_eager_collector(qtbot: QtBot) -> None:
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(3):
            plot = MatrixPlot()
            plot.resize(200, 150)
            plot.show_matrix(np.ones((32, 14)), lstm(), {}, False)
            plot.grab()
            plot.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize("size", [(120, 60), (300, 84), (900, 84), (2400, 1600)])
@pytest.mark.parametrize("apart", [False, True], ids=["stacked", "apart"])
def test_every_size_is_painted(size: tuple[int, int], apart: bool, qtbot: QtBot) -> None:
    plot = show(qtbot, np.random.default_rng(0).normal(size=(32, 14)), lstm(), apart)
    plot.set_picked([(3, 0), (11, 1)])
    plot.set_chosen("U_f")
    plot.resize(*size)
    plot.set_theme(DARK, metrics(1.0))
    assert not plot.grab().isNull()


def test_a_column_on_another_scale_says_which(qtbot: QtBot) -> None:
    values = np.full((32, 14), 0.1)
    values[:, 13] = 1.0
    plot = show(qtbot, values, lstm())
    plot.show_matrix(values, lstm(), {block.name: 1.0 if block.name[0] == "b" else 0.1 for block in lstm()}, False)
    assert [plot.heading(block) for block in plot.blocks[:3]] == ["W", "U", "b ±1"]
    colours = picture(plot)
    places = [plot.rect_of((4, 5), (column, column + 1)).center() - plot.data_rect.topLeft() for column in (2, 13)]
    assert len({int(colours[int(place.y()), int(place.x())]) for place in places}) == 1
