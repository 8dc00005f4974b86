"""A bar for every step, upwards where it speaks for something and downwards where it speaks against it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.drawing.ticks import MINUS, Tick, number
from rnnviz.ui.plots.base.parts import Part, PixelItem
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.time.frame import Frame
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.theme import DIVERGING, SEMIBOLD, ui_font

WIDTH = 0.7
"""The width of a bar, in steps."""
_ROOM = 1.12
"""The end of the scale, as a multiple of the largest bar."""


class EffectItem(PixelItem, pg.BarGraphItem):
    """The bars; where steps are narrower than a pixel, the largest and the smallest of them stand for all.

    `getData` returns the steps and their numbers, all of them and as they are; NaN where there is no bar.
    """

    def __init__(self) -> None:
        super().__init__(x=np.zeros(0), height=np.zeros(0), width=WIDTH)
        self.values: Floats = np.zeros(0)
        self.strongest = -1
        self._frame: Frame | None = None

    def show_bars(self, values: Floats, strongest: int) -> None:
        """Take the numbers, [S], and the step whose bar stands out; -1 for none."""
        self.values, self.strongest = values, strongest
        self.setOpts(x=np.arange(len(values)), height=values)

    def stand(self, frame: Frame) -> None:
        """Stand where a plot has its steps and its scale."""
        self._frame = frame
        self.place(frame.area)
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars in view and the line they stand on."""
        frame = self._frame
        if frame is None or not len(self.values):
            return
        zero = float(frame.y(np.zeros(())))
        size = max(1, int(1 / frame.per_step))
        first, last = max(0, int(frame.view[0])) // size * size, int(frame.view[1]) + 2
        for start in range(first, min(last, len(self.values)), size):
            some = self.values[start : start + size]
            known = some[~np.isnan(some)]
            for value in {float(known.max()), float(known.min())} if len(known) else ():
                bar = self._bar(frame, start, len(some), zero, value)
                painter.fillRect(bar, self._colour(value, firm=start <= self.strongest < start + size))
        painter.setPen(QPen(QColor(self.theme.muted), 1.0))
        painter.drawLine(round(frame.area.left()), round(zero), round(frame.area.right()), round(zero))

    def _bar(self, frame: Frame, start: int, count: int, zero: float, value: float) -> QRectF:
        half = WIDTH / 2 if count == 1 else 0.5
        left, right = (float(frame.x(np.array(at))) for at in (start - half, start + count - 1 + half))
        if np.isfinite(value):
            end = float(frame.y(np.array(value)))
        else:
            end = frame.area.top() if value > 0 else frame.area.bottom()
        return QRectF(left, min(zero, end), max(1.0, right - left), abs(zero - end))

    def _colour(self, value: float, *, firm: bool) -> QColor:
        """Return the colour of positive or of negative numbers, the same as in maps of signed ones."""
        table = DIVERGING.table(self.theme)
        red, green, blue, _ = table[round((0.5 + 0.42 * float(np.sign(value))) * (len(table) - 1))].tolist()
        return QColor(red, green, blue, 255 if firm else 150)


class StrongestName(Part):
    """In the right margin, the token whose bar is the largest, its number, and what all bars add up to."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[str, ...] = ()

    def say(self, *lines: str) -> None:
        """Write lines below one another, the first firmly."""
        if lines != self.lines:
            self.lines = lines
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the lines that there is room for."""
        line = 1.35 * self.sizes.small
        lines = self.lines[: max(1, int(self.rect.height() / line))]
        top = self.rect.center().y() - len(lines) * line / 2
        for index, text in enumerate(lines):
            place = QRectF(self.rect.left() + 4, top + index * line, self.rect.width() - 4, line)
            font = ui_font(self.sizes.small, QFont.Weight.Normal if index else SEMIBOLD)
            write(painter, place, LEFT, text, font, self.theme.muted if index else self.theme.text)


class EffectBars(TimePlot):
    """Signed bars on a linear scale about 0; the largest is named in the right margin."""

    def build(self) -> None:
        """Add bars and name."""
        self.bars_item, self.name_part = EffectItem(), StrongestName()
        self.unit = self.note = ""
        self.add_data(self.bars_item)
        self.add_beside_data(self.name_part)

    @property
    def values(self) -> Floats:
        """The numbers of the bars, [S]; NaN where there is none."""
        return self.bars_item.values

    @property
    def strongest(self) -> int:
        """The step whose number is the largest in size; -1 where there is none but zeros."""
        return self.bars_item.strongest

    def set_effects(self, values: Floats, unit: str = "", note: str = "") -> None:
        """Show numbers [S], NaN where nothing was asked about, and say something of all of them."""
        sizes = np.where(np.isnan(values), 0.0, np.abs(values))
        strongest = int(sizes.argmax()) if len(sizes) and sizes.max() > 0 else -1
        self.unit, self.note = unit, note
        self.bars_item.show_bars(np.asarray(values, np.float64), strongest)
        finite = values[np.isfinite(values)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        if high - low <= 0:
            low, high = 0.0, 1.0
        self.set_value_range(low * _ROOM, high * _ROOM)
        self._name()
        self.layout_changed()

    def _name(self) -> None:
        """Name the largest bar, unless its step is hidden."""
        step = self.strongest
        if step < 0 or self.is_hidden(step):
            self.name_part.say()
            return
        token = self.axis.labels[step] if step < len(self.axis.labels) else ""
        lines = (token or f"t = {step + 1}", self.text_of(step), self.note)
        self.name_part.say(*(line for line in lines if line))

    def text_of(self, step: int) -> str:
        """Return the number of a step, with a sign where others have another."""
        value = float(self.values[step])
        return signed(value) if np.nanmin(self.values) < 0 or self.unit else number(value, 3)

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return few: names stand beside them."""
        return super().automatic_ticks(min(most, 2))

    def cover_changed(self) -> None:
        """Move the cover, and name nothing that it hides."""
        super().cover_changed()
        self._name()

    def named_heights(self) -> list[float]:
        """Return the height of the caption below the name of the plot, where no tick is to stand."""
        return [self.data_rect.center().y() + 0.5 * self.sizes.title + 0.8 * self.sizes.small]

    def describe(self, step: int, row: int) -> str:
        """Return the number of a step."""
        said = f"t = {step + 1}"
        if not 0 <= step < len(self.values) or np.isnan(self.values[step]):
            return said
        return f"{said} {self.axis.labels[step]}   {self.text_of(step)} {self.unit}".rstrip()

    def layout_changed(self) -> None:
        """Place bars and name."""
        self.bars_item.stand(Frame.of(self))
        self.name_part.place(self.gutter_rect)


def signed(value: float) -> str:
    """Return a number with its sign: "+12.2", "−0.31", "0"."""
    if value == 0 or np.isnan(value):
        return number(float(value), 3)
    return f"{'+' if value > 0 else MINUS}{number(abs(float(value)), 3)}"
