"""What follows from the equations of a cell: formula, signals with their kinds and bounds, parameters with shapes."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from rnnviz.engine import cells
from rnnviz.engine.language.model import Cell, Dim, ParameterInfo, SignalInfo
from rnnviz.engine.language.tex import equation_tex, symbol_text
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.formulaline import Line
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.formula import placeholder
from rnnviz.ui.plaintext import MarkupLabel, PlainLabel
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD, signal_style

_WORDS: dict[Dim, str] = {"units": "units", "input": "inputs", "output": "outputs"}


def shape_in_words(info: ParameterInfo) -> str:
    """Return the shape of a parameter, such as "units × inputs"."""
    rows = _WORDS[info.rows]
    return rows if info.columns is None else f"{rows} × {_WORDS[info.columns]}"


def shape_in_numbers(info: ParameterInfo, spec: NetworkSpec, layer: int, direction: Direction) -> tuple[int, ...]:
    """Return the shape of a parameter in a layer of a network."""
    sizes: dict[Dim, int] = {
        "units": spec.units_of(layer, direction),
        "input": spec.inputs_of(layer),
        "output": spec.outputs,
    }
    return (sizes[info.rows],) if info.columns is None else (sizes[info.rows], sizes[info.columns])


def parameter_count(cell: Cell, spec: NetworkSpec, layer: int, direction: Direction) -> int:
    """Return how many numbers a cell learns in a layer of a network."""
    count = 0
    for info in cell.parameters:
        rows, *columns = shape_in_numbers(info, spec, layer, direction)
        twice = 2 if info.doubled and spec.biases == "two" else 1
        count += twice * rows * (columns[0] if columns else 1)
    return count


class InferredCell(Column):
    """Everything that is found out about a cell, in a column that scrolls.

    Parameters
    ----------
    parent : QWidget or None
    """

    hovered = Signal(str)
    """The signal under the mouse in the formula; empty for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look(LIGHT, NORMAL)
        self._shown: tuple[Cell, NetworkSpec, int, Direction] | None = None
        self.heading, self.about, self.tables = PlainLabel(), PlainLabel(), MarkupLabel()
        self.formula = FormulaView()
        self.formula.hovered.connect(self.hovered)
        for part in (self.heading, self.about, self.formula, self.tables):
            if isinstance(part, QLabel):
                part.setWordWrap(True)
                part.setMinimumWidth(1)
            self.add(part)
        self.finish()

    def show_cell(self, cell: Cell, spec: NetworkSpec, layer: int, direction: Direction) -> None:
        """Show what follows from a cell in a layer of a network."""
        if (cell, spec, layer, direction) == self._shown:
            return
        self._shown = (cell, spec, layer, direction)
        named = cell.title if cell.title != "cell" else cells.OWN
        self.heading.setText(f"{named}: {parameter_count(cell, spec, layer, direction):,} parameters")
        self.about.setText(cell.description)
        self.about.setVisible(bool(cell.description))
        self.formula.show_lines(_lines(cell), _names(cell))
        self._write()

    def set_lit(self, signal: str) -> None:
        """Light a signal in the formula."""
        self.formula.set_lit(signal)

    def set_look(self, look: Look) -> None:
        """Dress the column in a theme and its sizes."""
        super().set_look(look)
        self._look = look
        self.formula.set_look(look)
        set_type(self.heading, look.sizes.title, look.theme.text, SEMIBOLD)
        set_type(self.about, look.sizes.small, look.theme.muted)
        set_type(self.tables, look.sizes.small, look.theme.text)
        self._write()

    def _write(self) -> None:
        if self._shown is None:
            return
        cell, spec, layer, direction = self._shown
        muted = self._look.theme.muted
        signals = "".join(self._signal_row(cell, info) for info in cell.signals if info.kind != "pre")
        rows = "".join(
            f"<tr><td><b>{escape(symbol_text(info.name))}</b>&nbsp;&nbsp;</td>"
            f"<td style='color:{muted}'>{_role(info)}&nbsp;&nbsp;</td>"
            f"<td style='color:{muted}'>[{shape_in_words(info)}]&nbsp;&nbsp;</td>"
            f"<td align='right'>{' × '.join(f'{n:,}' for n in shape)}</td></tr>"
            for info in cell.parameters
            for shape in [shape_in_numbers(info, spec, layer, direction)]
        )
        self.tables.setText(
            f"<p><b>Signals</b></p><table cellspacing='2'>{signals}</table>"
            f"<p><b>Parameters</b></p><table cellspacing='2'>{rows}</table>"
        )

    def _signal_row(self, cell: Cell, info: SignalInfo) -> str:
        theme = self._look.theme
        colour = signal_style(info.name, theme).colour
        notes = [info.label] if info.label and info.label != info.kind else []
        notes += ["output of the cell"] if info.name == cell.output else []
        return (
            f"<tr><td><b style='color:{colour}'>{escape(symbol_text(info.name))}</b>&nbsp;&nbsp;</td>"
            f"<td>{info.kind}&nbsp;&nbsp;</td><td style='color:{theme.muted}'>{_bounds(info)}&nbsp;&nbsp;</td>"
            f"<td style='color:{theme.muted}'>{escape(', '.join(notes))}</td></tr>"
        )


def _role(info: ParameterInfo) -> str:
    if info.kind == "matrix":
        return {"input": "on the input", "recurrent": "on the past"}.get(info.role, "matrix")
    return {"initial": "initial state", "recurrent": "scales the past"}.get(info.role, info.role)


def _bounds(info: SignalInfo) -> str:
    low, high = (None if end is None else f"{end:g}".replace("-", "−") for end in (info.low, info.high))
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is None and high is None:
        return "unbounded"
    return f"at least {low}" if low is not None else f"at most {high}"


def _names(cell: Cell) -> tuple[str, ...]:
    return (*cell.order, "x", "y")


@lru_cache(maxsize=4)
def _lines(cell: Cell) -> tuple[Line, ...]:
    colours = {name: placeholder(index) for index, name in enumerate(_names(cell))}
    return tuple(Line(one.signal, equation_tex(cell, one.signal, colours=colours)) for one in cell.equations)
