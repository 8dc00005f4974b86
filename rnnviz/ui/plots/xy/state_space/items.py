"""What is drawn in a space of states: the way of the states, fixed points, and a portrait of two units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from rnnviz.ui.drawing.painting import draw_symbol
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.state_space.projection import SpaceView, three
from rnnviz.ui.theme import Metrics, SignalStyle, Theme, hue

_SYMBOLS = 500
"""Dots up to which each has the symbol of its class."""

_ARROWS = 15
"""Arrows of a field along each axis."""

_STILL = 1e-4
"""Distances between two states below which a cobweb has come to rest."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """The colours of the steps and what they mean.

    Parameters
    ----------
    title : str
        What is told by colours.
    palette : tuple of SignalStyle
    index : ndarray of int, [n]
        Which of the palette each point has.
    names : tuple of str
        Of the palette's classes; empty where the palette is a scale.
    ends : (str, str)
        What stands at the lower and upper end of a scale.
    """

    title: str
    palette: tuple[SignalStyle, ...]
    index: NDArray[np.intp]
    names: tuple[str, ...] = ()
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class Way:
    """The states of a run, in the order of the steps.

    Parameters
    ----------
    points : ndarray, [n, k]
        What is not finite leaves a gap.
    steps : ndarray of int, [n]
    shown : ndarray of bool, [n]
        False where a step is hidden.
    colouring : Colouring
    """

    points: Floats
    steps: NDArray[np.int64]
    shown: NDArray[np.bool_]
    colouring: Colouring

    @property
    def seen(self) -> Floats:
        """[n, 3], NaN where nothing is to be seen."""
        found = three(self.points)
        found[~self.shown] = np.nan
        return found


@dataclass(frozen=True, eq=False)
class FixedDots:
    """Fixed points [P, k] with their kinds: "stable", "saddle", "unstable" or "marginal".

    Those that are not ``inside`` the plane shown are drawn pale; none given: all are.
    """

    points: Floats
    kinds: tuple[str, ...]
    inside: tuple[bool, ...] = ()


@dataclass(frozen=True, eq=False)
class Portrait:
    """A field [m, n, 2] over the places x [n] and y [m], and the two nullclines [k, 2, 2] with their names."""

    x: Floats
    y: Floats
    field: Floats
    nullclines: tuple[Floats, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ReturnMap:
    """The state y [n] of a single unit that follows each state x [n]; names of the map, and of the diagonal."""

    x: Floats
    y: Floats
    names: tuple[str, str]

    def cobweb(self, start: float, turns: int = 40) -> Floats:
        """Return the way from a state through the map and the diagonal in turns, [k, 2]; it ends where x ends."""
        corners, here = [(start, start)], start
        for _ in range(turns):
            if not self.x[0] <= here <= self.x[-1]:
                break
            after = float(np.interp(here, self.x, self.y))
            corners += [(here, after), (after, after)]
            if not math.isfinite(after) or abs(after - here) < _STILL:
                break
            here = after
        return np.array(corners)


def draw_way(painter: QPainter, way: Way, view: SpaceView, theme: Theme, sizes: Metrics) -> None:
    """Draw a dot per step and lines between steps that follow each other, colour by colour."""
    places = view.pixels(way.seen)
    known = np.asarray(np.isfinite(places).all(1), np.bool_)
    joined = known[1:] & known[:-1] & (np.diff(way.steps) == 1)
    index, palette = way.colouring.index, way.colouring.palette
    count = int(known.sum())
    for number in range(len(palette)):
        rows = np.flatnonzero(joined & (index[1:] == number))
        colour = QColor(palette[number].colour)
        colour.setAlphaF(0.55 if count < 1000 else 0.35)
        painter.setPen(QPen(colour, sizes.line if count < 2000 else 1.0))
        painter.drawLines([QLineF(*places[k], *places[k + 1]) for k in rows.tolist()])
    diameter = sizes.marker * (1.0 if count <= 150 else 0.7 if count <= 1000 else 0.55)
    symbols = bool(way.colouring.names) and count <= _SYMBOLS
    for number, style in enumerate(palette):
        rows = np.flatnonzero(known & (index == number))
        dots = [QPointF(x, y) for x, y in places[rows].tolist()]
        if symbols:
            for dot in dots:
                draw_symbol(painter, dot, style, diameter * 1.15, theme.surface)
            continue
        pen = QPen(QColor(style.colour), diameter)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(dots)


def nullcline_style(unit: int, theme: Theme) -> SignalStyle:
    """Return how the nullcline of a unit is drawn."""
    return SignalStyle(hue(("blue", "orange")[unit % 2], theme), "circle")


def draw_map(painter: QPainter, portrait: ReturnMap, view: SpaceView, theme: Theme, sizes: Metrics) -> None:
    """Draw the map of a single unit, and the diagonal on which it stays as it is."""
    ends = view.pixels(three(np.array([[portrait.x[k], portrait.x[k]] for k in (0, -1)])))
    painter.setPen(QPen(QColor(map_style(1, theme).colour), sizes.line, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(*ends.ravel().tolist()))
    places = view.pixels(three(np.stack([portrait.x, portrait.y], 1)))
    places = places[np.isfinite(places).all(1)]
    painter.setPen(QPen(QColor(map_style(0, theme).colour), 1.3 * sizes.line))
    painter.drawPolyline([QPointF(x, y) for x, y in places.tolist()])


def map_style(number: int, theme: Theme) -> SignalStyle:
    """Return how the map of a single unit (0) and its diagonal (1) are drawn."""
    return SignalStyle(theme.muted if number else hue("blue", theme), "circle", "dash" if number else "solid")


def draw_cobweb(painter: QPainter, corners: Floats, view: SpaceView, theme: Theme, sizes: Metrics) -> None:
    """Draw where the states after the cursor would go if the input stayed."""
    places = view.pixels(three(corners))
    places = places[np.isfinite(places).all(1)]
    painter.setPen(QPen(QColor(hue("vermillion", theme)), 0.8 * sizes.line))
    painter.drawPolyline([QPointF(x, y) for x, y in places.tolist()])


def draw_portrait(painter: QPainter, portrait: Portrait, view: SpaceView, theme: Theme, sizes: Metrics) -> None:
    """Draw arrows that say where a step takes a state, and the nullclines."""
    _draw_field(painter, portrait, view, theme)
    for unit, pieces in enumerate(portrait.nullclines):
        if not len(pieces):
            continue
        places = view.pixels(three(pieces.reshape(-1, 2))).reshape(-1, 4)
        pen = QPen(QColor(nullcline_style(unit, theme).colour), 1.3 * sizes.line)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLines([QLineF(*place) for place in places.tolist()])


def _draw_field(painter: QPainter, portrait: Portrait, view: SpaceView, theme: Theme) -> None:
    """Draw arrows of a length that grows with the root of how far a step leads."""
    rows = np.linspace(0, len(portrait.y) - 1, _ARROWS + 2).round().astype(int)[1:-1]
    columns = np.linspace(0, len(portrait.x) - 1, _ARROWS + 2).round().astype(int)[1:-1]
    field = portrait.field[np.ix_(rows, columns)].reshape(-1, 2)
    across, up = np.meshgrid(portrait.x[columns], portrait.y[rows])
    places = view.pixels(three(np.stack([across.ravel(), up.ravel()], 1)))
    lengths = np.hypot(field[:, 0], field[:, 1])
    good = np.isfinite(lengths) & (lengths > 0)
    if not good.any():
        return
    longest = abs(float(portrait.x[-1] - portrait.x[0])) * view.scale / (_ARROWS + 1) * 0.8
    shares = np.sqrt(lengths[good] / lengths[good].max())
    painter.setPen(QPen(QColor(theme.faint), 1.0))
    lines = []
    for (x, y), (right, rise), share in zip(places[good].tolist(), field[good].tolist(), shares.tolist(), strict=True):
        length, angle = longest * share, math.atan2(-rise, right)
        tip = QPointF(x + length * math.cos(angle), y + length * math.sin(angle))
        lines.append(QLineF(QPointF(x, y), tip))
        for side in (2.6, -2.6):
            head = min(4.0, 0.45 * length)
            lines.append(QLineF(tip, tip + QPointF(head * math.cos(angle + side), head * math.sin(angle + side))))
    painter.drawLines(lines)


def draw_fixed(painter: QPainter, at: QPointF, kind: str, diameter: float, theme: Theme) -> None:
    """Draw a fixed point: filled where it is stable, open where not, half filled where it is a saddle."""
    ink, ground = QColor(hue("vermillion", theme)), QColor(theme.surface)
    radius = diameter / 2
    painter.setPen(QPen(ground, 4.5))
    painter.setBrush(ground)
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QPen(ink, max(1.6, diameter / 6)))
    painter.setBrush(ink if kind == "stable" else ground)
    painter.drawEllipse(at, radius, radius)
    if kind == "saddle":
        half = QPainterPath()
        half.moveTo(at)
        half.arcTo(QRectF(at.x() - radius, at.y() - radius, diameter, diameter), 90, 180)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPath(half)
    elif kind == "marginal":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(at, radius * 0.4, radius * 0.4)
