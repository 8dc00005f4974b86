"""The window tells of interventions wherever one looks, and switches them with one key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from rnnviz.engine.interventions import Clamp
from rnnviz.ui.controls.interventions.chip import InterventionsChip
from rnnviz.ui.controls.look import Look
from rnnviz.ui.theme import LIGHT
from rnnviz.ui.theme.metrics import metrics
from tests.ui.window.conftest import Desk

ENTRIES = (Clamp("h", 0.5, units=(1,), first=2, last=4), Clamp("h", 0.1, units=(2,), on=False))


def test_the_chip_stands_there_while_there_are_interventions(desk: Desk) -> None:
    chip = desk.window.transport.chip
    assert not chip.isVisible()
    desk.session.set_interventions(ENTRIES)
    desk.settle()
    assert chip.isVisible()
    assert chip.text() == "1 intervention"
    assert "h = 0.50, unit 2, steps 3–5" in chip.toolTip()
    assert "h = 0.10, unit 3, all steps (off)" in chip.toolTip()
    desk.session.switch_interventions()
    desk.settle()
    assert chip.text() == "2 interventions off"
    desk.session.set_interventions([])
    desk.settle()
    assert not chip.isVisible()


def test_the_chip_stays_in_a_lecture_and_leads_to_the_panel(desk: Desk) -> None:
    desk.session.set_interventions(ENTRIES)
    desk.settle()
    desk.window.set_lecture(True)
    desk.settle()
    chip, dock = desk.window.transport.chip, desk.window.docks["interventions"]
    assert chip.isVisible()
    assert not dock.isVisible()
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    desk.settle()
    assert dock.isVisible()


@pytest.mark.parametrize("factor", [0.75, 1.0, 2.0, 2.6])
def test_the_chip_is_round_at_its_ends_at_any_size(desk: Desk, factor: float) -> None:
    desk.session.set_interventions(ENTRIES)
    desk.settle()
    ground = QWidget(desk.window)
    ground.setStyleSheet("background: white;")
    chip = InterventionsChip(desk.session, ground)
    chip._dress(Look(LIGHT, metrics(factor)), active=True)
    chip.show()
    chip.resize(chip.sizeHint())
    ground.resize(chip.size())
    pixels = ground.grab().toImage()
    high, low = (
        [pixels.pixelColor(x, y).name() for x in range(pixels.width())].index(LIGHT.accent)
        for y in (2, pixels.height() // 2)
    )
    assert high - low >= pixels.height() / 8


def test_one_key_switches_all_off_and_those_that_were_on_on_again(desk: Desk) -> None:
    desk.session.set_interventions(ENTRIES)
    desk.settle()
    action = desk.window.actions_["interventions"]
    assert action.isChecked()
    for expected in (False, True):
        QTest.keyClick(desk.window, Qt.Key.Key_I)
        desk.settle()
        assert desk.session.interventions[0].on is expected
        assert not desk.session.interventions[1].on
        assert action.isChecked() is expected


def test_the_action_is_of_no_use_without_interventions(desk: Desk) -> None:
    assert not desk.window.actions_["interventions"].isEnabled()
    assert not desk.window.actions_["interventions"].isChecked()


def test_the_menu_of_a_panel_begins_with_what_can_be_done_under_the_mouse(desk: Desk) -> None:
    states = desk.window.docks["states"].panel
    plot = states.heatmap  # type: ignore[attr-defined]
    place = plot.mapTo(states, QPoint(round(plot.x_of(2)), round(plot.y_of(1.5))))
    titles = [action.text() for action in desk.window.figures.menu(states, place).actions()]
    assert titles[0] == "&Go to step 3"
    assert titles[1].startswith("Clamp h of unit 2 (now ")
    assert titles[2] == "Clamp h of all units"
    assert titles.index("&Copy as a figure") < titles.index("View All")
    without = [action.text() for action in desk.window.figures.menu(states).actions()]
    assert without[0] == "&Copy as a figure"
