"""A step paints only what it changes, and the screen then shows the same as if all had been painted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.engine.messages import LossObjective
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.controls.valuetable import ValueTable
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.inspector import InspectorPanel
from rnnviz.ui.panels.outputs import OutputsPanel
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.panels.tokens import TokensPanel
from rnnviz.ui.plots import TimePlot, TimeWidget, TokenStrip
from tests.ui.panels.conftest import Show
from tests.ui.panels.pictures import gradients_of, make_view, text_source

FORMAT = QImage.Format.Format_RGB32


class Painted(QObject):
    """Adds up which share of each widget, or of the data in it, is painted."""

    def __init__(self, kinds: tuple[type[QWidget], ...]) -> None:
        super().__init__()
        self.kinds = kinds
        self.shares: dict[QWidget, float] = {}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        plot = watched.parent()
        if isinstance(event, QPaintEvent) and isinstance(plot, TimePlot):
            watched = plot  # which is painted in its viewport
        elif isinstance(watched, TimePlot):
            return False
        if isinstance(event, QPaintEvent) and isinstance(watched, self.kinds):
            whole = watched.data_rect.toRect() if isinstance(watched, TimeWidget | TimePlot) else watched.rect()
            parts = [rect & whole for rect in event.region()]  # type: ignore[attr-defined]
            area = sum(part.width() * part.height() for part in parts) / (whole.width() * whole.height())
            self.shares[watched] = self.shares.get(watched, 0.0) + area
        return False


def on_screen(widget: QWidget) -> QImage:
    QApplication.processEvents()
    return widget.screen().grabWindow(widget.winId()).toImage().convertToFormat(FORMAT)


def step_about(panel: Any) -> None:
    """Step forward, back and far, hide what lies ahead, and let gradients arrive between the steps."""
    trace = panel.session.view.trace
    for position in (6, 7, 8, 7, 2, 30, 31, 12):
        panel.session.apply(position=position)
        QApplication.processEvents()
        objective = LossObjective("upto", position - 1)
        panel.session.apply(gradients=gradients_of(trace, objective, position))
        QApplication.processEvents()
    for position, hidden in ((12, True), (13, True), (20, True), (20, False)):
        panel.session.apply(position=position, ahead_hidden=hidden)
        QApplication.processEvents()


@pytest.mark.parametrize("panel_class", panel_classes(), ids=lambda panel: panel.name)
@pytest.mark.parametrize("steps", [40, 300], ids=["slanted", "numbered"])
def test_the_screen_after_many_steps_is_what_a_fresh_picture_is(
    panel_class: type[Panel], steps: int, show: Show
) -> None:
    panel = show(panel_class, make_view(text_source(steps)))
    for formula in panel.findChildren(FormulaView):
        formula.finish()
    step_about(panel)
    for formula in panel.findChildren(FormulaView):
        formula.finish()
    QApplication.processEvents()
    assert on_screen(panel) == panel.grab().toImage().convertToFormat(FORMAT)


@pytest.mark.parametrize("panel_class", [StatesPanel, GatesPanel, OutputsPanel, TokensPanel], ids=lambda p: p.name)
def test_a_step_paints_a_strip_of_each_plot(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, replace(make_view(text_source(60), hidden_size=32), position=30), 1000, 360)
    QApplication.processEvents()
    panel.session.apply(position=29)  # the first change of a scene that was just shown paints all of it
    QApplication.processEvents()
    panel.session.apply(position=30)
    QApplication.processEvents()
    painted = Painted((TimePlot, TokenStrip))
    QCoreApplication.instance().installEventFilter(painted)  # type: ignore[union-attr]
    panel.session.apply(position=31)
    QApplication.processEvents()
    QCoreApplication.instance().removeEventFilter(painted)  # type: ignore[union-attr]
    shares = {type(widget).__name__: round(share, 3) for widget, share in painted.shares.items()}
    assert shares
    assert max(shares.values()) < 0.15, shares


def test_the_arrival_of_gradients_paints_nothing_but_gradients(show: Show) -> None:
    panel = show(InspectorPanel, replace(make_view(), position=6), 380, 800)
    panel.formula.finish()
    QApplication.processEvents()
    painted = Painted((FormulaView, ValueTable))
    QCoreApplication.instance().installEventFilter(painted)  # type: ignore[union-attr]
    panel.session.apply(gradients=gradients_of(panel.session.view.trace, LossObjective("upto", 5), 9))
    QApplication.processEvents()
    QCoreApplication.instance().removeEventFilter(painted)  # type: ignore[union-attr]
    assert panel.formula not in painted.shares
    assert 0 < painted.shares[panel.table] < 0.4


@pytest.mark.parametrize("panel_class", [StatesPanel, GatesPanel, OutputsPanel, TokensPanel], ids=lambda p: p.name)
def test_what_a_panel_does_not_show_does_not_make_it_work(
    panel_class: type[Panel], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = show(panel_class, make_view())
    drawn: list[object] = []
    monkeypatch.setattr(panel_class, "draw", lambda self, view, old: drawn.append(view))
    session = panel.session
    session.apply(gradients=gradients_of(session.view.trace, LossObjective("upto", 3), 4))
    session.apply(message="a note", progress=("running", 1, 2), speed=4.0)
    assert not drawn
    session.apply(position=3)
    assert len(drawn) == 1
