"""Nothing in any window is cut, overlaps, is too small or too faint; and whatever is, is told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.drawing import painting
from rnnviz.ui.drawing.painting import LEFT
from rnnviz.ui.layouts import LAYOUTS
from rnnviz.ui.plots import HeatmapPlot, TimeAxis
from rnnviz.ui.theme import LIGHT, NORMAL, TYPE_SIZES, ui_font
from tests.ui.sheet.conftest import Stage
from tests.ui.sheet.contrasts import pairs, token_faults
from tests.ui.sheet.report import report
from tests.ui.sheet.stage import SIZES, Shot, shots
from tests.ui.sheet.stage import TYPE_SIZES as SHEET_SIZES
from tests.ui.sheet.written import recorded

SMALL = [Shot(found.name, (1280, 720)) for found in LAYOUTS]
OTHERS = [
    Shot(name, size, theme, lecture, type_size)
    for name in ("Memory", "Backpropagation")
    for size, theme, lecture, type_size in (
        ((1280, 720), "dark", True, 100),
        ((1600, 1000), "light", False, 250),
        ((3840, 2160), "dark", False, 80),
    )
]
"""A few of the combinations of the whole sheet: `make sheet` renders them all."""


@pytest.mark.parametrize("some", [SMALL, OTHERS], ids=["small windows", "others"])
def test_nothing_is_cut_overlaps_is_too_small_or_too_faint(stage: Stage, some: list[Shot]) -> None:
    found: dict[str, list[str]] = {}
    opened = ""
    for shot in some:
        if shot.layout != opened:
            stage.open(shot.layout)
            opened = shot.layout
        stage.pose(shot)
        assert stage.window.size() == QSize(*shot.size), f"{shot}: the window is larger than it was asked to be"
        if faults := stage.report(colours=True):
            found[str(shot)] = faults
    assert not found


def test_the_sheet_shows_every_combination_once() -> None:
    every = list(shots())
    assert len(set(every)) == len(every) == len(LAYOUTS) * len(SIZES) * 2 * 2 * len(SHEET_SIZES)
    assert {TYPE_SIZES[0], TYPE_SIZES[-1], 100} <= set(SHEET_SIZES)


def test_the_colours_of_no_theme_are_too_near_to_each_other() -> None:
    assert not token_faults()


def test_colours_that_are_too_near_to_each_other_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {(name, ground) for name, _, ground, _, _ in pairs(LIGHT)}
    assert {("muted", "window"), ("vermillion", "surface"), ("orange", "selection"), ("on_accent", "accent")} <= asked
    monkeypatch.setitem(__import__("rnnviz.ui.theme.signals", fromlist=["HUES"]).HUES, "orange", ("#b67700", "#f0ac1f"))
    assert any(fault.startswith("light: orange (#b67700) on surface") for fault in token_faults())


class Page(QWidget):
    """A widget that writes: (text, place, size, colour)."""

    def __init__(self, *texts: tuple[str, QRectF, int, str]) -> None:
        super().__init__()
        self.texts = texts
        self.resize(400, 200)
        self.setStyleSheet("background: #ffffff")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), "#ffffff")
        for text, place, size, colour in self.texts:
            painting.write(painter, place, LEFT, text, ui_font(size), colour)
        painter.end()


WIDE = QRectF(10, 10, 300, 40)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([("a long text that is cut", QRectF(10, 10, 40, 40), 13, "#000000")], "wider than its room"),
        ([("flat", QRectF(10, 10, 300, 4), 13, "#000000")], "higher than its room"),
        ([("beyond", QRectF(380, 10, 100, 40), 13, "#000000")], "reaches"),
        ([("one", WIDE, 13, "#000000"), ("two", WIDE.translated(4, 0), 13, "#000000")], "lie over each other"),
        ([("tiny", WIDE, 8, "#000000")], "is too small: 8.0 px"),
        ([("faint", WIDE, 13, "#9aa3af")], "too little contrast: 2.6"),
        ([("large and faint", WIDE, 24, "#9aa3af")], "too little contrast: 2.6"),
    ],
    ids=["wide", "high", "beyond", "over", "tiny", "faint", "large"],
)
def test_what_is_written_wrongly_is_told(qtbot: QtBot, texts: list[tuple[str, QRectF, int, str]], told: str) -> None:
    page = Page(*texts)
    qtbot.addWidget(page)
    page.show()
    (fault,) = report(page, colours=True)[1]
    assert told in fault


def test_what_is_written_well_is_not_told(qtbot: QtBot) -> None:
    page = Page(
        ("one", WIDE, 13, "#000000"),
        ("two", WIDE.translated(40, 0), 13, "#55606e"),
        ("large", WIDE.translated(0, 80), 24, "#8a8f98"),
        ("10", WIDE.translated(0, 40), 7, "#000000"),  # a raised exponent
    )
    qtbot.addWidget(page)
    page.show()
    assert not report(page, colours=True)[1]


def test_writing_is_as_it_was_after_it_has_been_recorded() -> None:
    before = painting.write
    with recorded() as texts:
        assert painting.write is not before
    assert painting.write is before
    assert not texts


class Row(QWidget):
    """Widgets side by side, of which the layout is then disturbed."""

    def __init__(self, qtbot: QtBot, *children: QWidget) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        for child in children:
            row.addWidget(child)
        qtbot.addWidget(self)
        self.show()
        qtbot.waitExposed(self)


def faults(widget: QWidget) -> list[str]:
    return report(widget, colours=False)[1]


def test_a_label_without_room_is_told(qtbot: QtBot) -> None:
    label = QLabel("a label that is longer than its room")
    label.setFixedWidth(40)
    assert any("needs" in fault for fault in faults(Row(qtbot, label)))
    wrapped = QLabel("a label of several lines that is higher than its room")
    wrapped.setWordWrap(True)
    wrapped.setFixedSize(60, 20)
    assert any("of height" in fault for fault in faults(Row(qtbot, wrapped)))


def test_a_button_without_room_is_told(qtbot: QtBot) -> None:
    button = QPushButton("a button that is longer than its room")
    button.setFixedWidth(40)
    assert any("needs" in fault for fault in faults(Row(qtbot, button)))


def test_a_field_without_room_is_told(qtbot: QtBot) -> None:
    field = QLineEdit("12345.6789 and more")
    field.setFixedWidth(30)
    assert any("shows" in fault for fault in faults(Row(qtbot, field)))


def test_a_widget_that_its_parent_cuts_is_told(qtbot: QtBot) -> None:
    child = QLabel("out")
    row = Row(qtbot, child)
    child.setGeometry(QRect(row.width() - 5, 0, 60, 20))
    assert any("stands at" in fault for fault in faults(row))


def test_widgets_over_each_other_are_told(qtbot: QtBot) -> None:
    first, second = QLabel("first"), QLabel("second")
    row = Row(qtbot, first, second)
    assert not faults(row)
    second.setGeometry(first.geometry())
    assert any("overlap" in fault for fault in faults(row))


def test_a_low_plot_and_merged_rows_that_nobody_tells_of_are_told(qtbot: QtBot) -> None:
    plot = HeatmapPlot(TimeAxis())
    plot.set_theme(LIGHT, NORMAL)
    plot.set_data([[0.5] * 90] * 4, (0.0, 1.0))
    plot.axis.set_steps(["a"] * 4)
    row = Row(qtbot, plot)
    plot.setFixedSize(800, 120)
    assert any("does not say that they are merged" in fault for fault in faults(row))
    plot.setFixedSize(800, 28)
    assert any("px high" in fault for fault in faults(row))
