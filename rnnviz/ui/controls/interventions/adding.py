"""The buttons that make interventions: hold a signal, edit a state or an input, set a weight, silence a unit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QToolButton, QWidget

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.ui import reading
from rnnviz.ui.controls.emptying import empty
from rnnviz.ui.controls.interventions.inputs import add_tokens, inputs_at, network_field
from rnnviz.ui.controls.interventions.menus import hold, values_of
from rnnviz.ui.controls.look import Look
from rnnviz.ui.intervening import entry_of, holdable, parameters_of, short_name, value_at, with_added
from rnnviz.ui.interventionwords import unit_word, value_text
from rnnviz.ui.plaintext import add_entry, add_menu, plain_tip
from rnnviz.ui.safetensors import entry_value
from rnnviz.ui.session import Session
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.view import View


class AddBar(QWidget):
    """Four buttons, of which three open menus that are filled when they open.

    Parameters
    ----------
    session : Session
    parent : QWidget or None
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._grid = QGridLayout(self)
        self.hold = self._button(
            "Clamp a signal",
            "Clamp a gate, a state or another signal; or drag a point of a curve with Ctrl",
            self.fill_holds,
        )
        self.here = self._button("Edit here", "Set a state or an input at the cursor's step", self.fill_here)
        self.weight = self._button("Set a weight", "Set an entry of a matrix or a bias", self.fill_weights)
        self.silence = self._button("Silence the unit", "Clamp the output of the picked unit at 0 at all steps")
        self.silence.clicked.connect(self._on_silence)
        for place, button in enumerate((self.hold, self.here, self.weight, self.silence)):
            self._grid.addWidget(button, place // 2, place % 2)

    def show_view(self, view: View) -> None:
        """Name what would be silenced, and enable what is possible."""
        self.silence.setText(f"Silence unit {view.units[0] + 1}")
        opened = view.trace is not None
        for button in (self.hold, self.weight):
            button.setEnabled(opened)
        self.silence.setEnabled(opened and reading.cell_of(view) is not None)
        self.here.setEnabled(opened and view.step >= 0)
        why = "" if view.step >= 0 else ": step forward first"
        self.here.setToolTip(plain_tip(f"Set a state or an input at the cursor's step{why}"))

    def set_look(self, look: Look) -> None:
        """Dress the buttons in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        self._grid.setContentsMargins(sizes.padding, sizes.padding // 2, sizes.padding, sizes.padding // 2)
        self._grid.setSpacing(sizes.padding // 2)
        self.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value}; color: {theme.text};"
            f" background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 5px; padding: 4px 6px; }}"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {theme.accent}; color: {theme.accent}; }}"
            f"QToolButton:disabled {{ color: {theme.faint}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    # menus, filled when they open

    def fill_holds(self, menu: QMenu) -> None:
        """Offer the signals of the picked layer, by kind, and the input."""
        view = self._session.view
        for group in holdable(view):
            for field in group:
                self._offer_hold(menu, view, field)
            menu.addSeparator()
        for name in ("x", "logits"):
            field_of_all = network_field(view, name)
            if field_of_all is not None:
                self._offer_hold(menu, view, field_of_all)

    def _offer_hold(self, menu: QMenu, view: View, field: SignalField) -> None:
        name = symbol_text(field.signal)
        told = f"   {field.label}" if field.label and field.label != field.signal else ""
        own = add_menu(menu, f"{name}{told}")
        clamp = Clamp(field.signal, 0.0, field.layer, field.direction)
        chosen = [(value, word.capitalize()) for value, word in values_of(field.kind)]
        if not chosen:
            chosen = [(0.0, "At 0")]
        one = None if field.layer == NETWORK else value_at(view, self._of_unit(clamp), view.step)
        for value, text in chosen:
            own.addAction(f"{text}, all {unit_word(field.signal, field.layer)}s").triggered.connect(
                partial(self._hold, clamp, value)
            )
        if one is not None:
            text = f"Unit {view.units[0] + 1} as it is at step {view.step + 1}, {value_text(one)}"
            own.addAction(text).triggered.connect(partial(self._hold, self._of_unit(clamp), one))

    def fill_here(self, menu: QMenu) -> None:
        """Offer the states of the picked unit, and the inputs, at the cursor's step."""
        view = self._session.view
        unit, step = view.units[0], view.step
        for group in holdable(view):
            for field in group:
                if field.kind != "state":
                    continue
                clamp = self._of_unit(Clamp(field.signal, 0.0, field.layer, field.direction, None, step, step))
                value = value_at(view, clamp, step)
                if value is not None:
                    text = f"{symbol_text(field.signal)} of unit {unit + 1} at step {step + 1}, now {value_text(value)}"
                    menu.addAction(text).triggered.connect(partial(self._hold, clamp, value))
        menu.addSeparator()
        if add_tokens(menu, self._session, step):
            return
        for index, name, value in inputs_at(view, step):
            clamp = Clamp("x", 0.0, NETWORK, "forward", (index,), step, step)
            text = f"Input {name} at step {step + 1}, now {value_text(value)}"
            add_entry(menu, text).triggered.connect(partial(self._hold, clamp, value))
        if menu.isEmpty():
            menu.addAction("This step has neither a state nor an input that is known").setEnabled(False)

    def fill_weights(self, menu: QMenu) -> None:
        """Offer the matrices and biases of the picked layer and of the readout."""
        view = self._session.view
        if view.document is None:
            return
        for name, shape in parameters_of(view.document.spec, view.layer, view.direction).items():
            size = " × ".join(map(str, shape))
            menu.addAction(f"{short_name(name)}   {size}").triggered.connect(partial(self.set_weight, name, shape))

    # what they do

    def set_weight(self, name: str, shape: tuple[int, ...]) -> None:
        """Set an entry in the row of the picked unit; it begins at its present value, which the engine is asked for."""
        unit = self._session.view.units[0]
        self._session.request_weights(partial(self._on_weights, name, shape, unit))

    def _on_weights(self, name: str, shape: tuple[int, ...], unit: int, weights: bytes) -> None:
        edit = entry_of(name, shape, 0.0, unit, 0)
        value = entry_value(weights, name, edit.row or 0, edit.column)
        session = self._session
        session.set_interventions(with_added(session.interventions, entry_of(name, shape, value, unit, 0)))

    def _hold(self, clamp: Clamp, value: float) -> None:
        hold(
            self._session,
            Clamp(clamp.signal, value, clamp.layer, clamp.direction, clamp.units, clamp.first, clamp.last),
        )

    def _of_unit(self, clamp: Clamp) -> Clamp:
        unit = self._session.view.units[0]
        return Clamp(clamp.signal, clamp.value, clamp.layer, clamp.direction, (unit,), clamp.first, clamp.last)

    def _on_silence(self) -> None:
        view = self._session.view
        cell = reading.cell_of(view)
        if cell is not None:
            hold(self._session, Clamp(cell.output, 0.0, view.layer, view.direction, (view.units[0],)))

    def _button(self, text: str, hint: str, fill: Callable[[QMenu], None] | None = None) -> QToolButton:
        button = QToolButton()
        button.setText(f"{text}  ▾" if fill is not None else text)
        button.setToolTip(plain_tip(hint))
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if fill is not None:
            menu = QMenu(button)
            menu.aboutToShow.connect(partial(_refill, menu, fill))
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button


def _refill(menu: QMenu, fill: Callable[[QMenu], None]) -> None:
    empty(menu)
    fill(menu)
