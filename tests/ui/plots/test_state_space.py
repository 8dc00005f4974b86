"""Spaces of states: they are painted whatever stands in them, and end without harm."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots.xy.state_space.items import Colouring, FixedDots, Portrait, ReturnMap, Way
from rnnviz.ui.plots.xy.state_space.plot import StateSpacePlot
from rnnviz.ui.plots.xy.state_space.way_item import WayItem
from rnnviz.ui.theme import DARK, LECTURE, SignalStyle
from tests.ui.mouse import wheel

PALETTE = tuple(SignalStyle(colour, "circle") for colour in ("#ff0000", "#00ff00"))
AXES = ("PC 1", "PC 2", "PC 3")
WAYS = {
    "empty": np.zeros((0, 3)),
    "one": np.zeros((1, 3)),
    "huge": np.array([[1e308, -1e308, 0.0], [-1e308, 1e308, 5e-324]]),
    "strange": np.array([[np.inf, 0.0, 0.0], [np.nan, 1.0, 2.0], [0.5, 0.5, 0.5]]),
    "many": np.random.default_rng(0).normal(size=(3000, 3)),
}


def way(points: Any) -> Way:
    count = len(points)
    return Way(points, np.arange(count), np.ones(count, bool), Colouring("t", PALETTE, np.arange(count) % 2))


@pytest.mark.parametrize("size", [(30, 30), (900, 60), (300, 300)], ids=str)
@pytest.mark.parametrize("name", WAYS)
def test_every_way_is_painted_from_every_side(
    qtbot: QtBot, name: str, size: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    plot = StateSpacePlot()
    qtbot.addWidget(plot)
    plot.setMinimumSize(1, 1)
    plot.resize(*size)
    points = WAYS[name]
    fixed = FixedDots(points[:3], ("stable", "saddle", "unstable")[: len(points)])
    x = np.linspace(-1.0, 1.0, 41)
    portraits: list[Any] = [None, ReturnMap(x, np.where(x > 0, np.inf, np.nan), ("a", "b"))]
    portraits.append(Portrait(x, x, np.full((41, 41, 2), np.nan), (np.zeros((0, 2, 2)),) * 2, ("a", "b")))
    for dimensions, portrait in ((1, None), (3, None), *((2, each) for each in portraits)):
        plot.show_space(AXES[:dimensions], way(points[:, :dimensions]), fixed, portrait)
        plot.set_cursor(points[0, :dimensions] if len(points) else None, "t = 1")
        plot.set_turned(dimensions == 3)
        plot.set_lit(0)
        plot.set_theme(DARK, LECTURE)
        plot.grab()
        for notches in (40, -40):
            wheel(plot, QPointF(plot.area.center()), notches)
            plot.grab()
        plot.view_all()
        plot.grab()
    assert not caplog.records


def test_the_cursor_repaints_only_what_it_passes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = StateSpacePlot()
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    plot.show_space(AXES, way(WAYS["many"]))
    plot.set_cursor(np.zeros(3), "t = 1")
    plot.show()
    qtbot.waitExposed(plot)
    QApplication.processEvents()
    exposed: list[QRect] = []
    draw = WayItem.draw

    def note(item: WayItem, painter: Any, rect: Any) -> None:
        exposed.append(rect.toRect())
        draw(item, painter, rect)

    monkeypatch.setattr(WayItem, "draw", note)
    for x in (0.2, 0.3):
        exposed.clear()
        plot.set_cursor(np.array([x, 0.2, 0.0]), "t = 2")
        qtbot.waitUntil(lambda: bool(exposed))
    assert all(rect.width() * rect.height() < 600 * 400 / 8 for rect in exposed)


def test_spaces_open_and_close_while_the_garbage_collector_runs_at_every_chance(qtbot: QtBot) -> None:
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(3):
            plot = StateSpacePlot()
            plot.show_space(AXES, way(WAYS["strange"]), FixedDots(np.zeros((1, 3)), ("stable",)))
            plot.show()
            plot.grab()
            plot.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    finally:
        gc.set_threshold(*before)
