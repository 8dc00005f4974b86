"""The row below the cell editor: cells to start from, files, and the button that puts the cell to use."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from rnnviz.ui.cellfiles import SUFFIX
from rnnviz.ui.cellsamples import CellSample
from rnnviz.ui.controls.wheel import ComboBox
from rnnviz.ui.plaintext import plain_tip


class CellTools(QWidget):
    """Buttons, and samples by family.

    Signals
    -------
    sampleChosen(text)
        The user wants to start from this cell.

    Parameters
    ----------
    samples : sequence of CellSample
        In the order of their families.
    """

    sampleChosen = Signal(str)

    def __init__(self, samples: Sequence[CellSample]) -> None:
        super().__init__()
        self.samples = ComboBox()
        self.samples.setAccessibleName("Cells to start from")
        self.samples.setPlaceholderText("Start from…")
        self.use = QPushButton("Use this cell")
        self.use.setToolTip("Put the cell into the network (Ctrl+Enter)")
        self.opens, self.saves = QPushButton("Open…"), QPushButton("Save…")
        self.opens.setToolTip(plain_tip(f"Open a cell from a {SUFFIX} file"))
        self.saves.setToolTip(plain_tip(f"Save the cell as a {SUFFIX} file"))
        for family, members in groupby(samples, key=attrgetter("family")):
            if self.samples.count():
                self.samples.insertSeparator(self.samples.count())
            for sample in members:
                self.samples.addItem(sample.title, sample.text)
                self.samples.setItemData(self.samples.count() - 1, plain_tip(family), Qt.ItemDataRole.ToolTipRole)
        self.samples.setCurrentIndex(-1)
        self.samples.activated.connect(self._on_sample)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.samples, self.opens, self.saves):
            row.addWidget(part)
        row.addStretch(1)
        self.setMinimumWidth(1)  # what does not fit is left out, rather than asking for room
        row.addWidget(self.use)

    def _on_sample(self, index: int) -> None:
        text = self.samples.itemData(index)
        self.samples.setCurrentIndex(-1)
        if text is not None:
            self.sampleChosen.emit(text)
