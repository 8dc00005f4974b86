"""Painting the network: nodes with their states as small heatmaps, links as wide as what flows along them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, RIGHT, font_metrics, write
from rnnviz.ui.drawing.pixmap_cache import stamps
from rnnviz.ui.networkdiagram.contents import Contents, Face
from rnnviz.ui.networkdiagram.geometry import Frame, Gap, Picture, Spot, Trail
from rnnviz.ui.networkdiagram.graph import Kind, Node, Role
from rnnviz.ui.networkdiagram.rows import NOTE
from rnnviz.ui.networkdiagram.shapes import Outline, draw_outline, grid_of, rect_of, way_of
from rnnviz.ui.networkdiagram.strips import StripImages
from rnnviz.ui.networkdiagram.weightnames import LEGIBLE, draw_weight
from rnnviz.ui.theme import DIVERGING, MEDIUM, SEMIBOLD, Theme, hue, ui_font
from rnnviz.ui.theme.colormaps import colour_index

HUES: dict[Kind, str] = {"x": "green", "h": "purple", "dense": "vermillion", "y": "vermillion", "target": "ink"}
_LINKS: dict[Role, str] = {
    "input": "green",
    "recurrent": "purple",
    "between": "purple",
    "readout": "vermillion",
    "feedback": "vermillion",
    "loss": "ink",
}
_HAIR, _WIDEST = 0.09, 0.5
"""Widths of links, in units."""
_STAMPED = 12_000.0
"""Square pixels of a node up to which its outline is kept as an image."""
_CELL = 3.0
"""Least width and height in pixels of a unit of a state; of more units, those farthest from zero are drawn."""


_NOTHING = Face(known=False)


def colour_of(place_kind: Kind, theme: Theme) -> str:
    """Return the colour of inputs, states, outputs and targets."""
    return hue(HUES[place_kind], theme)


def width_of(share: float, unit: float) -> float:
    """Return the width of a link in pixels."""
    return max(1.0, unit * (_HAIR + (_WIDEST - _HAIR) * share))


class NetworkPainter:
    """Paints one picture of a network.

    Parameters
    ----------
    painter : QPainter
    picture : Picture
    contents : Contents
    theme : Theme
    """

    def __init__(self, painter: QPainter, picture: Picture, contents: Contents, theme: Theme) -> None:
        self.painter, self.picture, self.contents, self.theme = painter, picture, contents, theme
        self.unit = picture.unit
        self.table = DIVERGING.table(theme)

    def paint(self, over: Node | None = None, current: int = -1, strips: StripImages | None = None) -> None:
        """Paint the column of the cursor, links, nodes, and what is lit.

        Parameters
        ----------
        over : Node or None
            Under the mouse.
        current : int
            The step of the cursor.
        strips : StripImages or None
            Where images of steps are kept that have been painted before.
        """
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if current in self.picture.columns and len(self.picture.columns) > 1:
            self._column(current)
        if strips is None or not strips.draw(self):
            self.draw(self.picture.trails, self.picture.nodes)
        for frame in self.picture.dots:
            self._dots(frame)
        for gap in self.picture.gaps:
            self._gap(gap)
        for node in self.picture.nodes:
            lit = self.face(node).lit
            if lit or node == over:
                self._halo(node, 1.0 if lit else 0.45)

    def draw(self, trails: Iterable[Trail], nodes: Iterable[Node]) -> None:
        """Paint some links with their names, then some nodes."""
        trails = tuple(trails)
        for trail in trails:
            self._trail(trail)
        for trail in trails:
            if trail.name is not None and trail.rule.weight is not None:
                colour = hue(_LINKS[trail.rule.role], self.theme)
                draw_weight(self.painter, trail.rule.weight, trail.name, self.unit, colour)
        for node in nodes:
            self._node(node, self.picture.nodes[node])

    def face(self, node: Node) -> Face:
        """Return what a node shows."""
        return self.contents.faces.get(node, _NOTHING)

    def _column(self, step: int) -> None:
        """The ground of a step, as broad as its nodes."""
        mine = [frame for node, frame in self.picture.nodes.items() if node.step == step]
        column, edge = self.picture.columns[step], 0.6 * self.unit
        left, right = min(frame.left for frame in mine) - edge, max(frame.right for frame in mine) + edge
        ground = QColor(self.theme.accent)
        ground.setAlphaF(0.10)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(ground)
        self.painter.drawRoundedRect(rect_of(Frame(left, column.top, right, column.bottom)), edge, edge)

    # links

    def _trail(self, trail: Trail) -> None:
        share = self.contents.shares.get((trail.source, trail.target))
        known = share is not None
        ink = QColor(hue(_LINKS[trail.rule.role], self.theme)) if known else QColor(self.theme.faint)
        width = width_of(share or 0.0, self.unit)
        if trail.cut:
            width = min(width, 0.2 * self.unit)
        loss = trail.rule.role == "loss"
        pen = QPen(ink, width, Qt.PenStyle.DotLine if loss or trail.cut else Qt.PenStyle.SolidLine)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        head = 0.0 if loss else max(0.75 * self.unit, 2.3 * width)
        back = self.contents.backward
        start, pieces = trail.reversed_way() if back else (trail.start, trail.pieces)
        path, tip, towards = way_of(start, pieces, head * 0.8)
        self.painter.strokePath(path, pen)
        leaves = trail.cut and (trail.target if back else trail.source) in self.picture.nodes
        if head and not leaves:
            self._head(tip, towards, head, ink)

    def _head(self, tip: Spot, towards: tuple[float, float], size: float, ink: QColor) -> None:
        dx, dy = towards
        back, half = Spot(tip.x - dx * size, tip.y - dy * size), 0.42 * size
        corners = [
            QPointF(*tip),
            QPointF(back.x - dy * half, back.y + dx * half),
            QPointF(back.x + dy * half, back.y - dx * half),
        ]
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(ink)
        self.painter.drawPolygon(QPolygonF(corners))

    def _dots(self, frame: Frame) -> None:
        """Three dots in every row of states, for steps that are left out."""
        rows = {round(box.middle.y, 1) for node, box in self.picture.nodes.items() if node.place.kind == "h"}
        for y in rows:
            self._points(Spot(frame.middle.x, y), (0.6, 0.0))

    def _gap(self, gap: Gap) -> None:
        """Three dots in every column, and which layers are left out."""
        for spot in gap.dots:
            self._points(spot, (0.0, 0.35))
        if 0.9 * self.unit < LEGIBLE:
            return
        numbers = f"{gap.first + 1}" if gap.first == gap.last else f"{gap.first + 1}–{gap.last + 1}"
        font, room = ui_font(0.9 * self.unit), gap.frame.right - gap.frame.left
        for text in ("layer " + numbers if gap.first == gap.last else "layers " + numbers, numbers):
            if font_metrics(font).horizontalAdvance(text) <= room:
                write(self.painter, rect_of(gap.frame), RIGHT, text, font, self.theme.muted)
                return

    def _points(self, middle: Spot, apart: tuple[float, float]) -> None:
        """Three dots in a row, so many units apart across and down."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.theme.muted))
        radius = 0.16 * self.unit if apart[0] else 0.11 * self.unit
        for k in (-1, 0, 1):
            place = QPointF(middle.x + k * apart[0] * self.unit, middle.y + k * apart[1] * self.unit)
            self.painter.drawEllipse(place, radius, radius)

    # nodes

    def _line(self) -> float:
        return max(1.2, 0.12 * self.unit)

    def _halo(self, node: Node, strength: float) -> None:
        """A ring about a node."""
        halo = QColor(self.theme.accent)
        halo.setAlphaF(strength)
        grown = 0.5 * self._line() + max(1.5, 0.16 * self.unit)
        rect = rect_of(self.picture.nodes[node]).adjusted(-grown, -grown, grown, grown)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(QPen(halo, max(2.0, 0.22 * self.unit)))
        self.painter.drawRoundedRect(rect, 0.7 * self.unit, 0.7 * self.unit)

    def _node(self, node: Node, frame: Frame) -> None:
        face = self.face(node)
        colour = QColor(colour_of(node.place.kind, self.theme))
        rect, kind, width = rect_of(frame), node.place.kind, self._line()
        radius = 0.4 * self.unit if kind == "h" else rect.height() / 3
        ink = colour.name() if face.known else self.theme.faint
        dotted = kind == "target" or not face.known
        size = round(rect.width(), 3), round(rect.height(), 3)
        outline = Outline(*size, round(radius, 3), width, ink, self.theme.raised, dotted)
        self._outline(rect.topLeft(), outline)
        if kind in ("h", "dense"):
            self._state(face, rect)
            return
        if face.name and not self.picture.compact:
            top = frame.bottom - (NOTE + 0.1) * self.unit
            self._name(face, Frame(frame.left, top, frame.right, frame.bottom - 0.1 * self.unit))
            rect.setBottom(top)
        if face.known:
            self._lines(face, rect)

    def _outline(self, corner: QPointF, outline: Outline) -> None:
        """Draw an outline: most nodes share theirs, and copying one takes a third of the time, dotted a tenth."""
        if outline.width * outline.height < _STAMPED:
            edge = outline.line
            box = QRectF(-edge, -edge, outline.width + 2 * edge, outline.height + 2 * edge)
            stamps(self.painter, [(corner.x(), corner.y(), box, outline)], draw_outline)
        else:
            self.painter.save()
            self.painter.translate(corner)
            draw_outline(outline, self.painter)
            self.painter.restore()

    def _state(self, face: Face, rect: QRectF) -> None:
        edge = min(0.3 * self.unit, 0.2 * rect.height())
        inner = rect.adjusted(edge, edge, -edge, -edge)
        if not self.picture.compact and (face.name or face.symbol):
            low = rect.bottom() - (0.35 if face.symbol else 0.05) * self.unit  # an index hangs below its letter
            name = Frame(rect.left(), low - 1.15 * self.unit, rect.right(), low)
            inner.setBottom(name.top)
            self._name(face, name)
        if face.values is None:
            self._lines(face, inner)
        elif inner.width() > 1 and inner.height() > 1:
            self._cells(face.values, face.top, inner)

    def _name(self, face: Face, frame: Frame) -> None:
        """What stands below the values of a state, or of a late output."""
        ink = self.theme.text if face.known else self.theme.muted
        if face.symbol is not None:
            draw_weight(self.painter, face.symbol, frame, 0.95 * self.unit, ink)
        elif self.unit >= LEGIBLE:
            font = ui_font(0.85 * self.unit)
            fits = font_metrics(font).horizontalAdvance(face.name) <= frame.right - frame.left
            write(self.painter, rect_of(frame), CENTRE, face.name if fits else face.name.split()[-1], font, ink)

    def _cells(self, values: NDArray[np.floating], top: float, rect: QRectF) -> None:
        grid = grid_of(values, max(1, int(rect.width() / _CELL)), max(1, int(rect.height() / _CELL)), rect)
        colours = self.table[colour_index(grid, -top, top)]
        rows, columns = grid.shape
        if self.painter.paintEngine().type() == QPaintEngine.Type.Raster:
            pixels = np.ascontiguousarray(colours)
            image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
            self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            self.painter.drawImage(rect, image)
            return
        wide, high = rect.width() / columns, rect.height() / rows
        for row in range(rows):
            for column in range(columns):
                place = QRectF(rect.left() + column * wide, rect.top() + row * high, wide, high)
                self.painter.fillRect(place, QColor(*colours[row, column].tolist()))

    def _lines(self, face: Face, rect: QRectF) -> None:
        each = rect.height() / max(1, len(face.lines))
        size = min(1.05 * self.unit, 0.92 * each)
        if size < LEGIBLE and len(face.lines) > 1:
            each, size = rect.height(), min(1.05 * self.unit, 0.92 * rect.height())
        if size < LEGIBLE:
            return
        for k, line in enumerate(face.lines[: max(1, round(rect.height() / each))]):
            room = QRectF(rect.left() + 2, rect.top() + k * each, rect.width() - 4, each)
            write(self.painter, room, CENTRE, line, ui_font(size, MEDIUM if k else SEMIBOLD), self.theme.text)
