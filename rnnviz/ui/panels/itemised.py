"""Who sends the gradient: the part that the loss of every step puts on every other step, as a map or as bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Itemised, ItemisedParameter, Request
from rnnviz.ui import itemising, reading
from rnnviz.ui.controls.choicebox import ChoiceBox
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.itemising import PARAMETER, Items
from rnnviz.ui.plots.time.loss_bars import LossStack
from rnnviz.ui.plots.time.loss_map import LossMapPlot
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, View
from rnnviz.ui.wayback import cover

_LEAST_TITLE = 7
"""Room for the formula in the header, as a multiple of its type size."""


class ItemisedPanel(TimePanel):
    """dL_k/ds_t for every loss L_k and every step t: its norm as a map, or stacked per step by the origin k."""

    name: ClassVar[str] = "itemised"
    title: ClassVar[str] = "Itemised gradient"
    order: ClassVar[int] = 12
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses", "backward")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what is itemised and how it is drawn."""
        self.of = ChoiceBox("What is differentiated: a signal at step t, or the part of a parameter's gradient there")
        self.of.chosen.connect(self._on_of)
        self.units = self.segmented(
            "Units",
            "units",
            ("all", "norm", "The Euclidean norm over all units"),
            ("unit", "unit", "The numbers of the picked unit, which have signs"),
        )
        self.mode = self.segmented(
            "Draw",
            "mode",
            ("map", "map", "A row per loss, a column per step, coloured by powers of ten"),
            ("bars", "bars", "Per step a bar of what every loss sends there, and the norm of what that sums to"),
            ("shares", "shares", "The same bars, each as high as the others: who sends this gradient"),
        )
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        return self.of, self.units, self.mode, self.truth

    def build(self) -> None:
        """Make map and bars."""
        self.map = LossMapPlot(self.axis)
        self.stack = LossStack(self.axis)
        self.map.key, self.stack.key = "itemised map", "bars"
        for plot in (self.map, self.stack):
            self.adopt(plot)
            self.plot_rows.addWidget(plot, 1)
            plot.rowClicked.connect(self._on_row)
        self._items: tuple[AnalysisView | None, Items | None] = (None, None)
        self._drawn_map: tuple[object, ...] = ()
        self._drawn_stack: tuple[object, ...] = ()
        self._wanted: tuple[QWidget, ...] = ()
        self._title_room = 0

    def dress(self, now: Look) -> None:
        """Dress list and button."""
        self._title_room = _LEAST_TITLE * now.sizes.title
        self.of.set_look(now)
        self.truth.set_look(now)

    def request(self, view: View) -> Itemised | ItemisedParameter | None:
        """Return what is asked of the engine; None where there is nothing to itemise."""
        cell = reading.cell_of(view)
        if missing(view) or cell is None or not itemising.losses_known(view, view.published):
            return None
        wanted = self._of(view)
        if wanted.startswith(PARAMETER):
            name = itemising.parameters_of(view)[wanted.removeprefix(PARAMETER)]
            return ItemisedParameter(name)
        unit = view.units[0] if self._of_one_unit(view) else None
        return Itemised(wanted, view.layer, view.direction, unit)

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the table, and the truth about it where that is wanted."""
        request = self.request(view)
        return () if request is None else (request, *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        begin = itemising.losses_begin(view)
        if begin is None:
            return "This sequence has no target, so there is no loss whose gradient could be itemised."
        if not itemising.losses_known(view, itemising.known_position(view)):
            return f"There is no loss before step {begin + 1}: step forward, or run all."
        answer = self._answer(view)
        if answer is None or (answer.fault and not view.current(answer)):
            return "The itemised gradient is being computed."
        return itemising.sentence(answer.fault)

    def draw(self, view: View, old: View | None) -> None:
        """Show the choices and follow the cursor, also where there is nothing to draw yet."""
        self._show_choices(view)
        super().draw(view, old)
        for plot in self.time_plots:
            plot.set_cursor(view.step if view.step >= 0 else None)
            plot.set_ahead_hidden(reading.cover_after(view))
            cover(plot, view, self._layer(view), view.direction)

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show map or bars."""
        answer = self._answer(view)
        assert answer is not None
        items = self._read(answer)
        mode = self._mode(view)
        self.map.setVisible(mode == "map")
        self.stack.setVisible(mode != "map")
        shown = items.shown(view)
        if mode == "map":
            self._draw_map(view, answer, items, shown)
        else:
            self._draw_stack(view, answer, items, shown, mode)
        self.header.set_title(*self._heading(view, answer, items, shown, mode))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the losses, [S]; of those itemised their columns, [S], and log10 of their parts, [S, K]."""
        if view.trace is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {"loss": reading.losses(view)}
        answer = self._answer(view)
        if answer is None or answer.fault or answer.trace is not view.trace:
            return arrays
        items = self._read(answer)
        shown, what = items.shown(view), self._of(view).removeprefix(PARAMETER)
        column = np.full(view.trace.steps, -1)
        column[items.losses[:shown]] = np.arange(shown)
        arrays["column of the loss"] = column
        arrays[f"log10 norm of dL_k/d{what}"] = items.items[:shown].T
        if items.signs is not None:
            arrays["sign"] = items.signs[:shown].T
        if shown:
            arrays["log10 norm of the sum"] = items.sums[shown - 1]
        return arrays

    # what is chosen

    def _of(self, view: View) -> str:
        """What is itemised: the name of a signal, or PARAMETER and that of a parameter."""
        cell, trace = reading.cell_of(view), view.trace
        assert cell is not None
        assert trace is not None
        wanted = self.option(view, "signal", cell.output)
        signals = {field.signal for field in trace.fields(view.layer, view.direction)}
        known = wanted.removeprefix(PARAMETER) in itemising.parameters_of(view)
        return wanted if wanted in signals or (known and wanted.startswith(PARAMETER)) else cell.output

    def _layer(self, view: View) -> int:
        """The layer that is shown, NETWORK for the outputs; as the way back comes to it, so do its numbers."""
        readout = view.trace is not None and self.request(view) and self._of(view).startswith(f"{PARAMETER}readout.")
        return NETWORK if readout else view.layer

    def _of_one_unit(self, view: View) -> bool:
        return self.option(view, "units", "all") == "unit" and not self._of(view).startswith(PARAMETER)

    def _mode(self, view: View) -> str:
        mode = self.option(view, "mode", "map")
        return mode if mode in self.mode.values() else "map"

    def _picked(self, view: View, items: Items, shown: int) -> int:
        """The row of the loss that is picked; -1 for none."""
        step = self.option(view, "loss", "")
        row = items.row_of(int(step) - 1) if step.isdecimal() else -1
        return row if row < shown else -1

    def _answer(self, view: View) -> AnalysisView | None:
        request = self.request(view)
        return None if request is None else view.analyses.get(request)

    def _read(self, answer: AnalysisView) -> Items:
        known, items = self._items
        if answer is not known or items is None:
            items = Items.of(answer)
            self._items = (answer, items)
        return items

    def _show_choices(self, view: View) -> None:
        request = self.request(view)
        if request is None or view.trace is None:
            self._wanted = ()
            self._fit_controls()
            return
        fields = view.trace.fields(view.layer, view.direction)
        signals = [(field.signal, field.signal, field.label or field.signal) for field in fields[::-1]]
        parameters = itemising.parameters_of(view)
        self.of.set_groups(
            signals, [(PARAMETER + short, short, f"The parameter {name}") for short, name in parameters.items()]
        )
        self.of.set_value(self._of(view))
        self.mode.set_value(self._mode(view))
        self.units.set_value("unit" if self._of_one_unit(view) else "all")
        self.truth.show_truth(view, request)
        rest = (self.units,) if isinstance(request, Itemised) else ()
        self._wanted = (self.of, self.mode, *rest, self.truth)
        self._fit_controls()

    def _fit_controls(self) -> None:
        """Show the controls that are wanted, as far as there is room beside the title."""
        room, row = self.width() - self._title_room, self.header.layout()
        apart = row.spacing() if row is not None else 0
        for control in (self.of, self.mode, self.units, self.truth):
            width = control.sizeHint().width() + apart
            there = control in self._wanted and width <= room
            control.setVisible(there)
            room -= width if there else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out controls for which there is no room."""
        super().resizeEvent(event)
        self._fit_controls()

    def _on_of(self, value: str) -> None:
        self.session.set_option("itemised.signal", value)

    def _on_row(self, row: int) -> None:
        """Pick the loss of a row that was clicked, or let go of it."""
        items = self._items[1]
        if items is None or not 0 <= row < len(items.losses):
            return
        chosen = str(int(items.losses[row]) + 1)
        before = self.option(self.session.view, "loss", "")
        self.session.set_option("itemised.loss", "" if chosen == before else chosen)

    # what is drawn

    def _draw_map(self, view: View, answer: AnalysisView, items: Items, shown: int) -> None:
        trace = view.trace
        assert trace is not None
        rows = trace.reached(answer.position, view.layer, view.direction)
        drawn = (answer, rows, trace.labels)
        if drawn != self._drawn_map:
            self._drawn_map = drawn
            tokens = [trace.labels[step] for step in items.losses]
            whole = "sum of norms" if items.signs is None else "sum of absolute values"
            self.map.set_losses(items.losses, itemising.masked_rows(items.items.T, rows), tokens, whole)
        self.map.set_shown(None if shown == len(items.losses) else shown)
        self.map.set_own(items.row_of(view.step))
        picked = self._picked(view, items, shown)
        self.map.set_picked(() if picked < 0 else (picked,))

    def _draw_stack(self, view: View, answer: AnalysisView, items: Items, shown: int, mode: str) -> None:
        trace = view.trace
        assert trace is not None
        rows = trace.reached(answer.position, view.layer, view.direction)
        drawn = (answer, rows, trace.labels, shown, mode)
        if drawn != self._drawn_stack:
            self._drawn_stack = drawn
            shares = mode == "shares"
            values, line = items.shares(shown) if shares else (items.plain[:, :shown], items.line(shown))
            losses = items.losses[:shown]
            self.stack.set_losses(
                losses,
                itemising.masked_rows(values, rows),
                line[: rows.stop],
                line_name="Σₖ" if items.signs is not None else "‖Σₖ‖",
                power=None if shares else items.power,
                span=items.span_of(mode),
                tokens=[trace.labels[step] for step in losses],
            )
        self.stack.keep_lit(self._picked(view, items, shown))

    def _heading(self, view: View, answer: AnalysisView, items: Items, shown: int, mode: str) -> tuple[str, str]:
        """Return title and subtitle: which norm of what, over what."""
        wanted = self._of(view)
        unit = view.units[0] if self._of_one_unit(view) else None
        title, what = itemising.heading(wanted, unit, mode, items, shown)
        where = "" if wanted.startswith(PARAMETER) and "." in wanted else reading.where(view)
        some = f"{len(items.losses):,} of {items.count:,} losses" if len(items.losses) < items.count else ""
        late = "" if view.current(answer) else "computing anew"
        return title, ", ".join(filter(None, (what, where, some, late)))
