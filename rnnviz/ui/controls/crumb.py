"""The way back to the whole that what is shown is a part of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton

from rnnviz.ui.controls.look import Look
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import SEMIBOLD


class Crumb(QToolButton):
    """The name of the whole, before the title of its part, that leads back to it: "Network ›".

    Parameters
    ----------
    name : str
    hint : str
    """

    def __init__(self, name: str, hint: str) -> None:
        super().__init__()
        self.setText(f"{name} ›")
        self.setToolTip(plain_tip(hint))
        self.setAccessibleName(f"Back to: {name}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_look(self, look: Look) -> None:
        """Dress it as a link."""
        theme, sizes = look.theme, look.sizes
        self.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.title}px; font-weight: {SEMIBOLD.value}; color: {theme.accent};"
            " border: none; background: transparent; padding: 0; }"
            "QToolButton:hover, QToolButton:focus { text-decoration: underline; }"
        )
