"""The editor of tables: which columns are read, and which is to be predicted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import (
    SequenceSource,
    TableInfo,
    TableSource,
    columns,
    encode,
    read_table_file,
)
from rnnviz.ui.controls.form import Form
from rnnviz.ui.controls.look import Look, box_rules, set_type
from rnnviz.ui.controls.parameters import Choice
from rnnviz.ui.controls.sources.base import SourceEditor
from rnnviz.ui.controls.sources.preview import Preview
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import icon

_HEADINGS = ("column", "input", "target", "first value")
_NAME, _INPUT, _TARGET, _EXAMPLE = range(4)

_NORMALISATION = Choice(
    name="normalisation",
    label="Normalisation",
    help="How every column, the target too, is brought to one scale.",
    options=(
        ("standard", "mean 0, deviation 1", "Less the mean, divided by the standard deviation."),
        ("minmax", "0 to 1", "The least value becomes 0, the greatest 1."),
        ("none", "none", "The values as they stand."),
    ),
)


@lru_cache(maxsize=8)
def described(source: TableSource) -> TableInfo:
    """Return what was detected in a table; SequenceError if it is none."""
    return columns(source.content, delimiter=source.delimiter, decimal=source.decimal, header=source.header)


class TableEditor(SourceEditor):
    """A file, its columns to pick from, the normalisation and a picture of the inputs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.load = QPushButton("Load a table (CSV, TSV)")
        self.columns = QTableWidget(0, len(_HEADINGS))
        self.columns.setHorizontalHeaderLabels(_HEADINGS)
        self.columns.setAccessibleName("Columns of the table")
        self.columns.verticalHeader().hide()
        self.columns.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.columns.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.columns.setTabKeyNavigation(False)
        self.columns.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.columns.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.columns.horizontalHeader().setSectionResizeMode(_EXAMPLE, QHeaderView.ResizeMode.Stretch)
        self._names: tuple[str, ...] = ()
        self.form = Form((_NORMALISATION,))
        self.preview = Preview()
        for widget in (self.load, self.columns, self.form, self.preview):
            self.rows.addWidget(widget)
        self.load.clicked.connect(self._on_load)
        self.columns.itemChanged.connect(self._on_ticked)
        self.form.changed.connect(self._on_changes)

    def show_source(self, source: SequenceSource) -> None:
        """Show a table."""
        assert isinstance(source, TableSource)
        self.source = source
        self.form.set_state({"normalisation": source.normalisation}, source)
        try:
            info = described(source)
            inputs = source.features if source.features is not None else encode(source).input_names
            self._list(info, inputs, source.target)
            self.preview.show_values(encode(source).x)
        except RnnvizError:
            return  # the panel says what is wrong; the last good table stays

    def open_file(self, path: str) -> None:
        """Take another file, with the columns of the present one where it has them."""
        try:
            source = read_table_file(path)
        except RnnvizError as error:
            self.failed.emit(str(error))
            return
        try:
            names = described(source).numeric
        except RnnvizError as error:
            self.failed.emit(f"{source.name}: {error}")
            return
        old: TableSource | None = self.source
        if old is not None and old.target in names and all(name in names for name in old.features or ()):
            source = msgspec.structs.replace(source, features=old.features, target=old.target)
        elif len(names) > 1:
            source = msgspec.structs.replace(source, features=names[:-1], target=names[-1])
        self._give(source)

    def set_look(self, look: Look) -> None:
        """Dress the editor in a theme and its sizes."""
        super().set_look(look)
        self.load.setIcon(icon("folder-open", look.theme))
        self.form.set_look(look)
        self.preview.set_look(look)
        set_type(self.columns, look.sizes.small, rules=box_rules("QTableWidget", look))
        self.columns.verticalHeader().setDefaultSectionSize(2 * look.sizes.small)
        self._fit_height()

    def _list(self, info: TableInfo, inputs: tuple[str, ...], target: str | None) -> None:
        self.columns.blockSignals(True)
        self._names = info.names
        self.columns.setRowCount(len(info.columns))
        for row, column in enumerate(info.columns):
            usable = column.problem is None
            for place, text in ((_NAME, column.name), (_EXAMPLE, column.example)):
                self.columns.setItem(row, place, _cell(text, column.problem or ""))
            self.columns.setItem(row, _INPUT, _tick(column.name in inputs, usable, column.problem or ""))
            self.columns.setItem(row, _TARGET, _tick(column.name == target, usable, column.problem or ""))
        self.columns.blockSignals(False)
        self.load.setToolTip(
            plain_tip(
                f"{self.source.name}: {info.rows:,} rows, {len(info.columns)} columns, "
                f"delimiter {info.delimiter!r}, decimal mark {info.decimal!r}"
            )
        )
        self._fit_height()

    def _fit_height(self) -> None:
        rows = min(max(self.columns.rowCount(), 2), 9)
        header = self.columns.horizontalHeader().sizeHint().height()
        height = self.columns.verticalHeader().defaultSectionSize()
        self.columns.setFixedHeight(header + rows * height + 2 * self.columns.frameWidth())

    def _on_ticked(self, item: QTableWidgetItem) -> None:
        target = self.source.target
        if item.column() == _TARGET:
            ticked = item.checkState() == Qt.CheckState.Checked
            target = self._names[item.row()] if ticked else None
        features = self._ticked(_INPUT)
        if not features:
            self.failed.emit("no column is chosen as input: tick at least one")
            return
        # The scales of a training belong to the columns it was done with.
        known = {scale.column for scale in self.source.statistics or ()}
        keep = known >= {*features, *((target,) if target else ())}
        statistics = self.source.statistics if keep else None
        self._give(msgspec.structs.replace(self.source, features=features, target=target, statistics=statistics))

    def _ticked(self, column: int) -> tuple[str, ...]:
        items = ((name, self.columns.item(row, column)) for row, name in enumerate(self._names))
        return tuple(name for name, item in items if item and item.checkState() == Qt.CheckState.Checked)

    def _on_changes(self, changes: dict[str, Any]) -> None:
        self._give(msgspec.structs.replace(self.source, **changes, statistics=None))

    def _on_load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load a table", "", "Tables (*.csv *.tsv *.txt);;All files (*)")
        if path:
            self.open_file(path)


def _cell(text: str, hint: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(plain_tip(hint))
    return item


def _tick(ticked: bool, usable: bool, hint: str) -> QTableWidgetItem:
    item = QTableWidgetItem()
    item.setToolTip(plain_tip(hint))
    item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable
    item.setFlags(flags if usable else Qt.ItemFlag.NoItemFlags)
    return item
