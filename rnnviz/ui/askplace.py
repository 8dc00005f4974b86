"""Asking where a file is to be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from rnnviz.ui.plaintext import PlainBox

_LONGEST = 80


def ask_for_place(
    parent: QWidget, caption: str, start: Path, filters: str, complete: Callable[[Path, str], Path]
) -> Path | None:
    """Ask where to write a file, and whether what stands there may go.

    Qt's own dialog would ask the second question of the name that was typed, before its ending is added, and in a box
    that takes the name for markup.

    Parameters
    ----------
    parent : QWidget
    caption : str
    start : Path
        The place that is proposed.
    filters : str
        As QFileDialog takes them.
    complete : callable
        Adds to a path the ending that it lacks; is given the filter that was picked, too.
    """
    unasked = QFileDialog.Option.DontConfirmOverwrite
    chosen, picked = QFileDialog.getSaveFileName(parent, caption, str(start), filters, options=unasked)
    if not chosen:
        return None
    path = complete(Path(chosen), picked)
    return path if not path.exists() or may_replace(parent, path) else None


def may_replace(parent: QWidget, path: Path) -> bool:
    """Ask whether a file may be written over."""
    button = QMessageBox.StandardButton
    box = PlainBox("Replace it?", f"{path.name} is there already. Replace it?", parent)
    box.setStandardButtons(button.Yes | button.No)
    box.setDefaultButton(button.No)
    return box.exec() == button.Yes


def file_name(title: str, otherwise: str) -> str:
    """Return a title as the name of a file, which leads into no other folder."""
    name = "".join(sign if sign.isalnum() or sign in " -_," else "-" for sign in title)
    return name[:_LONGEST].strip(" -") or otherwise
