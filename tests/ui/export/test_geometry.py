from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath, QRegion, QTransform

from rnnviz.ui.export.geometry import as_rect, is_uniform, polygon_path, trimmed

coordinate = st.integers(-50, 150).map(float)
point = st.tuples(coordinate, coordinate)
BOX = QRectF(0, 0, 100, 100)


@given(st.lists(point, min_size=2, max_size=12))
def test_a_cut_line_has_the_length_that_lies_inside(corners: list[tuple[float, float]]) -> None:
    path = polygon_path(corners, closed=False)
    parts = trimmed(path, BOX)
    inside = sum(part.length() for part, _ in parts)
    # Independent: sample each segment densely and count what is inside.
    expected = 0.0
    for (x1, y1), (x2, y2) in itertools.pairwise(corners):
        along = (np.arange(4000) + 0.5) / 4000
        xs, ys = x1 + along * (x2 - x1), y1 + along * (y2 - y1)
        within = (xs >= 0) & (xs <= 100) & (ys >= 0) & (ys <= 100)
        expected += float(within.mean()) * float(np.hypot(x2 - x1, y2 - y1))
    assert inside == pytest.approx(expected, abs=0.3 * len(corners))
    for part, before in parts:
        for x, y in ((part.elementAt(i).x, part.elementAt(i).y) for i in range(part.elementCount())):
            assert -1e-9 <= x <= 100 + 1e-9
            assert -1e-9 <= y <= 100 + 1e-9
        start = path.pointAtPercent(path.percentAtLength(before))
        first = part.elementAt(0)
        assert (start.x(), start.y()) == pytest.approx((first.x, first.y), abs=0.05)


def test_a_line_that_leaves_and_returns_is_two_parts() -> None:
    path = polygon_path([(50, 50), (150, 50), (150, 60), (50, 60)], closed=False)
    parts = trimmed(path, BOX)
    assert [before for _, before in parts] == [0.0, 160.0]


def test_a_path_without_elements_has_no_parts() -> None:
    assert trimmed(QPainterPath(), BOX) == []


def test_rectangles_are_told_from_other_paths() -> None:
    rect = QPainterPath()
    rect.addRect(QRectF(1, 2, 3, 4))
    region = QPainterPath()
    region.addRegion(QRegion(1, 2, 3, 4))
    ellipse = QPainterPath()
    ellipse.addEllipse(QRectF(1, 2, 3, 4))
    turned = QTransform().rotate(30).map(rect)
    bow = polygon_path([(0, 0), (4, 4), (4, 0), (0, 4)], closed=True)
    assert as_rect(rect) == as_rect(region) == QRectF(1, 2, 3, 4)
    assert as_rect(QTransform().rotate(90).map(rect)) is not None
    assert [as_rect(path) for path in (ellipse, turned, bow, QPainterPath())] == [None] * 4


def test_a_turned_and_mirrored_scale_is_uniform_and_a_sheared_one_is_not() -> None:
    assert is_uniform(QTransform().rotate(30).scale(-2, 2))
    assert not is_uniform(QTransform().scale(2, 3))
    assert not is_uniform(QTransform().shear(0.5, 0))
