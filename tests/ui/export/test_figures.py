from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSizeF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.export.figures import Figure, WidgetFigure
from rnnviz.ui.export.write import png_image, svg_document
from tests.ui.export.pictures import difference, elements, pixels, rendered
from tests.ui.export.samples import Sketch, lecture_widget


@pytest.fixture
def widget(qtbot: QtBot) -> QWidget:
    made = lecture_widget()
    qtbot.addWidget(made)
    return made


def figure_of(widget: QWidget, size: QSizeF | None = None) -> WidgetFigure:
    return WidgetFigure(widget, "lecture", "Lecture", size=size)


def grabbed(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_a_widget_with_a_plot_looks_in_svg_as_on_screen(widget: QWidget) -> None:
    document = svg_document(figure_of(widget, QSizeF(widget.size())))
    screen = pixels(grabbed(widget))
    found = difference(screen, rendered(document, widget.width(), widget.height()))
    assert found < 0.1 * difference(screen, np.full_like(screen, 255.0))


def test_a_widget_with_a_plot_looks_in_png_as_on_screen(widget: QWidget) -> None:
    screen = pixels(grabbed(widget))
    found = difference(screen, pixels(png_image(figure_of(widget, QSizeF(widget.size())), 1.0)))
    assert found < 0.05 * difference(screen, np.full_like(screen, 255.0))


def test_every_text_of_the_widget_is_text_in_the_svg(widget: QWidget) -> None:
    texts = [(text.text or "").strip() for text in elements(svg_document(figure_of(widget)), "text")]
    assert {"t = 7 / 24", "gate f", "10", "20"} <= set(texts)


def test_only_the_heatmap_is_an_image_and_symbols_are_shapes(widget: QWidget) -> None:
    document = svg_document(figure_of(widget))
    assert len(elements(document, "image")) == 1
    symbols = [path for path in elements(document, "path") if path.get("fill") == "#d55e00"]
    assert len(symbols) > 20


def test_curves_beyond_the_view_are_cut_at_its_edge(widget: QWidget) -> None:
    document = svg_document(figure_of(widget, QSizeF(widget.size())))
    curves = [path for path in elements(document, "path") if path.get("stroke") == "#0072b2"]
    heights = [
        float(step.split()[1]) for path in curves for step in (path.get("d") or "")[1:].replace("M", "L").split("L")
    ]
    assert max(heights) < widget.height()
    assert min(heights) > 20


def test_a_figure_takes_the_size_of_a_slide_and_keeps_its_aspect(widget: QWidget) -> None:
    size = figure_of(widget).size
    assert (size.width(), size.height()) == (1152, 720)


def test_pens_and_type_grow_with_the_figure(widget: QWidget) -> None:
    small = svg_document(figure_of(widget, QSizeF(640, 400)))
    large = svg_document(figure_of(widget, QSizeF(1280, 800)))
    for attribute, tag in (("stroke-width", "path"), ("font-size", "text")):
        ones, twos = (
            [float(e.get(attribute, "0")) for e in elements(document, tag) if e.get(attribute)]
            for document in (small, large)
        )
        assert np.allclose(np.array(twos) / np.array(ones), 2, atol=0.01)


def test_a_figure_of_another_aspect_is_centred(widget: QWidget) -> None:
    image = pixels(png_image(figure_of(widget, QSizeF(640, 800)), 1.0))
    ink = np.flatnonzero((image < 128).any(axis=(1, 2)))
    assert ink.min() > 200
    assert ink.max() < 600


def test_children_are_clipped_to_their_parents_and_painted_in_their_order(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    root.resize(100, 100)
    for colour, place in (("red", 0), ("blue", 40)):
        child = QLabel(root)
        child.setStyleSheet(f"background: {colour}")
        child.setGeometry(place, place, 80, 80)
    hidden = QLabel("hidden", root)
    hidden.hide()
    image = png_image(figure_of(root, QSizeF(200, 100)), 1.0)
    assert image.pixelColor(50 + 20, 20) == Qt.GlobalColor.red
    assert image.pixelColor(50 + 60, 60) == Qt.GlobalColor.blue
    assert image.pixelColor(50 + 110, 60) == Qt.GlobalColor.white
    assert b"hidden" not in svg_document(figure_of(root))


def test_the_widget_is_dressed_for_the_painting_only(widget: QWidget) -> None:
    seen: list[str] = []

    @contextmanager
    def dress() -> Iterator[None]:
        seen.append("on")
        yield
        seen.append("off")

    figure = WidgetFigure(widget, "lecture", "Lecture", dress=dress)
    svg_document(figure)
    assert seen == ["on", "off"]


def test_exporting_leaves_the_plot_on_screen_as_it_was(widget: QWidget) -> None:
    before = pixels(grabbed(widget))
    for _ in range(2):
        svg_document(figure_of(widget))
    assert np.array_equal(before, pixels(grabbed(widget)))


def test_style_controls_are_painted_with_their_text(qtbot: QtBot) -> None:
    button = QPushButton("Play")
    qtbot.addWidget(button)
    button.resize(100, 30)
    (text,) = elements(svg_document(figure_of(button)), "text")
    assert text.text == "Play"


def test_both_kinds_of_figure_fit_the_protocol(widget: QWidget) -> None:
    assert isinstance(figure_of(widget), Figure)
    assert isinstance(Sketch(), Figure)


def test_child_positions_add_up(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    root.resize(100, 60)
    inner = QWidget(root)
    inner.setGeometry(30, 10, 60, 40)
    leaf = QLabel(inner)
    leaf.setStyleSheet("background: red")
    leaf.setGeometry(5, 5, 10, 10)
    image = png_image(figure_of(root, QSizeF(100, 60)), 1.0)
    at = leaf.mapTo(root, QPoint(5, 5))
    assert image.pixelColor(at) == Qt.GlobalColor.red
    assert image.pixelColor(34, 14) != Qt.GlobalColor.red
