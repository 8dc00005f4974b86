"""The equations of the cell, with the numbers of one unit at the chosen step, and the values of that step."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.numbers import equation_numbers_tex, held_tex
from rnnviz.engine.language.tex import Typesetter, equation_tex
from rnnviz.engine.spec import Direction
from rnnviz.ui import reading
from rnnviz.ui.cellreading import unit_values
from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.formulaline import Line
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.controls.textline import Run, TextLine
from rnnviz.ui.controls.valuetable import ValueRow, ValueTable, brief
from rnnviz.ui.controls.wheel import ComboBox, SpinBox
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.formula import placeholder
from rnnviz.ui.formulalines import as_read
from rnnviz.ui.grains import known_signals, lit_operation
from rnnviz.ui.intervening import held_signals
from rnnviz.ui.panel import Area, Panel
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.session import Session
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, SEMIBOLD
from rnnviz.ui.view import LOOKS, TraceView, View

_FORMULA = ("document", "trace", "layer", "direction", "units", "position", "operation", "playing", "speed")
"""The fields that the formula with its numbers depends on, beside those of the picture."""
_TOO_FAST = 4.0
"""Steps per second of play above which the numbers in the formula could not be followed, and are left out."""


class InspectorPanel(Panel):
    """Formula, formula with numbers and a table of values; pointing at a signal lights it everywhere."""

    name: ClassVar[str] = "inspector"
    title: ClassVar[str] = "Inspector"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 0
    watches: ClassVar[tuple[str, ...]] = (
        *("document", "trace", "published", "position", "operation", "ahead_hidden", "backward", "gradients", "probe"),
        *("layer", "direction", "units", "signal", "playing", "speed", *LOOKS, "options"),
    )

    def __init__(self, session: Session, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(session, axis, parent)
        self.notice = Notice(self)
        self.column = Column()
        self.layer = ComboBox()
        self.unit = SpinBox()
        self.heading = PlainLabel()
        self.formula = FormulaView()
        self.state = TextLine()
        self.table = ValueTable((0, 4, 1, 2, 3))
        self._labels: list[QLabel] = []
        self._look = Look(LIGHT, NORMAL)
        self._lay_out()
        self.layer.activated.connect(self._on_layer)
        self.unit.valueChanged.connect(self._on_unit)
        self.formula.hovered.connect(session.light)
        self.table.hovered.connect(session.light)

    def draw(self, view: View, old: View | None) -> None:
        """Show the cell of the picked layer and the numbers of the cursor's step."""
        if view.differs(old, *LOOKS):
            self._dress(look(view))
        cell = reading.cell_of(view)
        if view.document is None or cell is None:
            self.notice.say("The equations stand here as soon as a session is open.")
            self.column.hide()
            return
        self.notice.say("")
        self.column.show()
        if view.differs(old, "document", "trace", "layer", "direction", "units"):
            self._show_picked(view)
        self.formula.set_lit(view.signal)
        computed = lit_operation(view, view.layer, view.direction)
        self.formula.set_computed(() if computed is None else (computed.equation,))
        if view.differs(old, "position", "operation") and (place := self.formula.place_of_computed()) is not None:
            self.column.reveal(self.formula, place)
        self.table.set_lit(view.signal)
        if view.differs(old, *_FORMULA):
            self._show_formula(view, cell)
        self._show_values(view, cell)

    def _lay_out(self) -> None:
        self.layer.setAccessibleName("Layer and direction")
        self.unit.setAccessibleName("Unit")
        self.unit.setKeyboardTracking(False)
        self.unit.setToolTip("The unit whose numbers are shown; clicking a row of a heatmap picks it too")
        row = QWidget()
        fields = QHBoxLayout(row)
        fields.setContentsMargins(0, 0, 0, 0)
        for text, field in (("Layer", self.layer), ("Unit", self.unit)):
            label = PlainLabel(text)
            label.setBuddy(field)
            self._labels.append(label)
            fields.addWidget(label)
            fields.addWidget(field, 1)
        self.heading.setWordWrap(True)
        for widget in (row, self.heading, self.formula, self.state, self.table):
            self.column.add(widget)
        self.column.finish()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.notice)
        rows.addWidget(self.column)

    def _dress(self, now: Look) -> None:
        for part in (self.column, self.notice, self.formula, self.table):
            part.set_look(now)
        set_type(self.heading, now.sizes.title, now.theme.text, SEMIBOLD)
        self._look = now
        self.state.reserve(now.sizes.text)

    def _show_picked(self, view: View) -> None:
        assert view.document is not None
        spec = view.document.spec
        places = [(layer, way) for layer in range(spec.num_layers) for way in spec.directions]
        names = [f"{layer + 1}, {way}" if spec.bidirectional else str(layer + 1) for layer, way in places]
        if [self.layer.itemText(index) for index in range(self.layer.count())] != names:
            self.layer.clear()
            for name, place in zip(names, places, strict=True):
                self.layer.addItem(name, place)
        if (view.layer, view.direction) in places:
            self.layer.setCurrentIndex(places.index((view.layer, view.direction)))
            units = spec.units_of(view.layer, view.direction)
            self.unit.blockSignals(True)
            self.unit.setRange(1, units)
            self.unit.setSuffix(f" of {units}")
            self.unit.setValue(view.units[0] + 1)
            self.unit.blockSignals(False)

    def _show_formula(self, view: View, cell: Cell) -> None:
        names, colours = _names(cell), _colours(cell)
        fast = view.playing and view.speed > _TOO_FAST
        values = {} if fast else _known_values(view)
        place = reading.where(view)
        self.heading.setText(f"{cell.title}{', ' + place if place else ''}")
        texts = _equations(cell)
        held = held_signals(view, view.units[:1])
        lines = [Line(signal, tex, _with_numbers(cell, signal, values, colours, held)) for signal, tex in texts]
        self.formula.show_lines(as_read(lines) if view.direction == "backward" else lines, names)

    def _show_values(self, view: View, cell: Cell) -> None:
        step, trace = view.step, view.trace
        if trace is None or not reading.is_known(view, view.layer, view.direction, step):
            self._say((_nothing(view), MEDIUM))
            self.table.hide()
            return
        loss = reading.step_loss(view, step)
        told = f"loss {number(loss, 4)}" if loss is not None else ""
        label = trace.labels[step] if trace.labels[step] != str(step + 1) else ""
        self._say((f"t = {step + 1} / {trace.steps}", MEDIUM), (label, SEMIBOLD), (told, MEDIUM))
        self.table.show()
        unit = f"unit {view.units[0] + 1}"
        letter = "L" if view.probe is None else reading.objective_symbol(view.probe)[0]
        self.table.show_rows((unit, "mean", "min", "max", f"∂{letter}/∂s"), _rows(view, view.units[0]))
        self.table.setToolTip(plain_tip(f"Last column: {_gradient_name(view)}"))

    def _say(self, *runs: tuple[str, QFont.Weight]) -> None:
        colour, size = self._look.theme.text, self._look.sizes.text
        self.state.say([Run(text, size, colour, weight) for text, weight in runs])

    def _on_layer(self, index: int) -> None:
        place: tuple[int, Direction] = self.layer.itemData(index)
        self.session.pick_layer(*place)

    def _on_unit(self, unit: int) -> None:
        self.session.pick_unit(unit - 1)


def _names(cell: Cell) -> tuple[str, ...]:
    return (*cell.order, "x", "y")


def _colours(cell: Cell) -> dict[str, str]:
    return {name: placeholder(index) for index, name in enumerate(_names(cell))}


@lru_cache(maxsize=8)
def _equations(cell: Cell) -> tuple[tuple[str, str], ...]:
    """Return the signal and the TeX of every equation."""
    colours = _colours(cell)
    return tuple((one.signal, equation_tex(cell, one.signal, colours=colours)) for one in cell.equations)


@lru_cache(maxsize=2)
def _summaries(trace: TraceView, layer: int, direction: Direction, step: int, unit: int) -> tuple[tuple[str, ...], ...]:
    """Return the numbers of a step that is computed, signal by signal: that of a unit, mean, least and greatest."""
    rows = []
    for field in trace.fields(layer, direction):
        values = trace.record.signal(field.signal, layer, direction)[step]
        with np.errstate(over="ignore", invalid="ignore"):
            summary = (values[unit], values.mean(dtype=np.float64), values.min(), values.max())
        rows.append(tuple(brief(float(value)) for value in summary))
    return tuple(rows)


def _known_values(view: View) -> dict[str, float]:
    """Return what the unit has at the cursor; within a step, of its signals those that are computed."""
    values, known = unit_values(view, view.units[0]), known_signals(view, view.layer, view.direction)
    if known is None or view.trace is None:
        return values
    later = {field.signal for field in view.trace.fields(view.layer, view.direction)} - known
    return {name: value for name, value in values.items() if name not in later}


def _with_numbers(
    cell: Cell, signal: str, values: dict[str, float], colours: dict[str, str], held: frozenset[str]
) -> str:
    if signal not in values:
        return ""
    if signal in held:
        return held_tex(Typesetter(colours).symbol(signal, "t"), values[signal])
    try:
        return equation_numbers_tex(cell, signal, values, colours=colours)
    except RnnvizError:
        return ""  # the formula alone is shown where the numbers are not complete


def _rows(view: View, unit: int) -> list[ValueRow]:
    trace, step = view.trace, view.step
    assert trace is not None
    fields = trace.fields(view.layer, view.direction)
    summaries = _summaries(trace, view.layer, view.direction, step, unit)
    known = known_signals(view, view.layer, view.direction)
    if known is not None:
        blank = ("",) * 4
        found = zip(fields, summaries, strict=True)
        summaries = tuple(texts if field.signal in known else blank for field, texts in found)
    return [
        ValueRow(field.signal, field.label, (*texts, _gradient(view, field.signal, unit)))
        for field, texts in zip(fields, summaries, strict=True)
    ]


def _gradient(view: View, signal: str, unit: int) -> str:
    gradients = view.gradients
    if view.within:
        return ""  # there is no loss to go back from before the step is done
    if gradients is None or (view.layer, view.direction, signal) not in gradients.signals:
        return "–"
    values = gradients.record.signal(signal, view.layer, view.direction)
    return brief(float(values[view.step, unit])) if view.step < len(values) else "–"


def _gradient_name(view: View) -> str:
    if view.gradients is None:
        return "no gradient has been computed for this step yet"
    objective = view.gradients.objective
    return f"the derivative of the {reading.objective_name(objective)} by the value of the unit"


def _nothing(view: View) -> str:
    if view.trace is None:
        return "The values stand here as soon as the engine has opened the session."
    if view.step < 0:
        return "The run stands before the first step: step forward to see numbers."
    return f"Step {view.step + 1} of {reading.where(view) or 'this layer'} has not been reached yet."
