"""Formulas with numbers: what stands in them is what the engine computed; over the real engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from rnnviz.engine import cells
from rnnviz.engine.language.numbers import value_tex
from rnnviz.engine.language.stacking import rows_of, stack_tex
from rnnviz.engine.language.worked import Noted
from rnnviz.ui import reading
from rnnviz.ui.formulalines import Product, plain
from rnnviz.ui.operations import operations_at
from rnnviz.ui.panels.formulas import FormulasPanel
from rnnviz.ui.termsum import APART, parts_of
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


@pytest.mark.parametrize("arrangement", ["gates", "stacked"])
def test_a_layer_that_reads_backward_reads_the_state_of_the_step_after(arrangement: str, tmp_path: Path) -> None:
    options = {"formulas.arrangement": arrangement}
    with real_panel(FormulasPanel, tmp_path, text_source(8), options, bidirectional=True, **EXACT) as bench:
        panel, session, link = bench
        session.pick_layer(0, "backward")
        session.go_to(4)
        link.run_until_idle()
        cell = reading.cell_of(session.view)
        assert cell is not None
        assert session.view.trace is not None
        lines = [line.tex + line.numbers for one in (panel.equations, panel.products) for line in one._lines]
        for tex in (*lines, panel.tex(session.view, cell, numbers=True)):
            assert "t-1}" not in tex
        assert any("h_{t+1}" in tex for tex in lines)
        value = float(session.view.trace.record.signal("c", 0, "backward")[5, 0])
        assert value_tex(value).tex in shown(panel)["c"]
        session.pick_layer(0, "forward")
        link.run_until_idle()
        assert "t+1}" not in panel.tex(session.view, cell, numbers=True)


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


# Within a step


def told(line: str) -> float:
    """The number at the end of a line."""
    return float(line.rpartition(" = ")[2].replace("{-}", "-").replace(r"\sigma\left(", "").replace(r"\right)", ""))


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("arrangement", ["gates", "stacked"])
def test_the_line_that_is_computed_is_marked_and_later_ones_have_no_numbers(
    cell: str, arrangement: str, tmp_path: Path
) -> None:
    options = {"formulas.arrangement": arrangement}
    with real_panel(FormulasPanel, tmp_path, text_source(8), options, cell=cell, **EXACT) as (panel, session, link):
        session.set_grain("operation")
        session.go_to(3)
        known = cells.get(cell)
        order = [line.signal for line in panel.equations._lines]
        assert session.view.trace is not None
        operations = [one for one in operations_at(session.view.trace, 5) if one.part == "cell"]
        for done, one in enumerate(operations, 1):
            session.step(1)
            link.run_until_idle()
            marked = panel.equations._computed
            line = next(name for name in marked if APART not in name or name == APART)
            assert line == one.equation or (line == APART and one.kind == "sum")
            assert len(marked) == 1 + len(one.products)
            lines = shown(panel)
            begun = {other.equation for other in operations[:done]}
            for signal in known.order:
                if signal in order:
                    assert bool(lines[signal]) == (signal in begun), (one.text, signal)
            values = session.view.trace.record
            for signal in {name for other in operations[:done] for name in other.gives} & set(order):
                exact = float(values.signal(signal, 0, "forward")[4, 0])
                assert told(lines[signal]) == pytest.approx(exact, rel=5e-3)
        session.step(1)
        assert not panel.equations._computed


def test_a_sum_is_told_before_its_function_is(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), **EXACT) as (panel, session, link):
        session.go_to(3)
        session.step(1, "operation")
        link.run_until_idle()
        assert session.view.trace is not None
        pre = session.view.trace.record.signal("i.pre", 0, "forward")[4, 0]
        line = shown(panel)["i"]
        assert told(line) == pytest.approx(pre, rel=5e-3)
        assert r"\sigma" in line.rpartition(" = ")[2]
        assert {signal for signal, numbers in shown(panel).items() if numbers} == {"i", "i#0", "i#1"}
        session.step(1, "operation")
        link.run_until_idle()
        gate = session.view.trace.record.signal("i", 0, "forward")[4, 0]
        assert told(shown(panel)["i"]) == pytest.approx(gate, rel=5e-3)


def test_what_is_not_computed_keeps_its_symbol_in_the_stacked_product(tmp_path: Path) -> None:
    options = {"formulas.arrangement": "stacked"}
    with real_panel(FormulasPanel, tmp_path, text_source(8), options, **EXACT) as (panel, session, link):
        session.go_to(3)
        session.step(3, "operation")
        link.run_until_idle()
        stacked = re.sub(r"\\textcolor\{[^}]*\}", "", shown(panel)[APART])
        assert stacked.count(r"\mathrm{pre}") == 2
        assert session.view.trace is not None
        exact = session.view.trace.record.signal("f.pre", 0, "forward")[4, 0]
        assert f"{exact:.3g}".lstrip("-") in stacked


def test_on_the_way_back_all_numbers_are_known_and_the_line_goes_up(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), **EXACT) as (panel, session, link):
        session.set_grain("operation")
        session.turn(True)
        link.run_until_idle()
        marked = []
        while session.view.step == 7:
            marked += [line for line in panel.equations._computed if APART not in line]
            assert all(numbers for signal, numbers in shown(panel).items())
            session.step_along(1)
            link.run_until_idle()
        assert marked == ["h", "h", "c", "c", "c", *"ooggffii"]


def test_another_layer_has_no_mark(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), num_layers=2, cell="gru", **EXACT) as (
        panel,
        session,
        link,
    ):
        session.go_to(3)
        session.step(3, "operation")
        session.pick_layer(1)
        link.run_until_idle()
        assert not panel.equations._computed
        assert not any(shown(panel).values())


def plain_numbers(line: str) -> list[str]:
    """The last two sides of a line, without the marks of TeX."""
    text = re.sub(r"\\textcolor\{[^}]*\}|\\left|\\right|[{}]", "", line)
    return text.replace(r"\cdot", "*").replace(r"\tanh", "tanh").split(" = ")[-2:]


def test_what_is_done_of_an_equation_becomes_one_number(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), **EXACT) as (panel, session, link):
        session.go_to(3)
        session.step(9, "operation")
        link.run_until_idle()
        assert session.view.trace is not None
        record = session.view.trace.record

        def of(signal: str, step: int = 4) -> float:
            return float(record.signal(signal, 0, "forward")[step, 0])

        kept = of("f") * of("c", 3)
        before, after = plain_numbers(shown(panel)["c"])
        assert eval(before) == pytest.approx(of("c"), rel=2e-2)
        assert float(after.split(" + ")[0].strip("()")) == pytest.approx(kept, rel=5e-3)
        assert "*" in after.split(" + ")[1]
        session.step(1, "operation")
        link.run_until_idle()
        terms = [float(term.strip("()")) for term in plain_numbers(shown(panel)["c"])[1].split(" + ")]
        assert terms == pytest.approx([kept, of("i") * of("g")], rel=5e-3)
        session.step(2, "operation")
        link.run_until_idle()
        assert float(plain_numbers(shown(panel)["h"])[1].split(" * ")[1]) == pytest.approx(np.tanh(of("c")), rel=5e-3)


def test_the_sum_within_a_gate_of_a_gru_becomes_one_number(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), cell="gru", **EXACT) as (panel, session, link):
        session.go_to(3)
        session.step(6, "operation")
        link.run_until_idle()
        places = dict(zip(*(panel.data(session.view)[key].tolist() for key in ("name", "value")), strict=True))
        sums = dict(zip(*(panel.data(session.view)[key].tolist() for key in ("product", "sums")), strict=True))
        gated = places["r"] * (sums["U_n of n"] + places["c_n"])
        last = plain_numbers(shown(panel)["n"])[1]
        assert "W_n" in last
        assert float(last.removesuffix(")").rpartition(" + ")[2].strip("()")) == pytest.approx(gated, rel=5e-3)
        session.step(1, "operation")
        link.run_until_idle()
        assert session.view.trace is not None
        pre = float(session.view.trace.record.signal("n.pre", 0, "forward")[4, 0])
        assert float(plain_numbers(shown(panel)["n"])[1].removeprefix("tanh(").strip("()")) == pytest.approx(
            pre, rel=5e-3
        )


def test_numbers_of_a_cell_with_the_same_signals_and_other_products_are_not_taken_over(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), cell="lstm") as (panel, session, link):
        for cell in ("lstm-peephole", "lstm"):
            session.change_spec(cell=cell)
            link.run_until_idle()
            assert session.view.document is not None
            assert session.view.document.spec.cell == cell
            assert all(shown(panel).values())


def test_the_line_that_is_computed_is_scrolled_into_sight(tmp_path: Path, qtbot: Any) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), size=(560, 220), **EXACT) as (panel, session, link):
        for view in (panel.equations, panel.products):
            view.finish()
        session.go_to(3)
        link.run_until_idle()
        qtbot.waitUntil(lambda: panel.column.verticalScrollBar().maximum() > 200)
        for _ in range(13):
            session.step(1, "operation")
            link.run_until_idle()
            place = panel.equations.place_of_computed()
            seen = panel.column.viewport().rect()
            assert place is not None
            top = panel.equations.mapTo(panel.column.viewport(), place.topLeft()).y()
            assert seen.top() - 1 <= top
            assert top + place.height() <= seen.bottom() + 2


def test_the_head_tells_what_phi_stands_for(tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, text_source(8), cell="rnn", activation="relu") as (panel, _, _link):
        assert panel.header.subtitle.startswith("RNN (Elman), φ = relu, unit 1")
    with real_panel(FormulasPanel, tmp_path / "gru", text_source(8), cell="gru") as (panel, _, _link):
        assert "φ" not in panel.header.subtitle
