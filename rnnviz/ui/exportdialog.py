"""The dialog that writes figures for slides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rnnviz.ui.controls.wheel import ComboBox
from rnnviz.ui.exporting import DATA, PICTURES, WINDOW
from rnnviz.ui.panel import Panel
from rnnviz.ui.plaintext import PlainLabel

_NAME = Qt.ItemDataRole.UserRole
_SCALES = (1.0, 2.0, 3.0, 4.0)


class ExportDialog(QDialog):
    """Asks which figures to write, in which formats and where.

    Parameters
    ----------
    panels : sequence of types of Panel
    folder : Path
        Where the figures went last time.
    parent : QWidget
    """

    def __init__(self, panels: Sequence[type[Panel]], folder: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export figures")
        self.list = QListWidget()
        self.list.setAccessibleName("Figures")
        self.formats = {name: QCheckBox(name.upper()) for name in (*PICTURES, *DATA)}
        self.scale = ComboBox()
        self.folder = QLineEdit(str(folder))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.write = self.buttons.addButton("&Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self._fill(panels)
        self._arrange()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.list.itemChanged.connect(self._check)
        for box in self.formats.values():
            box.toggled.connect(self._check)
        self.folder.textChanged.connect(self._check)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the figures."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(item.data(_NAME) for item in items if item.checkState() == Qt.CheckState.Checked)

    @property
    def chosen_formats(self) -> tuple[str, ...]:
        """The suffixes of the formats."""
        return tuple(name for name, box in self.formats.items() if box.isChecked())

    @property
    def chosen_scale(self) -> float:
        """Pixels of a PNG per pixel of the figure."""
        return float(self.scale.currentData())

    def _fill(self, panels: Sequence[type[Panel]]) -> None:
        forms = [panel.name for panel in panels if panel.area == "left"]
        for name, title in ((WINDOW, "The whole window"), *((panel.name, panel.title) for panel in panels)):
            item = QListWidgetItem(title)
            item.setData(_NAME, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked if name in forms else Qt.CheckState.Checked)
            self.list.addItem(item)
        for name in PICTURES[:2]:
            self.formats[name].setChecked(True)
        for scale in _SCALES:
            self.scale.addItem(f"{scale:g} ×  ({1280 * scale:.0f} pixels wide)", scale)
        self.scale.setCurrentIndex(1)
        self.scale.setToolTip("Pixels of a PNG; SVG and PDF are sharp at any size")

    def _arrange(self) -> None:
        formats = QHBoxLayout()
        for box in self.formats.values():
            formats.addWidget(box)
        formats.addStretch(1)
        place = QHBoxLayout()
        browse = QPushButton("&Browse…")
        browse.clicked.connect(self._browse)
        place.addWidget(self.folder, 1)
        place.addWidget(browse)
        form = QFormLayout()
        form.addRow("&Figures", self.list)
        form.addRow("Formats", formats)
        form.addRow("&Size of PNG", self.scale)
        folder_label = PlainLabel("F&older")
        folder_label.setBuddy(self.folder)
        form.addRow(folder_label, place)
        rows = QVBoxLayout(self)
        rows.addLayout(form)
        rows.addWidget(self.buttons)
        self.resize(560, 420)

    def _check(self) -> None:
        self.write.setEnabled(bool(self.chosen and self.chosen_formats and self.folder.text().strip()))

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for the figures", self.folder.text())
        if folder:
            self.folder.setText(folder)
