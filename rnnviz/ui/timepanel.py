"""The base of the panels over time: a header, plots on the shared axis, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.ui import reading
from rnnviz.ui.controls.header import PanelHeader
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.panel import Area, Panel
from rnnviz.ui.plots import HeatmapPlot, TimeAxis, TimePlot, TimeWidget
from rnnviz.ui.session import Session
from rnnviz.ui.view import LOOKS, View


class TimePanel(Panel):
    """A panel whose plots share the time axis.

    A subclass lays its plots out in `plots_area`, names each with `adopt`, and draws in `draw_plots`.

    Parameters
    ----------
    session : Session
    axis : TimeAxis
    parent : QWidget or None
    """

    area: ClassVar[Area] = "time"
    given: ClassVar[bool] = False
    """Whether what is drawn of a step is there before the step is computed, as its input is."""
    watches: ClassVar[tuple[str, ...]] = (
        *("document", "trace", "engine", "published", "position", "within", "ahead_hidden", "backward"),
        *("layer", "direction", "units", "signal", "options", *LOOKS),
    )

    def __init__(self, session: Session, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(session, axis, parent)
        self.time_plots: list[TimeWidget | TimePlot] = []
        self.segments: list[Segmented] = []
        self.header = PanelHeader(*self.controls())
        self.notice = Notice(self)
        self.plots_area = QWidget(self)
        self.plot_rows = QVBoxLayout(self.plots_area)
        self.plot_rows.setContentsMargins(0, 0, 0, 0)
        self.plot_rows.setSpacing(0)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(0)
        self.rows.addWidget(self.header)
        self.rows.addWidget(self.notice, 1)
        self.rows.addWidget(self.plots_area, 1)
        self.build()
        axis.namesChanged.connect(self.label_steps)

    # what a panel overrides

    def controls(self) -> tuple[QWidget, ...]:
        """Return the controls of the header; called once, before `build`."""
        return ()

    def build(self) -> None:
        """Make the plots; called once."""
        raise NotImplementedError

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw, in one sentence; empty where there is something."""
        return missing(view)

    def dress(self, now: Look) -> None:
        """Dress what is neither plot nor segmented control."""

    def draw_plots(self, view: View, old: View | None) -> None:
        """Bring the plots to a view that has something to draw."""
        raise NotImplementedError

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the numbers behind the plots, exactly as recorded, by name: arrays with a row per step.

        Steps that are not reached are NaN.
        """
        raise NotImplementedError

    # what they share

    def adopt(self, plot: TimeWidget | TimePlot) -> None:
        """Let a plot follow the cursor, and let a click in it move the cursor."""
        self.time_plots.append(plot)
        self.one_thing(plot if isinstance(plot, TimeWidget) else plot.box)
        plot.stepClicked.connect(self.session.go_to)
        if isinstance(plot, TimePlot):
            plot.hovered.connect(self._on_hovered)
        if isinstance(plot, HeatmapPlot):
            plot.mergedChanged.connect(self.say_how)

    def place(self, plot: TimePlot, stretch: int = 1) -> None:
        """Adopt a plot and put it below the others; hidden until it is drawn, and dressed as these are."""
        plot.hide()
        if self._last_view is not None:  # the others are dressed already
            now = look(self.session.view)
            plot.set_theme(now.theme, now.sizes)
        self.adopt(plot)
        self.plot_rows.addWidget(plot, stretch)

    def segmented(self, name: str, option: str, *options: tuple[str, str, str]) -> Segmented:
        """Return a control for an option of the panel."""
        control = Segmented(name, options)
        control.setProperty("option", f"{self.name}.{option}")
        control.chosen.connect(self._on_chosen)
        self.segments.append(control)
        return control

    def option(self, view: View, name: str, default: str) -> str:
        """Return the value of an option of the panel."""
        return view.options.get(f"{self.name}.{name}", default)

    def plot_at(self, at: QPoint) -> tuple[TimeWidget | TimePlot, QPointF] | None:
        """Return the plot at a pixel of the panel, with the pixel of the plot; None where there is none."""
        for plot in self.time_plots:
            if plot.isVisible():
                inside = plot.mapFrom(self, at)
                if plot.rect().contains(inside):
                    return plot, QPointF(inside)
        return None

    def draw(self, view: View, old: View | None) -> None:
        """Follow theme, steps, cursor and cover, and draw the plots."""
        if view.differs(old, *LOOKS):
            self._dress(look(view))
        if view.trace is not None and view.differs(old, "trace"):
            self.axis.set_steps(view.trace.labels)
        sentence = self.absence(view)
        self.notice.say(sentence)
        self.plots_area.setVisible(not sentence)
        if sentence:
            self.draw_absence(view)
            return
        self.draw_plots(view, old)
        for plot in self.time_plots:
            plot.set_cursor(view.step if view.step >= 0 else None)
            plot.set_ahead_hidden(reading.cover_after(view, computed=not self.given))
        if view.step >= 0 and view.differs(old, "position", "trace"):
            self.axis.follow(view.step)
        self.label_steps()
        self.say_how()

    def notes(self) -> list[str]:
        """Return what is said of how the plots are drawn, because there is little room."""
        maps = [plot for plot in self.time_plots if isinstance(plot, HeatmapPlot) and plot.isVisibleTo(self)]
        return [plot.merged_text for plot in maps]

    def say_how(self) -> None:
        """Say what is not drawn as it would be with more room."""
        self.header.set_note(", ".join(dict.fromkeys(filter(None, self.notes()))))

    def label_steps(self) -> None:
        """Write the steps below the lowest plot where nothing else in the window names them."""
        if not self.isVisible():
            return
        plots = [plot for plot in self.time_plots if isinstance(plot, TimePlot) and plot.isVisible()]
        lowest = None if self.axis.named_in(self.window()) else self.lowest(plots)
        for plot in plots:
            plot.set_steps_labelled(plot is lowest)

    def lowest(self, plots: list[TimePlot]) -> TimePlot | None:
        """Return which of some plots names the steps for all of them."""
        return plots[-1] if plots else None

    def showEvent(self, event: QShowEvent) -> None:
        """Name the steps where that is needed in the window that the panel is shown in."""
        super().showEvent(event)
        self.label_steps()

    def draw_absence(self, view: View) -> None:
        """Head a panel that has nothing to draw."""
        self.header.set_title(self.title)

    def _dress(self, now: Look) -> None:
        self.header.set_look(now)
        self.notice.set_look(now)
        for segment in self.segments:
            segment.set_look(now)
        for plot in self.time_plots:
            plot.set_theme(now.theme, now.sizes)
        self.dress(now)

    def _on_chosen(self, value: str) -> None:
        control = self.sender()
        if control is not None:
            self.session.set_option(str(control.property("option")), value)

    def _on_hovered(self, step: int, row: int) -> None:
        plot = self.sender()
        if not isinstance(plot, TimePlot) or step < 0:
            self.header.set_read_out("")
        elif plot.is_hidden(step):
            self.header.set_read_out(f"t = {step + 1}, hidden")
        else:
            self.header.set_read_out(plot.describe(step, row))


def missing(view: View) -> str:
    """Return why no panel over time has anything to draw; empty where there is a run to draw."""
    if view.document is None:
        return "Nothing is open yet: open a session, or choose a sample."
    if view.trace is None:
        return unbuilt(view)
    if view.published == 0:
        return "Nothing has been computed yet: step forward, or run all."
    return ""


def unbuilt(view: View) -> str:
    """Return why a document that is open has no run."""
    if view.engine == "dead":
        return "The engine is not running: Tools > Restart the engine starts it again."
    return "The engine is building the network."


def adding_to_selection() -> bool:
    """Whether Shift or Ctrl is held, so that a click adds a unit to those picked."""
    held = QGuiApplication.keyboardModifiers()
    return bool(held & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))
