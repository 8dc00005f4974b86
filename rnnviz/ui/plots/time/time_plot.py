"""The base of every plot over time: a header, a scale at the left, the data, a margin at the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.drawing.ticks import Tick, round_ticks
from rnnviz.ui.plots.base.parts import Cover, Cursor, Ground, Header, Notice, Part, ValueAxis
from rnnviz.ui.plots.time.clamp_marks import HeldMarks
from rnnviz.ui.plots.time.step_labels import StepLabels
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.plots.time.time_plot_geometry import TimePlotGeometry
from rnnviz.ui.theme import LIGHT, NORMAL, SignalStyle


class TimePlot(TimePlotGeometry):
    """A plot over the shared time axis.

    The data lies between the margins of the axis, so that a step stands on the same pixels in all plots of
    one width. The picture is made of parts, and only those are painted, where they must be.
    """

    grid_at_ticks = True
    """Whether ticks have marks and grid lines; plots whose ticks name rows turn it off."""

    def __init__(self, axis: TimeAxis, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._ticks: list[Tick] | None = None
        self._build()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.build()
        self.set_title(title)
        self.set_theme(LIGHT, NORMAL)

    def _build(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # or all that lies behind is painted at each step
        self._over: list[tuple[float, Part]] = []
        self._beside: list[Part] = []
        self._ground, self._cover, self._cover_before, self._band = Ground(), Cover(), Cover(), Cursor()
        self._notice, self._held_marks = Notice(), HeldMarks()
        self.add_over_data(self._ground, 0.0)
        self.add_over_data(self._held_marks, 30.0)
        self.add_over_data(self._cover, 40.0)
        self.add_over_data(self._cover_before, 40.0)
        self.add_over_data(self._band, 50.0)
        self.add_over_data(self._notice, 60.0)  # so that its sentence is read wherever the cursor stands
        self._header, self._value_axis = Header(), ValueAxis()
        self._step_labels = StepLabels(self.axis)
        self._step_labels.visible = False
        self.add_beside_data(self._step_labels)
        self.add_beside_data(self._header)
        self.add_beside_data(self._value_axis)

    def add_over_data(self, part: Part, height: float = 10.0) -> None:
        """Add a part clipped to the area of the data; below a `height` of 40 the cover hides it."""
        self._over.append((height, part))
        self._over.sort(key=lambda entry: entry[0])
        part.live_in(self)

    def add_beside_data(self, part: Part) -> None:
        """Add a part outside the area of the data, such as one in the right margin; it is painted last."""
        self._beside.append(part)
        part.live_in(self)

    # what panels call

    def set_title(self, title: str, subtitle: str = "", style: SignalStyle | None = None) -> None:
        """Set the title, the quieter text behind it and a signal's symbol before it.

        With neither title nor subtitle the plot has no header.
        """
        had, header = self.has_header, self._header
        if (title, subtitle, style) == (header.title, header.subtitle, header.swatch):
            return
        header.title, header.subtitle, header.swatch = title, subtitle, style
        header.update()
        self.setAccessibleName(" ".join(text for text in (title, subtitle) if text))
        if had != self.has_header:
            self.relayout()

    def set_side_label(self, name: str, caption: str = "", style: SignalStyle | None = None) -> None:
        """Name the plot in large type in its left margin, a caption below, a signal's symbol before it."""
        axis = self._value_axis
        if (name, caption, style) == (axis.name, axis.caption, axis.swatch):
            return
        axis.name, axis.caption, axis.swatch = name, caption, style
        axis.update()
        if not self.has_header:
            self.setAccessibleName(" ".join(text for text in (name, caption) if text))

    def set_notice(self, text: str) -> None:
        """Say something in the middle of the plot, such as why it is empty; nothing if empty."""
        self._notice.say(text)

    def set_steps_labelled(self, labelled: bool) -> None:
        """Write the tokens, or step numbers, below the data, as a figure that stands alone needs them."""
        if labelled != self._labelled:
            self._labelled = labelled
            self._step_labels.show(labelled)
            self.relayout()

    def set_value_range(self, low: float, high: float, ticks: Sequence[Tick] | None = None) -> None:
        """Fix the vertical scale: `low` at the bottom, `high` at the top (low > high turns it over).

        `ticks` None chooses round ones for the height at hand.
        """
        given = None if ticks is None else list(ticks)
        if (float(low), float(high), given) != (self._low, self._high, self._ticks):
            self._low, self._high, self._ticks = float(low), float(high), given
            self.relayout()

    # what kinds of plot override

    def build(self) -> None:
        """Add the parts of this kind of plot; called once, before the first layout."""

    def layout_changed(self) -> None:
        """Follow a change of size, view or scale; called after it."""

    def describe(self, step: int, row: int) -> str:
        """Return what the header says about a place under the mouse."""
        return f"t = {step + 1}"

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return at most `most` ticks to show when none were given."""
        return round_ticks(min(self._low, self._high), max(self._low, self._high), most)

    @property
    def has_header(self) -> bool:
        """Whether there is a title line."""
        return bool(self._header.title or self._header.subtitle)

    def sizeHint(self) -> QSize:
        """Return a calm size for a plot among others."""
        return QSize(720, 160)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be read."""
        return QSize(self.sizes.left_margin + self.sizes.right_margin + 120, 2 * self.sizes.header)

    # what follows a change

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new size."""
        super().resizeEvent(event)
        self.relayout()

    def theme_changed(self) -> None:
        """Dress every part anew."""
        for part in self.parts:
            part.dress(self.theme, self.sizes)

    def relayout(self) -> None:
        """Put every part where size, axis and scale ask for it."""
        area = self.data_rect
        self._ground.place(area)
        self._notice.place(area)
        self._header.place(QRectF(0, 0, self.width(), self.sizes.header if self.has_header else 0))
        self._value_axis.place(QRectF(0, 0, area.left(), self.height()))
        self._step_labels.place(QRectF(area.left(), area.bottom() + 2, area.width(), self.sizes.small * 1.7))
        self._place_ticks()
        self._place_cursor()
        self._place_cover()
        self.held_changed()
        self.layout_changed()
        self.update()

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

    def _place_ticks(self) -> None:
        height = self.scale_rect.height()
        most = max(2, int(height / (self.sizes.small * 2.6)) + 1)
        given = self.automatic_ticks(most) if self._ticks is None else self._ticks
        ticks = self._legible([(self.y_of(tick.value), tick) for tick in given])
        self._value_axis.set_ticks(ticks, marks=self.grid_at_ticks)
        grid = [y for y, _ in ticks] if self.grid_at_ticks else []
        self._ground.draw_under(grid, self._rail_rects())

    def _legible(self, ticks: list[tuple[float, Tick]]) -> list[tuple[float, Tick]]:
        """Leave out ticks whose numbers would run into one another, or into what is named beside the axis."""
        apart = self.sizes.small * 1.1
        taken = self.named_heights()
        kept: list[tuple[float, Tick]] = []
        # The ends first: they say how far the scale goes.
        for place in (*ticks[:1], *ticks[-1:], *ticks[1:-1]):
            if all(abs(place[0] - other) >= apart for other in (*taken, *(y for y, _ in kept))):
                kept.append(place)
        return sorted(kept, key=ticks.index)

    def named_heights(self) -> list[float]:
        """Heights, in pixels, of names beside the axis that are no ticks."""
        return []

    def _place_cursor(self) -> None:
        step, area = self.cursor_step, self.data_rect
        self._band.show(step is not None)
        if step is not None:
            self._band.stand(self.x_of(step - 0.5), self.x_of(step + 0.5), area.top(), area.height())

    def _place_cover(self) -> None:
        self._cover.show(self._hidden_after is not None)
        if self._hidden_after is not None:
            area = self.data_rect
            left = min(max(area.left(), self.x_of(self._hidden_after + 0.5)), area.right())
            self._cover.place(QRectF(left, area.top(), area.right() - left, area.height()))
        self._cover_before.show(self._hidden_before is not None)
        if self._hidden_before is not None:
            area = self.data_rect
            right = max(area.left(), min(self.x_of(self._hidden_before - 0.5), area.right()))
            self._cover_before.place(QRectF(area.left(), area.top(), right - area.left(), area.height()))
        if self._labelled:
            self._step_labels.last = self._hidden_after
            self._step_labels.update()

    # painting

    @property
    def parts(self) -> list[Part]:
        """All parts, from the lowest to the highest."""
        return [*(part for _, part in self._over), *self._beside]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what has changed, rectangle by rectangle: between cursor and margin nothing has."""
        painter = QPainter(self)
        for rect in event.region():  # type: ignore[attr-defined]
            self._paint(painter, rect)
        painter.end()

    def _paint(self, painter: QPainter, exposed: QRect) -> None:
        painter.save()
        painter.setClipRect(exposed, Qt.ClipOperation.IntersectClip)
        painter.fillRect(exposed, QColor(self.theme.surface))
        inside = self.data_rect.toRect() & exposed
        if not inside.isEmpty():
            painter.save()
            painter.setClipRect(inside, Qt.ClipOperation.IntersectClip)
            _paint_parts(painter, (part for _, part in self._over), QRectF(inside))
            painter.restore()
        _paint_parts(painter, self._beside, QRectF(exposed))
        painter.restore()


def _paint_parts(painter: QPainter, parts: Iterable[Part], exposed: QRectF) -> None:
    for part in parts:
        if part.visible and part.rect.intersects(exposed):
            part.paint(painter, exposed & part.rect)
