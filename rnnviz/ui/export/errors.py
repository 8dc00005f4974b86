"""What can go wrong when a figure or its data is written."""

from __future__ import annotations

from rnnviz.engine.errors import RnnvizError


class ExportError(RnnvizError):
    """A figure or its data cannot be written; a file that stood at the place stays as it was."""


class NoNumbersError(ExportError):
    """The data of a figure were asked for that shows no numbers."""
