"""The size of type that the user has chosen, and what of it the window has room for."""

from __future__ import annotations

from PySide6.QtCore import QSize

from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.theme import TYPE_SIZES, largest_type

_SETTING = "type_size"


class TypeSize:
    """The size of type of a window, in per cent: remembered, and never so large that no plot has room beside it.

    Parameters
    ----------
    session : Session
    settings : Settings
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session, self._settings = session, settings
        self._most = TYPE_SIZES[-1]
        found = settings.get(_SETTING, 100)
        self.wanted = found if found in TYPE_SIZES else 100

    @property
    def may_grow(self) -> bool:
        """Whether there is a larger size that the window has room for."""
        return self.wanted < self._most

    @property
    def may_shrink(self) -> bool:
        """Whether there is a smaller size."""
        return self.wanted > TYPE_SIZES[0]

    def choose(self, per_cent: int) -> None:
        """Take a size of `TYPE_SIZES`, now and at the next start; say so where the window has no room for it."""
        self.wanted = per_cent
        self._settings.set(_SETTING, per_cent)
        if per_cent > self._most:
            most = self._most
            self._session.show_message(f"this window has room for type at {most} %: a larger one shows {per_cent} %")
        self._apply()

    def larger(self) -> None:
        """Take the next larger size."""
        self._move(1)

    def smaller(self) -> None:
        """Take the next smaller size."""
        self._move(-1)

    def fit(self, window: QSize) -> None:
        """Follow the size of the window."""
        self._most = largest_type(window.width(), window.height(), self._session.view.lecture)
        self._apply()

    def _move(self, by: int) -> None:
        place = TYPE_SIZES.index(min(self.wanted, self._most)) + by
        self.choose(TYPE_SIZES[max(0, min(place, len(TYPE_SIZES) - 1))])

    def _apply(self) -> None:
        shown = min(self.wanted, self._most)
        if shown != self._session.view.type_size:
            self._session.set_type_size(shown)
