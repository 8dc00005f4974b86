"""The line above the plots of a panel: title and controls always have their room."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.header import PanelHeader
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.theme import LIGHT, SEMIBOLD, metrics, ui_font

TITLE = "Hidden state h of the first layer"


def header(qtbot: QtBot, type_size: int) -> tuple[PanelHeader, Segmented]:
    now = Look(LIGHT, metrics(0.0, type_size))
    control = Segmented("Draw", (("heatmap", "heatmap", ""), ("curves", "curves", "")))
    found = PanelHeader(control)
    qtbot.addWidget(found)
    control.set_look(now)
    found.set_look(now)
    found.set_title(TITLE, "24 units, and much more that may be cut")
    return found, control


def test_a_title_is_never_cut_and_neither_is_a_control(qtbot: QtBot) -> None:
    for type_size in (80, 100, 250):
        found, control = header(qtbot, type_size)
        title = font_metrics(ui_font(metrics(0.0, type_size).title, SEMIBOLD)).horizontalAdvance(TITLE)
        assert found.minimumSizeHint().width() >= title + control.minimumSizeHint().width()


def test_what_is_said_of_how_it_is_drawn_stands_behind_what_is_drawn(qtbot: QtBot) -> None:
    found, _ = header(qtbot, 100)
    found.set_title("Gates", "0 closed, 1 open")
    found.set_note("rows: extremes of 2 units")
    assert found.said == "0 closed, 1 open, rows: extremes of 2 units"
    found.set_read_out("t = 3")
    assert found.said == "t = 3"
    found.set_read_out("")
    found.set_note("")
    assert found.said == "0 closed, 1 open"
