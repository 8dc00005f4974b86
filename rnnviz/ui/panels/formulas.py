"""The equations of the picked cell with the numbers of a step and a unit, down to the terms of every dot product."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QToolButton, QVBoxLayout, QWidget

from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.worked import products_of
from rnnviz.engine.requests import Request, Terms
from rnnviz.ui import reading
from rnnviz.ui.controls.choicebox import ChoiceBox
from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.formula import placeholder
from rnnviz.ui.formulalines import (
    Numbers,
    Writing,
    as_tex,
    computed_lines,
    done_at,
    equation_lines,
    numbers_of,
    product_lines,
)
from rnnviz.ui.grains import lit_operation
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.intervening import held_signals
from rnnviz.ui.notation import NOTATIONS, names_in
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.termsum import APART
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.timepanel import missing, unbuilt
from rnnviz.ui.view import AnalysisView, View

_WIDE, _ROOMY, _NARROW = 80, 58, 30
"""Widths of the panel, as multiples of small type: for two columns, for all controls, for the choices alone."""
_LONGEST = 11
"""Letters of the longest name of a notation."""
_TOO_FAST = 4.0
"""Steps per second of play above which numbers could not be followed, and are left out."""


class FormulasPanel(HeadedPanel):
    """Equations with numbers at the left, dot products in their terms at the right, or below where it is narrow."""

    name: ClassVar[str] = "formulas"
    title: ClassVar[str] = "Formulas with numbers"
    order: ClassVar[int] = 23
    stretch: ClassVar[int] = 8
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*HeadedPanel.watches, "playing", "speed", "operation", "backward")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the truth, what can be copied, notation and arrangement."""
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        self.symbols = _button("TeX", "Copy all equations as TeX")
        self.symbols.clicked.connect(self._on_symbols)
        self.figures = _button("TeX with numbers", "Copy all equations and dot products with their numbers as TeX")
        self.figures.clicked.connect(self._on_figures)
        self.notation = ChoiceBox("Notation")
        self.notation.set_groups([(one.value, one.label, one.hint) for one in NOTATIONS])
        self.notation.setMinimumContentsLength(_LONGEST)
        self.notation.chosen.connect(self._on_notation)
        self.arrangement = self.segmented(
            "Write the equations",
            "arrangement",
            ("gates", "gate by gate", "One equation for each gate"),
            ("stacked", "stacked", "All matrices in one, which acts on input, state and 1 below one another"),
        )
        return self.truth, self.symbols, self.figures, self.notation, self.arrangement

    def build(self) -> None:
        """Make the two columns of formulas."""
        self.column, self.equations, self.products = Column(), FormulaView(), FormulaView()
        self.products.setAccessibleName("Dot products of the unit")
        pair = QWidget()
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight, pair)
        self._pair.setContentsMargins(0, 0, 0, 0)
        for formulas, share in ((self.equations, 2), (self.products, 3)):
            side = QVBoxLayout()
            side.addWidget(formulas)
            side.addStretch(1)
            self._pair.addLayout(side, share)
            formulas.hovered.connect(self._on_hovered)
        self.column.add(pair)
        self.column.finish()
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.column)
        self._written: tuple[object, ...] = ()

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the terms of the picked unit at the cursor's step."""
        request = self._request(view)
        return () if request is None else (request, *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there are no formulas."""
        if view.document is None:
            return missing(view)
        return unbuilt(view) if view.trace is None else ""

    def dress(self, now: Look) -> None:
        """Dress the formulas and what stands in the header."""
        for part in (self.column, self.equations, self.products, self.truth, self.notation):
            part.set_look(now)
        for button in (self.symbols, self.figures):
            button.setStyleSheet(
                f"QToolButton {{ font-size: {now.sizes.small}px; font-weight: {MEDIUM.value}; color: {now.theme.muted};"
                f" border: 1px solid {now.theme.border}; border-radius: 4px; padding: 2px 8px;"
                f" background: transparent; }}"
                f"QToolButton:hover, QToolButton:focus {{ color: {now.theme.accent};"
                f" border-color: {now.theme.accent}; }}"
                f"QToolButton:disabled {{ color: {now.theme.faint}; }}"
            )
        self._share_room()

    def draw_choices(self, view: View) -> None:
        """Show the choices."""
        self.arrangement.set_value(self.option(view, "arrangement", "gates"))
        self.notation.set_value(self.option(view, "notation", NOTATIONS[0].value))

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the formulas, with the numbers that are known."""
        cell, request = reading.cell_of(view), self._request(view)
        assert cell is not None
        answer, done = self._answer(view), done_at(view)
        unit, numbers = self._unit(view), numbers_of(answer) if answer is not None else None
        if answer is not None and isinstance(answer.request, Terms):
            unit = answer.request.unit
        writing = self._writing(view, cell, _placeholders(cell), answer)
        about = None if answer is None else weakref.ref(answer)  # which holds on to the files of its run
        written = (cell, about, unit, writing, self._most(), done)
        if written != self._written:  # not for a cursor that only moves while its numbers are on their way
            self._written = written
            self.equations.show_lines(equation_lines(cell, writing, numbers, done), _names(cell))
            lines = product_lines(cell, unit, writing, numbers, self._most(), done)
            self.products.show_lines(lines, _names(cell))
        computed = computed_lines(cell, lit_operation(view, view.layer, view.direction), writing.stacked)
        for formulas in (self.equations, self.products):
            formulas.set_lit(view.signal)
            formulas.set_computed(computed)
        for formulas in (self.products, self.equations) if view.differs(old, "position", "operation") else ():
            if (place := formulas.place_of_computed()) is not None:  # of the two the equation is seen in any case
                self.column.reveal(formulas, place)
        self.figures.setEnabled(numbers is not None)
        if request is not None:
            self.truth.show_truth(view, request)
        self.header.set_title(self.title, self._subtitle(view, cell, unit, answer))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return what the equations are made of by name, and every dot product's terms, the largest first."""
        cell, answer = reading.cell_of(view), self._answer(view)
        if cell is None or answer is None:
            return {}
        names = answer.facts["names"]
        assert isinstance(names, tuple)
        arrays: dict[str, NDArray[Any]] = {
            "name": np.array(names),
            "value": np.asarray(answer.arrays["numbers"]),
            "product": np.array([f"{product.matrix} of {signal}" for signal, product in products_of(cell)]),
        }
        return {**arrays, **{key: np.asarray(value) for key, value in answer.arrays.items() if key != "numbers"}}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the columns beside or below one another, and leave out what has no room."""
        super().resizeEvent(event)
        self._share_room()
        view = self.session.view
        if self.isVisible() and not self.absence(view):
            self.draw_body(view, view)

    # what is read

    def _unit(self, view: View) -> int:
        trace = view.trace
        units = trace.schedule.spec.units_of(view.layer, view.direction) if trace is not None else 0
        return view.units[0] if view.units and view.units[0] < units else 0

    def _request(self, view: View) -> Terms | None:
        trace = view.trace
        fast = view.playing and view.speed > _TOO_FAST
        if trace is None or fast or not reading.is_known(view, view.layer, view.direction, view.step):
            return None
        return Terms(view.step, self._unit(view), view.layer, view.direction)

    def _answer(self, view: View) -> AnalysisView | None:
        request = self._request(view)
        found = self.answer(view, request) if request is not None else None
        if found is None or found.fault or (found.request != request and done_at(view) is not None):
            return None  # numbers of another step would be taken for those that are computed in this one
        cell = reading.cell_of(view)
        fits = cell is not None and len(found.arrays["sums"]) == len(products_of(cell))
        return found if fits else None  # cells with the same signals may have other products

    def _writing(
        self, view: View, cell: Cell, colours: Mapping[str, str], answer: AnalysisView | None = None
    ) -> Writing:
        assert view.trace is not None
        names = names_in(self.option(view, "notation", NOTATIONS[0].value), cell)
        spec = view.trace.schedule.spec
        inputs = view.trace.sequence.input_names
        named = view.layer == 0 and len(inputs) == spec.inputs_of(0) and spec.embedding_size is None
        stacked = self.option(view, "arrangement", "gates") == "stacked"
        request = answer.request if answer is not None else None
        held = held_signals(view, (request.unit,), request.step) if isinstance(request, Terms) else frozenset[str]()
        back = view.direction == "backward"
        return Writing(names, colours, stacked, inputs if named else (), held, spec.activation, back)

    def _subtitle(self, view: View, cell: Cell, unit: int, answer: AnalysisView | None) -> str:
        phi = f"φ = {view.trace.schedule.spec.activation}" if "phi(" in cell.text and view.trace is not None else ""
        parts = [cell.title, phi, reading.where(view), f"unit {unit + 1}"]
        if answer is not None and isinstance(answer.request, Terms) and view.trace is not None:
            step = answer.request.step
            label = view.trace.labels[step]
            parts.append(f"t = {step + 1}" + (f" ({label})" if label and label != str(step + 1) else ""))
        if (operation := lit_operation(view, view.layer, view.direction)) is not None:
            parts.append(operation.text)
        request = self._request(view)
        found = view.analyses.get(request) if request is not None else None
        if found is not None and found.fault:
            parts.append(found.fault)
        elif request is None:
            parts.append("playing too fast for numbers" if view.playing else "no numbers at this step yet")
        return ", ".join(part for part in parts if part)

    def _width(self) -> float:
        return self.width() / look(self.session.view).sizes.small

    def _most(self) -> int:
        """Return how many terms of a dot product there is room for."""
        width = self._width()
        return next((most for most, least in ((6, 150), (4, 66), (3, 46)) if width >= least), 2)

    def _share_room(self) -> None:
        width = self._width()
        self._pair.setDirection(
            QBoxLayout.Direction.LeftToRight if width >= _WIDE else QBoxLayout.Direction.TopToBottom
        )
        for control in (self.truth, self.symbols, self.figures):
            control.setVisible(width >= _ROOMY)
        self.notation.setVisible(width >= _NARROW)
        self.arrangement.setVisible(width >= _NARROW)

    # what is done

    def _on_hovered(self, signal: str) -> None:
        self.session.light(signal.partition(APART)[0])

    def _on_notation(self, value: str) -> None:
        self.session.set_option(f"{self.name}.notation", value)

    def _on_symbols(self) -> None:
        self._copy(numbers=False)

    def _on_figures(self) -> None:
        self._copy(numbers=True)

    def _copy(self, *, numbers: bool) -> None:
        view = self.session.view
        cell = reading.cell_of(view)
        if cell is None or view.trace is None:
            return
        QGuiApplication.clipboard().setText(self.tex(view, cell, numbers=numbers))
        told = "with their numbers are" if numbers else "are"
        self.session.show_message(f"The equations {told} on the clipboard, as TeX")

    def tex(self, view: View, cell: Cell, *, numbers: bool) -> str:
        """Return all equations as TeX, with the numbers and dot products of the cursor's step where they are wanted."""
        answer = self._answer(view) if numbers else None
        known: Numbers | None = numbers_of(answer) if answer is not None else None
        writing = self._writing(view, cell, {}, answer)
        lines = equation_lines(cell, writing, known)
        if known is not None and answer is not None and isinstance(answer.request, Terms):
            lines += product_lines(cell, answer.request.unit, writing, known)
        return as_tex(lines, numbers)


def _names(cell: Cell) -> tuple[str, ...]:
    return (*cell.order, "x", "y")


def _placeholders(cell: Cell) -> dict[str, str]:
    return {name: placeholder(k) for k, name in enumerate(_names(cell))}


def _button(text: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(plain_tip(hint))
    button.setAccessibleName(hint)
    return button
