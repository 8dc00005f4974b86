"""What stands in the comparison while there is nothing to compare: three ways to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from rnnviz.ui.controls.comparison.menus import NetworkMenus
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.theme import MEDIUM

SENTENCE = "Put up to three networks beside this one: they read the same sequence, in step with it."


class Invitation(QWidget):
    """A sentence and three buttons.

    Parameters
    ----------
    menus : NetworkMenus
        Meets what the buttons ask for.
    """

    def __init__(self, menus: NetworkMenus) -> None:
        super().__init__()
        self.sentence = PlainLabel(SENTENCE)
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.trio = QPushButton("RNN, LSTM and GRU")
        self.seed = QPushButton("Same network, another seed")
        self.sequence = QPushButton("Same network, another sequence")
        self.menu = QMenu(self.sequence)
        self._menus = menus
        self.menu.aboutToShow.connect(self._fill)
        self.sequence.setMenu(self.menu)
        self.trio.clicked.connect(menus.add_trio)
        self.seed.clicked.connect(menus.add_seed)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons.addStretch(1)
        for button in self.buttons:
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self.setMinimumSize(1, 1)
        rows = QVBoxLayout(self)
        rows.addStretch(1)
        rows.addWidget(self.sentence)
        rows.addLayout(self._buttons)
        rows.addStretch(1)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The three buttons."""
        return self.trio, self.seed, self.sequence

    def set_look(self, look: Look) -> None:
        """Dress sentence and buttons in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        set_type(self.sentence, sizes.title, theme.muted)
        self._buttons.setSpacing(sizes.padding * 2)
        for button in self.buttons:
            button.setStyleSheet(
                f"QPushButton {{ font-size: {sizes.text}px; font-weight: {MEDIUM.value}; color: {theme.text};"
                f" border: 1px solid {theme.border}; border-radius: 6px; background: {theme.field};"
                f" padding: {sizes.padding}px {2 * sizes.padding}px; }}"
                f"QPushButton:hover, QPushButton:focus {{ color: {theme.accent}; border-color: {theme.accent}; }}"
                "QPushButton::menu-indicator { image: none; }"
            )
        self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below one another where they do not fit beside one another."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        wide = sum(button.sizeHint().width() for button in self.buttons) + 6 * self._buttons.spacing()
        across = wide <= self.width()
        self._buttons.setDirection(QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom)
        tall = self.sentence.sizeHint().height() + sum(
            b.sizeHint().height() for b in self.buttons[: 1 if across else 3]
        )
        self.sentence.setVisible(self.height() >= 1.5 * tall)

    def _fill(self) -> None:
        self._menus.offer_sequences(self.menu)
