"""Which way a diagram's arrows point: forward where values flow, back to their sources where the gradient does."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from rnnviz.engine import cells
from rnnviz.ui.diagram.flow import Flow, Frame
from rnnviz.ui.diagram.geometry import Diagram, Point
from rnnviz.ui.diagram.layout import diagram_of
from rnnviz.ui.diagram.loops import loops_of
from rnnviz.ui.diagram.paint import DiagramPainter
from rnnviz.ui.theme import LIGHT

pytestmark = pytest.mark.usefixtures("qapp")

UNIT = 20.0
FORWARD, BACK = Flow(), Flow(arrived={})


def painted(diagram: Diagram, flow: Flow) -> tuple[QImage, Frame]:
    """Picture and frame of a diagram through which nothing flows, so that its wires are thin."""
    bounds = diagram.bounds
    frame = Frame(UNIT, (4 - bounds.left) * UNIT, (4 - bounds.top) * UNIT)
    size = round((bounds.right - bounds.left + 8) * UNIT), round((bounds.bottom - bounds.top + 8) * UNIT)
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.surface))
    painter = QPainter(image)
    DiagramPainter(painter, diagram, frame, LIGHT, flow).paint(loops_of(diagram))
    painter.end()
    return image, frame


def is_pointed(image: QImage, frame: Frame, end: Point, before: Point, away: float) -> bool:
    """Whether a wire is as broad as the back of an arrow some units before an end."""
    start, last = frame.at(*before), frame.at(*end)
    along = (last - start) / max(abs(last.x() - start.x()), abs(last.y() - start.y()))
    across = QPointF(-along.y(), along.x()) * 0.2 * UNIT
    middle = last - along * away * UNIT
    ground = QColor(LIGHT.surface)
    return all(image.pixelColor((middle + side).toPoint()) != ground for side in (across, -across))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "slstm", "mgu"])
def test_arrows_point_to_the_ends_of_wires_forward_and_to_their_sources_on_the_way_back(name: str) -> None:
    diagram = diagram_of(cells.get(name))
    forward, frame = painted(diagram, FORWARD)
    back, _ = painted(diagram, BACK)
    told = 0
    for route in diagram.routes:
        target, source = route.points[-2:], route.points[1::-1]
        if abs(target[0].x - target[1].x) + abs(target[0].y - target[1].y) > 2:
            assert is_pointed(forward, frame, target[1], target[0], 0.55)
            assert not is_pointed(back, frame, target[1], target[0], 0.55)
        if not route.branch and abs(source[0].x - source[1].x) + abs(source[0].y - source[1].y) > 2:
            assert is_pointed(back, frame, source[1], source[0], 0.55)
            assert not is_pointed(forward, frame, source[1], source[0], 0.55)
            told += 1
        elif route.branch and abs(source[0].x - source[1].x) + abs(source[0].y - source[1].y) > 3:
            assert is_pointed(back, frame, source[1], source[0], 0.85)
            assert not is_pointed(forward, frame, source[1], source[0], 0.85)
            told += 1
    assert told > 2


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_loop_leads_one_step_earlier_on_the_way_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write: Any = DiagramPainter.write

    def spy(self: Any, rect: Any, flags: Any, text: str, *rest: Any, **named: Any) -> None:
        written.append(text)
        write(self, rect, flags, text, *rest, **named)

    monkeypatch.setattr(DiagramPainter, "write", spy)
    painted(diagram_of(cells.get(name)), BACK)
    assert written.count("one step earlier") == len(cells.get(name).states)
    assert "one step later" not in written
