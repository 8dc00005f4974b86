"""Formulas with numbers: what stands in them is what the engine computed; over the real engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from rnnviz.engine import cells
from rnnviz.engine.language.stacking import rows_of, stack_tex
from rnnviz.engine.language.worked import Noted
from rnnviz.ui import reading
from rnnviz.ui.formulalines import Product, plain
from rnnviz.ui.panels.formulas import FormulasPanel
from rnnviz.ui.termsum import parts_of
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_panel

EXACT: dict[str, Any] = {"hidden_size": 6, "dtype": "float64"}


@pytest.fixture(autouse=True)
def _application(qtbot: Any) -> None:
    """Have an application."""


def shown(panel: Any) -> dict[str, str]:
    """The numbers of every line by its signal."""
    return {line.signal: line.numbers for view in (panel.equations, panel.products) for line in view._lines}


def test_the_numbers_are_those_of_the_run_at_the_cursor(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(12), **EXACT) as (panel, session, link):
        for step in (4, 7):
            session.go_to(step)
            link.run_until_idle()
            assert session.view.trace is not None
            values = session.view.trace.record
            lines = shown(panel)
            for signal in "ifgoch":
                told = float(lines[signal].rpartition(" = ")[2].replace("{-}", "-"))
                assert told == pytest.approx(float(values.signal(signal, 0, "forward")[step, 0]), rel=5e-3)
            data = panel.data(session.view)
            places = dict(zip(data["name"].tolist(), data["value"].tolist(), strict=True))
            sums = data["sums"][:2].sum() + places["b_i"]
            assert sums == pytest.approx(values.signal("i.pre", 0, "forward")[step, 0], abs=1e-12)
        assert "t = 8" in panel.header.subtitle


def test_a_token_is_named_below_its_term(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(12), **EXACT) as (panel, session, link):
        session.go_to(4)
        link.run_until_idle()
        assert session.view.trace is not None
        label = session.view.trace.labels[4]
        told = next(numbers for signal, numbers in shown(panel).items() if signal == "i#0")
        assert plain(label) in re.sub(r"\\textcolor\{[^}]*\}", "", told)
        assert r"\cdot 1.00" in told


@pytest.mark.parametrize("cell", ["lstm", "gru", "slstm", "lstm-peephole", "jordan", "indrnn"])
@pytest.mark.parametrize("notation", ["pytorch", "goodfellow"])
def test_stacked_equations_give_what_those_gate_by_gate_give(cell: str, notation: str, tmp_path: Path) -> None:
    options = {"formulas.arrangement": "stacked", "formulas.notation": notation}
    with real_panel(FormulasPanel, tmp_path, text_source(8), options, cell=cell, **EXACT) as (panel, session, link):
        session.go_to(3)
        link.run_until_idle()
        stacked = shown(panel)
        session.set_option("formulas.arrangement", "gates")
        link.run_until_idle()
        gates = shown(panel)
        both = [signal for signal in gates if signal in stacked and "#" not in signal]
        assert both
        for signal in both:
            assert stacked[signal].rpartition(" = ")[2] == gates[signal].rpartition(" = ")[2]


def test_the_stacked_matrix_of_an_lstm_has_a_row_for_each_gate() -> None:
    cell = cells.get("lstm")
    assert [row.name for row in rows_of(cell)] == ["i.pre", "f.pre", "g.pre", "o.pre"]
    assert r"W_{f} & U_{f} & b_{f}" in stack_tex(cell, Noted())
    gru = {row.signal: row.name for row in rows_of(cells.get("gru"))}
    assert gru == {"r": "r.pre", "z": "z.pre", "n": "n#"}


def test_equations_are_copied_as_tex_with_and_without_numbers(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), **EXACT) as (panel, session, link):
        session.go_to(3)
        link.run_until_idle()
        cell = reading.cell_of(session.view)
        symbols, figures = (panel.tex(session.view, cell, numbers=wanted) for wanted in (False, True))
        assert symbols.count("&=") == 6
        assert figures.count("&=") == 2 * (6 + 8)
        assert "textcolor" not in figures
        panel.symbols.click()
        assert QGuiApplication.clipboard().text() == symbols


def test_terms_that_have_no_room_go_to_the_rest() -> None:
    product = Product(((0, 2.0, 3.0), (1, -1.0, 4.0), (2, 0.5, 1.0)), 0.25, 5, 2.75)
    short = product.shortened(1)
    assert (short.terms, short.rest, short.others) == (((0, 2.0, 3.0),), -3.25, 7)
    assert product.shortened(None) == product


def test_a_sum_is_taken_apart_at_its_outermost_signs() -> None:
    tex = r"= \underset{h_{2}}{\left(a + b\right) \cdot 0.2} + 0.1 = 0.2"
    assert [(part.sign, part.tex, part.label) for part in parts_of(tex)] == [
        ("=", r"\left(a + b\right) \cdot 0.2", "h_{2}"),
        ("+", "0.1", ""),
        ("=", "0.2", ""),
    ]


def test_everything_typesets_and_is_inked(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), size=(1400, 600), **EXACT) as (panel, session, link):
        session.go_to(3)
        link.run_until_idle()
        for view in (panel.equations, panel.products):
            view.finish()
            assert set(view._numbers) == {line.signal for line in view._lines}
        image = panel.products.grab().toImage()
        assert len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}) > 3
        assert np.isfinite(panel.data(session.view)["sums"]).all()
