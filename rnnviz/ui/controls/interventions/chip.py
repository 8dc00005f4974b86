"""The chip that says how many interventions are in force: nobody may take the network on screen for the trained one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from rnnviz.engine.interventions import in_force
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.interventionwords import chip_text, place_text, subject, value_text
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.session import Session
from rnnviz.ui.theme import SEMIBOLD
from rnnviz.ui.view import LOOKS, View

_MOST_TOLD = 12
"""Interventions that the tooltip lists."""


class InterventionsChip(QToolButton):
    """Tells of the interventions where there are any, and leads to their panel.

    Parameters
    ----------
    session : Session
    parent : QWidget or None
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAccessibleName("Interventions")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._on_clicked)
        session.changed.connect(self._on_changed)
        self._on_changed(session.view, None)

    def _on_changed(self, view: View, old: View | None) -> None:
        if view.differs(old, "document", *LOOKS):
            entries = view.document.interventions if view.document is not None else ()
            self.setVisible(bool(entries))
            self.setText(chip_text(entries))
            self.setToolTip(plain_tip(_told(view)))
            self._dress(look(view), bool(in_force(entries)))

    def _dress(self, now: Look, active: bool) -> None:
        theme, sizes = now.theme, now.sizes
        ink, ground = (theme.on_accent, theme.accent) if active else (theme.muted, "transparent")
        edge = theme.accent if active else theme.muted
        # A radius of more than half the height would make Qt draw square corners.
        self.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.small}px; font-weight: {SEMIBOLD.value}; color: {ink};"
            f" background: {ground}; border: 1px solid {edge}; border-radius: {int(0.6 * sizes.small) + 2}px;"
            f" padding: 2px {sizes.padding}px; margin-left: {sizes.padding // 2}px; }}"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {theme.text}; }}"
        )

    def _on_clicked(self) -> None:
        self._session.panel_wanted.emit("interventions")


def _told(view: View) -> str:
    """Return what is turned by hand, line by line."""
    if view.document is None:
        return ""
    entries = view.document.interventions
    lines = [
        f"{subject(entry, view.document.spec)} = {value_text(entry.value)}, {place_text(entry, view.document.spec)}"
        + ("" if entry.on else " (off)")
        for entry in entries[:_MOST_TOLD]
    ]
    if len(entries) > _MOST_TOLD:
        lines.append(f"and {len(entries) - _MOST_TOLD} more")
    head = "These are not the network's own values: interventions are in force. Click to list them; I switches them:"
    return "\n".join([head, *lines])
