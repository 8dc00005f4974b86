"""Two to four networks in step: in columns side by side, or as curves over one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Request
from rnnviz.ui import reading
from rnnviz.ui.comparing import common_state, compared, names_of, norms_of, same_kind
from rnnviz.ui.controls.comparison.columns import Columns
from rnnviz.ui.controls.comparison.heads import Heads
from rnnviz.ui.controls.comparison.invitation import Invitation
from rnnviz.ui.controls.comparison.menus import NetworkMenus
from rnnviz.ui.controls.comparison.overlay import Overlay
from rnnviz.ui.controls.comparison.truth import TruthOfAll
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.counting import matched, parameter_count
from rnnviz.ui.plots import TimePlot
from rnnviz.ui.predictions import outputs
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.timepanel import TimePanel
from rnnviz.ui.view import View

_NARROWEST = 190
"""Pixels of a column below which curves over one another say more."""
_LOWEST = 11
"""The height from which there is room for heads and columns, as a multiple of the size of small type."""


class ComparisonPanel(TimePanel):
    """Networks beside one another, on shared scales."""

    name: ClassVar[str] = "comparison"
    title: ClassVar[str] = "Comparison"
    order: ClassVar[int] = 11
    stretch: ClassVar[int] = 8
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (
        *TimePanel.watches,
        "rivals",
        "gradients",
        "scope",
        "probe",
        "per_step",
        "analyses",
    )

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of networks, of their sizes and of how they are drawn."""
        self.sizes = Segmented(
            "Sizes",
            (
                ("units", "equal size", "Give all networks as many units as the first has"),
                (
                    "parameters",
                    "equal parameters",
                    "Give all networks the size whose number of parameters comes nearest to that of the first",
                ),
            ),
        )
        self.sizes.chosen.connect(self._on_sizes)
        self.segments.append(self.sizes)
        self.mode = self.segmented(
            "Draw networks",
            "mode",
            ("columns", "columns", "A column per network: prediction, state, gates and gradient"),
            ("overlay", "overlay", "The gradients of all networks over one another, losses and probabilities too"),
        )
        self.scale = self.segmented(
            "Scale of gradients",
            "scale",
            ("norm", "norm", "The norm of the gradient itself"),
            (
                "relative",
                "relative",
                "The norm divided by what it is at the last step: what is left in the backward pass",
            ),
        )
        self.add = QToolButton()
        self.add.setText("add network")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setToolTip("Put another network beside these")
        self.add_menu = QMenu(self.add)
        self.add_menu.setToolTipsVisible(True)
        self.add_menu.aboutToShow.connect(self._fill_add)
        self.add.setMenu(self.add_menu)
        self.truth = TruthOfAll()
        self.truth.pressed_for_truth.connect(self.ask)
        return self.truth, self.add, self.sizes, self.scale, self.mode

    def build(self) -> None:
        """Make heads, columns, curves and the invitation."""
        self.menus = NetworkMenus(self.session, self)
        self.invitation = Invitation(self.menus)
        self.heads = Heads(self.menus.fill_change)
        self.columns = Columns(self.axis)
        self.columns.plot_made.connect(self._on_plot_made)
        self.overlay = Overlay(self.axis)
        self.plot_rows.addWidget(self.invitation, 1)
        self.plot_rows.addWidget(self.heads)
        self.plot_rows.addWidget(self.columns, 1)
        for plot, share in self.overlay.plots:
            self.adopt(plot)
            plot.setMinimumSize(1, 1)
            self.plot_rows.addWidget(plot, share)

    def dress(self, now: Look) -> None:
        """Dress what is neither plot nor segmented control."""
        theme, sizes = now.theme, now.sizes
        self.invitation.set_look(now)
        self.heads.set_look(now)
        self.truth.set_look(now)
        self.columns.set_look(now)
        self.add.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value}; color: {theme.muted};"
            f" border: 1px solid {theme.border}; border-radius: 5px; padding: 2px {sizes.padding}px;"
            " background: transparent; }"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; border-color: {theme.accent}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        view = self._last_view
        if view is not None and view.rivals and not self.plots_area.isHidden():
            self._draw_networks(view)

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return what is to be known of the session's own network; the others are asked on the way."""
        views = compared(view)
        others = [self.truth.wanted_of(views, place) if self.isVisible() else () for place in range(1, len(views))]
        self.session.rivals.want(self.name, others)
        return self.truth.wanted_of(views, 0)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing more while the panel is hidden."""
        super().hideEvent(event)
        self.session.rivals.want(self.name, ())

    def draw_absence(self, view: View) -> None:
        """Hide the choices that have no effect."""
        super().draw_absence(view)
        for control in (self.truth, self.add, self.sizes, self.scale, self.mode):
            control.hide()

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show all networks, or how to begin."""
        alone = not view.rivals
        self.invitation.setVisible(alone)
        self.truth.setVisible(not alone)
        self.truth.show_truths(compared(view))
        self.add.setVisible(not alone)
        self.sizes.setVisible(not alone)
        self.mode.setVisible(not alone)
        if alone:
            self.heads.hide()
            self.scale.hide()
            self.columns.hide()
            self.overlay.hide()
            if old is None or old.rivals:
                self.columns.clear()
                self.overlay.clear()
            self.header.set_title(self.title, "one network, nothing beside it yet")
            return
        self.sizes.set_value(_equality(view))
        self.mode.set_value(self.option(view, "mode", "columns"))
        names = names_of(compared(view))
        where = f"t = {view.step + 1}" if view.step >= 0 else "before the first step"
        self.header.set_title(self.title, f"{len(names)} networks, {where}")
        self._draw_networks(view)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return of every network outputs [S, O], the state [S, H], losses [S] and log10 of the gradient's norm [S].

        They are as long as the longest sequence; NaN where a step is not reached or does not exist.
        """
        if view.trace is None:
            return {}
        views = compared(view)
        steps = max(other.trace.steps for other in views if other.trace is not None)
        arrays: dict[str, NDArray[Any]] = {}
        for name, other in zip(names_of(views), views, strict=True):
            for what, values in _numbers(other, view).items():
                arrays[f"{name} {what}"] = _padded(values, steps)
        return arrays

    def _draw_networks(self, view: View) -> None:
        views, now = compared(view), look(view)
        height = self.height() - self.header.height()
        low = height < _LOWEST * now.sizes.small
        narrow = self.width() < _NARROWEST * len(views)
        over = low or narrow or self.option(view, "mode", "columns") == "overlay"
        self.heads.setVisible(not low)  # the curves bear the names too
        self.heads.show_networks(views, now)
        self.heads.show_lines(2 if height > 17 * now.sizes.small else 0)
        self.columns.setVisible(not over)
        scale = self.option(view, "scale", "norm")
        self.scale.setVisible(over)
        self.scale.set_value(scale)
        if over:
            self.overlay.show_networks(views, now, height, relative=scale == "relative")
        else:
            self.overlay.hide()
            self.columns.show_networks(views, now)

    def _fill_add(self) -> None:
        self.menus.fill_add(self.add_menu)

    def _on_sizes(self, value: str) -> None:
        if value == "units":
            self.session.rivals.equal_size()
        else:
            self.session.rivals.equal_parameters()
        self.sizes.set_value(_equality(self.session.view))

    def _on_plot_made(self, plot: object) -> None:
        """Let a click in a column move the cursor, and say what is under the mouse."""
        assert isinstance(plot, TimePlot)
        self.one_thing(plot.box)
        plot.stepClicked.connect(self.session.go_to)
        plot.hovered.connect(self._on_hovered)


def _equality(view: View) -> str:
    """Return in what the networks are equal: "units", "parameters", or nothing."""
    if view.document is None:
        return ""
    main = view.document.spec
    specs = [other.document.spec for other in view.rivals if other.document is not None]
    if all(spec.units_of(0) == main.units_of(0) and spec.num_layers == main.num_layers for spec in specs):
        return "units"
    wanted = parameter_count(main)
    return "parameters" if all(spec == matched(spec, wanted) for spec in specs) else ""


def _numbers(view: View, main: View) -> dict[str, NDArray[Any]]:
    trace = view.trace
    if trace is None:
        return {}
    numbers: dict[str, NDArray[Any]] = {"output": outputs(trace, reading.rows_of(view, NETWORK, "forward"))}
    field = common_state(view, "h")
    if field is not None:
        position = reading.shown_position(view)
        numbers[field.signal] = trace.values(field.signal, position, field.layer, field.direction)
        if same_kind(view.gradients, main.gradients):
            numbers[f"log10 norm {field.signal}"] = norms_of(view, field.signal)
    losses = reading.losses(view)
    return numbers if np.isnan(losses).all() else {**numbers, "loss": losses}


def _padded(values: NDArray[Any], steps: int) -> NDArray[Any]:
    if len(values) == steps:
        return values
    padded = np.full((steps, *values.shape[1:]), np.nan, values.dtype)
    padded[: len(values)] = values
    return padded
