"""Labels at the ends of curves, in place of a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, RIGHT, draw_symbol, font_metrics, write, write_on
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.theme import MEDIUM, SignalStyle, ui_font


@dataclass(frozen=True)
class Label:
    """A curve's name, its value in words, its style and where it ends.

    `y` is the height of its end in pixels, None if nothing of it is drawn; `joined` tells whether it ends at
    the margin. `line_only` labels have a piece of their line in place of a marker.
    """

    name: str
    value: str
    style: SignalStyle
    y: float | None
    joined: bool
    line_only: bool = False


def spread(heights: Sequence[float], distance: float, top: float, bottom: float) -> list[float]:
    """Move heights apart until neighbours are `distance` from each other, as little as that takes.

    Heights that come too close form a group around their mean (pooling adjacent violators); groups stay
    between `top` and `bottom` where they fit. The order of equal heights is kept.
    """
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    groups: list[tuple[float, list[int]]] = []
    for index in order:
        centre, members = min(max(heights[index], top), bottom), [index]
        while groups and groups[-1][0] + (len(groups[-1][1]) + len(members)) / 2 * distance > centre:
            other, others = groups.pop()
            centre = (other * len(others) + centre * len(members)) / (len(others) + len(members))
            members = others + members
            half = (len(members) - 1) / 2 * distance
            centre = max(min(centre, bottom - half), top + half)
        groups.append((centre, members))
    result = [0.0] * len(heights)
    for centre, members in groups:
        for place, index in enumerate(members):
            result[index] = centre + (place - (len(members) - 1) / 2) * distance
    return result


class DirectLabels(Shows[Sequence[Label]]):
    """Names of curves in the right margin, each with its symbol, its value, and a line to the curve's end."""

    name_first = False
    """Whether, where there is no room for both, the value gives way to the name."""

    nothing = ()
    when = ""
    """Of which step the values are, where the curves go on after it; empty where that is where they end."""

    def show_labels(self, labels: Sequence[Label], when: str = "") -> None:
        """Show these labels; those without a height, and those for which there is no room, are left out."""
        if when != self.when:
            self.when = when
            self.update()
        self.give([label for label in labels if label.y is not None])

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the labels."""
        line = self.sizes.small * 1.35
        row = line * (2 if self.stacked else 1)
        room = max(1, int(self.rect.height() / row))
        labels = self.content if len(self.content) <= room else self.content[: room - 1]
        heights = [label.y or 0.0 for label in labels]
        top, bottom = self.rect.top() + row / 2, self.rect.bottom() - row / 2
        if self.when and not self.tells_when:
            labels = [replace(label, value="") for label in labels]
        elif self.when:
            place = QRectF(self.rect.left(), self.rect.top(), self.rect.width() - self.sizes.padding / 2, line)
            write(painter, place, RIGHT, self.when, ui_font(self.sizes.small), self.theme.muted)
            top += line
        if len(labels) < len(self.content):
            bottom -= line
            rest = QRectF(self.rect.left(), bottom + row / 2, self.rect.width(), line)
            left_out = f"and {len(self.content) - len(labels)} more"
            write(painter, rest.adjusted(20, 0, 0, 0), LEFT, left_out, ui_font(self.sizes.small), self.theme.muted)
        for label, height in zip(labels, spread(heights, row, top, bottom), strict=True):
            self._paint_label(painter, label, height, line)

    @property
    def tells_when(self) -> bool:
        """Whether there is room to say of which step the values are: where there is none, they would mislead."""
        row = self.sizes.small * 1.35 * (2 if self.stacked else 1)
        return bool(self.when) and (len(self.content) + 1) * row <= self.rect.height()

    @property
    def sign(self) -> float:
        """The width of what tells the curve before its name."""
        return self.sizes.marker

    def paint_sign(self, painter: QPainter, at: QPointF, style: SignalStyle) -> None:
        """Paint what tells the curve, around a point."""
        draw_symbol(painter, at, style, self.sizes.marker, self.theme.surface)

    @property
    def stacked(self) -> bool:
        """Whether values stand below their names: where a name does not fit beside its value, and both fit so."""
        return self.crowded and 2 * self.sizes.small * 1.35 * len(self.content) <= self.rect.height()

    @property
    def crowded(self) -> bool:
        """Whether a name does not fit beside its value."""
        room = self.rect.width() - 14 - self.sign - self.sizes.padding / 2
        name, value = font_metrics(ui_font(self.sizes.small, MEDIUM)), font_metrics(ui_font(self.sizes.small))
        widths = (name.horizontalAdvance(one.name) + value.horizontalAdvance(one.value) for one in self.content)
        return any(width > room for width in widths)

    def _paint_label(self, painter: QPainter, label: Label, height: float, row: float) -> None:
        left, sign = self.rect.left(), self.sign
        stacked = self.stacked
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if label.joined:
            painter.setPen(QPen(QColor(label.style.colour), 1.0))
            painter.drawLine(QLineF(left + 1, label.y or 0.0, left + 4, height))  # smooth edges reach a pixel further
        middle = QPointF(left + 6 + sign / 2, height)
        if label.line_only:
            half = QPointF(sign / 2 + 1, 0)
            painter.setPen(QPen(QColor(label.style.colour), 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(middle - half, middle + half)
        else:
            self.paint_sign(painter, middle, label.style)
        place = QRectF(left + 10 + sign, height - row / 2, 1, row)
        place.setRight(self.rect.right() - self.sizes.padding / 2)
        font = ui_font(self.sizes.small)
        if stacked and label.value:
            place.translate(0, -row / 2)
            write(painter, place.translated(0, row), LEFT, label.value, font, self.theme.muted)
        elif not (self.name_first and self.crowded):
            width = write_on(painter, place, RIGHT, label.value, font, self.theme.muted)
            place.setRight(place.right() - width - 4)
        write(painter, place, LEFT, label.name, ui_font(self.sizes.small, MEDIUM), label.style.colour)
