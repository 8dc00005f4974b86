"""A session that stands still: what figures are drawn from."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from rnnviz.engine.messages import AnyCommand
from rnnviz.ui.enginelink import EngineLink
from rnnviz.ui.session import Session
from rnnviz.ui.view import View


class _NoLink(EngineLink):
    """A way to no engine."""

    def start(self) -> None:
        """Start nothing."""

    def send(self, command: AnyCommand) -> None:
        """Drop the command."""

    def restart(self, reason: str) -> None:
        """Restart nothing."""

    def stop(self) -> None:
        """Stop nothing."""


class FrozenSession(Session):
    """A session that shows one view for good; requests change nothing.

    Parameters
    ----------
    view : View
    parent : QObject or None
    """

    def __init__(self, view: View, parent: QObject | None = None) -> None:
        super().__init__(_NoLink(), parent)
        self.link.setParent(self)
        self._view = view

    def apply(self, **changes: Any) -> None:
        """Change nothing."""
