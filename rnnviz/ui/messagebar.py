"""The bar that tells the user of a refusal, with its reason; notes stand in the status line."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.session import Session
from rnnviz.ui.theme import icon, icon_pixmap
from rnnviz.ui.view import LOOKS, View


class MessageBar(QFrame):
    """Shows what went wrong until it is closed or something else is told; never in the way.

    Parameters
    ----------
    session : Session
    parent : QWidget or None
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self._session = session
        self.setAccessibleName("Error")
        self._icon = PlainLabel()
        self._text = PlainLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close the message")
        self._close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._close)
        self.hide()
        session.changed.connect(self._on_changed)

    @property
    def text(self) -> str:
        """The sentence that is shown; empty while there is none."""
        return self._text.text() if not self.isHidden() else ""

    def _on_changed(self, view: View, old: View) -> None:
        if not view.differs(old, "message", "message_kind", *LOOKS):
            return
        told = view.message_kind == "error" and bool(view.message)
        self.setVisible(told)
        if told:
            self._text.setText(as_sentence(view.message))
            self._dress(look(view))

    def _dress(self, now: Look) -> None:
        theme = now.theme
        self._icon.setPixmap(icon_pixmap("circle-alert", theme.error, now.sizes.icon, self.devicePixelRatioF()))
        self._close.setIcon(icon("x", theme))
        self._close.setIconSize(QSize(now.sizes.icon, now.sizes.icon))
        self.setStyleSheet(
            f"#messages {{ background: {theme.raised}; border: 1px solid {theme.border};"
            f" border-left: 4px solid {theme.error}; }}"
        )

    def _on_close(self) -> None:
        self._session.show_message("")


def as_sentence(text: str) -> str:
    """Begin with a capital, unless the first word is a name of something."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text
