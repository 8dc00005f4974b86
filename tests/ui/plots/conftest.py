"""A window full of plots on one axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import (
    CurvesPlot,
    HeatmapPlot,
    LogCurvesPlot,
    ProbabilityPlot,
    TimeAxis,
    TokenStrip,
)
from rnnviz.ui.theme import DIVERGING, LIGHT, signal_style

TOKENS = ["hi", "anna", "it", "is", "eight", "in", "the", "morning", "let's", "meet", "for", "breakfast"]


class Column(QWidget):
    """One plot of every kind, below each other."""

    def __init__(self, tokens: list[str]) -> None:
        super().__init__()
        self.axis = TimeAxis(self)
        self.axis.set_steps(tokens)
        self.tokens = TokenStrip(self.axis)
        self.states = HeatmapPlot(self.axis, "Hidden states")
        self.curves = CurvesPlot(self.axis, "Units")
        self.gradients = LogCurvesPlot(self.axis, "Gradients")
        self.outputs = ProbabilityPlot(self.axis, "Outputs")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for plot in self.plots:
            layout.addWidget(plot)
        self._fill(len(tokens))

    @property
    def plots(self) -> list[Any]:
        return [self.tokens, self.states, self.curves, self.gradients, self.outputs]

    def _fill(self, steps: int) -> None:
        values = np.random.default_rng(0).uniform(-1, 1, (steps, 6))
        self.states.set_data(values, (-1.0, 1.0), DIVERGING)
        self.curves.set_value_range(-1, 1)
        self.gradients.set_value_range(-6, 0)
        for place, name in enumerate("ifo"):
            self.curves.set_curve(name, values[:, place], signal_style(name, LIGHT))
            self.gradients.set_curve(name, np.log10(np.abs(values[:, place])), signal_style(name, LIGHT))
        shares = np.abs(values[:, :4])
        names = ["lunch", "dinner", "coffee", "breakfast"]
        self.outputs.set_probabilities(names, shares / shares.sum(axis=1, keepdims=True))


@pytest.fixture(autouse=True)
def nothing_fails_while_painting(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test during which a part of a plot could not be drawn; the program itself only logs it."""
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]


@pytest.fixture
def make_column(qtbot: QtBot) -> Callable[..., Column]:
    def make(tokens: list[str] = TOKENS, width: int = 1000, height: int = 800) -> Column:
        column = Column(tokens)
        qtbot.addWidget(column)
        column.resize(width, height)
        column.show()
        qtbot.waitExposed(column)
        return column

    return make


@pytest.fixture
def column(make_column: Callable[..., Column]) -> Column:
    return make_column()


@pytest.fixture
def picture() -> Callable[[QWidget], QImage]:
    def grab(widget: QWidget) -> QImage:
        return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    return grab


@pytest.fixture
def colour_at() -> Callable[[QImage, float, float], str]:
    def read(image: QImage, x: float, y: float) -> str:
        return QColor(image.pixel(int(x), int(y))).name()

    return read
