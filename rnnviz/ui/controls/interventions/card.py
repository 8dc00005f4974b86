"""One intervention as a card: whether it is on, what is set, the value under a slider, and where it applies."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from rnnviz.engine.interventions import Clamp, Intervention
from rnnviz.ui.controls.gestures import gestures
from rnnviz.ui.controls.interventions.cardcontent import CardContent, with_first, with_second
from rnnviz.ui.controls.interventions.slider import ValueSlider
from rnnviz.ui.controls.interventions.switch import Switch
from rnnviz.ui.controls.interventions.typed import Offers, TypedField
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.controls.parameters import EntryError
from rnnviz.ui.controls.textline import Run, TextLine, ground
from rnnviz.ui.interventionwords import (
    place_text,
    read_value,
    steps_text,
    subject,
    unit_word,
    units_text,
    value_text,
)
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD, icon


class Card(QFrame):
    """One intervention that can be switched, turned, moved and removed.

    Signals
    -------
    changed(entry, gesture)
        The user made another intervention of it.
    removed()
    picked()
        The user clicked the card: it opens, or closes.
    pointed(signal)
        The mouse is over the card of a signal; empty when it has left.

    Parameters
    ----------
    parent : QWidget or None
    """

    changed = Signal(object, int)
    removed = Signal()
    picked = Signal()
    pointed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.content: CardContent | None = None
        self._look = Look(LIGHT, NORMAL)
        self._dressed: tuple[Look, str] | None = None
        self.switch, self.headline, self.remove = Switch("In force"), TextLine(), QToolButton()
        self.slider, self.exact = ValueSlider(), QLineEdit()
        self.presets = (QToolButton(), QToolButton())
        self.place = PlainLabel()
        self.fields = QWidget()
        self.first = TypedField("units", "All, or a list such as 1-4, 7")
        self.second = TypedField("steps", "All, one step such as 5, or a range such as 5-12 or 5-")
        self.error = PlainLabel()
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        top, middle, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(self.fields)
        top.addWidget(self.switch)
        top.addWidget(self.headline, 1)
        top.addWidget(self.remove)
        middle.addWidget(self.presets[0])
        middle.addWidget(self.slider, 1)
        middle.addWidget(self.presets[1])
        middle.addWidget(self.exact)
        below.addWidget(self.first, 1)
        below.addWidget(self.second, 1)
        below.setContentsMargins(0, 0, 0, 0)
        self._rows = QVBoxLayout(self)
        for row in (top, middle):
            self._rows.addLayout(row)
        for widget in (self.place, self.fields, self.error):
            self._rows.addWidget(widget)
        for label in (self.place, self.error):
            label.setWordWrap(True)
        self.error.hide()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _connect(self) -> None:
        self.remove.setToolTip("Remove this intervention")
        self.remove.setAccessibleName("Remove this intervention")
        self.exact.setAccessibleName("Exact value")
        self.exact.setToolTip("The value, exactly")
        for button in (self.remove, *self.presets):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.switch.clicked.connect(self._on_switched)
        self.remove.clicked.connect(self.removed)
        self.slider.turned.connect(self._on_turned)
        self.exact.editingFinished.connect(self._on_exact)
        for button in self.presets:
            button.clicked.connect(self._on_preset)
        self.first.entered.connect(self._on_first)
        self.second.entered.connect(self._on_second)
        self.first.offers, self.second.offers = self._first_offers, self._second_offers

    # what the list calls

    def show_content(self, content: CardContent) -> None:
        """Show an intervention; what is in the user's hand stays as it is there."""
        if content == self.content:
            return
        if self.content is None or content.entry != self.content.entry:
            self.say("")
        self.content, entry = content, content.entry
        self.switch.setChecked(entry.on)
        self.slider.show_value(entry.value, content.low, content.high, content.mark if entry.on else None, self._ink)
        value = value_text(self.slider.value)
        if not (self.exact.hasFocus() and self.exact.isModified()):
            self.exact.setText(value)
        self._say_headline()
        self.place.setText(place_text(entry, content.spec))
        self.place.setVisible(not content.open and bool(self.place.text()))
        self.fields.setVisible(content.open)
        self._name_fields(entry)
        for button, (preset, name) in zip(self.presets, content.presets, strict=False):
            button.setText(name)
            button.setToolTip(plain_tip(f"Set it to {value_text(preset)}"))
            button.setProperty("value", preset)
        self._fit()
        self._dress()

    def say(self, sentence: str) -> None:
        """Say what is wrong with what was typed."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def set_look(self, look: Look) -> None:
        """Dress the card in a theme and its sizes."""
        self._look, sizes = look, look.sizes
        self.switch.set_look(look)
        self.slider.set_look(look)
        self.headline.reserve(sizes.title)
        for field in (self.first, self.second):
            field.set_look(look)
        set_type(self.exact, sizes.small, look.theme.text)
        self.exact.setFixedWidth(round(5.2 * sizes.small))
        set_type(self.place, sizes.small, look.theme.muted)
        set_type(self.error, sizes.small, look.theme.error)
        self.remove.setIcon(icon("x", look.theme))
        self.remove.setIconSize(QSize(sizes.text, sizes.text))
        self._rows.setContentsMargins(sizes.padding, round(sizes.padding * 0.75), sizes.padding, sizes.padding)
        self._rows.setSpacing(round(sizes.padding * 0.6))
        self._dress()
        if self.content is not None:
            self._say_headline()

    # what it looks like

    @property
    def _ink(self) -> str:
        """The colour of the signal; faint while the intervention is off."""
        on = self.content is not None and self.content.entry.on
        return self.content.colour if on and self.content is not None else self._look.theme.faint

    def _dress(self) -> None:
        theme, sizes = self._look.theme, self._look.sizes
        if self._dressed == (self._look, self._ink):
            return
        self._dressed = (self._look, self._ink)
        self.setStyleSheet(
            f"QFrame#card {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px;"
            f" border-left: 4px solid {self._ink}; }}"
            f"QToolButton {{ font-size: {sizes.small}px; color: {theme.muted}; background: transparent; border: 0;"
            " padding: 2px 4px; border-radius: 3px; }"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; background: {theme.selection}; }}"
        )
        ground(self.headline, theme.raised)  # after the style sheet, which takes palettes back

    def _say_headline(self) -> None:
        content = self.content
        if content is None:
            return
        theme, sizes, entry = self._look.theme, self._look.sizes, content.entry
        name, value = subject(entry, content.spec), value_text(self.slider.value)
        ink = theme.text if entry.on else theme.muted
        label = content.label if entry.on else f"{content.label}, off" if content.label else "off"
        self.headline.say(
            [
                Run(name, sizes.title, self._ink, SEMIBOLD),
                Run(f"= {value}", sizes.title, ink, SEMIBOLD, apart=True),
                Run(label, sizes.small, theme.muted),
            ]
        )
        self.switch.setAccessibleName(f"{name} = {value} in force")

    def _name_fields(self, entry: Intervention) -> None:
        if isinstance(entry, Clamp):
            self.first.show_text(units_text(entry.units))
            self.second.show_text(steps_text(entry.first, entry.last))
        else:
            self.first.show_text(units_text(None if entry.row is None else (entry.row,)))
            self.second.show_text(units_text(None if entry.column is None else (entry.column,)))
        vector = self.content is not None and len(self.content.size) == 1
        if isinstance(entry, Clamp):
            self.first.name(f"{unit_word(entry.signal, entry.layer)}s")
        else:
            self.first.name("row")
        self.second.name("steps" if isinstance(entry, Clamp) else "column")
        self.second.setVisible(isinstance(entry, Clamp) or not vector)

    def _fit(self) -> None:
        """Leave the presets out where they would leave no room for the slider."""
        roomy = self.width() >= 24 * self._look.sizes.small
        for index, button in enumerate(self.presets):
            button.setVisible(roomy and self.content is not None and index < len(self.content.presets))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open or close the fields of the card."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell which signal is pointed at."""
        entry = self.content.entry if self.content is not None else None
        self.pointed.emit(entry.signal if isinstance(entry, Clamp) else "")

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self.pointed.emit("")

    # the user

    def _first_offers(self) -> Offers:
        return self.content.places[0] if self.content is not None else ()

    def _second_offers(self) -> Offers:
        return self.content.places[1] if self.content is not None else ()

    def _change(self, gesture: int = 0, **fields: object) -> None:
        if self.content is not None:
            self.changed.emit(msgspec.structs.replace(self.content.entry, **fields), gesture)

    def _on_switched(self, on: bool) -> None:
        self._change(on=on)

    def _on_turned(self, value: float, gesture: int) -> None:
        self._change(gesture, value=value, on=True)

    def _on_preset(self) -> None:
        button = self.sender()
        if button is not None:
            self._change(next(gestures), value=float(button.property("value")), on=True)

    def _on_exact(self) -> None:
        self.exact.setModified(False)
        if self.content is None or self.exact.text() == value_text(self.content.entry.value):
            return
        try:
            value = read_value(self.exact.text())
        except EntryError as error:
            self.say(str(error))
            self.exact.setText(value_text(self.content.entry.value))
        else:
            self._change(value=value)

    def _on_first(self, text: str) -> None:
        self._on_typed(self.first, text, with_first)

    def _on_second(self, text: str) -> None:
        self._on_typed(self.second, text, with_second)

    def _on_typed(self, field: TypedField, text: str, read: Callable[[CardContent, str], Intervention]) -> None:
        """Make another intervention of what was typed, or say why it cannot be read."""
        if self.content is None:
            return
        try:
            made = read(self.content, text)
        except EntryError as error:
            field.take_back()
            self.say(str(error))
        else:
            self.changed.emit(made, 0)
