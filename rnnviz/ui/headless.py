"""Figures from the command line: a session is opened, run and drawn without a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from rnnviz.engine.errors import EngineError
from rnnviz.ui.enginelink import EngineLink, ProcessLink
from rnnviz.ui.export import ExportError
from rnnviz.ui.export.errors import NoNumbersError
from rnnviz.ui.exporting import DATA, PICTURES, WINDOW, write_figures
from rnnviz.ui.interrupts import Interrupts
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session
from rnnviz.ui.view import View

COMPARISON = "comparison"
"""The panel that the figure of the whole window holds too where networks are compared."""

PATIENCE = 180_000
"""Milliseconds of silence after which an engine is given up; one that tells how far it is has all the time it takes."""


def export(
    session_path: str | os.PathLike[str],
    out_dir: str | os.PathLike[str],
    formats: Sequence[str],
    figures: Sequence[str] | None = None,
    link: EngineLink | None = None,
    tell: Callable[[str], object] = lambda _sentence: None,
) -> list[Path]:
    """Write the figures of a session: one file per panel and one of the whole window, in each format.

    All that can be written is, whatever is refused.

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
    tell : callable
        Called with a sentence for every figure that has no numbers to be written as data.

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
        left_out: list[ExportError] = []
        written = list(write_figures(view, panels, places, formats, Path(out_dir), left_out=left_out))
    refused = [str(error) for error in left_out if not isinstance(error, NoNumbersError)]
    if refused or not written:
        raise ExportError("; ".join(refused or map(str, left_out)))
    for error in left_out:
        tell(str(error))
    return written


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
        patience.start(PATIENCE)
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
        silence = f"the engine has said nothing for {PATIENCE // 60_000} minutes"
        raise EngineError(f"{path} cannot be exported: {silence}, while {_awaited(session)} was waited for")
    return view


def _awaited(session: Session) -> str:
    """Return what is still to come."""
    if session.view.trace is None:
        return "the network"
    if not session.settled:
        return "the run with its gradients"
    if not session.rivals.settled:
        return "the run of a network that is compared"
    return f"the answer to {', '.join(type(request).__name__ for request in session.inquiries.missing)}"


def _complete(session: Session, view: View) -> bool:
    return view.trace is not None and session.settled and session.rivals.settled and session.inquiries.complete
