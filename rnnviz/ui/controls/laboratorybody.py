"""What stands in the vanishing laboratory, and how it shares the room: plane, knob, graphs, and the words below."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from rnnviz.ui.controls.knob import Knob
from rnnviz.ui.controls.laboratoryplots import PathsGraph, SpectrumPlane, SweepGraph
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL


class LaboratoryBody(QWidget):
    """The pictures beside each other, or with the graphs below each other; what has no room is left out.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane = SpectrumPlane()
        self.knob = Knob("Scale of the recurrent matrices")
        self.paths, self.sweep = PathsGraph(), SweepGraph()
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self._look = Look(LIGHT, NORMAL)
        self._stacked = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        widgets: tuple[QWidget, ...] = (self.plane, self.knob, self.paths, self.sweep)
        for column, widget in enumerate(widgets):
            self._grid.addWidget(widget, 0, column, 2, 1)
        self._grid.addWidget(self.words, 2, 0, 1, 4)
        for row, stretch in enumerate((1, 1, 0)):
            self._grid.setRowStretch(row, stretch)
        for column, stretch in enumerate((0, 0, 5, 4)):
            self._grid.setColumnStretch(column, stretch)

    def set_look(self, now: Look) -> None:
        """Dress everything in a theme and its sizes."""
        self._look = now
        for plot in (self.plane, self.knob, self.paths, self.sweep):
            plot.set_theme(now.theme, now.sizes)
        self.setStyleSheet(f".LaboratoryBody {{ background: {now.theme.surface}; }}")
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what does not fit."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        sizes = self._look.sizes
        small, width, height = sizes.small, self.width(), self.height()
        words = height > 15 * small and width > 30 * small
        type_size = sizes.title if width > 90 * small else sizes.text
        pad = f"padding: 2px {sizes.padding}px; background: {self._look.theme.surface};"
        set_type(self.words, type_size, self._look.theme.text, MEDIUM, more=pad)
        room = height - (3.4 * type_size if words else 0)
        tall = room >= 8 * small
        paths, sweep = width > 40 * small, width > 62 * small
        for widget, there in (
            (self.words, words),
            (self.plane, tall and width > 22 * small),
            (self.paths, paths),
            (self.sweep, sweep),
        ):
            widget.setVisible(there)
        self._stack(sweep and room > 0.36 * width and room > 36 * small)
        share, part = (0.36, 0.17) if self._stacked else (0.26, 0.15)
        self.plane.setFixedWidth(max(40, round(min(room + 1.5 * small, share * width if paths else width / 2))))
        self.knob.setMinimumWidth(round(max(8 * small, min(0.95 * room, part * width))) if paths and tall else 40)
        self.knob.setMaximumWidth(max(self.knob.minimumWidth(), round(0.25 * width)) if paths else 16_777_215)

    def _stack(self, stacked: bool) -> None:
        """Put the graphs below each other where the panel is high, else beside each other."""
        if stacked != self._stacked:
            self._stacked = stacked
            places = ((0, 2, 1, 2), (1, 2, 1, 2)) if stacked else ((0, 2, 2, 1), (0, 3, 2, 1))
            self._grid.addWidget(self.paths, *places[0])
            self._grid.addWidget(self.sweep, *places[1])
