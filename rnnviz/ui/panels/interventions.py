"""What is turned by hand: signals held at a value, weights set to another, each on or off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from rnnviz.engine.interventions import Intervention, in_force, interventions_fault
from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.interventions.adding import AddBar
from rnnviz.ui.controls.interventions.card import Card
from rnnviz.ui.controls.interventions.contents import content_of
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.interventionwords import place_text, subject
from rnnviz.ui.panel import Area
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.timepanel import missing, unbuilt
from rnnviz.ui.view import LOOKS, View

HINT = (
    "There are no interventions. Clamp a gate or a state, edit an input, set a weight or silence a unit: "
    "the run is computed anew at once, and the original stays as a dashed line.\n\n"
    "Or act where things are drawn: drag a point of a curve with Ctrl, click a valve of the cell with "
    "Ctrl, or use the right mouse button on a heatmap, a curve, the cell or a matrix."
)
_LOW = 15
"""Height of the panel below which the buttons are left out, as a multiple of the size of small type."""


class InterventionsPanel(HeadedPanel):
    """A card for every intervention, and the buttons that make them."""

    name: ClassVar[str] = "interventions"
    title: ClassVar[str] = "Interventions"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 40
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (
        *("document", "trace", "engine", "published", "position", "layer", "direction", "units"),
        *("options", *LOOKS, "message"),
    )

    def build(self) -> None:
        """Make the buttons, the list and what is done with all of it."""
        self.add_bar, self.column, self.hint = AddBar(self.session), Column(), PlainLabel(HINT)
        self.cards: list[Card] = []
        self.hint.setWordWrap(True)
        self.column.add(self.hint)
        self.column.finish()
        self.foot = QWidget()
        self.all, self.none = QToolButton(), QToolButton()
        self.none.setText("Remove all")
        self.none.setToolTip("Take every intervention away; undo brings them back")
        self.all.clicked.connect(self.session.switch_interventions)
        self.none.clicked.connect(self._on_none)
        self.ghost = QToolButton()
        self.ghost.setText("Original dashed")
        self.ghost.setToolTip("Draw the run without the interventions as a dashed line below each curve")
        self.ghost.setCheckable(True)
        self.ghost.clicked.connect(self._on_ghost)
        self._foot_row = QHBoxLayout(self.foot)
        for button in (self.all, self.none, self.ghost):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._foot_row.addWidget(button)
        self._foot_row.insertStretch(2, 1)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.add_bar)
        rows.addWidget(self.column, 1)
        rows.addWidget(self.foot)
        self._open = -1
        self._count = 0
        self._entries: tuple[Intervention, ...] = ()

    def dress(self, now: Look) -> None:
        """Dress everything in the body."""
        theme, sizes = now.theme, now.sizes
        self.add_bar.set_look(now)
        self.column.set_look(now)
        set_type(self.hint, sizes.text, theme.muted)
        self._foot_row.setContentsMargins(sizes.padding, sizes.padding // 2, sizes.padding, sizes.padding // 2)
        self.foot.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value}; color: {theme.muted};"
            f" background: transparent; border: 1px solid {theme.border}; border-radius: 4px; padding: 2px 8px; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; border-color: {theme.accent}; }}"
            f"QToolButton:checked {{ background: {theme.selection}; color: {theme.text}; }}"
        )
        for card in self.cards:
            card.set_look(now)

    def absence(self, view: View) -> str:
        """Return why nothing can be turned."""
        if view.document is None:
            return missing(view)
        return unbuilt(view) if view.trace is None else ""

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the interventions that were asked for last, shown already or not."""
        entries = self._entries = self._asked_for(view)
        self.add_bar.show_view(view)
        self._show_cards(view, entries)
        active = len(in_force(entries))
        self.hint.setVisible(not entries)
        self.foot.setVisible(bool(entries))
        self.all.setText("All off" if active else "On again")
        self.all.setToolTip("Switch between the run with and without the interventions")
        self.ghost.setChecked(self.option(view, "ghost", "on") == "on")
        self.header.set_title(f"{active} of {len(entries)} in force" if entries else "None in force")
        self._fit()

    def _asked_for(self, view: View) -> tuple[Intervention, ...]:
        """Return the interventions asked for last; those shown while another network is on its way."""
        document, entries = view.document, self.session.interventions
        assert document is not None
        return document.interventions if interventions_fault(entries, document.spec) else entries

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return what is set, where, its value, and whether it is in force."""
        document = view.document
        if document is None or not document.interventions:
            return {}
        entries = document.interventions
        return {
            "set": np.array([subject(entry, document.spec) for entry in entries]),
            "where": np.array([place_text(entry, document.spec) for entry in entries]),
            "value": np.array([entry.value for entry in entries]),
            "on": np.array([entry.on for entry in entries]),
        }

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        roomy = self.height() >= _LOW * look(self.session.view).sizes.small
        self.add_bar.setVisible(roomy)
        self.foot.setVisible(roomy and bool(self.cards) and not self.cards[0].isHidden())
        small = look(self.session.view).sizes.small
        self.ghost.setText("Original dashed" if self.width() >= 26 * small else "Original")

    def _show_cards(self, view: View, entries: tuple[Intervention, ...]) -> None:
        now = look(view)
        if len(entries) > self._count:
            self._open = len(entries) - 1 if self._count or len(entries) == 1 else -1
        self._count = len(entries)
        while len(self.cards) < len(entries):
            card = Card()
            card.set_look(now)
            card.changed.connect(self._on_changed_card)
            card.removed.connect(self._on_removed)
            card.picked.connect(self._on_picked)
            card.pointed.connect(self.session.light)
            self.column.rows.insertWidget(len(self.cards), card)
            self.cards.append(card)
        for index, card in enumerate(self.cards):
            content = content_of(view, entries[index], now.theme, index == self._open) if index < len(entries) else None
            card.setVisible(content is not None)
            if content is not None:
                card.show_content(content)

    def _index(self) -> int:
        card = self.sender()
        return self.cards.index(card) if isinstance(card, Card) else -1

    def _on_changed_card(self, entry: Intervention, gesture: int) -> None:
        index, entries = self._index(), list(self._entries)
        if 0 <= index < len(entries):
            entries[index] = entry
            self._set(tuple(entries), gesture)

    def _on_removed(self) -> None:
        index, entries = self._index(), list(self._entries)
        if 0 <= index < len(entries):
            del entries[index]
            self._open = -1
            self._set(tuple(entries))

    def _on_ghost(self, shown: bool) -> None:
        self.session.set_option("interventions.ghost", "on" if shown else "off")

    def _on_none(self) -> None:
        self._set(())

    def _on_picked(self) -> None:
        index = self._index()
        self._open = -1 if index == self._open else index
        self.draw_body(self.session.view, None)

    def _set(self, entries: tuple[Intervention, ...], gesture: int = 0) -> None:
        """Ask for a list, and show it at once: the run follows."""
        self.session.set_interventions(entries, gesture)
        self.draw_body(self.session.view, None)
