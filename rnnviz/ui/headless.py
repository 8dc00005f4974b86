"""Figures from the command line: a session is opened, run and drawn without a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from rnnviz.engine.errors import EngineError
from rnnviz.ui.enginelink import EngineLink, ProcessLink
from rnnviz.ui.export import ExportError
from rnnviz.ui.exporting import DATA, PICTURES, WINDOW, write_figures
from rnnviz.ui.interrupts import Interrupts
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session
from rnnviz.ui.view import View

COMPARISON = "comparison"
"""The panel that the figure of the whole window holds too where networks are compared."""

PATIENCE = 600_000
"""Milliseconds after which an engine that does not answer is given up."""


def export(
    session_path: str | os.PathLike[str],
    out_dir: str | os.PathLike[str],
    formats: Sequence[str],
    figures: Sequence[str] | None = None,
    link: EngineLink | None = None,
) -> list[Path]:
    """Write the figures of a session: one file per panel and one of the whole window, in each format.

    Parameters
    ----------
    session_path : path-like
        A ``.rnnviz`` file.
    out_dir : path-like
        Made where it is missing.
    formats : sequence of str
        Of png, svg, pdf, csv and npz.
    figures : sequence of str or None
        Names of panels, and "window"; None: all.
    link : EngineLink or None
        None: the engine runs in a process of its own.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    RnnvizError
        One sentence that names cause and place.
    """
    from rnnviz.ui.figures import slide_places

    classes = panel_classes()
    chosen = _chosen(classes, formats, figures)
    panels = [panel for panel in classes if panel.name in chosen]
    with settled_view(session_path, panels, link) as view:
        seen = [panel for panel in classes if panel.at_first or (panel.name == COMPARISON and view.rivals)]
        places = slide_places(seen, view) if WINDOW in chosen else []
        return list(write_figures(view, panels, places, formats, Path(out_dir)))


@contextmanager
def settled_view(
    session_path: str | os.PathLike[str], panels: Sequence[type[Panel]], link: EngineLink | None = None
) -> Iterator[View]:
    """Open a session, run it, and ask for all that the figures of some panels want; it lives as long as the context.

    Parameters
    ----------
    session_path : path-like
        A ``.rnnviz`` file.
    panels : sequence of types of Panel
    link : EngineLink or None
        None: the engine runs in a process of its own.

    Yields
    ------
    View
    """
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from rnnviz.ui.app import application
    from rnnviz.ui.figures import wanted_by

    saved = read_session(session_path)
    kept = application()
    link = link if link is not None else ProcessLink()
    session = Session(link)
    try:
        link.start()
        session.open_document(
            saved.document, position=saved.position, run_to=saved.manifest.published, fields=saved.fields()
        )
        _settled(session, os.fspath(session_path))
        session.rivals.restore(saved.rivals)
        view = _settled(session, os.fspath(session_path))
        while (wanted := wanted_by(panels, view)) != session.inquiries.wanted:  # one answer may raise the next question
            session.want("figures", wanted)
            view = _settled(session, os.fspath(session_path))
        yield view
    finally:
        link.stop()
        session.deleteLater()
        kept.processEvents()


def _chosen(classes: Sequence[type[Panel]], formats: Sequence[str], figures: Sequence[str] | None) -> tuple[str, ...]:
    for name in formats:
        if name not in (*PICTURES, *DATA):
            raise ExportError(f"there is no format {name!r}; figures are written as {', '.join(PICTURES + DATA)}")
    drawn = [panel.name for panel in classes if panel.area != "left"]
    known = (*drawn, *(panel.name for panel in classes if panel.area == "left"), WINDOW)
    for name in figures or ():
        if name not in known:
            raise ExportError(f"there is no figure {name!r}; the figures are {', '.join(known)}")
    return tuple(figures) if figures else (*drawn, WINDOW)


def _settled(session: Session, path: str) -> View:
    """Wait until the run is there, with its gradients and all answers that the figures want."""
    loop = QEventLoop()
    patience = QTimer()
    patience.setSingleShot(True)
    patience.timeout.connect(loop.quit)
    patience.start(PATIENCE)
    interrupts = Interrupts()
    interrupts.met.connect(loop.exit)

    def look(view: View, _old: View | None = None) -> None:
        failed = view.message_kind == "error" and bool(view.message)
        if failed or _complete(session, view):
            loop.quit()

    session.changed.connect(look)
    met = 0 if _complete(session, session.view) else loop.exec()
    session.changed.disconnect(look)
    patience.stop()
    interrupts.remove()
    if met:
        raise KeyboardInterrupt
    view = session.view
    if view.message_kind == "error" and view.message:
        raise EngineError(f"{path} cannot be exported: {view.message}")
    if not _complete(session, view):
        raise EngineError(f"{path} cannot be exported: the engine did not answer for {PATIENCE // 60_000} minutes")
    return view


def _complete(session: Session, view: View) -> bool:
    return view.trace is not None and session.settled and session.rivals.settled and session.inquiries.complete
