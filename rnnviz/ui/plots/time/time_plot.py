"""The base of every plot over time: data on the shared steps, a scale at the left, a margin at the right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.ticks import round_ticks
from rnnviz.ui.plots.base.parts import Cover
from rnnviz.ui.plots.base.view import Margins, PlotView
from rnnviz.ui.plots.time.clamp_marks import HeldMarks
from rnnviz.ui.plots.time.cursor import StepCursor
from rnnviz.ui.plots.time.step_axis import StepAxis
from rnnviz.ui.plots.time.time_axis import LinkedBox, TimeAxis, limit
from rnnviz.ui.plots.time.time_state import TimeState
from rnnviz.ui.theme import LIGHT, NORMAL


class TimePlot(PlotView, TimeState):
    """A plot over the shared time axis, to which its view box is linked.

    The data lies between the margins of the axis, so that a step stands on the same pixels in all plots of one width.

    Signals
    -------
    stepClicked(step)
        The user asks for a step (from 0), by a click or by dragging the cursor.
    rowClicked(row)
        The user clicked a row (a unit, a class) of a plot that has rows.
    hovered(step, row)
        The mouse is over a step and a row; -1 for none.

    Parameters
    ----------
    axis : TimeAxis
    title : str
    parent : QWidget or None
    """

    stepClicked = Signal(int)
    rowClicked = Signal(int)
    hovered = Signal(int, int)

    calm_size = (720, 160)
    values_zoom = True
    """Whether the user may change the scale of the values."""

    def __init__(self, axis: TimeAxis, title: str = "", parent: QWidget | None = None) -> None:
        self.axis = axis
        self._labelled = self._late = False
        self._margins_of_axis = (0, 0)
        self.step_axis = StepAxis(axis)
        super().__init__(LinkedBox(values_zoom=self.values_zoom), self.step_axis, parent)
        self._cover, self._cover_before, self._band = Cover(), Cover(), StepCursor()
        self._held_marks = HeldMarks()
        self.add_over_data(self._held_marks, 30.0)
        for part, height in ((self._cover, 40.0), (self._cover_before, 40.0), (self._band, 50.0)):
            part.hide()
            self.add_over_data(part, height)
        self.build()
        self._on_steps()
        self.box.setXLink(axis.box)
        axis.viewChanged.connect(self._on_view)
        axis.stepsChanged.connect(self._on_steps)
        self.box.clicked.connect(self._on_clicked)
        self._band.dragged.connect(self._on_dragged)
        self.set_title(title)
        self.set_theme(LIGHT, NORMAL)
        self._ready = True

    # what kinds of plot override

    def build(self) -> None:
        """Add what is particular to this kind of plot; called once, before the first layout."""

    def describe(self, step: int, row: int) -> str:
        """Return what the header says about a place under the mouse."""
        return f"t = {step + 1}"

    # what panels call

    def set_steps_labelled(self, labelled: bool) -> None:
        """Write the tokens, or step numbers, below the data, as a figure that stands alone needs them."""
        if labelled != self._labelled:
            self._labelled = labelled
            self.relayout()

    def view_all(self) -> None:
        """Show all steps, and the whole scale of the values."""
        super().view_all()
        self.axis.show_all()

    # geometry

    @property
    def margins(self) -> Margins:
        """The margins that all plots of the axis share, and room for title and step labels."""
        left, right = self.axis.margins
        space = max(self.sizes.padding // 2, round(0.4 * self.sizes.small))  # half of a number at the end of a scale
        top = self.sizes.header if self.has_header else space
        return Margins(left, top, right, space + self.below_height)

    @property
    def below_height(self) -> int:
        """The height of the labels of the steps."""
        return round(self.sizes.small * 1.7) if self._labelled else 0

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be read."""
        wide = self.sizes.left_margin + self.sizes.right_margin + 10 * self.sizes.small
        return QSize(wide, round(2.5 * self.sizes.small))

    def uprights(self) -> list[float]:
        """Return where round steps stand, in pixels."""
        (first, last), most = self.axis.view, max(2, int(self.data_rect.width() / (5 * self.sizes.small)))
        ticks = round_ticks(max(first + 1, 1.0), max(last + 1, first + 3), most)
        return [self.x_of(tick.value - 1) for tick in ticks]

    # what follows a change

    def theme_changed(self) -> None:
        """Take the margins of the sizes."""
        self.axis.set_metrics(self.sizes)

    def relayout(self) -> None:
        """Put every part where size, axis and scale ask for it."""
        super().relayout()
        if self._ready:
            self._late, self._margins_of_axis = False, self.axis.margins
            self._follow_steps()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has happened to the steps while the plot was hidden."""
        super().showEvent(event)
        if self._late:
            self.relayout()

    def _on_view(self) -> None:
        """Follow the steps in view; a hidden plot waits until it is shown."""
        if not self.isVisible():
            self._late, self._measured = True, None
        elif self.axis.margins != self._margins_of_axis:
            self.relayout()
        else:
            self.view_changed()

    def view_changed(self) -> None:
        """Follow other steps in view, all else being the same."""
        self.box.updateMatrix()
        if self.axis_below.has_grid:
            self._place_ticks()
        self.axis_below.update()
        self.layout_changed()
        self._follow_steps()

    def _follow_steps(self) -> None:
        self._place_cursor()
        self._place_cover()
        self._held_marks.follow(self)

    def cursor_changed(self) -> None:
        """Move the cursor alone."""
        self._place_cursor()

    def cover_changed(self) -> None:
        """Move the cover alone."""
        self._place_cover()

    def held_changed(self) -> None:
        """Mark what is held."""
        self._held_marks.follow(self)

    def pointed_at(self, step: int, row: int) -> None:
        """Say in the header what is under the mouse, unless it is hidden."""
        if step < 0:
            self._header.say("")
        elif self.is_hidden(step):
            self._header.say(f"t = {step + 1}, hidden")
        else:
            self._header.say(self.describe(step, row))

    def _on_steps(self) -> None:
        limit(self.box, self.axis.steps)
        if self._ready:
            self.relayout()

    def _place_cursor(self) -> None:
        step, area = self.cursor_step, self.data_rect
        if step is not None:
            self._band.stand(self.x_of(step - 0.5), self.x_of(step + 0.5), area.top(), area.height())
        self._band.setVisible(step is not None)

    def _place_cover(self) -> None:
        area, after, before = self.data_rect, self.hidden_after, self.hidden_before
        if after is not None:
            left = min(max(area.left(), self.x_of(after + 0.5)), area.right())
            self._cover.place(QRectF(left, area.top(), area.right() - left, area.height()))
        self._cover.setVisible(after is not None)
        if before is not None:
            right = max(area.left(), min(self.x_of(before - 0.5), area.right()))
            self._cover_before.place(QRectF(area.left(), area.top(), right - area.left(), area.height()))
        self._cover_before.setVisible(before is not None)
        self.step_axis.hide_after(after)

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Tell which step and row are under the mouse."""
        self.point(at)

    def _on_clicked(self, x: float, y: float) -> None:
        """Ask for the step at a place of the view, and name its row."""
        at = QPointF(self.x_of(x), self.box.mapViewToScene(QPointF(x, y)).y())
        inside = self.data_rect.left() <= at.x() <= self.data_rect.right()
        step = self.step_of(at.x()) if inside else -1
        if step >= 0:
            self.stepClicked.emit(step)
        row = self.row_in(step, at.y())
        if row >= 0:
            self.rowClicked.emit(row)

    def _on_dragged(self, x: float) -> None:
        step = self.step_of(x)
        if step >= 0 and step != self._cursor:
            self.stepClicked.emit(step)
