"""The truth beside a view: a button that holds the numbers on the screen against autograd, and tells the difference."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from rnnviz.engine.requests import Checkable, Request, Truth
from rnnviz.ui.controls.look import Look
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.view import AnalysisView, View

_ASK = "check"
_HINT = "Compute these numbers once more with autograd and tell the largest difference"


class TruthButton(QToolButton):
    """Asks for the truth about one request, and tells it until the numbers on the screen are others.

    A panel adds `wanted` to what it wants, calls `show_truth` when it draws, and asks anew on `pressed_for_truth`.

    Parameters
    ----------
    parent : QWidget or None
    """

    pressed_for_truth = Signal()
    """The user wants the truth: what the panel wants has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(_ASK)
        self.setToolTip(plain_tip(_HINT))
        self.setAccessibleName("Check against autograd")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._asked: AnalysisView | None = None
        self._shown: AnalysisView | None = None
        self.clicked.connect(self._on_clicked)

    def wanted(self, view: View, request: Request) -> tuple[Request, ...]:
        """Return the request for the truth while it is wanted: until the numbers it was asked about are replaced."""
        if self._asked is None or view.analyses.get(request) is not self._asked:
            return ()
        return (_truth(request),)

    def show_truth(self, view: View, request: Request) -> None:
        """Tell what is known of the truth about the answer to a request."""
        self._shown = view.analyses.get(request)
        if self._asked is not None and self._asked is not self._shown:
            self._asked = None
        found = view.analyses.get(_truth(request)) if self._asked is not None else None
        self.setEnabled(self._shown is not None and not self._shown.fault)
        if self._asked is None:
            self._say(_ASK, _HINT)
        elif found is None or not view.current(found):
            self._say("checking", "Autograd is computing these numbers")
        elif found.fault:
            self._say("not checked", found.fault)
        else:
            self._say(*_told(found))

    def set_look(self, look: Look) -> None:
        """Dress the button in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        self.setStyleSheet(
            f"QToolButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value}; color: {theme.muted};"
            f" border: 1px solid {theme.border}; border-radius: 4px; padding: 2px 8px; background: transparent; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; border-color: {theme.accent}; }}"
        )

    def _say(self, text: str, hint: str) -> None:
        self.setText(text)
        self.setToolTip(plain_tip(hint))

    def _on_clicked(self) -> None:
        self._asked = self._shown
        self.pressed_for_truth.emit()


def _truth(request: Request) -> Truth:
    assert isinstance(request, Checkable)
    return Truth(request)


def _told(found: AnalysisView) -> tuple[str, str]:
    difference, largest, count = (float(found.facts[name]) for name in ("difference", "largest", "count"))  # type: ignore[arg-type]
    text = f"autograd: ± {difference:.0e}" if difference else "autograd: equal"
    hint = (
        f"{count:,.0f} numbers were computed once more with autograd. The largest difference is {difference:.2e}, "
        f"the largest number {largest:.2e}."
    )
    return text, hint
