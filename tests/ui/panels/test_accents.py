"""Signals with accents are written as they are read, wherever they are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QPainter

from rnnviz.ui.controls.cellview import CellView
from rnnviz.ui.drawing.painting import write
from rnnviz.ui.panels.backprop import BackpropPanel
from rnnviz.ui.panels.cell import CellPanel
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.inspector import InspectorPanel
from tests.ui.panels.pictures import make_view

Show = Callable[..., Any]


def test_backpropagation_offers_and_titles_them(show: Show) -> None:
    panel = show(BackpropPanel, make_view(cell="minlstm"), 1200, 500)
    texts = [panel.signal.itemText(k) for k in range(panel.signal.count())]
    assert {"f′", "i′"} <= set(texts)
    assert not any("_prime" in text for text in texts)
    panel.session.set_option("backprop.signal", "f_prime")
    assert "∂f′ₜ" in panel.header.title


def test_the_cell_tells_of_them(show: Show) -> None:
    panel = show(CellPanel, make_view(cell="minlstm"), 1200, 500)
    view = panel.findChild(CellView)
    assert view.told("f_prime").startswith("f′[t] (forget gate, scaled) = ")
    assert view.told("h[t-1]").startswith("h[t−1]")


def test_the_inspector_lists_them(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def spy(painter: QPainter, rect: Any, flags: Any, text: str, *rest: Any) -> None:
        written.append(text)
        write(painter, rect, flags, text, *rest)

    monkeypatch.setattr("rnnviz.ui.controls.valuetable.write", spy)
    show(InspectorPanel, make_view(cell="minlstm"), 380, 1200).grab()
    assert {"f′", "i′"} <= set(written)
    assert not any("_prime" in text for text in written)


def test_gates_that_are_scaled_are_named_in_full_beside_their_heatmaps(show: Show) -> None:
    panel = show(GatesPanel, make_view(cell="minlstm"), 900, 420)
    captions = [plot.value_axis.caption for plot in panel.heatmaps]
    assert captions == ["forget", "input", "forget, scaled", "input, scaled"]
