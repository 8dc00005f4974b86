"""The heads of the compared networks: name in large type, size, pace and result, and a menu to change the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from rnnviz.ui.comparing import element_of, names_of, pace_of, result_of, size_of
from rnnviz.ui.controls.emptying import empty
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.textline import Run, TextLine
from rnnviz.ui.drawing.painting import draw_symbol
from rnnviz.ui.networkstyles import network_styles
from rnnviz.ui.plots.time.column_axis import LEFT
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, SignalStyle
from rnnviz.ui.view import View

_LARGE = 1.45
"""The size of a name, as a multiple of that of a title."""

_NARROW = 9
"""The width below which the button says less, as a multiple of the height of the name."""

Fill = Callable[[QMenu, int], None]


class Swatch(QWidget):
    """The symbol of a network's curves, before its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = SignalStyle("#000000", "circle")
        self._look: Look | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_style(self, style: SignalStyle, look: Look) -> None:
        """Take the style of the curves."""
        self._style, self._look = style, look
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room of a large symbol."""
        edge = round(self._look.sizes.title * 1.1) if self._look is not None else 16
        return QSize(edge, edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the symbol."""
        if self._look is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QRectF(self.rect()).center()
        draw_symbol(painter, middle, self._style, self._look.sizes.title * 0.75, self._look.theme.surface)
        painter.end()


class Head(QWidget):
    """The head of one network.

    Parameters
    ----------
    number : int
        Its place: 0 for the session's own network.
    fill : callable
        Fills the menu with what can be done with the network of a place.
    """

    def __init__(self, number: int, fill: Fill) -> None:
        super().__init__()
        self.name, self.size_line, self.result_line = TextLine(), TextLine(), TextLine()
        self.swatch = Swatch()
        self.button = QToolButton()
        self.button.setText("change")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setToolTip("Change this network: cell, units, initialisation, seed, or another one from a file")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        self._number, self._fill_menu = number, fill
        self._rows = QGridLayout(self)
        self._rows.setSpacing(0)
        self._rows.addWidget(self.swatch, 0, 0)
        self._rows.addWidget(self.name, 0, 1)
        self._rows.addWidget(self.button, 0, 2)
        self._rows.addWidget(self.size_line, 1, 0, 1, 3)
        self._rows.addWidget(self.result_line, 2, 0, 1, 3)
        self._rows.setColumnStretch(1, 1)
        self.setMinimumWidth(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the name where there is little."""
        super().resizeEvent(event)
        text = "change" if self.width() >= _NARROW * self.name.height() else "…"
        if text != self.button.text():
            self.button.setText(text)

    def show_network(self, view: View, name: str, style: SignalStyle, element: str, look: Look) -> None:
        """Say what the network is, how it does and, where sequences differ, which element it reads."""
        theme, sizes = look.theme, look.sizes
        self.swatch.set_style(style, look)
        self.name.say((Run(name, sizes.title * _LARGE, style.colour, SEMIBOLD),))
        self.setAccessibleName(name)
        self.button.setAccessibleName(f"Change {name}")
        self.size_line.say((Run(size_of(view), sizes.small, theme.muted),))
        self.result_line.say(
            (
                Run(element, sizes.small, theme.accent, SEMIBOLD),
                Run(pace_of(view), sizes.small, theme.muted),
                Run(result_of(view), sizes.small, theme.text, MEDIUM),
            )
        )

    def set_look(self, look: Look) -> None:
        """Dress the head in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        left = round(sizes.left_margin * LEFT)
        self._rows.setContentsMargins(left, 2, sizes.padding, 4)
        self._rows.setHorizontalSpacing(sizes.padding // 2)
        self.name.reserve(sizes.title * _LARGE)
        self.size_line.reserve(sizes.small)
        self.result_line.reserve(sizes.small)
        self.button.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value}; color: {theme.muted};"
            f" border: 1px solid {theme.border}; border-radius: 4px; padding: 1px 6px; background: transparent; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; border-color: {theme.accent}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def show_lines(self, count: int) -> None:
        """Show so many of the two lines below the name."""
        self.size_line.setVisible(count > 0)
        self.result_line.setVisible(count > 1)

    def _fill(self) -> None:
        empty(self.menu)
        self._fill_menu(self.menu, self._number)


class Heads(QWidget):
    """The heads of all networks, one above each column.

    Parameters
    ----------
    fill : callable
        Fills the menu of the network of a place.
    """

    def __init__(self, fill: Fill) -> None:
        super().__init__()
        self.heads: list[Head] = []
        self._fill = fill
        self.setMinimumWidth(1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_networks(self, views: Sequence[View], look: Look) -> None:
        """Head these networks, from left to right."""
        while len(self.heads) < len(views):
            head = Head(len(self.heads), self._fill)
            head.set_look(look)
            self.heads.append(head)
            self._row.addWidget(head, 1)
            if self.testAttribute(Qt.WidgetAttribute.WA_SetPalette):  # in a figure, whose colours are not the window's
                for widget in (head, *head.findChildren(QWidget)):
                    widget.setPalette(self.palette())
        while len(self.heads) > len(views):
            head = self.heads.pop()
            self._row.removeWidget(head)
            head.deleteLater()
        sources = [view.document.source if view.document is not None else None for view in views]
        same = all(source == sources[0] for source in sources)
        styles = network_styles(views, look.theme)
        for head, view, name, style in zip(self.heads, views, names_of(views), styles, strict=True):
            head.show_network(view, name, style, "" if same else element_of(view), look)

    def set_look(self, look: Look) -> None:
        """Dress all heads."""
        for head in self.heads:
            head.set_look(look)

    def show_lines(self, count: int) -> None:
        """Show so many of the two lines below each name."""
        for head in self.heads:
            head.show_lines(count)
