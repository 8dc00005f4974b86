"""What is cut, overlaps, is too small or has too little contrast in a window, told by the window itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from rnnviz.ui.controls.header import PanelHeader
from rnnviz.ui.controls.textline import TextLine
from rnnviz.ui.plots import HeatmapPlot, TimePlot
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.theme.palette import contrast
from rnnviz.ui.timepanel import TimePanel
from tests.ui.sheet.widgets import faults as faults_of_widgets
from tests.ui.sheet.widgets import named, seen
from tests.ui.sheet.written import Written, recorded

LEAST_TYPE = 9.0
"""Pixels of the smallest type, raised exponents apart."""
LEAST_PLOT = 2.0
"""Lines of small type that the data of a plot are high at least."""
READABLE, READABLE_LARGE = 4.5, 3.0
"""Contrasts that type needs, and large type (WCAG 2.2, level AA)."""
LARGE = 18.66
"""Pixels from which type counts as large."""
_TOUCH = 1.5
"""Pixels by which letters may reach into others, or beyond the edge: smooth edges do."""

_MAY_BE_CUT = {
    "TokenStrip": "the strip tells a long word whole at the cursor",
}
"""Writers whose texts may be longer than their room, because the whole is told elsewhere."""


def report(window: QWidget, *, colours: bool) -> tuple[QPixmap, list[str]]:
    """Take the picture of a window.

    Parameters
    ----------
    window : QWidget
    colours : bool
        Whether contrasts are looked at too.

    Returns
    -------
    picture : QPixmap
    found : list of str
        What is wrong, in sentences, each once.
    """
    with recorded() as texts:
        picture = window.grab()
    found = [*faults_of_widgets(window), *_small_plots(window), *_cut(texts), *_overlapping(texts), *_small(texts)]
    if colours:
        found += _faint(picture.toImage(), texts, window)
    return picture, list(dict.fromkeys(found))


def _told(text: Written) -> str:
    where = named(text.widget).partition(":")[0] if text.widget is not None else "a picture"
    return f"{where}: {text.writer} {text.text[:40]!r}"


def _cut(texts: list[Written]) -> Iterator[str]:
    for text in texts:
        if text.elided and not _may_be_cut(text):
            yield f"{_told(text)} is cut: it is wider than its room"
        if text.flattened:
            yield f"{_told(text)} is cut: it is higher than its room"
        if text.widget is not None and (beyond := _beyond(text.box, QRectF(text.widget.rect()))) > _TOUCH:
            yield f"{_told(text)} is cut: it reaches {beyond:.0f} px beyond its widget"


def _may_be_cut(text: Written) -> bool:
    if isinstance(text.widget, TextLine):
        header = text.widget.parentWidget()
        return bool(text.widget.toolTip()) and not (isinstance(header, PanelHeader) and text.text == header.title)
    return text.writer.partition(".")[0] in _MAY_BE_CUT


def _beyond(box: QPolygonF, room: QRectF) -> float:
    place = box.boundingRect()
    above, below = room.top() - place.top(), place.bottom() - room.bottom()
    return max(room.left() - place.left(), place.right() - room.right(), above, below)


def _overlapping(texts: list[Written]) -> Iterator[str]:
    by_widget: dict[QWidget, list[Written]] = {}
    for text in texts:
        if text.widget is not None:
            by_widget.setdefault(text.widget, []).append(text)
    for written in by_widget.values():
        boxes = [_shrunk(text.box) for text in written]
        for (one, first), (other, second) in combinations(zip(written, boxes, strict=True), 2):
            same = one.text == other.text and one.box == other.box  # a halo, or painted twice
            if not same and first.boundingRect().intersects(second.boundingRect()) and first.intersects(second):
                yield f"{_told(one)} and {other.text[:40]!r} lie over each other"


def _shrunk(box: QPolygonF) -> QPolygonF:
    """Return a box without the pixels by which letters may touch."""
    a, b, c, d = (box.at(corner) for corner in range(4))
    across, down = b - a, d - a
    wide, high = max(1e-6, _length(across)), max(1e-6, _length(down))
    right, below = across * (min(_TOUCH, wide / 3) / wide), down * (min(_TOUCH, high / 3) / high)
    return QPolygonF([a + right + below, b - right + below, c - right - below, d + right - below])


def _length(point: QPointF) -> float:
    return float(np.hypot(point.x(), point.y()))


def _small(texts: list[Written]) -> Iterator[str]:
    for text in texts:
        raised = text.text.lstrip("-\N{MINUS SIGN}").isdigit()
        if text.size < LEAST_TYPE * (0.75 if raised else 1.0):
            yield f"{_told(text)} is too small: {text.size:.1f} px"


def _small_plots(window: QWidget) -> Iterator[str]:
    """Yield plots that are too low, and heatmaps whose rows are too low without saying so."""
    for widget in seen(window):
        if not isinstance(widget, PlotView):
            continue
        small, area = widget.sizes.small, widget.data_rect
        if area.height() < LEAST_PLOT * small:
            yield f"{named(widget)} is too small: its data is {area.height():.0f} px high"
        if area.width() < 6 * small:
            yield f"{named(widget)} is too small: its data is {area.width():.0f} px wide"
        if isinstance(widget, HeatmapPlot) and widget.values.size and widget.row_height < 2.0 and not _says(widget):
            yield f"{named(widget)} has rows of {widget.row_height:.1f} px and does not say that they are merged"
    for widget in seen(window):
        if isinstance(widget, TimePlot) and widget.width() < widget.minimumSizeHint().width():
            yield f"{named(widget)} is too small: {widget.width()} px wide"


def _says(plot: HeatmapPlot) -> bool:
    panel: QWidget | None = plot
    while panel is not None and not isinstance(panel, TimePanel):
        panel = panel.parentWidget()
    return bool(plot.merged_text) and panel is not None and plot.merged_text in panel.header.said


def _faint(picture: QImage, texts: list[Written], window: QWidget) -> Iterator[str]:
    """Yield texts whose colour is too near to that of most pixels around their letters."""
    pixels = _pixels(picture)
    for text in texts:
        if text.widget is None:
            continue
        place = text.box.boundingRect().translated(QPointF(text.widget.mapTo(window, QPoint(0, 0)))).toAlignedRect()
        part = pixels[max(0, place.top()) : place.bottom() + 1, max(0, place.left()) : place.right() + 1]
        if not part.size:
            continue
        values, counts = np.unique(part, return_counts=True)
        ground = f"#{int(values[counts.argmax()]) & 0xFFFFFF:06x}"
        needed = READABLE_LARGE if text.size >= LARGE else READABLE
        colour = QColor(text.colour).name()
        if ground != colour and (ratio := contrast(colour, ground)) < needed:
            yield f"{_told(text)} has too little contrast: {ratio:.1f} of {text.colour} on {ground}"


def _pixels(picture: QImage) -> NDArray[np.uint32]:
    image = picture.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return rows[:, : image.width()].copy()
