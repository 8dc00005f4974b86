"""The base of the panels that are not over time alone: a header with controls, and a body or a sentence below it."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.engine.requests import Request
from rnnviz.ui.controls.header import PanelHeader
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.panel import Panel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.session import Session
from rnnviz.ui.view import LOOKS, AnalysisView, View


class HeadedPanel(Panel):
    """A panel with a header, which says in a sentence why there is nothing to draw where that is so.

    Parameters
    ----------
    session : Session
    axis : TimeAxis
    parent : QWidget or None
    """

    watches: ClassVar[tuple[str, ...]] = (
        *("document", "trace", "engine", "published", "position", "ahead_hidden", "analyses"),
        *("layer", "direction", "units", "signal", "options", *LOOKS),
    )

    def __init__(self, session: Session, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(session, axis, parent)
        self.segments: list[Segmented] = []
        self._kept: dict[type[Request], AnalysisView] = {}
        self.header = PanelHeader(*self.controls())
        self.notice = Notice(self)
        self.body = QWidget()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.header)
        rows.addWidget(self.notice, 1)
        rows.addWidget(self.body, 1)
        self.build()

    # what a panel overrides

    def controls(self) -> tuple[QWidget, ...]:
        """Return the controls of the header; called once, before `build`."""
        return ()

    def build(self) -> None:
        """Make what stands in the body; called once."""
        raise NotImplementedError

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw, in one sentence; empty where there is something."""
        raise NotImplementedError

    def dress(self, now: Look) -> None:
        """Dress what stands in the body, and the controls that are no segments."""

    def draw_choices(self, view: View) -> None:
        """Show the choices, also where there is nothing to draw."""

    def draw_body(self, view: View, old: View | None) -> None:
        """Bring the body to a view that has something to draw."""
        raise NotImplementedError

    # what they share

    def segmented(self, name: str, option: str, *options: tuple[str, str, str]) -> Segmented:
        """Return a control for an option of the panel."""
        control = Segmented(name, options)
        control.setProperty("option", f"{self.name}.{option}")
        control.chosen.connect(self._on_chosen)
        self.segments.append(control)
        return control

    def option(self, view: View, name: str, default: str) -> str:
        """Return the value of an option of the panel."""
        return view.options.get(f"{self.name}.{name}", default)

    def answer(self, view: View, request: Request) -> AnalysisView | None:
        """Return the answer to a request; until it comes that to the last one of its kind about the same run."""
        found = view.analyses.get(request)
        if found is None:
            found = self._kept.get(type(request))
            return found if found is not None and found.trace is view.trace and _alike(found.request, request) else None
        self._kept[type(request)] = found
        return found

    def draw(self, view: View, old: View | None) -> None:
        """Follow theme and choices, and draw the body or say why there is none."""
        if view.differs(old, *LOOKS):
            now = look(view)
            self.header.set_look(now)
            self.notice.set_look(now)
            for segment in self.segments:
                segment.set_look(now)
            self.dress(now)
        if view.differs(old, "trace"):
            self._kept.clear()  # an answer holds on to the files of its run
        if view.trace is not None and view.differs(old, "trace"):
            self.axis.set_steps(view.trace.labels)
        self.draw_choices(view)
        sentence = self.absence(view)
        self.notice.say(sentence)
        self.body.setVisible(not sentence)
        if sentence:
            self.header.set_title(self.title)
        else:
            self.draw_body(view, old)

    def _on_chosen(self, value: str) -> None:
        control = self.sender()
        if control is not None:
            self.session.set_option(str(control.property("option")), value)


def _alike(first: Request, second: Request) -> bool:
    """Whether two requests ask about the same signal, layer and direction."""
    names = ("layer", "direction", "signal")
    return all(getattr(first, name, None) == getattr(second, name, None) for name in names)
