"""The base of all panels, and their registry: a panel registers by existing in ``rnnviz.ui.panels``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from numpy.typing import NDArray
from pyqtgraph import PlotItem
from PySide6.QtCore import QEvent, QPoint, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget

from rnnviz.engine.requests import Request
from rnnviz.ui.plots import TimeAxis, TimeWidget
from rnnviz.ui.plots.base.box import PlotBox
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.session import Session
from rnnviz.ui.view import View

Area = Literal["left", "time", "right"]

_CHOSEN = ("position", "operation", "layer", "direction", "units", "signal", "options")
"""The fields of View that a click in a plot may choose."""


class Panel(QWidget):
    """One dock of the window.

    A panel draws a View and asks the session for changes; it holds no state of the document and knows no other panel.
    Hidden panels do no work: they catch up when they are shown.

    Parameters
    ----------
    session : Session
        Where requests go.
    axis : TimeAxis
        The time axis that all plots of the window share.
    parent : QWidget or None
    """

    name: ClassVar[str]
    """Short name, used in session files and for ``--figures``."""
    title: ClassVar[str]
    """What the dock is called on the screen."""
    area: ClassVar[Area] = "time"
    """Where the panel stands in the default layout."""
    order: ClassVar[int] = 0
    """Place within its area, from top to bottom."""
    stretch: ClassVar[int] = 1
    """Share of the height of its area in the default layout."""
    at_first: ClassVar[bool] = True
    """Whether the panel is seen in the default layout and drawn in the figure of the whole window."""
    watches: ClassVar[tuple[str, ...]] = ()
    """The fields of View that the picture depends on; none: all of them."""

    def __init__(self, session: Session, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(self.name)
        self.session = session
        self.axis = axis
        self._last_view: View | None = None
        self._before_click: View | None = None
        session.changed.connect(self._on_changed)

    def draw(self, view: View, old: View | None) -> None:
        """Bring the panel from an older view (None: nothing drawn yet) to this one."""
        raise NotImplementedError

    def least_lines(self, view: View) -> float:
        """Return the height below which nothing can be read, without the header, as a multiple of small type."""
        return 6.0

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the numbers behind the picture, exactly as they were recorded; none by default."""
        return {}

    @property
    def plots(self) -> dict[str, PlotItem]:
        """The plots of the panel by name, such as "h": ordinary ones of pyqtgraph.

        Add items to them, read what they show, link other plots to them. Panels without plots of numbers have none.
        """
        views = [view for view in self.findChildren(PlotView) if view.key]
        return {view.key: view.plot for view in sorted(views, key=lambda view: view.isHidden(), reverse=True)}

    def view_at(self, at: QPoint) -> PlotView | None:
        """Return the widget of the plot at a pixel of the panel; None where there is none."""
        child: QWidget | None = self.childAt(at)
        while child is not None and not isinstance(child, PlotView):
            child = child.parentWidget() if child is not self else None
        return child

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return what the engine is to be asked for this picture; the answers come in ``View.analyses``.

        A panel that wants something watches "analyses", and draws what there is until an answer arrives.
        """
        return ()

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Add to the context menu what can be done with what is drawn at a pixel of the panel; nothing by default."""

    def one_thing(self, source: PlotBox | TimeWidget) -> None:
        """Let a double click do one thing: what the first of both clicks has chosen is taken back by the second."""
        source.clicking.connect(self._remember)
        source.takenBack.connect(self._take_back)

    def _remember(self) -> None:
        self._before_click = self.session.view

    def _take_back(self) -> None:
        before, now = self._before_click, self.session.view
        if before is not None and before.trace is now.trace and before.position <= now.published:
            chosen = {name: getattr(before, name) for name in _CHOSEN}
            self.session.apply(**chosen)

    def ask(self) -> None:
        """Ask for what the panel wants now: after a choice of its own that is not in the view."""
        self.session.want(self.name, self.wants(self.session.view) if self.isVisible() else ())

    def _on_changed(self, view: View, _old: View) -> None:
        if self.isVisible():
            self._catch_up(view)

    def _catch_up(self, view: View) -> None:
        if view is not self._last_view:
            old, self._last_view = self._last_view, view
            self.session.want(self.name, self.wants(view))
            if old is None or not self.watches or view.differs(old, *self.watches):
                self.draw(view, old)
            if old is not None and _other_things_stand_there(view, old):
                QTimer.singleShot(0, self, self._point_at_nothing)  # later: it may change what is highlighted

    def _point_at_nothing(self) -> None:
        """Take back what is told of the place under a mouse that rests: a step or unit that may be gone by now."""
        if QApplication.mouseButtons():
            return  # what is being dragged tells what it does
        for widget in self.findChildren(QWidget):
            if widget.hasMouseTracking() and not isinstance(widget, QAbstractButton):
                QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has happened while the panel was hidden."""
        super().showEvent(event)
        self.session.want(self.name, self.wants(self.session.view))
        self._catch_up(self.session.view)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing more while the panel is hidden."""
        super().hideEvent(event)
        self.session.want(self.name, ())


def _other_things_stand_there(view: View, old: View) -> bool:
    """Return whether other steps and units than before may be drawn where the mouse rests, or hidden there."""
    back = view.published < old.published or (view.ahead_hidden and view.position < old.position)
    return back or view.differs(old, "trace", "ahead_hidden", "backward", "layer", "direction")


def panel_classes() -> tuple[type[Panel], ...]:
    """All panels that there are, by area and place."""
    package = importlib.import_module("rnnviz.ui.panels")
    modules = [f"rnnviz.ui.panels.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
    found = [panel for module in modules for panel in panels_of(module)]
    return tuple(sorted(found, key=lambda panel: (panel.area, panel.order)))


def panels_of(module: str) -> list[type[Panel]]:
    """Return the panels that a module defines, loading it."""
    return [
        value
        for value in vars(importlib.import_module(module)).values()
        if isinstance(value, type) and issubclass(value, Panel) and value.__module__ == module
    ]
