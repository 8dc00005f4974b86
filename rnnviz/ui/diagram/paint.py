"""Painting a diagram: wires as wide as what flows through them, gates as valves, numbers beside operators."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from rnnviz.ui.diagram.flow import leading_to
from rnnviz.ui.diagram.geometry import Placed
from rnnviz.ui.diagram.loops import Loop
from rnnviz.ui.diagram.wirepaint import LEGIBLE, THIN, WirePainter
from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT

_LEAST = 1.01 * LEGIBLE
"""Pixels of the type of signs at least."""


class DiagramPainter(WirePainter):
    """Paints one diagram in a theme; arguments as for `WirePainter`."""

    def paint(self, loops: Sequence[Loop] = ()) -> None:
        """Paint loops and wires, then nodes upon their ends."""
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for loop in loops:
            self.loop(loop)
        for route in leading_to(self.diagram, self.flow.computed) if self.flow.led else ():
            self.lead(route)
        for route in self.diagram.routes:
            self.wire(route)
        if self.flow.computed in self.diagram.by_key:
            self._mark(self.diagram.by_key[self.flow.computed])
        for placed in self.diagram.placed:
            self._node(placed)

    def _mark(self, placed: Placed) -> None:
        """Paint a ground and a frame behind the operator that has just been computed, and behind its number."""
        accent, u = QColor(self.theme.accent), self.unit
        rect = self.frame.rect(placed.whole).adjusted(-0.6 * u, -0.6 * u, 0.6 * u, 0.6 * u)
        self.painter.setPen(QPen(accent, max(2.0, 0.25 * u)))
        accent.setAlphaF(0.22)
        self.painter.setBrush(accent)
        self.painter.drawRoundedRect(rect, 0.9 * u, 0.9 * u)

    # nodes

    def _node(self, placed: Placed) -> None:
        kind = placed.node.kind
        if kind == "box":
            self._layer(placed)
        elif kind == "operator":
            self._operator(placed)
        elif kind == "join":
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.setBrush(QColor(self.theme.muted))
            rect, width = self.frame.rect(placed.rect), max(1.0, self.unit * THIN)
            self.painter.drawRect(QRectF(rect.center().x(), rect.center().y() - width / 2, rect.width() / 2, width))
            self.painter.drawRoundedRect(rect.adjusted(0, 0, -rect.width() * 0.5, 0), 3, 3)
        else:
            self._terminal(placed)

    def _outline(self, key: str, rect: QRectF, radius: float) -> None:
        wide = 0.16 if self.is_lit(key) else 0.1
        self.painter.setPen(QPen(self.colour(key), max(1.2, wide * self.unit)))
        self.painter.setBrush(QColor(self.theme.raised))
        self.painter.drawRoundedRect(rect, radius, radius)

    def _terminal(self, placed: Placed) -> None:
        node, u = placed.node, self.unit
        rect = self.frame.rect(placed.rect)
        self._outline(node.key, rect, rect.height() / 2)
        step = self.flow.before if node.key.endswith("[t-1]") else "t"
        inner = rect.adjusted(0.55 * u, 0, -0.45 * u, 0)
        small = u * 1.1 < LEGIBLE
        text = "" if small else self.flow.texts.get(node.key) or self.number(node.key)
        size, colour = 1.7 if small else 1.25, self.colour(node.key)
        used = self.symbol(inner, node.symbol, step, size, colour, LEFT if text else CENTRE)
        inner.setLeft(inner.left() + used + 0.15 * u)
        if text:
            self._number(inner, RIGHT, node.key, 1.05)

    def _layer(self, placed: Placed) -> None:
        node, u = placed.node, self.unit
        rect = self.frame.rect(placed.rect)
        self._outline(node.key, rect, 0.5 * u)
        sign = self.flow.phi if node.symbol == "φ" else node.symbol
        if not node.signal:
            self.write(rect, CENTRE, sign, 1.5, self.theme.text)
            return
        if u * 1.1 < LEGIBLE:
            self.symbol(rect, node.signal, "t", 2.2, self.colour(node.key), CENTRE)
            return
        inner = rect.adjusted(0.4 * u, 0.25 * u, -0.4 * u, -0.3 * u)
        upper = QRectF(inner.left(), inner.top(), inner.width(), 1.6 * u)
        room = upper.adjusted(0, 0, -2.9 * u, 0)  # beside the number
        used = self.symbol(room, node.signal, "t", 1.35, self.colour(node.key), LEFT)
        upper.setLeft(upper.left() + used + 0.1 * u)
        self._number(upper, RIGHT, node.key, 1.1)
        lower = QRectF(inner.left(), upper.bottom() + 0.1 * u, inner.width(), inner.bottom() - upper.bottom() - 0.1 * u)
        if node.key in self.flow.values:
            wide = min(0.55, 0.22 + 0.09 * len(sign)) * lower.width()
            self.write(QRectF(lower.left(), lower.top(), wide, lower.height()), LEFT, sign, 1.2, self.theme.text)
            self._instrument(node.signal, self.flow.values[node.key], lower.adjusted(wide + 0.1 * u, 0.05 * u, 0, 0))
        else:
            self.write(lower, CENTRE, sign, 1.3, self.theme.text)

    def _instrument(self, signal: str, value: float, rect: QRectF) -> None:
        """Paint a gate as a valve, anything else as a bar from zero."""
        if not math.isfinite(value):
            return
        colour = self.colour(signal)
        if self.diagram.graph.cell.signal(signal).kind == "gate":
            self._valve(min(1.0, max(0.0, value)), rect, colour)
            return
        middle, size = rect.center(), min(1.0, abs(value)) * rect.width() / 2
        track = QRectF(rect.left(), middle.y() - 0.3 * self.unit, rect.width(), 0.6 * self.unit)
        self.painter.fillRect(track, QColor(self.theme.grid))
        left = middle.x() if value >= 0 else middle.x() - size
        self.painter.fillRect(QRectF(left, track.top(), size, track.height()), colour)
        self.painter.fillRect(
            QRectF(middle.x() - 0.5, track.top() - 2, 1.0, track.height() + 4), QColor(self.theme.text)
        )

    def _valve(self, opening: float, rect: QRectF, colour: QColor) -> None:
        """Paint two plates that leave a gap as wide as the gate is open, and what flows through it."""
        gap = opening * rect.height()
        plate = QRectF(rect.center().x() - 0.28 * self.unit, rect.top(), 0.56 * self.unit, rect.height())
        stream = QRectF(rect.left(), rect.center().y() - gap / 2, rect.width(), gap)
        ground = QColor(self.theme.grid)
        self.painter.fillRect(rect, ground)
        light = QColor(colour)
        light.setAlphaF(0.55 * colour.alphaF())
        self.painter.fillRect(stream, light)
        dark = QColor(self.theme.text)
        for part in (
            QRectF(plate.topLeft(), QPointF(plate.right(), stream.top())),
            QRectF(QPointF(plate.left(), stream.bottom()), plate.bottomRight()),
        ):
            self.painter.fillRect(part, dark)

    def _operator(self, placed: Placed) -> None:
        node, u = placed.node, self.unit
        rect = self.frame.rect(placed.rect)
        self._outline(node.key, rect, min(rect.width(), rect.height()) / 2)
        self._sign(node.key, node.symbol, rect)
        if placed.tag is None or u < LEGIBLE:
            return
        tag = self.frame.rect(placed.tag)
        if node.signal and not self._handed_on(node.key):
            used = self.symbol(tag, node.signal, "t", 1.1, self.colour(node.key), LEFT)
            tag.setLeft(tag.left() + used + 0.2 * u)
        self._number(tag, LEFT, node.key, 1.0)

    def _number(self, rect: QRectF, flags: Qt.AlignmentFlag, key: str, size: float) -> None:
        """Write what stands for a number, or the number: in fewer digits where it does not fit, but never cut."""
        if text := self.flow.texts.get(key):
            self.write(rect, flags, text, size, self.theme.text)
            return
        for digits in (2, 1):
            if self.write(rect, flags, self.number(key, digits), size, self.theme.text):
                return

    def _handed_on(self, key: str) -> bool:
        return f"out:{key}" in self.diagram.by_key

    def _sign(self, key: str, sign: str, rect: QRectF) -> None:
        middle, u = rect.center(), self.unit
        if sign == "+":
            self.painter.setPen(QPen(QColor(self.theme.text), max(1.2, 0.2 * u)))
            for x, y in ((0.5 * u, 0.0), (0.0, 0.5 * u)):
                self.painter.drawLine(QLineF(middle.x() - x, middle.y() - y, middle.x() + x, middle.y() + y))
        elif sign == "⊙":
            self._iris(key, middle)
            self.painter.setBrush(QBrush(QColor(self.theme.text)))
            self.painter.drawEllipse(middle, 0.2 * u, 0.2 * u)
        else:
            size = max(1.1, _LEAST / u)  # in a small picture as large as it must be, if it has the room
            self.write(rect.adjusted(0.1 * u, 0, -0.1 * u, 0), CENTRE, sign, size, self.theme.text)

    def _iris(self, key: str, middle: QPointF) -> None:
        """Paint how far the gate of a product is open."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        for wire in self.diagram.graph.into(key):
            source = self.diagram.graph.node(wire.source)
            value = self.flow.values.get(wire.source, math.nan)
            gate = source.signal and self.diagram.graph.cell.signal(source.signal).kind == "gate"
            if gate and math.isfinite(value):
                colour = self.colour(wire.source)
                colour.setAlphaF(0.5 * colour.alphaF())
                self.painter.setBrush(colour)
                radius = min(1.0, max(0.0, value)) * 0.88 * self.unit
                self.painter.drawEllipse(middle, radius, radius)
                return
