"""The docks of the window, and how they are arranged, saved and brought back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from rnnviz.ui.arrangement import (
    SIDES,
    Area,
    Arrangement,
    Floating,
    Named,
    Pane,
    Side,
    Split,
    decode,
    encode,
    only,
    panels_of,
    read,
)
from rnnviz.ui.controls.look import look
from rnnviz.ui.keys import claimed
from rnnviz.ui.layouts import DEFAULT, Layout, layout
from rnnviz.ui.panel import Panel
from rnnviz.ui.panelregistry import PanelEntry
from rnnviz.ui.theme import NORMAL, Metrics
from rnnviz.ui.view import View
from rnnviz.ui.windowplace import on_screen

_AREAS: dict[Side, Qt.DockWidgetArea] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
_GRIP = 5
_AROUND = 4
"""Pixels by which the header of a panel is higher than that of a plot."""

_SIDE_WIDTH = {"left": (270, 0.23, 330), "right": (290, 0.26, 380)}
"""Least width of a side, its share of the window, and its greatest width."""


class Grip(QWidget):
    """A slim bar to move a dock by; a double click lets the dock float."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setFixedHeight(_GRIP)
        self.setToolTip("Drag to move this panel, double-click to let it float")
        self.setCursor(Qt.CursorShape.SizeAllCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a short line while the mouse is near."""
        if self.underMouse():
            painter = QPainter(self)
            painter.setPen(self.palette().mid().color())
            middle = self.width() // 2
            painter.drawLine(middle - 24, _GRIP // 2, middle + 24, _GRIP // 2)
            painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the line."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the line."""
        self.update()


class PanelDock(QDockWidget):
    """A dock that holds one panel, which is made when it is first to be seen.

    Parameters
    ----------
    kind : PanelEntry
        What is known of the panel before there is one.
    make : callable
        Makes the panel as a child of the dock: what gets a parent later is dressed once more, with all that it holds.
    menu : callable
        Called with the dock and the place where its context menu is asked for.
    parent : QWidget
    """

    def __init__(
        self,
        kind: PanelEntry,
        make: Callable[[PanelEntry, PanelDock], Panel],
        menu: Callable[[PanelDock, QContextMenuEvent], None],
        parent: QWidget,
    ) -> None:
        super().__init__(kind.title, parent)  # without a parent it would count as floating, and be docked at a price
        self.setObjectName(f"dock-{kind.name}")
        self.kind = kind
        self._make = make
        self._menu = menu
        self._panel: Panel | None = None
        if kind.area == "time":
            self._grip = Grip(self)  # Qt lets go of a title without deleting it, so one serves for ever
            self._on_floating(False)
            self.topLevelChanged.connect(self._on_floating)

    @property
    def built(self) -> bool:
        """Whether there is a panel yet."""
        return self._panel is not None

    @property
    def panel(self) -> Panel:
        """The panel; it is made now where that has not been done."""
        if self._panel is None:
            self._panel = self._make(self.kind, self)
            self.setWidget(self._panel)
            self.keep_room(self._panel.session.view)
            self._panel.show()  # at once, where the dock is seen already
        return self._panel

    def build(self) -> None:
        """Make the panel, unless there is one."""
        self.panel.ensurePolished()

    def keep_room(self, view: View) -> None:
        """Let the panel not be squeezed until nothing in it can be read."""
        if self._panel is None:
            return
        sizes = look(view).sizes
        if self.kind.area == "time" and self.kind.stretch:
            lines = self._panel.least_lines(view)
            self._panel.setMinimumHeight(sizes.header + _AROUND + round(lines * sizes.small))
        if self.kind.area in _SIDE_WIDTH:  # narrower, the fields of its form would be cut off
            self._panel.setMinimumWidth(round(_SIDE_WIDTH[self.kind.area][0] * sizes.factor))

    def showEvent(self, event: QShowEvent) -> None:
        """Make the panel, if this is the first time that it is seen."""
        self.build()
        super().showEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave keys to text fields, lists and buttons that have the focus, also while the dock floats."""
        return claimed(event) or super().event(event)

    def _on_floating(self, floating: bool) -> None:
        """Give a panel that heads itself a grip in place of a title, and a frame of its own while it floats."""
        self.setTitleBarWidget(None if floating else self._grip)  # type: ignore[arg-type]

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the figure of the panel."""
        self._menu(self, event)
        event.accept()


class DockHost(QMainWindow):
    """The middle of the window: the panels over time, one below the other, all of one width."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dock-host")
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a click on a plot takes the keys back from a text field


class Docks:
    """All docks of a window.

    Parameters
    ----------
    window : QMainWindow
        Has the docks of the areas "left" and "right".
    host : DockHost
        Has those of the area "time".
    docks : list of PanelDock
        In the order in which they are to stand.
    """

    def __init__(self, window: QMainWindow, host: DockHost, docks: list[PanelDock]) -> None:
        self._window = window
        self._host = host
        self.all = docks
        self._rows: list[list[PanelDock]] = []
        self.layout = DEFAULT
        self.sizes = NORMAL
        self.choose(DEFAULT)  # a layout that was saved before there was such a panel is silent on it

    @property
    def panels(self) -> list[Panel]:
        """The panels that have been made: those that were seen so far."""
        return [dock.panel for dock in self.all if dock.built]

    def build(self) -> None:
        """Make the panels of the docks that are to be seen, so that the window is laid out with them when it comes."""
        for dock in self.all:
            if not dock.isHidden():
                dock.build()

    def keep_room(self, view: View) -> None:
        """Let no panel be squeezed until nothing in it can be read, in the type of a view."""
        self.sizes = look(view).sizes
        for dock in self.all:
            dock.keep_room(view)

    def __getitem__(self, name: str) -> PanelDock:
        return next(dock for dock in self.all if dock.kind.name == name)

    def of(self, area: str) -> list[PanelDock]:
        """The docks of an area, from top to bottom."""
        return [dock for dock in self.all if dock.kind.area == area]

    def choose(self, chosen: Layout) -> None:
        """Arrange the docks in one of the ways that have a name."""
        self.layout = chosen
        for dock in self.all:
            dock.hide()  # all at once would ask for a window larger than any screen
        self._place(chosen)
        shown = {name for row in chosen.rows for name in row}
        sides = {"left": chosen.left, "right": chosen.right}
        for dock in self.all:
            kind = dock.kind
            dock.setVisible(kind.name in {*shown, *chosen.beside} or (sides.get(kind.area, False) and kind.at_first))
        self.share_room()

    def share_room(self) -> None:
        """Give every dock its share of the room."""
        factor = self.sizes.factor
        for area, (least, share, most) in _SIDE_WIDTH.items():
            docks = [dock for dock in self.of(area) if not dock.isHidden()]
            if docks:
                width = round(min(most * factor, max(least * factor, share * self._window.width())))
                heights = _heights(docks, self._window.height(), self.sizes)
                self._window.resizeDocks(docks, heights, Qt.Orientation.Vertical)
                self._window.resizeDocks(docks, [width] * len(docks), Qt.Orientation.Horizontal)
        rows = [[dock for dock in row if not dock.isHidden()] for row in self._rows]
        first = [row[0] for row in rows if row]
        if first:
            self._host.resizeDocks(first, _heights(first, self._host.height(), self.sizes), Qt.Orientation.Vertical)
        for row in rows:
            if len(row) > 1:
                self._host.resizeDocks(row, [self._host.width() // len(row)] * len(row), Qt.Orientation.Horizontal)

    def state(self) -> bytes:
        """The present arrangement, as the settings and sessions keep it."""
        areas = [area for middle in (False, True) for side in SIDES if (area := self._area(middle, side)) is not None]
        floating = [
            Floating(dock.kind.name, dock.geometry().x(), dock.geometry().y(), dock.width(), dock.height())
            for dock in self.all
            if dock.isFloating() and not dock.isHidden()
        ]
        return encode(Arrangement(self.layout.name, tuple(areas), tuple(floating)))

    def restore(self, state: bytes) -> bool:
        """Bring an arrangement back; False, and nothing is moved, where it cannot be read.

        It may also be the name of one of the layouts, {"layout": "Comparison"}, as in the samples.
        """
        wanted = decode(state)
        if wanted is None:
            return False
        try:
            named = layout(wanted.layout)
        except KeyError:
            if isinstance(wanted, Named):
                return False
            named = DEFAULT
        if isinstance(wanted, Named):
            self.choose(named)
        else:
            self._arrange(wanted, named)
        return True

    def _area(self, middle: bool, side: Side) -> Area | None:
        """Return what stands at a side; None where nothing does."""
        owner = self._host if middle else self._window
        docks = [
            dock
            for dock in self.all
            if self._owner(dock) is owner
            and not dock.isHidden()
            and not dock.isFloating()
            and owner.dockWidgetArea(dock) == _AREAS[side]
        ]
        panes: list[tuple[Pane, QRect]] = []
        for dock in docks:
            tabs = [other for other in docks if other is dock or other in owner.tabifiedDockWidgets(dock)]
            if dock is tabs[0]:
                top = next((tab for tab in tabs if owner.rect().intersects(tab.geometry())), dock)
                panes.append((Pane(tuple(tab.kind.name for tab in tabs), top.kind.name), _with_tabs(owner, top)))
        if not panes:
            return None
        whole = QRect()
        for _, rect in panes:
            whole = whole.united(rect)
        upright = side in ("left", "right")
        part, room = (whole.width(), owner.width()) if upright else (whole.height(), owner.height())
        return Area(middle, side, read(panes), min(1.0, max(0.0, part / max(1, room))))

    def _owner(self, dock: PanelDock) -> QMainWindow:
        return self._host if dock.kind.area == "time" else self._window

    def _arrange(self, wanted: Arrangement, named: Layout) -> None:
        """Put every panel where an arrangement has it, and hide the others where the layout has them."""
        self.choose(named)
        for dock in self.all:
            dock.hide()
        for area in wanted.areas:
            owner = self._host if area.middle else self._window
            known = {dock.kind.name for dock in self.all if self._owner(dock) is owner}
            tree = only(area.tree, known)
            if tree is not None:
                head = self[next(panels_of(tree))]
                owner.addDockWidget(_AREAS[area.side], head)
                self._grow(owner, tree, head)
                self._size(owner, area, tree)
        for floating in wanted.floating:
            self._float(floating)

    def _grow(self, owner: QMainWindow, tree: Pane | Split, head: PanelDock) -> None:
        """Let a tree grow where the first of its docks stands."""
        if isinstance(tree, Pane):
            docks = [self[name] for name in tree.panels]
            for dock in docks[1:]:
                owner.tabifyDockWidget(head, dock)
            for dock in docks:
                dock.show()
            (self[tree.top] if tree.top else docks[0]).raise_()
            return
        heads = [self[next(panels_of(part))] for part in tree.parts]
        for before, after in pairwise(heads):
            way = Qt.Orientation.Horizontal if tree.across else Qt.Orientation.Vertical
            owner.splitDockWidget(before, after, way)
        for part, own in zip(tree.parts, heads, strict=True):
            self._grow(owner, part, own)

    def _size(self, owner: QMainWindow, area: Area, tree: Pane | Split) -> None:
        """Give an area its share of the window, and every part its share of the area."""
        upright = area.side in ("left", "right")
        across, down = owner.width(), owner.height()
        if upright:
            across = round(area.share * across)
        else:
            down = round(area.share * down)
        head = self[next(panels_of(tree))]
        way = Qt.Orientation.Horizontal if upright else Qt.Orientation.Vertical
        owner.resizeDocks([head], [across if upright else down], way)
        self._share(owner, tree, across, down)

    def _share(self, owner: QMainWindow, tree: Pane | Split, across: int, down: int) -> None:
        if isinstance(tree, Pane):
            return
        room = across if tree.across else down
        sizes = [max(1, round(part.share * room)) for part in tree.parts]
        heads = [self[next(panels_of(part))] for part in tree.parts]
        owner.resizeDocks(heads, sizes, Qt.Orientation.Horizontal if tree.across else Qt.Orientation.Vertical)
        for part, size in zip(tree.parts, sizes, strict=True):
            self._share(owner, part, size if tree.across else across, down if tree.across else size)

    def _float(self, wanted: Floating) -> None:
        """Let a panel float where it did, as far as there is a screen."""
        dock = next((dock for dock in self.all if dock.kind.name == wanted.panel), None)
        if dock is None:
            return
        place = QRect(wanted.x, wanted.y, wanted.width, wanted.height)
        dock.setFloating(True)
        dock.setGeometry(on_screen(place, self._window.screen()))
        dock.show()

    def _place(self, chosen: Layout) -> None:
        sides = {"left": Qt.DockWidgetArea.LeftDockWidgetArea, "right": Qt.DockWidgetArea.RightDockWidgetArea}
        for area, side in sides.items():
            self._stack(self._window, side, [[dock] for dock in self.of(area)])
        over_time = {dock.kind.name: dock for dock in self.of("time")}
        rows = [[over_time.pop(name) for name in row if name in over_time] for row in chosen.rows]
        self._rows = [row for row in rows if row] + [[dock] for dock in over_time.values()]
        self._stack(self._host, Qt.DockWidgetArea.TopDockWidgetArea, self._rows)

    @staticmethod
    def _stack(owner: QMainWindow, side: Qt.DockWidgetArea, rows: list[list[PanelDock]]) -> None:
        """Put rows below one another, then the docks of each row beside one another."""

        def add(dock: PanelDock, beside: PanelDock | None, way: Qt.Orientation) -> None:
            if dock.isFloating():
                dock.setFloating(False)
            owner.addDockWidget(side, dock)
            if beside is not None:
                owner.splitDockWidget(beside, dock, way)

        above: PanelDock | None = None
        for row in rows:
            add(row[0], above, Qt.Orientation.Vertical)
            above = row[0]
        for row in rows:
            for before, after in pairwise(row):
                add(after, before, Qt.Orientation.Horizontal)


def _with_tabs(owner: QMainWindow, dock: PanelDock) -> QRect:
    """Return where a dock stands, with the bar of the tabs that it is one of."""
    rect = dock.geometry()
    bars = (bar.geometry() for bar in owner.findChildren(QTabBar) if bar.isVisible() and bar.parent() is owner)
    touching = [bar for bar in bars if bar.intersects(rect.adjusted(0, -2, 0, 2))]
    return rect.united(touching[0]) if touching else rect


def _heights(docks: list[PanelDock], room: int, sizes: Metrics) -> list[int]:
    """Share a height: panels without a stretch get what they ask for, the others shares of the rest.

    None gets less than it needs, as long as the room lasts.
    """
    asked = [0 if dock.kind.stretch else dock.sizeHint().height() for dock in docks]
    header = sizes.header + _AROUND
    rest = room - len(docks) * 2 * _GRIP - sum(wanted or header for wanted in asked)
    least = [max(0, dock.minimumSizeHint().height() - header) if dock.built else 0 for dock in docks]
    shared = _shared(max(0, rest), [dock.kind.stretch for dock in docks], least)
    return [max(1, wanted or header + share) for wanted, share in zip(asked, shared, strict=True)]


def _shared(rest: int, stretches: list[int], least: list[int]) -> list[int]:
    """Share a height by stretches, but so that each gets its least: then the others share what is left."""
    short: set[int] = set()
    while True:
        left = max(0, rest - sum(least[place] for place in short))
        whole = sum(stretch for place, stretch in enumerate(stretches) if place not in short) or 1
        shares = [least[p] if p in short else left * stretch // whole for p, stretch in enumerate(stretches)]
        more = {p for p, share in enumerate(shares) if stretches[p] and p not in short and share < least[p]}
        if not more:
            return shares
        short |= more
