"""What a step costs the diagrams, counted: nothing is laid out, typeset or written twice when only the cursor moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from rnnviz.engine.sequence import SequenceSource
from rnnviz.ui import digits, formula
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.diagram import layout as cell_layout
from rnnviz.ui.networkdiagram.canvas import NetworkCanvas
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.panels import formulas
from rnnviz.ui.plots import TimeAxis
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_session

OPEN = ("network", "cell", "formulas")


@pytest.fixture(autouse=True)
def _application(qtbot: Any) -> None:
    """Have an application."""


@contextmanager
def diagrams(root: Path, source: SequenceSource | None = None, **fields: Any) -> Iterator[tuple[Any, Any, Any]]:
    """All diagrams over one real session, typeset and painted."""
    with real_session(root, source or text_source(20), **fields) as (session, link):
        axis = TimeAxis(session)
        panels = {one.name: one(session, axis) for one in panel_classes() if one.name in OPEN}
        for panel in panels.values():
            panel.resize(1000, 500)
            panel.show()
        rest(panels, link)
        try:
            yield panels, session, link
        finally:
            for panel in panels.values():
                panel.close()
                panel.deleteLater()


def rest(panels: dict[str, Any], link: Any) -> None:
    """Let the engine answer, and everything be typeset and painted."""
    for _ in range(2):
        link.run_until_idle()
        for view in panels["formulas"].findChildren(FormulaView):
            view.finish()
        QApplication.processEvents()


def spied(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """A list that grows with every call of something."""
    calls: list[Any] = []
    real: Callable[..., Any] = getattr(owner, name)

    def spy(*given: Any, **named: Any) -> Any:
        calls.append(given)
        return real(*given, **named)

    monkeypatch.setattr(owner, name, spy)
    return calls


@pytest.mark.parametrize("cell", ["lstm", "gru", "slstm"])
def test_no_step_waits_for_typesetting_and_one_that_was_seen_needs_none(
    cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with diagrams(tmp_path, cell=cell) as (panels, session, link):
        typeset = [*map(partial(spied, monkeypatch), (formula, digits), ("pieces", "pieces"))]
        for step in (4, 9, 4):
            session.go_to(step)
            for panel in panels.values():
                panel.repaint()
            assert typeset == [[], []], "what is not typeset yet waits for an idle moment"
            rest(panels, link)
            for calls in typeset:
                calls.clear()
        for step in (9, 4):
            session.go_to(step)
            rest(panels, link)
        assert typeset == [[], []]


def test_the_cells_diagram_is_laid_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with diagrams(tmp_path) as (panels, session, link):
        calls = spied(monkeypatch, cell_layout, "Router")
        for step in range(5, 12):
            session.go_to(step)
            rest(panels, link)
        assert not calls
        session.change_spec(cell="h[t] = 0.5 * h[t-1] + 0.25 * tanh(W @ x[t] + U @ h[t-1] + b)")
        rest(panels, link)
        assert calls, "another cell is laid out"


def test_formulas_are_written_once_for_every_answer_and_not_for_a_cursor_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with diagrams(tmp_path) as (panels, session, link):
        calls = spied(monkeypatch, formulas, "equation_lines")
        session.go_to(6)
        assert len(calls) == 0
        rest(panels, link)
        assert len(calls) == 1
        session.light("f")
        session.light("")
        assert len(calls) == 1


def test_the_network_is_painted_once_for_a_step_however_much_is_told_of_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with diagrams(tmp_path) as (panels, session, link):
        calls = spied(monkeypatch, NetworkCanvas, "paint")
        before = session.view.gradients
        session.go_to(6)
        panels["network"].canvas.repaint()
        assert calls
        calls.clear()
        rest(panels, link)
        assert session.view.gradients is not before
        assert not calls
