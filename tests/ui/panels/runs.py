"""Views of real runs: the engine computes them, with the answers that a panel wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.service import Engine
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.panel import Panel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.session import Session
from tests.ui.panels.pictures import make_view, text_source


@contextmanager
def real_session(
    root: Path, source: SequenceSource | None = None, **fields: Any
) -> Iterator[tuple[Session, LocalLink]]:
    """A session over the real engine in this process, its run complete; ``fields`` as of `make_view`."""
    link = LocalLink(Engine, root)
    session = Session(link)
    try:
        link.start()
        document = make_view(source if source is not None else text_source(), **fields).document
        assert document is not None
        session.open_document(document)
        link.run_until_idle()
        assert session.view.trace is not None, session.view.message
        yield session, link
    finally:
        link.stop()
        session.deleteLater()


@contextmanager
def real_panel(
    panel_class: type[Panel],
    root: Path,
    source: SequenceSource | None = None,
    options: dict[str, str] | None = None,
    size: tuple[int, int] = (900, 360),
    **fields: Any,
) -> Iterator[tuple[Any, Session, LocalLink]]:
    """A panel on the screen over a real session, with everything answered that it wants.

    After a change ``link.run_until_idle()`` brings the answers.
    """
    with real_session(root, source, **fields) as (session, link):
        for name, value in (options or {}).items():
            session.set_option(name, value)
        panel = panel_class(session, TimeAxis(session))
        panel.resize(*size)
        panel.show()
        link.run_until_idle()
        try:
            yield panel, session, link
        finally:
            panel.close()
            panel.deleteLater()
