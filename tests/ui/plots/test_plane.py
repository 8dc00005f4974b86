"""The complex plane: circles are round, points stand where they belong, and the mouse finds them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.drawing.painting import RIGHT, font_metrics, write
from rnnviz.ui.plots.xy.complex_plane import PlaneCircle, PlanePlot, PlanePoints
from rnnviz.ui.plots.xy.spectrum_plot import BlockSpectrum
from rnnviz.ui.theme import LIGHT, NORMAL, THEMES, SignalStyle, metrics
from tests.ui.mouse import double_click, drag, move, wheel

RED = SignalStyle("#ff0000", "circle")


@pytest.fixture
def plane(qtbot: QtBot) -> Iterator[PlanePlot]:
    window, plane = QWidget(), PlanePlot()
    qtbot.addWidget(window)
    plane.setParent(window)
    plane.resize(360, 320)
    plane.set_theme(LIGHT, NORMAL)
    window.resize(2000, 1500)
    window.show()
    qtbot.waitExposed(window)
    yield plane
    window.close()


def points(*values: complex, name: str = "U", style: SignalStyle = RED) -> PlanePoints:
    return PlanePoints(name, np.array(values, np.complex128), style)


def picture(plane: PlanePlot) -> QImage:
    return plane.grab().toImage()


def pointed(plane: PlanePlot, place: QPointF) -> list[str]:
    told: list[str] = []
    plane.hovered.connect(told.append)
    move(plane, place.toPoint())
    return told


@pytest.mark.parametrize("size", [(360, 320), (700, 200), (200, 600)])
def test_real_and_imaginary_parts_have_one_scale_at_every_size(plane: PlanePlot, size: tuple[int, int]) -> None:
    plane.resize(*size)
    middle = plane.place_of(0j)
    right, top = plane.place_of(1 + 0j), plane.place_of(1j)
    assert right.x() - middle.x() == pytest.approx(middle.y() - top.y())
    assert plane.square.contains(right)
    assert plane.square.contains(top)


@pytest.mark.parametrize("value", [0.9 + 0j, -0.5 + 0.5j, -1.2j, 1.5 + 0j])
def test_an_eigenvalue_is_painted_at_its_place(plane: PlanePlot, value: complex) -> None:
    plane.show_points([points(value)])
    place = plane.place_of(value)
    assert picture(plane).pixelColor(round(place.x()), round(place.y())) == QColor("#ff0000")


def test_the_plane_stays_as_it_is_while_the_knob_turns_and_grows_for_what_lies_beyond(plane: PlanePlot) -> None:
    limits = set()
    for scale in np.linspace(0.5, 1.5, 11):
        plane.show_points([points(complex(scale), 0.2j)], [PlaneCircle(3.0, "σ", "#00ff00")])
        limits.add(plane.limit)
    assert limits == {1.6}
    plane.show_points([points(4.2 + 0j)])
    assert plane.limit == 5.0
    plane.show_points([points(1e6 + 0j)])
    assert plane.place_of(1e6 + 0j).x() <= plane.square.right()


def test_the_mouse_names_the_eigenvalue_with_modulus_and_angle(plane: PlanePlot) -> None:
    plane.show_points([points(0.9 + 0j), points(-0.6 - 0.6j, 0.1j, name="U_f")])
    (told,) = pointed(plane, plane.place_of(-0.6 - 0.6j) + QPointF(2, 1))
    assert told == "λ₁ of U_f = −0.600 − 0.600 i   |λ| = 0.849   angle −135°"
    assert plane.lit == (1, 0)
    assert pointed(plane, plane.place_of(1.4 + 1.4j)) == [""]


def test_circles_are_drawn_round_about_the_origin(plane: PlanePlot) -> None:
    plane.show_points([], [PlaneCircle(0.5, "ρ", "#00ff00")])
    image, found = picture(plane), 0
    for angle in np.linspace(0, math.tau, 90, endpoint=False):
        place = plane.place_of(0.5 * complex(math.cos(angle), math.sin(angle)))
        colour = image.pixelColor(round(place.x() - 0.5), round(place.y() - 0.5))
        found += colour.green() > 1.3 * max(colour.red(), colour.blue())
    assert 30 < found < 90  # it is dashed


def test_what_is_not_finite_is_left_out(plane: PlanePlot, caplog: pytest.LogCaptureFixture) -> None:
    plane.show_points([points(complex("nan"), complex("inf"), 0.5 + 0j)], [PlaneCircle(math.nan, "ρ", "#00ff00")])
    picture(plane)
    assert plane.limit == 1.6
    assert plane.describe(plane.groups[0], 0).startswith("λ₁ of U = 0.500")
    assert not caplog.records


@pytest.mark.parametrize("size", [(30, 30), (300, 60), (60, 300), (2000, 1500)])
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_it_is_painted_at_every_size(
    plane: PlanePlot, size: tuple[int, int], theme: str, caplog: pytest.LogCaptureFixture
) -> None:
    plane.setMinimumSize(1, 1)
    plane.resize(*size)
    plane.set_theme(THEMES[theme], metrics(1.0))
    plane.show_points([points(0.5 + 0j), points(1j, name="V")], [PlaneCircle(0.5, "ρ = 0.50", "#00ff00")] * 2)
    picture(plane)
    assert not caplog.records


@pytest.mark.parametrize("side", range(150, 420, 15))
def test_the_name_of_the_axis_stands_clear_of_its_numbers(
    side: int, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: dict[str, tuple[float, float]] = {}

    def spy(painter: QPainter, rect: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont, colour: str) -> None:
        wide = font_metrics(font).horizontalAdvance(text)
        left = rect.right() - wide if flags == RIGHT else rect.center().x() - wide / 2
        if text != "Im λ":
            spans[text] = (left, left + wide)
        write(painter, rect, flags, text, font, colour)

    monkeypatch.setattr("rnnviz.ui.plots.xy.x_axis.write", spy)
    plot = PlanePlot()
    qtbot.addWidget(plot)
    plot.resize(side, side)
    plot.show_points([points(0.5 + 0.2j)])
    plot.grab()
    ends = sorted(spans.values())
    assert ends
    assert all(first[1] < second[0] for first, second in pairwise(ends)), spans


def test_the_items_of_the_plot_hold_exactly_the_eigenvalues(plane: PlanePlot) -> None:
    first = points(0.5 + 0.25j, complex("nan"), complex("inf"), -3e-5j)
    second = points(1j, name="V", style=SignalStyle("#00ff00", "up"))
    plane.show_points([first, second])
    items = [item for item in plane.plot.items if isinstance(item, pg.ScatterPlotItem)]
    assert [item.opts["name"] for item in items] == ["U", "V"]
    for item, group in zip(items, (first, second), strict=True):
        np.testing.assert_array_equal(item.getData(), [group.values.real, group.values.imag])
    plane.show_points([second])
    assert [item for item in plane.plot.items if isinstance(item, pg.ScatterPlotItem)] == items[:1]
    np.testing.assert_array_equal(items[0].getData(), [[0.0], [1.0]])


def test_the_wheel_zooms_both_axes_about_the_mouse_and_a_double_click_shows_all(plane: PlanePlot) -> None:
    plane.show_points([points(0.5 + 0.5j)])
    place = plane.place_of(0.5 + 0.5j)
    wheel(plane, place, 3)
    assert plane.x_range[1] - plane.x_range[0] == pytest.approx(plane.y_range[1] - plane.y_range[0])
    assert plane.x_range[1] - plane.x_range[0] < 3.0
    assert (plane.place_of(0.5 + 0.5j) - place).manhattanLength() < 2
    unit = plane.unit
    plane.show_points([points(4.2 + 0j)])
    assert plane.unit == unit, "what the user has zoomed to stays"
    double_click(plane, place.toPoint())
    assert plane.x_range == plane.y_range == (-5.0, 5.0)


def test_a_drag_moves_the_plane_both_ways(plane: PlanePlot) -> None:
    plane.show_points([points(0.5 + 0.5j)])
    place = plane.place_of(0.5 + 0.5j)
    drag(plane, place, place + QPointF(10, 20), place + QPointF(30, 40))
    assert (plane.place_of(0.5 + 0.5j) - place - QPointF(30, 40)).manhattanLength() < 2
    assert picture(plane).pixelColor((place + QPointF(30, 40)).toPoint()) == QColor("#ff0000")


@pytest.mark.parametrize("notches", [-60, 12, 60, 400])
def test_however_far_the_user_zooms_it_is_painted(
    plane: PlanePlot, notches: int, caplog: pytest.LogCaptureFixture
) -> None:
    plane.show_points([points(0.5 + 0.5j)], [PlaneCircle(0.5, "ρ", "#00ff00"), PlaneCircle(1e300, "σ", "#0000ff")])
    wheel(plane, plane.place_of(0.35 + 0.35j), notches)
    picture(plane)
    assert not caplog.records


@pytest.mark.parametrize(("count", "bars"), [(1, True), (24, True), (400, False)])
def test_the_items_of_a_spectrum_hold_exactly_its_values(qtbot: QtBot, count: int, bars: bool) -> None:
    spectrum = BlockSpectrum()
    qtbot.addWidget(spectrum)
    spectrum.resize(420, 200)
    singular, eigenvalues = np.linspace(2.0, 0.0, count), np.exp(1j * np.arange(count))
    spectrum.show_spectrum("U", singular, eigenvalues, RED)
    spectrum.grab()
    values = spectrum.values
    (item,) = [item for item in values.plot.items if isinstance(item, pg.BarGraphItem)]
    np.testing.assert_array_equal(item.opts["height"], singular)
    np.testing.assert_array_equal(values.curve.getData(), [np.arange(1.0, count + 1), singular])
    assert (values.bars.isVisible(), values.curve.isVisible()) == (bars, not bars)
    np.testing.assert_array_equal(spectrum.plane._points[0].getData(), [eigenvalues.real, eigenvalues.imag])
    wheel(values, values.data_rect.center(), 40)
    assert values.bars.isVisible(), "of a few values in view there are bars"
    spectrum.say("There is none.")
    assert (spectrum.notice, values.isVisibleTo(spectrum)) == ("There is none.", False)


@pytest.mark.parametrize("size", [(30, 30), (60, 300), (300, 84), (1600, 900)])
def test_spectra_are_painted_at_every_size(
    qtbot: QtBot, size: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    spectrum = BlockSpectrum()
    qtbot.addWidget(spectrum)
    spectrum.setMinimumSize(1, 1)
    spectrum.resize(*size)
    for values in ([], [0.0], [1e308, 1.0], [5e-324], [math.inf, math.nan]):
        spectrum.show_spectrum("U", np.array(values), np.array(values, np.complex128), RED)
        spectrum.set_theme(THEMES["dark"], metrics(1.0))
        spectrum.grab()
    assert not caplog.records


@pytest.mark.parametrize("size", [(900, 300), (300, 700), (400, 400)])
def test_a_unit_is_as_long_along_both_axes(qtbot: QtBot, size: tuple[int, int]) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    plot = PlanePlot(holder)
    plot.resize(*size)
    holder.resize(*size)
    holder.show()
    qtbot.waitExposed(holder)
    area, (x, y) = plot.data_rect, plot.box.viewRange()
    assert area.width() / (x[1] - x[0]) == pytest.approx(area.height() / (y[1] - y[0]), rel=1e-6)
    wheel(plot, area.center(), 2)
    x, y = plot.box.viewRange()
    assert area.width() / (x[1] - x[0]) == pytest.approx(area.height() / (y[1] - y[0]), rel=1e-6)
    plot.box.setXRange(-0.3, 0.9, padding=0)
    area, (x, y) = plot.data_rect, plot.box.viewRange()
    assert area.width() / (x[1] - x[0]) == pytest.approx(area.height() / (y[1] - y[0]), rel=1e-6)
