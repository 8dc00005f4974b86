"""Formulas become paths with places to point at, for every cell."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from rnnviz.engine import cells
from rnnviz.engine.language.tex import equation_tex
from rnnviz.ui.formula import INK, paint, placeholder, typeset
from rnnviz.ui.typesetter import Typesetter


def equations() -> list[tuple[str, str]]:
    return [(name, signal) for name in cells.names() for signal in cells.get(name).order]


@pytest.mark.parametrize(("name", "signal"), equations())
def test_every_equation_is_typeset_with_a_mark_for_each_signal(name: str, signal: str) -> None:
    cell = cells.get(name)
    colours = {other: placeholder(index) for index, other in enumerate((*cell.order, "x", "y"))}
    tex = equation_tex(cell, signal, colours=colours)
    formula = typeset(tex, 18.0)
    assert not formula.box.isEmpty()
    assert {colour for colour, _ in formula.marks} == {colour for colour in colours.values() if colour in tex}
    assert {fill for fill, _ in formula.paths} >= {INK, colours[signal]}


def test_a_mark_is_found_under_the_mouse() -> None:
    formula = typeset(r"\textcolor{#000001}{h_t} = 2", 20.0)
    box = formula.marks[0][1]
    assert formula.mark_at(box.center()) == placeholder(0)
    assert formula.mark_at(QPointF(formula.box.right() - 1, box.center().y())) == ""


def test_tex_that_cannot_be_read_is_shown_as_it_is_written(qapp: object) -> None:
    assert not typeset(r"\frac{a", 18.0).box.isEmpty()


def test_colours_are_chosen_when_painting(qapp: object) -> None:
    formula = typeset(r"\textcolor{#000001}{h}", 30.0)
    seen: list[set[str]] = []
    for colour in ("#ff0000", "#0000ff"):
        image = QImage(60, 60, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        paint(painter, formula, QPointF(10, 40), "#000000", {placeholder(0): colour})
        painter.end()
        found = {image.pixelColor(x, y).name() for x in range(60) for y in range(60)}
        seen.append(found & {"#ff0000", "#0000ff"})
    assert seen == [{"#ff0000"}, {"#0000ff"}]


def test_typesetting_waits_for_an_idle_moment(qtbot: QtBot) -> None:
    typesetter = Typesetter()
    assert typesetter.get("a + b", 18.0) is None
    with qtbot.waitSignal(typesetter.ready, timeout=2000):
        pass
    assert typesetter.get("a + b", 18.0) is not None


def test_what_is_no_longer_wanted_is_not_typeset(qtbot: QtBot) -> None:
    typesetter = Typesetter()
    typesetter.get("a", 18.0)
    typesetter.forget()
    typesetter.get("b", 18.0)
    typesetter.finish()
    assert typesetter.get("b", 18.0) is not None
    assert typesetter.get("a", 18.0) is None
    typesetter.forget()
