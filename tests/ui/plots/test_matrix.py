"""A matrix of blocks: where entries stand, what is seen of them, and that no extreme one is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock, Side, reduced
from rnnviz.ui.plots.xy.matrix_plot import MatrixPlot
from rnnviz.ui.theme import DARK, LIGHT, NORMAL, SignalStyle, metrics, signal_style


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
    plot = MatrixPlot()
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(500, 400)
    plot.show_matrix(values, blocks, {block.name: 1.0 for block in blocks}, apart)
    plot.set_title("W")
    plot.show()
    return plot


def picture(plot: MatrixPlot) -> np.ndarray[Any, Any]:
    """The colours of the area of the matrix, [rows, columns], as 0xrrggbb."""
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    area = plot.area.toRect()
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
    rows, columns = Side([(0, 350), (350, 700)]), Side([(0, 500)])
    rows.lay(120.0, 2.0, [0.0, 0.0])
    columns.lay(90.0, 2.0, [0.0])
    seen = reduced(values, rows.seen(0.0, 120.0, 120), columns.seen(0.0, 90.0, 90))
    assert seen.shape == (120, 90)
    assert np.isnan(seen[59:61]).all()
    for row, column in spikes:
        y, x = (int(side.ends(k, k + 1)[0]) for side, k in ((rows, row), (columns, column)))
        near = seen[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
        assert np.nanmax(np.abs(near)) == 1.0
    finite = seen[np.isfinite(seen)]
    assert set(np.unique(np.abs(finite[np.abs(finite) > 0.1]))) == {1.0}


def test_every_entry_is_found_where_it_is_drawn(qtbot: QtBot) -> None:
    blocks = lstm()
    values = np.arange(32 * 14, dtype=np.float64).reshape(32, 14)
    plot = show(qtbot, values, blocks)
    for zoom in ((0.0, 0.0, 1.0), (0.4, 0.3, 2.5)):
        plot.set_view(*zoom)
        for row, column in ((0, 0), (9, 6), (31, 13), (17, 5)):
            middle = plot.rect_of((row, row + 1), (column, column + 1)).center()
            if plot.area.contains(middle):
                assert plot.entry_at(middle) == (row, column)
    assert plot.entry_at(QPointF(2, 2)) == (-1, -1)


def test_entries_have_the_colour_of_their_value(qtbot: QtBot) -> None:
    values = np.zeros((32, 14))
    values[:8, :5], values[8:16, :5], values[0, 13] = 1.0, -1.0, np.inf
    plot = show(qtbot, values, lstm())
    colours = picture(plot)
    area = plot.area

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
    inside = (hole - plot.area.topLeft()).toPoint()
    assert picture(plot)[inside.y(), inside.x()] == rgb(LIGHT.surface)


def test_blocks_apart_are_drawn_each_on_its_own_scale(qtbot: QtBot) -> None:
    values = np.ones((32, 14))
    values[:8, :5] = 100.0
    plot = show(qtbot, values, lstm())
    plot.show_matrix(values, lstm(), {block.name: 100.0 if block.name == "W_i" else 1.0 for block in lstm()}, True)
    assert plot.named
    colours = picture(plot)
    assert plot.heading(plot.blocks[0]) == "W_i  ±100"
    places = [plot.rect_of((row, row + 1), (2, 3)).center() - plot.area.topLeft() for row in (4, 12)]
    assert len({int(colours[int(place.y()), int(place.x())]) for place in places}) == 1


def test_a_click_tells_its_entry_and_pointing_does_too(qtbot: QtBot) -> None:
    plot = show(qtbot, np.zeros((32, 14)), lstm())
    clicked: list[tuple[int, int]] = []
    hovered: list[tuple[int, int]] = []
    plot.entryClicked.connect(lambda row, column: clicked.append((row, column)))
    plot.hovered.connect(lambda row, column: hovered.append((row, column)))
    place = plot.rect_of((10, 11), (7, 8)).center().toPoint()
    QTest.mouseMove(plot, place)
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert clicked == [(10, 7)]
    assert hovered[-1] == (10, 7)


def test_the_part_that_is_seen_stays_within_the_matrix(qtbot: QtBot) -> None:
    plot = show(qtbot, np.zeros((32, 14)), lstm())
    plot.set_view(0.9, -1.0, 2.0)
    assert plot.rect_of((0, 32), (0, 14)).right() == pytest.approx(plot.area.right())
    assert plot.rect_of((0, 32), (0, 14)).top() == pytest.approx(plot.area.top())
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=plot.area.center().toPoint())
    assert plot.rect_of((0, 32), (0, 14)).width() == pytest.approx(plot.area.width())


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
    places = [plot.rect_of((4, 5), (column, column + 1)).center() - plot.area.topLeft() for column in (2, 13)]
    assert len({int(colours[int(place.y()), int(place.x())]) for place in places}) == 1
