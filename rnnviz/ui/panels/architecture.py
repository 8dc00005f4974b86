"""The network: its cell, layers, readout and start, and how many parameters that makes."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError, SpecError
from rnnviz.engine.messages import ParameterCount
from rnnviz.engine.sequence import TextSource
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.column import Column, Disclosure
from rnnviz.ui.controls.form import DEBOUNCE, Form
from rnnviz.ui.controls.initialstate import Typed, condense, expand, refit
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.network import network_parameters
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.controls.parameters import EntryError
from rnnviz.ui.controls.parameters import Typed as TypedParameter
from rnnviz.ui.panel import Area, Panel
from rnnviz.ui.plaintext import MarkupLabel, PlainLabel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.resolve import fitting_scaling, keeps_weights
from rnnviz.ui.session import Session
from rnnviz.ui.situation import Situation, consequences
from rnnviz.ui.theme import SEMIBOLD
from rnnviz.ui.view import LOOKS, TraceView, View

_VARIOUS = "Several cells: each layer or direction has its own."


class ArchitecturePanel(Panel):
    """A form for the specification of the network; changes apply at once and can be undone."""

    name: ClassVar[str] = "architecture"
    title: ClassVar[str] = "Architecture"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 0
    stretch: ClassVar[int] = 3
    watches: ClassVar[tuple[str, ...]] = ("document", "trace", *LOOKS)

    def __init__(self, session: Session, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(session, axis, parent)
        self.notice = Notice(self)
        self.column = Column(self)
        body = self.column.body
        self.cell_title = PlainLabel(parent=body)
        self.description = PlainLabel(parent=body)
        self.equations = QPlainTextEdit(body)
        self.equation_error = PlainLabel(parent=body)
        self.form = Form(network_parameters(), body)
        self.counts = MarkupLabel(parent=body)
        self._equations = Disclosure("Equations, to edit", self._equation_editor(), body)
        for label in (self.cell_title, self.description, self.counts, self.equation_error):
            label.setWordWrap(True)
        for widget in (self.cell_title, self.description, self.form, self._equations, self.counts):
            self.column.add(widget)
        self.column.finish()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.notice)
        rows.addWidget(self.column)
        self.form.changed.connect(self._on_changes)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(3 * DEBOUNCE)
        self._typing.timeout.connect(self._apply_equations)
        self.equations.textChanged.connect(self._typing.start)

    def draw(self, view: View, old: View | None) -> None:
        """Show the specification of the document."""
        if view.differs(old, *LOOKS):
            self._dress(look(view))
        if view.document is None:
            self.notice.say("The network stands here as soon as a session is open.")
            self.column.hide()
            return
        self.notice.say("")
        self.column.show()
        if view.differs(old, "document", "trace"):
            spec = view.document.spec
            values = {name: getattr(spec, name) for name in self.form.editors if name != "given"}
            self.form.set_state({**values, "given": condense(view.document.given)}, situation(view))
            self._show_cell(spec)
        if view.differs(old, "trace", *LOOKS):
            self.counts.setText(_counted(view.trace, look(view)))

    def _dress(self, now: Look) -> None:
        self.column.set_look(now)
        self.form.set_look(now)
        self.notice.set_look(now)
        self._equations.set_look(now)
        set_type(self.cell_title, now.sizes.title, now.theme.text, SEMIBOLD)
        set_type(self.description, now.sizes.small, now.theme.muted)
        set_type(self.equations, now.sizes.small)
        self.equations.setFixedHeight(11 * now.sizes.text)
        set_type(self.equation_error, now.sizes.small, now.theme.error)
        set_type(self.counts, now.sizes.small, now.theme.text)

    def _equation_editor(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        self.equations.setAccessibleName("Equations of the cell")
        self.equations.setTabChangesFocus(True)
        self.equations.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.equations.setToolTip(
            "One equation per signal, as in h[t] = tanh(W @ x[t] + U @ h[t-1] + b).\n"
            "What stands left of @ is a matrix; what appears with [t-1] is a state."
        )
        rows.addWidget(self.equations)
        rows.addWidget(self.equation_error)
        self.to_editor = QPushButton("Open the cell editor")
        self.to_editor.setToolTip("With colours, the places of errors, and what follows from the equations")
        self.to_editor.clicked.connect(self._open_editor)
        rows.addWidget(self.to_editor)
        return box

    def _open_editor(self) -> None:
        self.session.panel_wanted.emit("celleditor")

    def _show_cell(self, spec: NetworkSpec) -> None:
        texts = {spec.cell_of(layer, way) for layer in range(spec.num_layers) for way in spec.directions}
        alone = cells.get(next(iter(texts))) if len(texts) == 1 else None
        self.cell_title.setText(alone.title if alone else _VARIOUS)
        self.description.setText(alone.description if alone else "")
        self.description.setVisible(bool(self.description.text()))
        self._equations.setVisible(alone is not None)
        if alone is not None and not self.equations.hasFocus():
            self.equations.blockSignals(True)
            self.equations.setPlainText(alone.text.strip())
            self.equations.blockSignals(False)
            self.equation_error.setText("")

    def _apply_equations(self) -> None:
        document = self.session.view.document
        if document is None:
            return
        text = self.equations.toPlainText().strip()
        shipped = (name for name in cells.names() if cells.get(name).text.strip() == text)
        cell = next(shipped, text)
        try:
            document.spec.replace(cell=cell)
        except RnnvizError as error:
            self.equation_error.setText(str(error))
            return
        self.equation_error.setText("")
        self.session.change_spec(cell=cell)

    def _on_changes(self, changes: dict[str, Any]) -> None:
        view = self.session.view
        if view.document is None:
            return
        now = situation(view)
        typed = changes.pop("given", None)
        fields = consequences(now, changes)
        try:
            spec = now.spec.replace(**fields)
            if spec.initial_state == "given" or view.document.given is not None:
                self._give_states(view, spec, typed)
            else:
                self.session.change_spec(**fields)
        except EntryError as error:
            self.form.set_error("given", str(error))
        except SpecError as error:
            self._refuse(changes, now.spec, str(error))

    def _give_states(self, view: View, spec: NetworkSpec, typed: Typed | None) -> None:
        """Open the document with given states, which belong to the document and not to its specification."""
        document = view.document
        assert document is not None
        given = None
        if spec.initial_state == "given":
            given = refit(spec, document.given) if typed is None else expand(spec, typed)
        weights = document.weights if keeps_weights(spec, document.spec) else None
        scaling = fitting_scaling(document.scaling, spec)
        changed = replace(document, spec=spec, given=given, weights=weights, scaling=scaling)
        if changed != document:
            self.session.open_document(changed, undoable=True, step=view.step)

    def _refuse(self, changes: dict[str, Any], spec: NetworkSpec, sentence: str) -> None:
        for name in changes:
            editor = self.form.editors[name]
            if not isinstance(editor.parameter, TypedParameter):
                editor.set_value(getattr(spec, name))
        self.form.set_error(list(changes)[-1], sentence)


def situation(view: View) -> Situation:
    """Return what decides which parameters of the network apply."""
    assert view.document is not None
    targets = len(view.trace.sequence.target_names) if view.trace is not None else 0
    return Situation(view.document.spec, isinstance(view.document.source, TextSource), targets)


def _counted(trace: TraceView | None, now: Look) -> str:
    if trace is None:
        return "The parameters are counted as soon as the engine has built the network."
    total = sum(part.count for part in trace.parts)
    rows = "".join(_part_row(part, now) for part in trace.parts)
    return (
        f"<table width='100%' cellspacing='2'><tr><td><b>Parameters</b></td>"
        f"<td align='right'><b>{total:,}</b></td></tr>{rows}</table>"
    )


def _part_row(part: ParameterCount, now: Look) -> str:
    shapes = escape(", ".join(f"{name} {' × '.join(map(str, shape))}" for name, shape in part.parameters))
    return (
        f"<tr><td>{escape(part.part)}<br><span style='color:{now.theme.muted}'>{shapes}</span></td>"
        f"<td align='right'>{part.count:,}</td></tr>"
    )
