"""Clicking and pointing: the session is asked for a step, a unit, a signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnviz.engine.messages import LossObjective, ProbeObjective
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.gradients import GradientsPanel
from rnnviz.ui.panels.inspector import InspectorPanel
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.panels.tokens import TokensPanel
from tests.ui.mouse import click
from tests.ui.panels.pictures import gradients_of, make_view, wave_source

Show = Callable[..., Any]
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def cell(plot: Any, step: int, row: int) -> QPoint:
    return QPoint(round(plot.x_of(step)), round(plot.y_of(row + 0.5)))


def test_clicking_a_cell_of_the_heatmap_goes_to_its_step_and_picks_its_unit(show: Show) -> None:
    panel = show(StatesPanel, make_view())
    click(panel.heatmap, cell(panel.heatmap, 4, 3))
    assert panel.session.view.step == 4
    assert panel.session.view.units == (3,)


def test_shift_adds_a_unit_to_those_picked(show: Show, monkeypatch: Any) -> None:
    panel = show(StatesPanel, make_view())
    monkeypatch.setattr("rnnviz.ui.panels.states.adding_to_selection", lambda: True)
    click(panel.heatmap, cell(panel.heatmap, 4, 3))
    assert panel.session.view.units == (0, 3)
    assert list(panel.curves.curves) == [0, 3]


def test_clicking_a_gate_picks_the_unit_in_every_gate(show: Show) -> None:
    panel = show(GatesPanel, make_view(), height=500)
    click(panel.heatmaps[1], cell(panel.heatmaps[1], 2, 4))
    assert panel.session.view.units == (4,)
    assert all(plot._picked == (4,) for plot in panel.heatmaps[:3])


def test_clicking_a_token_goes_to_its_step(show: Show) -> None:
    panel = show(TokensPanel, make_view())
    strip = panel.strip
    QTest.mouseClick(strip, LEFT, NONE, QPoint(round(strip.x_of(5)), strip.height() - 8))
    assert panel.session.view.step == 5


def test_pointing_at_a_gate_lights_its_signal_and_leaving_puts_it_out(show: Show) -> None:
    panel = show(GatesPanel, make_view(), height=500)
    panel.heatmaps[1].hovered.emit(3, 2)
    assert panel.session.view.signal == "f"
    assert panel.heatmaps[1].lit.isVisible()
    assert not panel.heatmaps[0].lit.isVisible()
    panel.heatmaps[1].hovered.emit(-1, -1)
    assert panel.session.view.signal == ""


def test_the_value_under_the_mouse_is_read_out(show: Show) -> None:
    view: Any = make_view()
    panel = show(StatesPanel, view)
    panel.heatmap.hovered.emit(4, 2)
    value = float(view.trace.record.signal("h")[4, 2])
    assert panel.header.said.endswith(f"{value:.3f}".replace("-", "\N{MINUS SIGN}"))
    assert "unit 3" in panel.header.said
    panel.heatmap.hovered.emit(-1, -1)
    assert panel.header.said == panel.header.subtitle


def test_the_mouse_does_not_read_out_what_is_hidden(show: Show) -> None:
    panel = show(StatesPanel, replace(make_view(), position=3, ahead_hidden=True))
    panel.heatmap.hovered.emit(8, 2)
    assert panel.header.said == "t = 9, hidden"


def test_another_state_is_chosen_with_its_button(show: Show) -> None:
    panel = show(StatesPanel, make_view())
    assert panel.state.values() == ("h", "c")
    panel.state.button("c").click()
    assert panel.session.view.options["states.state"] == "c"
    assert list(panel.data(panel.session.view)) == ["c"]


def test_the_way_of_drawing_is_chosen_with_its_button(show: Show) -> None:
    panel = show(StatesPanel, make_view())
    panel.mode.button("curves").click()
    assert not panel.heatmap.isVisible()
    assert panel.curves.isVisible()


def test_the_scope_of_the_loss_is_chosen_with_its_button(show: Show) -> None:
    panel = show(GradientsPanel, make_view())
    panel.scope.button("at").click()
    assert panel.session.view.scope == "at"


def test_the_probe_begins_at_the_strongest_output_of_the_step(show: Show) -> None:
    view: Any = replace(make_view(), position=6)
    panel = show(GradientsPanel, view)
    panel.scope.button("probe").click()
    strongest = int(view.trace.record.signal("output", -1)[5].argmax())
    assert panel.session.view.probe == ProbeObjective("output", strongest, 5)
    assert panel.picker.isVisible()
    panel.picker.unit.setValue(2)
    panel.picker.step.setValue(4)
    assert panel.session.view.probe == ProbeObjective("output", 1, 3)
    panel.scope.button("upto").click()
    assert panel.session.view.probe is None
    assert not panel.picker.isVisible()


def test_a_unit_can_be_probed(show: Show) -> None:
    view: Any = replace(make_view(num_layers=2), probe=ProbeObjective("output", 0, 3))
    panel = show(GradientsPanel, view)
    index = panel.picker.signal.findText("c, layer 2")
    panel.picker.signal.setCurrentIndex(index)
    panel.picker.signal.activated.emit(index)
    assert panel.session.view.probe == ProbeObjective("c", 0, 3, 1, "forward")


def test_without_a_target_only_the_probe_is_offered(show: Show) -> None:
    source = wave_source()
    view: Any = replace(make_view(type(source)(source.components, source.steps, targets="none")), gradients=None)
    panel = show(GradientsPanel, view)
    assert not panel.scope.button("upto").isEnabled()
    assert "no target" in panel.scope.button("upto").toolTip()
    assert panel.scope.button("probe").isEnabled()
    assert "choose probe" in panel.notice.text()


def test_the_inspector_picks_layer_and_unit(show: Show) -> None:
    panel = show(InspectorPanel, make_view(num_layers=2, bidirectional=True), 380, 700)
    panel.layer.activated.emit(3)
    assert (panel.session.view.layer, panel.session.view.direction) == (1, "backward")
    panel.unit.setValue(4)
    assert panel.session.view.units == (3,)


def test_the_inspector_shows_the_values_of_the_step(show: Show) -> None:
    view: Any = replace(make_view(), position=6, units=(2,))
    view = replace(view, gradients=gradients_of(view.trace, LossObjective("upto", 5)))
    panel = show(InspectorPanel, view, 380, 700)
    row = next(row for row in panel.table.rows if row.signal == "f")
    values = view.trace.record.signal("f")[5]
    expected = [values[2], values.mean(), values.min(), values.max()]
    assert list(row.cells[:4]) == [f"{value:.3f}" for value in expected]
    assert "t = 6 / 12" in panel.state.text()


def test_the_formula_has_the_numbers_of_the_unit(show: Show) -> None:
    view: Any = replace(make_view(), position=6, units=(2,))
    panel = show(InspectorPanel, view, 380, 700)
    line = next(line for line in panel.formula._lines if line.signal == "c")
    before, now = (float(view.trace.record.signal("c")[k, 2]) for k in (4, 5))
    assert f"{abs(before):#.3g}" in line.numbers
    assert f"{abs(now):#.3g}" in line.numbers


def test_at_the_first_step_the_state_before_is_zero(show: Show) -> None:
    panel = show(InspectorPanel, replace(make_view(), position=1), 380, 700)
    line = next(line for line in panel.formula._lines if line.signal == "c")
    assert r"\cdot 0 " in line.numbers


def test_numbers_are_left_out_while_play_is_too_fast_to_read_them(show: Show) -> None:
    panel = show(InspectorPanel, replace(make_view(), position=6, playing=True, speed=20.0), 380, 700)
    assert all(line.numbers == "" for line in panel.formula._lines)


def test_pointing_at_an_equation_lights_its_signal(show: Show) -> None:
    panel = show(InspectorPanel, make_view(), 380, 700)
    panel.formula.finish()
    QApplication.processEvents()
    assert panel.formula.signal_at(QPointF(5, 10)) == "i"
    QTest.mouseMove(panel.formula, QPoint(5, 10))
    assert panel.session.view.signal == "i"
    heights = range(0, panel.formula.height(), 3)
    assert {panel.formula.signal_at(QPointF(2, y)) for y in heights} >= {"i", "f", "g", "o", "c", "h"}


def test_pointing_at_a_symbol_lights_that_signal(show: Show) -> None:
    panel = show(InspectorPanel, make_view(), 380, 700)
    panel.formula.finish()
    places = [(x, y) for x in range(0, panel.width(), 3) for y in range(0, panel.formula.height(), 3)]
    assert {panel.formula.signal_at(QPointF(x, y)) for x, y in places} >= {"x", "i", "f", "g", "o", "c", "h"}


def test_pointing_at_a_row_of_values_lights_its_signal(show: Show) -> None:
    panel = show(InspectorPanel, make_view(), 380, 700)
    QTest.mouseMove(panel.table, QPoint(20, round(panel.table._line * 1.5)))
    assert panel.session.view.signal == "i.pre"


def test_a_lit_signal_stands_out_among_the_curves(show: Show) -> None:
    options = MappingProxyType({"gates.mode": "unit"})
    panel = show(GatesPanel, replace(make_view(), options=options))
    before = panel.curves.curves["i"].style.colour
    panel.session.light("f")
    assert panel.curves.curves["i"].style.colour != before
    panel.session.light("")
    assert panel.curves.curves["i"].style.colour == before
