"""The row of tokens along the time axis, below a large "t = 7 / 24"."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHideEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, font_metrics, write, write_on
from rnnviz.ui.drawing.ticks import round_ticks
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.plots.time.clamp_marks import BAR, held_spans
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.plots.time.time_widget import TimeWidget
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, SEMIBOLD, ui_font

SLANT = 55.0
"""Degrees by which tokens rise that are wider than their step."""
LONGEST = 6.0
"""The longest rising token, as a multiple of its type size; longer ones are elided."""
EMPTY = "\N{MIDDLE DOT}"


class TokenStrip(TimeWidget):
    """The tokens of the sequence, the current one emphasised, below the read-out of the step.

    Tokens stand upright where they fit their steps, else they rise aslant, elided; where steps are narrower
    than a line of type, round step numbers stand in their place.
    """

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._note = ""
        self._widest = 0.0
        self._counting = False
        self._words = True
        self._marked: int | None = None
        self._covered: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Tokens")
        axis.stepsChanged.connect(self._measure)
        self.set_theme(LIGHT, NORMAL)
        self._measure()

    # what panels call

    def set_note(self, note: str) -> None:
        """Say something at the right of the read-out, such as "backward" or "run"."""
        if note != self._note:
            self._note = note
            self.update(self._read_out_rect())

    @property
    def read_out(self) -> tuple[str, str]:
        """The step counted from 1, and the rest of the read-out: ("t = 7", " / 24")."""
        step = self.cursor_step
        return f"t = {0 if step is None else step + 1}", f" / {self.axis.steps}"

    # geometry

    @property
    def _top(self) -> float:
        return self.sizes.readout * 1.45

    @property
    def _upright(self) -> bool:
        return self._widest + self._gap <= self.axis.scale(self.width())

    @property
    def _gap(self) -> float:
        """The room between two tokens: single characters need less to be told apart than words."""
        return self.sizes.padding if self._words else 0.15 * self.sizes.token

    @property
    def _numbered(self) -> bool:
        if self._upright:
            return False
        # Of a long sequence a few steps may be in view, but the strip is as high as all of them need it.
        low = self.data_rect.height() < math.floor(self._slanted_height)
        return self._counting or low or self.axis.scale(self.width()) < self.sizes.token * 1.1

    @property
    def _slanted_height(self) -> float:
        reach = min(self._widest, LONGEST * self.sizes.token)
        return reach * math.sin(math.radians(SLANT)) + self.sizes.token * 1.6

    @property
    def data_rect(self) -> QRectF:
        """The area of the tokens."""
        left, width = self.axis.area(self.width())
        return QRectF(left, self._top, width, max(1.0, self.height() - self._top))

    def sizeHint(self) -> QSize:
        """Return the height that the tokens need when all of them are shown."""
        full = self.axis.area(self.width())[1] / max(1, self.axis.steps)
        upright = self._widest + self._gap <= full
        numbered = not upright and (self._counting or full < self.sizes.token * 1.1)
        row = self.sizes.token * 2.0 if upright or numbered else self._slanted_height
        return QSize(720, math.ceil(self._top + row))

    def minimumSizeHint(self) -> QSize:
        """Return the least width and the needed height."""
        return QSize(self.sizes.left_margin + self.sizes.right_margin + 120, self.sizeHint().height())

    def relayout(self) -> None:
        """Ask for the height needed and paint anew."""
        if self.sizeHint().height() != self.minimumHeight():
            self.setFixedHeight(self.sizeHint().height())
            self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the tokens to the new width."""
        super().resizeEvent(event)
        self.relayout()

    def showEvent(self, event: QShowEvent) -> None:
        """Name the steps for all plots of the window."""
        super().showEvent(event)
        self.axis.name_steps(self, True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the names to the plots."""
        super().hideEvent(event)
        self.axis.name_steps(self, False)

    def cursor_changed(self) -> None:
        """Paint the step that was left, the new one and the read-out."""
        self.update(self._read_out_rect())
        self._update_between(self._marked, self.cursor_step)
        self._marked = self.cursor_step

    def cover_changed(self) -> None:
        """Paint what is uncovered or covered."""
        self._update_between(self._covered, self.hidden_after)
        self._covered = self.hidden_after

    def held_changed(self) -> None:
        """Mark the steps whose input is set by hand."""
        self.update()

    def theme_changed(self) -> None:
        """Measure the tokens in the new size."""
        self._measure()

    def pointed_at(self, step: int, row: int) -> None:
        """Tell the whole token in a tooltip."""
        shown = 0 <= step < self.axis.steps and not self.is_hidden(step)
        self.setToolTip(plain_tip(f"t = {step + 1}: {self.axis.labels[step]}" if shown else ""))

    def _measure(self) -> None:
        self._counting = all(label == str(step) for step, label in enumerate(self.axis.labels, start=1))
        self._words = any(len(label) > 1 for label in self.axis.labels)
        metrics = QFontMetricsF(ui_font(self.sizes.token, SEMIBOLD))
        self._widest = max((metrics.horizontalAdvance(label) for label in set(self.axis.labels)), default=0.0)
        self.relayout()

    # painting

    def _read_out_rect(self) -> QRect:
        return QRect(0, 0, self.width(), math.ceil(self._top))

    def _update_between(self, old: int | None, new: int | None) -> None:
        """Paint all steps anew from one to another, whose tokens look another way; None stands for either end."""
        ends = [end for end in (old, new) if end is not None] or [0]
        if old is None or new is None:
            ends += [0, self.axis.steps]
        self.update(self._reach(min(ends)) | self._reach(max(ends)))

    def _reach(self, step: int) -> QRect:
        """Return where the token of a step, upright or aslant, may paint."""
        size, area = self.sizes.token, self.data_rect
        left, right = self.x_of(step - 0.5) - size, self.x_of(step + 0.5) + size
        if self._numbered:
            left, right = left - self._room_of_number, right + self._room_of_number
        elif not self._upright:
            right += LONGEST * size * math.cos(math.radians(SLANT))
        return QRectF(left, area.top(), right - left, area.height()).toAlignedRect()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint read-out and tokens, as far as they are exposed."""
        painter, exposed = QPainter(self), event.region()
        painter.fillRect(event.rect(), QColor(self.theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if exposed.intersects(self._read_out_rect()):
            self._paint_read_out(painter)
        tokens = self.data_rect.adjusted(-3 * self.sizes.padding, 0, self.axis.margins[1], 0)
        painter.setClipRect(tokens, Qt.ClipOperation.IntersectClip)
        first, last = self.axis.view
        steps = range(max(0, math.ceil(first - 0.5)), min(self.axis.steps, math.floor(last + 0.5) + 1))
        if self._numbered:
            self._paint_numbers(painter)
        else:
            for step in steps:
                if step != self.cursor_step and exposed.intersects(self._reach(step)):
                    self._paint_token(painter, step)
        if self.cursor_step is not None and self.cursor_step in steps:
            self._paint_current(painter, self.cursor_step)
        for left, right in held_spans(self):
            painter.fillRect(QRectF(left, self._top, right - left, BAR), QColor(self.theme.accent))
        painter.end()

    def _paint_read_out(self, painter: QPainter) -> None:
        sizes = self.sizes
        now, total = self.read_out
        line = QRectF(sizes.padding, 0, self.width() - 2 * sizes.padding, self._top)
        taken = write_on(painter, line, LEFT, now, ui_font(sizes.readout, SEMIBOLD), self.theme.text)
        line.setLeft(line.left() + taken)
        taken = write_on(painter, line, LEFT, total, ui_font(sizes.readout), self.theme.muted)
        line.setLeft(line.left() + taken + 3 * sizes.padding)
        step = self.cursor_step
        taken = write_on(painter, line, RIGHT, self._note, ui_font(sizes.text), self.theme.muted)
        line.setRight(line.right() - taken - sizes.padding)
        told = step is not None and not self.is_hidden(step) and not self._counting
        if step is not None and told and line.width() > 0:
            font = ui_font(sizes.readout, SEMIBOLD)
            write(painter, line, LEFT, self.axis.labels[step], font, self.theme.accent)

    def _paint_token(self, painter: QPainter, step: int) -> None:
        hidden = self.is_hidden(step)
        text = EMPTY if hidden else self.axis.labels[step] or EMPTY
        later = self.cursor_step is not None and step > self.cursor_step
        colour = self.theme.muted if later or text == EMPTY else self.theme.text
        self._write_token(painter, step, text, colour)

    def _write_token(self, painter: QPainter, step: int, text: str, colour: str) -> None:
        area, size = self.data_rect, self.sizes.token
        font = ui_font(size, MEDIUM)
        if self._upright or text == EMPTY:
            left, right = self.x_of(step - 0.5), self.x_of(step + 0.5)
            place = QRectF(left, area.bottom() - 1.9 * size, right - left, 1.7 * size)
            write(painter, place, CENTRE, text, font, colour)
            return
        painter.save()
        painter.translate(QPointF(self.x_of(step) + 0.15 * size, area.bottom() - 0.55 * size))
        painter.rotate(-SLANT)
        write(painter, QRectF(0, -size * 0.8, LONGEST * size, size * 1.6), LEFT, text, font, colour)
        painter.restore()

    @property
    def _room_of_number(self) -> float:
        """Half of the width that is kept free around a number of a step."""
        return self.sizes.token * 0.32 * (len(str(self.axis.steps)) + 1) * 2

    def _paint_numbers(self, painter: QPainter) -> None:
        first, last = self.axis.view
        room, size = self._room_of_number, self.sizes.token
        here = None if self.cursor_step is None else self.x_of(self.cursor_step)
        for tick in round_ticks(max(first + 1, 1), last + 1, max(2, int(self.data_rect.width() / (1.5 * room)))):
            x = self.x_of(tick.value - 1)
            place = QRectF(x - room, self.data_rect.bottom() - 1.9 * size, 2 * room, 1.7 * size)
            if here is None or abs(x - here) > room:  # else the number of the cursor stands there
                write(painter, place, CENTRE, tick.text, ui_font(self.sizes.small), self.theme.muted)
            painter.setPen(QPen(QColor(self.theme.border), 1.0))
            bottom = self.data_rect.bottom()
            painter.drawLine(QPointF(round(x) + 0.5, bottom - self.sizes.tick), QPointF(round(x) + 0.5, bottom))

    def _paint_current(self, painter: QPainter, step: int) -> None:
        area, size = self.data_rect, self.sizes.token
        text = EMPTY if self.is_hidden(step) else self.axis.labels[step] or EMPTY
        if self._numbered:
            text = str(step + 1)
        if self._upright or self._numbered or text == EMPTY:
            font = ui_font(size, SEMIBOLD)
            width = max(font_metrics(font).horizontalAdvance(text) + self.sizes.padding, size * 1.4)
            place = QRectF(self.x_of(step) - width / 2, area.bottom() - 1.9 * size, width, 1.7 * size)
            self._paint_pill(painter, place)
            write(painter, place, CENTRE, text, font, self.theme.on_accent)
        else:
            self._paint_slanted_current(painter, step, text)
        self._paint_pointer(painter, step)

    def _paint_slanted_current(self, painter: QPainter, step: int, text: str) -> None:
        size = self.sizes.token
        font = ui_font(size, SEMIBOLD)
        width = min(font_metrics(font).horizontalAdvance(text) + 1, LONGEST * size)
        painter.save()
        painter.translate(QPointF(self.x_of(step) + 0.15 * size, self.data_rect.bottom() - 0.55 * size))
        painter.rotate(-SLANT)
        room = 2 * self.axis.scale(self.width()) * math.sin(math.radians(SLANT)) - size
        high = min(max(room, 1.15 * size), 1.6 * size)  # its neighbours stay legible where tokens stand close
        place = QRectF(0, -high / 2, width, high)
        self._paint_pill(painter, place.adjusted(-0.4 * size, 0, 0.4 * size, 0))
        write(painter, place, LEFT, text, font, self.theme.on_accent)
        painter.restore()

    def _paint_pill(self, painter: QPainter, place: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.accent))
        painter.drawRoundedRect(place, 5, 5)

    def _paint_pointer(self, painter: QPainter, step: int) -> None:
        """Mark the step at the lower edge, where the cursor of the plots below begins."""
        left, right = self.x_of(step - 0.5), self.x_of(step + 0.5)
        width = max(right - left, 2 * self.sizes.cursor_line)
        bar = QRectF((left + right - width) / 2, self.height() - self.sizes.cursor_line, width, self.sizes.cursor_line)
        painter.fillRect(bar, QColor(self.theme.accent))
