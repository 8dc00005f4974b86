"""Scenes of pyqtgraph, of which all plots are made, as figures."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGraphicsItem
from pytestqt.qtbot import QtBot

from rnnviz.ui.export import WidgetFigure, copy_figure
from rnnviz.ui.export.figures import Figure
from rnnviz.ui.export.write import pdf_document, png_image, svg_document
from tests.ui.export.pictures import difference, elements, images, letters, pixels, rendered
from tests.ui.export.samples import Bar, plot_view

SIZE = QSizeF(400, 300)
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0)
MAGENTA, CYAN = (255, 0, 255), (0, 255, 255)


@pytest.fixture
def figure(qtbot: QtBot) -> WidgetFigure:
    return figure_of(qtbot, SIZE)


def figure_of(qtbot: QtBot, size: QSizeF) -> WidgetFigure:
    view = plot_view()
    qtbot.addWidget(view)
    view.show()
    return WidgetFigure(view, "plot", "A plot", size=size)


def of_colour(picture: NDArray[np.float64], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Return where a picture has exactly a colour, [H, W]."""
    return np.asarray((picture == np.array(colour)).all(axis=2))


def extent(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return the first and last column and row of what is true."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])


def plot_area(svg: bytes) -> tuple[float, float, float, float]:
    """Return left, right, top and bottom of what the bars span and the curve is cut to: the data at its edges."""
    bars = {e.get("fill"): e for e in elements(svg, "rect")}
    left, right = bars["#ff00ff"], bars["#00ffff"]
    height = float(left.get("height", "0")) / 0.4 * 2
    top = float(left.get("y", "0")) - 0.1 / 2 * height
    end = float(right.get("x", "0")) + float(right.get("width", "0"))
    return float(left.get("x", "0")), end, top, top + height


def test_items_of_which_the_screen_keeps_pictures_are_shapes_and_keep_their_caches(figure: WidgetFigure) -> None:
    document = svg_document(figure)
    assert {"#ff00ff", "#00ffff"} <= {rect.get("fill") for rect in elements(document, "rect")}
    assert len(elements(document, "image")) == 1
    bars = [item for item in figure._widget.items() if isinstance(item, Bar)]  # type: ignore[attr-defined]
    assert [bar.cacheMode() for bar in bars] == [QGraphicsItem.CacheMode.DeviceCoordinateCache] * 2


@pytest.mark.parametrize("zoom", [1, 2])
def test_a_cosmetic_curve_is_as_wide_as_on_screen_times_the_scale(qtbot: QtBot, zoom: int) -> None:
    document = svg_document(figure_of(qtbot, SIZE * zoom))
    widths = {path.get("stroke-width") for path in elements(document, "path") if path.get("stroke") == "#ff0000"}
    assert widths == {str(2 * zoom)}


def test_a_curve_in_an_image_covers_the_same_part_at_every_scale(figure: WidgetFigure) -> None:
    one, four = (pixels(png_image(figure, scale)) for scale in (1.0, 4.0))
    shares = [float((255 - picture[:, :, 1:].mean(axis=2))[picture[:, :, 0] > 250].sum()) for picture in (one, four)]
    assert shares[1] / 16 == pytest.approx(shares[0], rel=0.05)


def test_a_curve_that_leaves_the_view_is_cut_at_its_edge_and_fills_it(figure: WidgetFigure) -> None:
    document = svg_document(figure)
    left, right, top, bottom = plot_area(document)
    picture = pixels(png_image(figure, 2.0))
    first, last, high, low = (place / 2 for place in extent(of_colour(picture, RED)))
    assert (high, low) == pytest.approx((top, bottom), abs=1.5)
    assert left - 1 <= first < last <= right + 1
    curve = "".join(path.get("d", "") for path in elements(document, "path") if path.get("stroke") == "#ff0000")
    heights = [float(point.split()[1]) for point in curve.replace("M", "L").split("L")[1:]]
    assert top - 2 <= min(heights) < max(heights) <= bottom + 2


def test_what_axes_say_is_text(figure: WidgetFigure) -> None:
    texts = {text.text for text in elements(svg_document(figure), "text")}
    assert {"0.5", "2", "8", "-0.5", "-1.0"} <= texts
    assert letters(pdf_document(figure)) >= set("012568-.")


def test_pixels_of_an_image_are_sharp_at_every_scale(figure: WidgetFigure) -> None:
    for scale in (1.0, 3.0):
        picture = pixels(png_image(figure, scale))
        first, last, high, low = extent(of_colour(picture, BLUE) | of_colour(picture, YELLOW))
        inside = picture[high : low + 1, first : last + 1]
        assert (of_colour(inside, BLUE) | of_colour(inside, YELLOW)).all()


def test_pixels_of_an_image_are_repeated_in_a_pdf(figure: WidgetFigure) -> None:
    ((width, height),) = images(pdf_document(figure))
    assert width > 3 * 50
    assert height > 2 * 15


def test_an_svg_shows_all_that_an_image_shows(figure: WidgetFigure) -> None:
    picture = pixels(png_image(figure, 1.0))
    shown = rendered(svg_document(figure), 400, 300)
    assert difference(picture, shown) < 0.1 * difference(picture, np.full_like(picture, 255.0))
    for colour in (BLUE, YELLOW, GREEN, MAGENTA, CYAN):
        assert extent(of_colour(shown, colour)) == pytest.approx(extent(of_colour(picture, colour)), abs=1.5)
    ink, shown_ink = picture.min(axis=2) < 200, shown.min(axis=2) < 200
    assert extent(shown_ink) == pytest.approx(extent(ink), abs=1.5)


def test_a_plot_is_as_it_was_after_it_was_written(figure: WidgetFigure) -> None:
    before = pixels(figure._widget.grab().toImage())
    for write in (svg_document, pdf_document):
        write(figure)
    assert np.array_equal(before, pixels(figure._widget.grab().toImage()))


@pytest.mark.parametrize("write", [svg_document, pdf_document, lambda figure: png_image(figure, 1.0), copy_figure])
def test_no_figure_leaves_its_points_behind(figure: WidgetFigure, write: Callable[[Figure], object]) -> None:
    for _ in range(3):
        write(figure)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(20):
        write(figure)
    gc.collect()
    QGuiApplication.clipboard().clear()
    assert (
        sys.getallocatedblocks() - before < 1000
    )  # a leak would be one for each of the curve's 2,000 points, each time
