"""Figures of the panels: fresh panels on white, drawn from a view that stands still."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QEvent, QRect, QSize, QSizeF, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLabel, QWidget

from rnnviz.engine.requests import Request
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.controls.threshold import Threshold
from rnnviz.ui.export import WidgetFigure
from rnnviz.ui.frozen import FrozenSession
from rnnviz.ui.panel import Panel
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.theme import MEDIUM, PRINT, metrics, ui_font
from rnnviz.ui.theme.apply import palette
from rnnviz.ui.transport import where
from rnnviz.ui.view import View

SLIDE = QSize(1280, 720)
"""The size of a slide in logical pixels."""

_HEIGHTS = {0: 120, 1: 300, 2: 360, 3: 420, 8: 720}
_SIDE_WIDTH = 480
_TITLE = 44
_SETTLING = 12


@dataclass(frozen=True)
class Place:
    """Where a panel stands in a figure of the whole window."""

    panel: type[Panel]
    rect: QRect


def slide_size(panel: type[Panel]) -> QSize:
    """The size of the figure of one panel: as wide as a slide for plots over time, a column for the others."""
    if panel.area == "time":
        return QSize(SLIDE.width(), _HEIGHTS.get(panel.stretch, SLIDE.height() // 2))
    return QSize(_SIDE_WIDTH, SLIDE.height())


@contextmanager
def panel_figure(panel: type[Panel], view: View, steps: tuple[float, float] | None = None) -> Iterator[WidgetFigure]:
    """Make the figure of one panel; it lives as long as the context.

    Parameters
    ----------
    panel : type of Panel
    view : View
        What is drawn.
    steps : tuple of float or None
        The first and last place on the time axis, as TimeAxis.view has it; None shows all.

    Yields
    ------
    WidgetFigure
    """
    places = [Place(panel, QRect(0, 0, slide_size(panel).width(), slide_size(panel).height()))]
    with _composed(places, view, steps) as (stage, panels):
        yield WidgetFigure(
            stage,
            panel.name,
            f"{panel.title}, {_subject(view)}",
            data=lambda: panels[0].data(view),
            size=QSizeF(stage.size()),
        )


@contextmanager
def window_figure(
    places: Sequence[Place], view: View, steps: tuple[float, float] | None = None
) -> Iterator[WidgetFigure]:
    """Make one figure of several panels, each at its place below a title; it lives as long as the context."""
    moved = [Place(place.panel, place.rect.translated(0, _TITLE)) for place in places]
    with _composed(moved, view, steps) as (stage, panels):
        title = PlainLabel(view.document.name if view.document is not None else "", stage)
        title.setPalette(_print_palette())
        title.setFont(ui_font(metrics(1.0 if view.lecture else 0.0).title + 4, MEDIUM))
        title.setGeometry(16, 0, stage.width() - 32, _TITLE)
        title.show()
        yield WidgetFigure(
            stage,
            "window",
            _subject(view),
            data=lambda: {f"{p.name}.{key}": array for p in panels for key, array in p.data(view).items()},
        )


def wanted_by(panels: Sequence[type[Panel]], view: View) -> tuple[Request, ...]:
    """Return what the engine is to be asked before the figures of some panels can be drawn."""
    session = FrozenSession(view)
    axis = TimeAxis(session)
    made = [panel(session, axis) for panel in panels]
    wanted = tuple(dict.fromkeys(request for panel in made for request in panel.wants(view)))
    for panel in made:
        panel.deleteLater()
    session.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return wanted


def slide_places(panels: Sequence[type[Panel]], view: View) -> list[Place]:
    """Places for the figure of a whole window where there is no window: plots below each other, 16 to 9."""
    plots = [panel for panel in panels if panel.area == "time"]
    aside = [panel for panel in panels if panel.area == "right"]
    height, width = 900 - _TITLE, 1600
    column = _SIDE_WIDTH - 80 if aside else 0
    own = {panel: _own_height(panel, view, width - column) for panel in plots if not panel.stretch}
    shares = sum(panel.stretch for panel in plots) or 1
    places, top = [], 0
    for panel in plots:
        rows = own.get(panel, (height - sum(own.values())) * panel.stretch // shares)
        places.append(Place(panel, QRect(0, top, width - column, rows)))
        top += rows
    each = height // max(len(aside), 1)
    places += [Place(p, QRect(width - column, i * each, column, each)) for i, p in enumerate(aside)]
    return places


def _own_height(panel: type[Panel], view: View, width: int) -> int:
    """Measure the height of a panel that takes no share of the room."""
    with _composed([Place(panel, QRect(0, 0, width, SLIDE.height()))], view, None) as (_, panels):
        return panels[0].sizeHint().height()


def _subject(view: View) -> str:
    name = view.document.name if view.document is not None else ""
    return ", ".join(part for part in (name, where(view)) if part)


@contextmanager
def _composed(
    places: Sequence[Place], view: View, steps: tuple[float, float] | None
) -> Iterator[tuple[QWidget, list[Panel]]]:
    """Put fresh panels in the colours of print at their places, without showing them on the screen."""
    still = replace(view, theme="print", playing=False, signal="", lecture=1.0 if view.lecture else 0.0, type_size=100)
    session = FrozenSession(still)
    axis = TimeAxis(session)
    axis.set_metrics(metrics(still.lecture))
    if still.trace is not None:
        axis.set_steps(still.trace.labels)
    if steps is not None:
        axis.set_view(*steps)
    stage = QWidget()
    stage.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    stage.setPalette(_print_palette())
    stage.setAutoFillBackground(True)
    union = QRect()
    panels = []
    for place in places:
        panel = place.panel(session, axis, stage)
        panel.setGeometry(place.rect)
        panels.append(panel)
        union = union.united(place.rect)
    _colour(stage)
    stage.resize(union.right() + 1, union.bottom() + 1)
    stage.show()
    _colour(stage)  # what panels have made only when they drew
    _settle()
    for formula in stage.findChildren(FormulaView):
        formula.finish()
    for panel in panels:
        if panel.area != "left":
            _bare(panel)
    _settle()
    try:
        yield stage, panels
    finally:
        stage.close()
        stage.deleteLater()
        session.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _colour(stage: QWidget) -> None:
    """Give every widget the palette of print: one that the style sheet knows does not take it from the stage.

    The style keeps a picture of what it draws for each palette, and Qt makes a new palette of each that is inherited.
    """
    for widget in stage.findChildren(QWidget):
        widget.setPalette(_print_palette())


@functools.cache
def _print_palette() -> QPalette:
    """Return one palette for all figures."""
    return palette(PRINT)


def _bare(panel: Panel) -> None:
    """Hide what can be operated, and what names it: a figure has no use for it."""
    controls = (QAbstractButton, QComboBox, QAbstractSpinBox, Segmented, Threshold)
    for widget in panel.findChildren(QWidget):
        if isinstance(widget, controls):
            widget.hide()
    for label in panel.findChildren(QLabel):
        buddy = label.buddy()
        if isinstance(buddy, controls):
            label.hide()


def _settle() -> None:
    """Let layouts and typesetting, which wait for idle moments, come to rest."""
    for _ in range(_SETTLING):
        QApplication.sendPostedEvents()
        QApplication.processEvents()
