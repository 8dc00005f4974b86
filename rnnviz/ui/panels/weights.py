"""The weights of the picked layer as matrices, with their gradients, norms and spectra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from rnnviz.engine.requests import Request, Weights, WeightSpectra
from rnnviz.ui import reading, weightreading
from rnnviz.ui.controls.blocktable import BlockTable
from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.interventions.menus import add_edits
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.intervening import parameters_of, short_name
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock
from rnnviz.ui.plots.xy.matrix_plot import MatrixPlot
from rnnviz.ui.plots.xy.spectrum_plot import BlockSpectrum
from rnnviz.ui.theme import Theme
from rnnviz.ui.timepanel import adding_to_selection, missing
from rnnviz.ui.view import AnalysisView, View
from rnnviz.ui.weightreading import Sheet, Spectra

_NARROW, _LOW = 640, 190
"""Width and height of the panel below which table and spectrum are left out."""
_SPECTRUM = 0.29
"""Of the height, what the spectrum takes at least."""
_SHARE = 0.35
"""Of the width, what table and spectrum take at most."""
_NARROWEST = 420
"""Width below which there is no room for the choice of the arrangement."""


class WeightsPanel(HeadedPanel):
    """All matrices and biases of a cell as one, or each for itself; values, gradient, or both side by side."""

    name: ClassVar[str] = "weights"
    title: ClassVar[str] = "Weights"
    order: ClassVar[int] = 20
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False

    def controls(self) -> tuple[QWidget, ...]:
        """Return arrangement, what is shown, and truth."""
        self.arrangement = self.segmented(
            "Arrange",
            "arrangement",
            ("stacked", "stacked", "All gates as one matrix, (W | R)(x; h), on one scale"),
            ("each", "each", "Every matrix, bias and vector for itself, on its own scale"),
        )
        self.shown = self.segmented(
            "Show",
            "show",
            ("values", "W", "The weights"),
            ("gradient", "∂L/∂W", "The gradient of the loss by the weights"),
            ("both", "both", "Weights and gradient side by side"),
        )
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        return self.arrangement, self.shown, self.truth

    def build(self) -> None:
        """Make matrices, table and spectrum."""
        self.values, self.gradient = MatrixPlot(), MatrixPlot()
        self.table, self.legend, self.spectrum = BlockTable(), PlainLabel(weightreading.LEGEND), BlockSpectrum()
        self.legend.setWordWrap(True)
        self.table.chosen.connect(self._on_block)
        self.column = Column()
        self.column.body.setObjectName("ground")
        whole = self.column.widget()
        if whole is not None:
            whole.setObjectName("ground")
        for widget in (self.table, self.legend):
            self.column.add(widget)
        self.column.finish()
        self.side = QWidget()
        self.side.setObjectName("ground")
        below = QVBoxLayout(self.side)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.column)
        below.addWidget(self.spectrum, 1)
        below.addStretch()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for plot, key in ((self.values, "weights"), (self.gradient, "gradient")):
            plot.key = key
            plot.hovered.connect(self._on_hovered)
            plot.entryClicked.connect(self._on_entry)
            row.addWidget(plot, 1)
        self.gradient.box.setXLink(self.values.box)
        self.gradient.box.setYLink(self.values.box)
        row.addWidget(self.side)
        self._sheet: Sheet | None = None
        self._drawn: tuple[object, ...] = ()
        self._beside: tuple[object, ...] = ()

    def dress(self, now: Look) -> None:
        """Dress everything in the body."""
        self.truth.set_look(now)
        self.column.set_look(now)
        for plot in (self.values, self.gradient, self.table, self.spectrum):
            plot.set_theme(now.theme, now.sizes)
        self.side.setStyleSheet(f"QWidget#ground {{ background: {now.theme.surface}; }}")
        set_type(self.legend, now.sizes.small, now.theme.muted)
        self._fit()

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the weights of the picked layer, and the truth about them where that is wanted."""
        if missing(view):
            return ()
        request = Weights(view.layer, view.direction)
        return (request, WeightSpectra(view.layer, view.direction), *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if sentence := missing(view):
            return sentence
        answer = self.answer(view, Weights(view.layer, view.direction))
        if answer is None:
            return "The weights and their gradient are being computed."
        return answer.fault

    def draw_choices(self, view: View) -> None:
        """Show the choices."""
        self.arrangement.set_value(self.option(view, "arrangement", "stacked"))
        self.shown.set_value(self.option(view, "show", "both"))
        self.truth.setVisible(bool(self.wants(view)))
        self.truth.show_truth(view, Weights(view.layer, view.direction))

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the matrices."""
        answer = self.answer(view, Weights(view.layer, view.direction))
        assert answer is not None
        shown, apart = self.option(view, "show", "both"), self.option(view, "arrangement", "stacked") == "each"
        chosen = weightreading.chosen_block(answer, self.option(view, "block", ""))
        theme = look(view).theme
        spectra = self.answer(view, WeightSpectra(view.layer, view.direction))
        beside = (answer, spectra, chosen, theme)
        if beside != self._beside:
            self._beside = beside
            self._draw_side(answer, weightreading.Spectra.of(spectra), chosen, theme)
        drawn = (answer, apart, theme)
        if drawn != self._drawn:
            self._drawn = drawn
            self._sheet = weightreading.sheet_of(answer, theme, apart)
            self._draw_matrices(view, self._sheet, apart, theme)
        assert self._sheet is not None
        picked = _picked(self._sheet, view.units)
        for plot, name in ((self.values, "values"), (self.gradient, "gradient")):
            plot.setVisible(shown in (name, "both"))
            plot.set_picked(picked)
            plot.set_chosen(chosen)
        self.header.set_title("Weights", _subtitle(view, self._sheet, apart))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the stack and its gradient, [R, C], with a name for every row; or every matrix for itself."""
        answer = None if missing(view) else self.answer(view, Weights(view.layer, view.direction))
        if answer is None or answer.fault:
            return {}
        apart = self.option(view, "arrangement", "stacked") == "each"
        sheet = weightreading.sheet_of(answer, look(view).theme, apart)
        if not apart:
            arrays: dict[str, NDArray[Any]] = {"row": weightreading.row_names(sheet), "W": sheet.values}
            return arrays if sheet.gradient is None else {**arrays, "dL/dW": sheet.gradient}
        arrays = {}
        for block in sheet.blocks:
            place = slice(*block.rows), slice(*block.columns)
            arrays[block.name] = sheet.values[place]
            if sheet.gradient is not None:
                arrays[f"dL/d({block.name})"] = sheet.gradient[place]
        return arrays

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer to set the entry at a pixel."""
        view, sheet = self.session.view, self._sheet
        if view.document is None or sheet is None or sheet.fold > 1:
            return
        for plot in (self.values, self.gradient):
            inside = plot.mapFrom(self, at)
            if plot.isVisible() and plot.rect().contains(inside):
                row, column = plot.entry_at(QPointF(inside))
                block = plot.block_at(row, column)
                if block is not None:
                    self._offer_entry(menu, view, block, (row, column), float(sheet.values[row, column]))

    def _offer_entry(self, menu: QMenu, view: View, block: MatrixBlock, at: tuple[int, int], present: float) -> None:
        assert view.document is not None
        shapes = parameters_of(view.document.spec, view.layer, view.direction)
        for name, shape in shapes.items():
            if short_name(name) == block.name.partition(" + ")[0]:
                row, column = at[0] - block.rows[0], at[1] - block.columns[0]
                add_edits(menu, self.session, name, (row, column if len(shape) > 1 else None), present)

    def _fit(self) -> None:
        width = round(look(self.session.view).sizes.small * 27)
        self.side.setFixedWidth(min(width, round(self.width() * _SHARE)))
        self.side.setVisible(self.width() >= max(_NARROW, 2 * width) and self.height() >= _LOW)
        self._fit_side()
        self.arrangement.setVisible(self.width() >= _NARROWEST)

    def _fit_side(self) -> None:
        """Give the table the height it needs, the spectrum what is left of it, and the legend what nobody needs."""
        sizes, room = look(self.session.view).sizes, float(self.height() - self.header.height())
        around, least = 3 * sizes.padding, 8 * sizes.small
        both = room - self.table.lowest - around >= least
        self.spectrum.setVisible(both)
        room -= max(least, _SPECTRUM * room) if both else 0.0
        self.table.set_room(room - around)
        need, legend = self.table.height() + around, 5 * sizes.small
        self.legend.setVisible(need + legend <= room)
        self.column.setFixedHeight(max(0, round(min(room, need + legend if need + legend <= room else need))))

    def _draw_matrices(self, view: View, sheet: Sheet, apart: bool, theme: Theme) -> None:
        complete = view.trace is not None and view.published >= view.trace.schedule.positions
        loss = "L: loss of all steps" if complete else "L: loss of the steps reached"
        for plot, values, title in (
            (self.values, sheet.values, "W, the weights"),
            (self.gradient, sheet.gradient, f"∂L/∂W, {loss}"),
        ):
            plot.set_title(title)
            if values is None:
                plot.set_notice(sheet.why)
                continue
            plot.show_matrix(values, sheet.blocks, weightreading.tops_of(values, sheet.blocks, apart), apart)
            if strange := weightreading.not_finite(values, sheet.blocks, theme):
                plot.set_title(f"{title}: {strange}")

    def _draw_side(self, answer: AnalysisView, spectra: Spectra, chosen: str, theme: Theme) -> None:
        self.table.show_rows(weightreading.HEADINGS, weightreading.rows_of(answer, spectra, theme), chosen)
        self._fit_side()
        if sentence := _why_no_spectrum(answer, spectra, chosen):
            self.spectrum.say(sentence)
            return
        style = weightreading.style_of(answer, chosen, theme)
        self.spectrum.show_spectrum(chosen, spectra.singular[chosen], spectra.eigenvalues[chosen], style)

    def _on_block(self, name: str) -> None:
        self.session.set_option("weights.block", name)

    def _on_entry(self, row: int, column: int) -> None:
        sheet, block = self._sheet, self.values.block_at(row, column)
        if sheet is not None and block is not None:
            self.session.set_option("weights.block", block.name.partition(" + ")[0])
            self.session.pick_unit(weightreading.unit_of(sheet, block, row), add=adding_to_selection())

    def _on_hovered(self, row: int, column: int) -> None:
        sheet, block = self._sheet, self.values.block_at(row, column) if row >= 0 else None
        if sheet is None or block is None:
            self.header.set_read_out("")
            self.session.light("")
            return
        inputs = weightreading.input_names(self.session.view)
        text = weightreading.entry_text(sheet, block, row, column, inputs)
        text += f" = {number(float(sheet.values[row, column]), 4)}"
        if sheet.gradient is not None:
            text += f", gradient {number(float(sheet.gradient[row, column]))}"
        self.header.set_read_out(text)
        self.session.light(block.row)


def _picked(sheet: Sheet, units: tuple[int, ...]) -> list[tuple[int, int]]:
    """The rows of the picked units, with the number of each unit's colour."""
    spans = sorted({block.rows for block in sheet.blocks})
    rows = [(start + unit // sheet.fold, index, stop) for start, stop in spans for index, unit in enumerate(units)]
    return [(row, index) for row, index, stop in rows if row < stop]


def _subtitle(view: View, sheet: Sheet, apart: bool) -> str:
    what = "every matrix on its own scale" if apart else "(W | R)(x; h): a row per unit of a gate, a column per input"
    folded = f"a cell is the farthest from 0 of {sheet.fold} × {sheet.fold} entries" if sheet.fold > 1 else ""
    return ", ".join(filter(None, (reading.where(view), what, folded)))


def _why_no_spectrum(answer: AnalysisView, spectra: Spectra, name: str) -> str:
    if not weightreading.is_matrix(answer, name):
        return f"{name} is a vector: it has a norm, and no spectrum."
    if spectra.coming:
        return "The spectra are being computed."
    if name not in spectra.singular:
        return f"{name} is too large for its spectrum to be computed here."
    values = spectra.singular[name]
    if len(values) and not np.isfinite(values).any():
        return f"{name} holds entries that are not finite, so it has no spectrum."
    return ""
