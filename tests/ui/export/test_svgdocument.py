from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPath, QPen

from rnnviz.ui.export.write import svg_document
from tests.ui.export.pictures import SVG, elements, svg_of
from tests.ui.export.samples import Sketch

pytestmark = pytest.mark.usefixtures("qapp")


def font(pixels: int) -> QFont:
    made = QFont("Inter")
    made.setPixelSize(pixels)
    return made


def plain(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    return image


def test_the_document_has_its_size_and_title() -> None:
    sketch = Sketch(size=QSizeF(1280, 720))
    sketch.title = "Gates & <states>"
    root = svg_document(sketch)
    assert b'width="1280" height="720" viewBox="0 0 1280 720"' in root
    assert [title.text for title in elements(root, "title")] == ["Gates & <states>"]


def test_equal_pictures_are_equal_documents() -> None:
    def draw(p: QPainter) -> None:
        p.setClipRect(QRectF(0, 0, 50, 50))
        p.drawText(QPointF(5, 40), "h[t]")
        p.drawImage(QRectF(0, 0, 90, 90), plain(3, 3))

    assert svg_of(draw) == svg_of(draw)


def test_text_stays_text_with_family_size_weight_and_colour() -> None:
    def draw(p: QPainter) -> None:
        bold = font(20)
        bold.setWeight(QFont.Weight.DemiBold)
        bold.setItalic(True)
        p.setFont(bold)
        p.setPen(Qt.GlobalColor.red)
        p.drawText(QPointF(5, 60), "forget < gate & more")

    (text,) = elements(svg_of(draw), "text")
    assert text.text == "forget < gate & more"
    assert text.get("font-family", "").startswith("Inter, ")
    assert text.get("font-family", "").endswith("sans-serif")
    assert (text.get("font-size"), text.get("font-weight"), text.get("font-style")) == ("20", "600", "italic")
    assert (text.get("x"), text.get("y"), text.get("fill")) == ("5", "60", "#ff0000")


def test_a_scale_goes_into_the_type_size_and_a_turn_into_the_transform() -> None:
    def draw(p: QPainter) -> None:
        p.setFont(font(10))
        p.scale(2, 2)
        p.drawText(QPointF(5, 6), "level")
        p.rotate(-90)
        p.drawText(QPointF(5, 6), "turned")

    level, turned = elements(svg_of(draw), "text")
    assert (level.get("font-size"), level.get("x"), level.get("y")) == ("20", "10", "12")
    assert level.get("transform") is None
    assert turned.get("font-size") == "20"
    assert turned.get("transform") == "matrix(0 -1 1 0 0 0)"


def test_the_width_of_text_is_kept_where_its_font_is_missing() -> None:
    def draw(p: QPainter) -> None:
        p.setFont(font(16))
        p.drawText(QPointF(5, 60), "hidden state")

    (text,) = elements(svg_of(draw), "text")
    from PySide6.QtGui import QFontMetricsF

    assert float(text.get("textLength", "0")) == pytest.approx(
        QFontMetricsF(font(16)).horizontalAdvance("hidden state"), abs=0.5
    )


def test_tabular_figures_are_asked_for_in_the_document_too() -> None:
    def draw(p: QPainter) -> None:
        tabular = font(16)
        tabular.setFeature(QFont.Tag("tnum"), 1)
        p.setFont(tabular)
        p.drawText(QPointF(5, 60), "0.11")

    (text,) = elements(svg_of(draw), "text")
    assert text.get("style") == "font-feature-settings:'tnum' 1"


def test_an_underline_is_drawn_once() -> None:
    def draw(p: QPainter) -> None:
        under = font(16)
        under.setUnderline(True)
        p.setFont(under)
        p.drawText(QPointF(5, 60), "under")

    document = svg_of(draw)
    assert len(elements(document, "text")) == 1
    assert len(elements(document, "path")) == 1
    assert b"text-decoration" not in document


def test_characters_that_xml_cannot_hold_are_dropped() -> None:
    def draw(p: QPainter) -> None:
        p.drawText(QPointF(5, 60), "a\x01b\x0bc")

    assert "".join(text.text or "" for text in elements(svg_of(draw), "text")) == "abc"


def test_a_cosmetic_pen_has_its_width_on_the_page_under_any_scale() -> None:
    def draw(p: QPainter) -> None:
        pen = QPen(Qt.GlobalColor.black, 1.5)
        pen.setCosmetic(True)
        p.setPen(pen)
        p.scale(100, 0.01)
        p.drawLine(QLineF(0, 0, 1, 5000))

    (path,) = elements(svg_of(draw), "path")
    assert (path.get("stroke-width"), path.get("d")) == ("1.5", "M0 0L100 50")
    assert path.get("transform") is None


@pytest.mark.parametrize("width", [0.1, 0.25, 0.5, 0.75, 0.99, 1.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("cosmetic", [False, True])
def test_a_stroke_thinner_than_a_pixel_is_written_in_its_width(width: float, scale: float, cosmetic: bool) -> None:
    def draw(p: QPainter) -> None:
        pen = QPen(Qt.GlobalColor.black, width)
        pen.setCosmetic(cosmetic)
        p.setPen(pen)
        p.scale(scale, scale)
        p.drawLine(QLineF(1, 2, 10, 20))
        p.drawRect(QRectF(2, 3, 10, 10))

    paths = elements(svg_of(draw), "path")
    assert len(paths) == 2
    for path in paths:
        assert float(path.get("stroke-width", "0")) == pytest.approx(width if cosmetic else width * scale, abs=0.01)


def test_lines_that_continue_one_another_are_one_path() -> None:
    def draw(p: QPainter) -> None:
        p.drawLines([QLineF(0, 0, 10, 10), QLineF(10, 10, 20, 0), QLineF(30, 0, 40, 10)])

    (path,) = elements(svg_of(draw), "path")
    assert path.get("d") == "M0 0L10 10L20 0M30 0L40 10"


def test_a_line_far_beyond_its_clip_is_cut_near_it() -> None:
    def draw(p: QPainter) -> None:
        p.setClipRect(QRectF(50, 50, 60, 40))
        p.setPen(QPen(Qt.GlobalColor.black, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        p.drawPolyline([QPointF(-1e6, 70), QPointF(1e6, 70)])

    _, path = elements(svg_of(draw), "path")
    assert path.get("d") == "M49 70L111 70"


def test_dashes_keep_their_places_where_a_line_is_cut() -> None:
    def draw(p: QPainter) -> None:
        p.setClipRect(QRectF(50, 50, 60, 40))
        p.setPen(QPen(Qt.GlobalColor.black, 2, Qt.PenStyle.DashLine, Qt.PenCapStyle.FlatCap))
        p.drawPolyline([QPointF(10, 70), QPointF(150, 70)])

    _, path = elements(svg_of(draw), "path")
    assert path.get("d") == "M49 70L111 70"
    assert path.get("stroke-dashoffset") == "39"


def test_what_lies_wholly_outside_the_clip_is_not_written() -> None:
    def draw(p: QPainter) -> None:
        p.setClipRect(QRectF(50, 50, 60, 40))
        p.fillRect(QRectF(0, 0, 20, 20), Qt.GlobalColor.red)
        p.drawLine(QPointF(0, 0), QPointF(20, 20))
        p.drawText(QPointF(0, 20), "out")
        p.drawImage(QRectF(0, 0, 20, 20), plain(2, 2))

    root = svg_of(draw)
    assert not any(elements(root, tag) for tag in ("rect", "path", "text", "image", "g"))


def test_a_clip_is_written_once_as_a_clip_path() -> None:
    def draw(p: QPainter) -> None:
        circle = QPainterPath()
        circle.addEllipse(QRectF(20, 20, 60, 60))
        p.setClipPath(circle)
        p.drawRect(QRectF(0, 50, 160, 5))
        p.drawLine(QPointF(0, 60), QPointF(160, 60))

    document = svg_of(draw)
    (clip,) = elements(document, "clipPath")
    (group,) = elements(document, "g")
    assert group.get("clip-path") == f"url(#{clip.get('id')})"
    assert len(group.findall(SVG + "path")) == 2


def test_what_lies_within_the_clip_needs_no_clip_path() -> None:
    def draw(p: QPainter) -> None:
        p.setClipRect(QRectF(0, 0, 100, 100))
        p.drawLine(QPointF(10, 10), QPointF(60, 60))

    assert not elements(svg_of(draw), "clipPath")


def test_a_curve_with_a_gap_is_two_subpaths() -> None:
    def draw(p: QPainter) -> None:
        gap = QPointF(float("nan"), float("nan"))
        p.drawPolyline([QPointF(0, 0), QPointF(9, 9), gap, QPointF(20, 0), QPointF(30, 9)])

    (path,) = elements(svg_of(draw), "path")
    assert path.get("d") == "M0 0L9 9M20 0L30 9"


def test_heatmap_pixels_are_sharp_in_every_viewer() -> None:
    def draw(p: QPainter) -> None:
        p.drawImage(QRectF(0, 0, 160, 120), plain(4, 3))

    document = svg_of(draw)
    (image,) = elements(document, "image")
    assert image.get("style", "").endswith("image-rendering:pixelated")
    embedded = QImage.fromData(_embedded(document))
    assert embedded.width() >= 320
    assert embedded.height() >= 240


def test_a_photograph_is_left_smooth() -> None:
    def draw(p: QPainter) -> None:
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.drawImage(QRectF(0, 0, 160, 120), plain(4, 3))

    document = svg_of(draw)
    assert b"image-rendering" not in document
    assert QImage.fromData(_embedded(document)).width() == 4


def test_a_failure_while_painting_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise ValueError("no such text")

    monkeypatch.setattr("rnnviz.ui.export.svgdocument.text_element", fail)
    with pytest.raises(ValueError, match="no such text"):
        svg_of(lambda p: p.drawText(QPointF(5, 60), "text"))


def test_whole_numbers_are_as_good_as_real_ones() -> None:
    def draw(p: QPainter) -> None:
        p.drawLine(1, 2, 30, 40)
        p.drawPoint(QPoint(5, 5))
        p.drawRect(QRect(10, 10, 20, 20))
        p.drawPolyline([QPoint(0, 0), QPoint(5, 5)])

    document = svg_of(draw)
    assert len(elements(document, "path")) == 3
    assert len(elements(document, "rect")) == 1


def _embedded(document: bytes) -> bytes:
    import base64

    found = re.search(rb"data:image/png;base64,([A-Za-z0-9+/=]+)", document)
    assert found is not None
    return base64.b64decode(found[1])
