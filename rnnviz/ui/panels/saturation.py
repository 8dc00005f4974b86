"""How often the gates stand near their ends, and how much of a gradient the activations let through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDoubleSpinBox, QVBoxLayout, QWidget

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.requests import Request, Saturation, Slopes
from rnnviz.ui import reading
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.slopeplots import SlopePlots
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.controls.wheel import DoubleSpinBox
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.plots.xy.saturation_plot import SharesPlot
from rnnviz.ui.plots.xy.share_square import ShareSquare
from rnnviz.ui.theme import Theme, signal_style
from rnnviz.ui.timepanel import adding_to_selection, missing
from rnnviz.ui.view import AnalysisView, View

_NARROWEST = 460
"""Width of the panel below which there is no room for thresholds and signals."""


class SaturationPanel(HeadedPanel):
    """A dot per unit and gate: how often it is open, how often shut; or the slope of an activation at every step."""

    name: ClassVar[str] = "saturation"
    title: ClassVar[str] = "Saturation"
    order: ClassVar[int] = 19
    stretch: ClassVar[int] = 3
    at_first: ClassVar[bool] = False

    def controls(self) -> tuple[QWidget, ...]:
        """Return thresholds, signal, mode and truth."""
        self.low = _threshold("Low threshold", "< ", 0.0, 0.5, "A gate below this is left-saturated")
        self.high = _threshold("High threshold", "> ", 0.5, 1.0, "A gate above this is right-saturated")
        self.low.valueChanged.connect(self._on_low)
        self.high.valueChanged.connect(self._on_high)
        self.signal = self.segmented("Signal", "signal")
        self.mode = self.segmented(
            "Draw",
            "mode",
            (
                "units",
                "units",
                "Every unit of every gate by the shares of steps at which it is right- and left-saturated",
            ),
            (
                "slope",
                "slope",
                "The derivative of an activation per unit and step: where it is dark no gradient passes",
            ),
        )
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        return self.low, self.high, self.signal, self.mode, self.truth

    def build(self) -> None:
        """Make the plots."""
        self.shares = SharesPlot()
        self.shares.hovered.connect(self._on_hovered)
        self.shares.unitClicked.connect(self.pick)
        self.slopes = SlopePlots(self.axis, self.session)
        for plot in (self.slopes.heatmap, self.slopes.curves):
            self.one_thing(plot.box)
        self.slopes.told.connect(self.header.set_read_out)
        self.slopes.unitClicked.connect(self.pick)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.shares, 1)
        rows.addWidget(self.slopes, 1)
        self._drawn: tuple[object, ...] = ()

    def dress(self, now: Look) -> None:
        """Dress plots and fields."""
        self.truth.set_look(now)
        self.shares.set_theme(now.theme, now.sizes)
        self.slopes.set_theme(now.theme, now.sizes)
        for field in (self.low, self.high):
            set_type(field, now.sizes.small, now.theme.text)

    def request(self, view: View) -> Saturation | Slopes | None:
        """Return what is asked of the engine; None where there is nothing to ask."""
        if missing(view):
            return None
        if self.option(view, "mode", "units") == "slope":
            signal = self._signal(view)
            return Slopes(signal, view.layer, view.direction) if signal else None
        return Saturation(view.layer, view.direction, *self._thresholds(view))

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return what is drawn, and the truth about it where that is wanted."""
        request = self.request(view)
        return () if request is None else (request, *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if sentence := missing(view):
            return sentence
        request = self.request(view)
        if request is None:
            return "No signal of this cell is a function of products, so there is no slope to show."
        answer = self.answer(view, request)
        if answer is None:
            what = "slope" if isinstance(request, Slopes) else "saturation"
            return f"The {what} is being computed."
        if not answer.fault and isinstance(request, Saturation) and not answer.facts["steps"]:
            return f"The run has not reached {reading.where(view) or 'this layer'} yet: step forward, or run all."
        return answer.fault

    def draw_choices(self, view: View) -> None:
        """Show what can be chosen in this mode."""
        mode = self.option(view, "mode", "units")
        self.mode.set_value(mode)
        self.signal.set_options([(name, name, f"The activation of {name}") for name in _activated(view)])
        self.signal.set_value(self._signal(view))
        for field, value in zip((self.low, self.high), self._thresholds(view), strict=True):
            with QSignalBlocker(field):
                field.setValue(value)
        self._fit()
        request = self.request(view)
        self.truth.setVisible(request is not None)
        if request is not None:
            self.truth.show_truth(view, request)

    def draw_body(self, view: View, old: View | None) -> None:
        """Show dots or slopes."""
        request = self.request(view)
        assert request is not None
        answer = self.answer(view, request)
        assert answer is not None
        self.shares.setVisible(isinstance(request, Saturation))
        self.slopes.setVisible(isinstance(request, Slopes))
        if isinstance(request, Slopes):
            self.slopes.show_slopes(view, answer, self._signal(view))
            self.header.set_title(*_slope_title(view, answer, self._signal(view)))
            return
        self.shares.set_picked(view.units)
        drawn = (answer, look(view))
        if drawn != self._drawn:
            self._drawn = drawn
            self.shares.show_squares(_squares(view, answer, look(view).theme))
        steps = int(float(str(answer.facts["steps"])))
        told = f"a dot per unit, {steps:,} step{'s' if steps != 1 else ''}"
        self.header.set_title("Saturation", ", ".join(filter(None, (reading.where(view), told))))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the shares of every gate, [H] each, or the slopes, [S, units]."""
        request = self.request(view)
        answer = None if request is None else self.answer(view, request)
        if request is None or answer is None or answer.fault:
            return {}
        if isinstance(request, Slopes):
            names = {"slopes": f"slope of {request.signal}", "mean": "mean over units", "least": "minimum over units"}
            return {title: answer.arrays[name] for name, title in names.items()}
        arrays: dict[str, NDArray[Any]] = {}
        thresholds = answer.arrays["thresholds"].tolist()
        for place, (name, (bottom, top)) in enumerate(zip(_names(answer), thresholds, strict=True)):
            arrays[f"{name} below {bottom:g}"] = answer.arrays["below"][place]
            arrays[f"{name} above {top:g}"] = answer.arrays["above"][place]
        return arrays

    def pick(self, unit: int) -> None:
        """Pick a unit that was clicked."""
        self.session.pick_unit(unit, add=adding_to_selection())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out controls for which there is no room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        slope = self.option(self.session.view, "mode", "units") == "slope"
        for field in (self.low, self.high):
            field.setVisible(not slope and self.width() >= _NARROWEST)
        self.signal.setVisible(slope and len(self.signal.values()) > 1 and self.width() >= _NARROWEST)

    def _signal(self, view: View) -> str:
        names = _activated(view)
        chosen = self.option(view, "signal", "")
        return chosen if chosen in names else next(iter(names), "")

    def _thresholds(self, view: View) -> tuple[float, float]:
        """Return the thresholds that are saved, the usual ones where a session file holds something else."""
        low, high = _number(self.option(view, "low", ""), 0.1), _number(self.option(view, "high", ""), 0.9)
        return (low if 0 <= low <= 0.5 else 0.1), (high if 0.5 <= high <= 1 else 0.9)

    def _on_low(self, value: float) -> None:
        self.session.set_option("saturation.low", f"{value:g}")

    def _on_high(self, value: float) -> None:
        self.session.set_option("saturation.high", f"{value:g}")

    def _on_hovered(self, index: int, unit: int) -> None:
        if index < 0:
            self.header.set_read_out("")
            return
        square = self.shares.squares[index]
        units = self.shares.together(index, unit)
        who = f"unit {unit + 1}" if len(units) == 1 else f"{len(units)} units, among them {_listed(units)}"
        above, below = (f"{100 * float(shares[unit]):.3g} %" for shares in (square.above, square.below))
        self.header.set_read_out(f"{square.name}, {who}: {square.across} {above}, {square.upwards} {below}")


def _threshold(name: str, prefix: str, low: float, high: float, hint: str) -> QDoubleSpinBox:
    field = DoubleSpinBox()
    field.setAccessibleName(name)
    field.setToolTip(plain_tip(f"{hint}. Of a signal with other ends than 0 and 1 it is a share of its range."))
    field.setPrefix(prefix)
    field.setRange(low, high)
    field.setSingleStep(0.05)
    field.setDecimals(2)
    field.setKeyboardTracking(False)
    return field


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default


def _activated(view: View) -> tuple[str, ...]:
    """The signals of the picked layer that are functions of a pre-activation."""
    cell = reading.cell_of(view)
    return () if cell is None else tuple(name for name in cell.order if cell.has_pre(name))


def _names(answer: AnalysisView) -> tuple[str, ...]:
    names = answer.facts["names"]
    return names if isinstance(names, tuple) else ()


def _squares(view: View, answer: AnalysisView, theme: Theme) -> list[ShareSquare]:
    cell, gates = reading.cell_of(view), bool(answer.facts["gates"])
    squares = []
    for place, name in enumerate(_names(answer)):
        bottom, top = (number(float(value)) for value in answer.arrays["thresholds"][place])
        label = cell.signal(name).label if cell is not None else ""
        words = (
            ("right-saturated", "left-saturated", "always right-saturated", "always left-saturated")
            if gates
            else ("high", "low", "always high", "always low")
        )
        above, below = (np.asarray(answer.arrays[key][place], np.float64) for key in ("above", "below"))
        style = signal_style(name, theme)
        shown = symbol_text(name)
        across, upwards = f"steps {words[0]} ({shown} > {top})", f"steps {words[1]} ({shown} < {bottom})"
        squares.append(ShareSquare(shown, label, style, across, upwards, words[2], words[3], above, below))
    return squares


def _slope_title(view: View, answer: AnalysisView, signal: str) -> tuple[str, str]:
    function, largest = str(answer.facts["function"]), float(str(answer.facts["largest"]))
    bound = f", at most {number(largest)}" if np.isfinite(largest) else ""
    told = f"slope of {function}{bound}: where it is dark no gradient passes"
    count = len(answer.arrays["units"])
    units = view.document.spec.units_of(view.layer, view.direction) if view.document is not None else count
    some = f"{count} of {units} units" if count < units else ""
    return f"∂{signal} / ∂{signal}.pre", ", ".join(filter(None, (reading.where(view), some, told)))


def _listed(units: list[int]) -> str:
    shown = ", ".join(str(unit + 1) for unit in units[:4])
    return shown + (", ..." if len(units) > 4 else "")
