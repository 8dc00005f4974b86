"""Equations leave room for their numbers."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine import cells
from rnnviz.engine.language.numbers import equation_numbers_tex
from rnnviz.engine.language.tex import equation_tex
from rnnviz.ui.controls.formulaline import Line
from rnnviz.ui.controls.formulaview import FormulaView


@pytest.mark.parametrize("name", cells.names())
def test_no_numbers_reach_into_the_equation_below(name: str, qtbot: QtBot) -> None:
    cell = cells.get(name)
    values = dict.fromkeys((*cell.order, *(f"{one}.pre" for one in cell.order)), 0.123)
    view = FormulaView()
    qtbot.addWidget(view)
    lines = [Line(one, equation_tex(cell, one), equation_numbers_tex(cell, one, values)) for one in cell.order]
    view.show_lines(lines, cell.order)
    view.finish()
    for above, below in zip(view._rows, view._rows[1:], strict=False):
        _, numbers = view._numbers[above.line.signal]
        ends = above.below + numbers.box.height()
        assert ends <= below.baseline + min(below.left.box.top(), below.right.box.top()), above.line.signal
