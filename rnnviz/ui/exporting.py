"""Writing figures and data: for the menus of the window and for the command line alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rnnviz.ui.export import ExportError, copy_figure, save_data, save_figure
from rnnviz.ui.export.figures import Figure
from rnnviz.ui.figures import Place, panel_figure, window_figure
from rnnviz.ui.panel import Panel
from rnnviz.ui.view import View

PICTURES = ("png", "svg", "pdf")
DATA = ("csv", "npz")
WINDOW = "window"
Steps = tuple[float, float] | None


def file_stem(view: View, figure: str) -> str:
    """A file name without its suffix: the session and the figure."""
    name = view.document.name if view.document is not None else "rnnviz"
    cleaned = re.sub(r"[^\w-]+", "-", name.casefold()).strip("-")[:60]
    return f"{cleaned or 'session'}-{figure}"


def write_figures(
    view: View,
    panels: Sequence[type[Panel]],
    places: Sequence[Place],
    formats: Sequence[str],
    folder: Path,
    *,
    scale: float = 2.0,
    steps: Steps = None,
    left_out: list[ExportError] | None = None,
) -> Iterator[Path]:
    """Write figures into a folder, each as soon as the next one is asked for; one that is refused stops no other.

    Parameters
    ----------
    view : View
    panels : sequence of types of Panel
        One figure each.
    places : sequence of Place
        What the figure of the whole window holds; empty: no such figure.
    formats : sequence of str
        Of PICTURES and DATA.
    folder : Path
        Made where it is missing.
    scale : float
        Pixels of a PNG per pixel of the figure.
    steps : tuple of float or None
        What is shown of the time axis.
    left_out : list, optional
        Takes what was refused; None: the first refusal is raised.

    Yields
    ------
    Path
        Each file that was written.

    Raises
    ------
    ExportError
        When there can be no such folder, or without `left_out` when a file is refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    makers: list[tuple[str, AbstractContextManager[Figure]]] = [
        (panel.name, panel_figure(panel, view, steps)) for panel in panels
    ]
    if places:
        makers.append((WINDOW, window_figure(places, view, steps)))
    for name, maker in makers:
        with maker as figure:
            for suffix in formats:
                path = folder / f"{file_stem(view, name)}.{suffix}"
                try:
                    write_figure(figure, path, scale)
                except ExportError as error:
                    if left_out is None:
                        raise
                    left_out.append(error)
                else:
                    yield path


def write_figure(figure: Figure, path: Path, scale: float = 2.0) -> None:
    """Write a figure, or its data, as the suffix says.

    Raises
    ------
    ExportError
        For an unknown suffix, or when the system refuses.
    """
    if path.suffix.lower().lstrip(".") in DATA:
        save_data(figure, path)
    else:
        save_figure(figure, path, scale=scale)


def copy(maker: AbstractContextManager[Figure]) -> None:
    """Put a figure on the clipboard."""
    with maker as figure:
        copy_figure(figure)
