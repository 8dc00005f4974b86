"""A cell of one's own: equations that are read as they are typed, and what follows from them."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from time import monotonic
from typing import ClassVar

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from rnnviz.engine import cells
from rnnviz.engine.errors import CellError, RnnvizError
from rnnviz.engine.language.heading import heading
from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.parse import parse_cell
from rnnviz.ui import cellfiles, reading
from rnnviz.ui.askplace import ask_for_place, file_name
from rnnviz.ui.cellsamples import cell_samples
from rnnviz.ui.celluse import named, shipped_name, text_of, use_cell, with_heading
from rnnviz.ui.controls.celleditor import CellEditor
from rnnviz.ui.controls.celltools import CellTools
from rnnviz.ui.controls.inferredcell import InferredCell
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.timepanel import missing
from rnnviz.ui.view import LOOKS, View

_NARROW, _LOW = 52, 15
"""Width below which what is inferred, height below which the row of buttons is left out, in sizes of small type."""
_LONGEST = 240
"""Characters of a sentence that are shown: a cycle through sixty signals would fill the panel."""
_CRAMPED = 38
"""Width below which there is no room for what has to do with files, nor for the choice of when."""
_BURST = 2.0
"""Seconds without a change after which typing is another step of undo."""
_FILES = f"Cells (*{cellfiles.SUFFIX})"
_gestures = count(-1, -1)  # those of knobs count upwards


class CellEditorPanel(HeadedPanel):
    """The equations of the picked layer's cell to edit, and their signals, parameters and formula."""

    name: ClassVar[str] = "celleditor"
    title: ClassVar[str] = "Cell editor"
    order: ClassVar[int] = 25
    stretch: ClassVar[int] = 3
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (
        *("document", "trace", "layer", "direction", "signal"),
        *("options", *LOOKS),
    )

    def controls(self) -> tuple[QWidget, ...]:
        """Return where the cell goes, and when."""
        self.where = self.segmented(
            "Put the cell into",
            "where",
            ("layer", "this layer", "Into the layer and direction that is picked"),
            ("all", "all layers", "Into every layer and direction"),
        )
        self.live = self.segmented(
            "When",
            "live",
            ("on", "live", "At once as you type, wherever the equations make a cell"),
            ("off", "manual", "With the button below, or Ctrl+Enter"),
        )
        return self.where, self.live

    def build(self) -> None:
        """Make the editor, the sentence below it, the buttons, and what is inferred."""
        self.editor, self.sentence, self.inferred = CellEditor(), PlainLabel(), InferredCell()
        self.tools = CellTools(cell_samples())
        self.samples, self.use, self.opens, self.saves = (
            self.tools.samples,
            self.tools.use,
            self.tools.opens,
            self.tools.saves,
        )
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumWidth(1)
        self.cell: Cell | None = None
        self._settled = self._applied = self._in_document = self._fault = self._draft = ""
        self._gesture, self._typed_at = 0, float("-inf")
        self._lay_out()
        self.editor.rested.connect(self._on_rested)
        self.editor.submitted.connect(self._on_use)
        self.editor.refused.connect(self._refuse)
        self.tools.sampleChosen.connect(self._take)
        self.use.clicked.connect(self._on_use)
        self.opens.clicked.connect(self._on_open)
        self.saves.clicked.connect(self._on_save)
        self.inferred.hovered.connect(self.session.light)

    def _lay_out(self) -> None:
        left = QWidget()
        self._rows = QVBoxLayout(left)
        self._rows.addWidget(self.editor, 1)
        self._rows.addWidget(self.sentence)
        self._rows.addWidget(self.tools)
        sides = QHBoxLayout(self.body)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(0)
        sides.addWidget(left, 3)
        sides.addWidget(self.inferred, 2)

    # drawing

    def dress(self, now: Look) -> None:
        """Dress what stands in the body."""
        self.editor.set_look(now)
        self.inferred.set_look(now)
        space = now.sizes.padding
        self._rows.setContentsMargins(space, 0, space, space // 2)
        self._rows.setSpacing(space // 2)
        self.samples.setMaximumWidth(18 * now.sizes.small)
        self._say()
        self._share_room()

    def absence(self, view: View) -> str:
        """Return why there is nothing to edit."""
        return missing(view) if view.document is None else ""

    def draw_choices(self, view: View) -> None:
        """Show the choices, as far as there is a choice."""
        self.where.set_value(self.option(view, "where", "layer"))
        self.live.set_value(self.option(view, "live", "on"))
        self._share_room()

    def draw_body(self, view: View, old: View | None) -> None:
        """Follow the document, unless what is typed was not put into it yet."""
        assert view.document is not None
        spec, layer = view.document.spec, min(view.layer, view.document.spec.num_layers - 1)
        cell = spec.cell_of(layer, view.direction if view.direction in spec.directions else "forward")
        if cell != self._in_document and self.session.opening is None:
            self._in_document = cell
            if cell != self._applied and self.editor.text() == self._settled:
                self._load(text_of(cell))
                self._applied = cell
        self._follow_draft(view, cell)
        if view.differs(old, "document", "layer", "direction", *LOOKS, "options"):
            self._read()
        self.inferred.set_lit(view.signal)

    def _follow_draft(self, view: View, cell: str) -> None:
        """Bring back what a session holds of a text that was not put into its network."""
        draft, before = self.option(view, "draft", ""), self._draft
        if draft == before or self.session.opening is not None:
            return
        self._draft = draft
        if draft or self.editor.text() == before:
            self._load(text_of(cell))
            self._applied = cell
        if draft:
            self.editor.set_text(draft)

    def _keep_draft(self) -> None:
        """Hand what is written to the session, to be saved with it, unless its network has it."""
        text = self.editor.text()
        self._draft = "" if text == self._settled or self._is_used() else text
        if self._draft != self.option(self.session.view, "draft", ""):
            self.session.set_option(f"{self.name}.draft", self._draft)

    def _load(self, text: str) -> None:
        self.editor.set_text(text.rstrip() + "\n")
        self._settled = self.editor.text()

    def _read(self) -> None:
        """Read what is written, and show what follows from it or what is wrong."""
        self._fault = ""
        try:
            text = self.editor.text()
            name, about = shipped_name(text), heading(text)
            own = parse_cell(text, title=about.title, description=about.description)
            self.cell = cells.get(name) if name else own
            self.editor.set_fault(None)
        except CellError as error:
            self.cell = None
            self._fault = f"Line {error.line}, column {error.column}: {error.reason}"
            self.editor.set_fault((error.line, error.column))
        self._show_inferred()
        self._say()

    def _show_inferred(self) -> None:
        view = self.session.view
        self.inferred.setEnabled(self.cell is not None)
        if self.cell is None or view.document is None:
            return
        spec = view.document.spec
        way = view.direction if view.direction in spec.directions else "forward"
        self.inferred.show_cell(self.cell, spec, min(view.layer, spec.num_layers - 1), way)

    def _say(self) -> None:
        """Say below the text, and beside the title, whether it is a cell and whether the network has it."""
        now = look(self.session.view)
        said = self._fault or (
            "In use." if self._is_used() else "A cell; the network has another one until it is used."
        )
        set_type(self.sentence, now.sizes.small, now.theme.error if self._fault else now.theme.muted)
        self.sentence.setText(said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…")
        self.sentence.setToolTip(plain_tip(said))
        place = reading.where(self.session.view)
        hidden = self.sentence.isHidden()
        self.header.set_title(self.title, said if hidden else place)
        self.use.setEnabled(self.cell is not None and not self._is_used())

    def _is_used(self) -> bool:
        return self.cell is not None and named(self.editor.text()) == self._applied

    def _refuse(self, sentence: str) -> None:
        self._fault = sentence
        self._say()

    # what the user does

    def _on_rested(self) -> None:
        self._read()
        if self.option(self.session.view, "live", "on") == "on":
            self._put()
        self._keep_draft()

    def _on_use(self) -> None:
        self._read()
        self._put()
        self._keep_draft()

    def _put(self) -> None:
        """Put what is written into the network, if it is a cell."""
        text = self.editor.text()
        if self.cell is None or self._is_used():
            return
        if monotonic() - self._typed_at > _BURST:
            self._gesture = next(_gestures)
        self._typed_at = monotonic()
        before, self._applied = self._applied, named(text)
        fault = use_cell(self.session, text, self._gesture)
        if fault:
            self._applied = before
            self._keep_draft()
            self._refuse(fault)
            return
        self._settled = text
        self._say()

    def _take(self, text: str) -> None:
        """Write another text, a step of undo of its own."""
        self._typed_at = float("-inf")
        self.editor.set_text(text.rstrip() + "\n")
        self._on_rested()

    def _on_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a cell", "", _FILES)
        if name:
            self.open_file(Path(name))

    def _on_save(self) -> None:
        title = self.cell.title if self.cell is not None else "cell"
        start = Path(f"{file_name(title, 'cell')}{cellfiles.SUFFIX}")
        path = ask_for_place(self, "Save the cell", start, _FILES, cellfiles.cell_path)
        if path is not None:
            self.save_file(path)

    def open_file(self, path: Path) -> None:
        """Write the cell of a file into the editor; a refusal becomes the message of the session."""
        try:
            text = cellfiles.read_cell_file(path)
        except RnnvizError as error:
            self.session.show_message(str(error), "error")
        else:
            self._take(text)

    def save_file(self, path: Path) -> None:
        """Save what is written, if it is a cell; else the message of the session says why not."""
        try:
            written = cellfiles.write_cell_file(with_heading(self.editor.text()), path)
        except RnnvizError as error:
            self.session.show_message(f"The cell is not saved: {error}", "error")
        else:
            self.session.show_message(f"The cell is saved as {written}")

    # the room there is

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._share_room()
        self._say()

    def _share_room(self) -> None:
        small, view = look(self.session.view).sizes.small, self.session.view
        roomy = self.width() >= _NARROW * small
        self.inferred.setVisible(roomy)
        self.sentence.setVisible(self.height() >= _LOW * small)
        self.tools.setVisible(self.height() >= _LOW * small)
        for part in (self.opens, self.saves):
            part.setVisible(self.width() >= _CRAMPED * small)
        several = view.document is not None and (view.document.spec.num_layers > 1 or view.document.spec.bidirectional)
        self.where.setVisible(several and self.width() >= _NARROW * small)
        self.live.setVisible(self.width() >= _CRAMPED * small)
