"""Paths as SVG data, lines trimmed to what is visible, images in crisp pixels."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainterPath, QTransform

from rnnviz.ui.export.svgtext import number

_MOST_PIXELS = 4096
_HAIR = 1e-6


def _point(element: QPainterPath.Element) -> str:
    return f"{number(element.x)} {number(element.y)}"


def path_data(path: QPainterPath) -> str:
    """Write a path as the `d` of an SVG path.

    Parameters
    ----------
    path : QPainterPath
        Lines and cubic curves.

    Returns
    -------
    str
        A subpath that ends where it began is closed, as by Qt's own stroker.
    """
    subpaths: list[list[str]] = []
    elements = [path.elementAt(i) for i in range(path.elementCount())]
    for i, element in enumerate(elements):
        if element.isMoveTo():
            subpaths.append([_point(element)])
        elif element.isCurveTo():
            subpaths[-1].append("C" + " ".join(map(_point, elements[i : i + 3])))
        elif element.isLineTo() and (step := "L" + _point(element)) != subpaths[-1][-1]:
            subpaths[-1].append(step)
    return "".join("M" + _closed(subpath) for subpath in subpaths if len(subpath) > 1)


def _closed(subpath: list[str]) -> str:
    """Join the steps of a subpath, closing it where it returns to its start."""
    start, end = subpath[0], subpath[-1]
    if end == "L" + start:
        return "".join(subpath[:-1]) + "Z"
    return "".join(subpath) + ("Z" if end.endswith(" " + start) else "")


def polygon_path(points: Iterable[tuple[float, float]], closed: bool) -> QPainterPath:
    """Join points into a path; one that is not finite interrupts it."""
    path = QPainterPath()
    broken = True
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            broken = True
        elif broken:
            path.moveTo(x, y)
            broken = False
        else:
            path.lineTo(x, y)
    if closed:
        path.closeSubpath()
    return path


def is_straight(path: QPainterPath) -> bool:
    """Tell whether a path is made of lines along the axes."""
    elements = [path.elementAt(i) for i in range(path.elementCount())]
    return all(
        two.isMoveTo() or (two.isLineTo() and (one.x == two.x or one.y == two.y))
        for one, two in itertools.pairwise(elements)
    )


def as_rect(path: QPainterPath) -> QRectF | None:
    """Return the rectangle that a path outlines.

    Parameters
    ----------
    path : QPainterPath
        Any path, in device coordinates.

    Returns
    -------
    QRectF or None
        None where the path is anything but one rectangle along the axes.
    """
    count = path.elementCount()
    if count not in (4, 5) or not is_straight(path):
        return None
    elements = [path.elementAt(i) for i in range(count)]
    corners = [(element.x, element.y) for element in elements]
    if any(element.isMoveTo() for element in elements[1:]) or (count == 5 and corners[4] != corners[0]):
        return None
    sides = zip(corners[:4], corners[1:4] + corners[:1], strict=True)
    if any((x1 == x2) == (y1 == y2) for (x1, y1), (x2, y2) in sides):
        return None
    return path.boundingRect()


def intersection(first: QPainterPath, second: QPainterPath) -> QPainterPath:
    """Return what two paths share; rectangles stay rectangles to the last bit."""
    one, two = as_rect(first), as_rect(second)
    if one is None or two is None:
        return first.intersected(second)
    path = QPainterPath()
    path.addRect(one.intersected(two))
    return path


def is_uniform(transform: QTransform) -> bool:
    """Tell whether a transform keeps the shape of a pen: turns, mirrors, moves and scales both axes alike."""
    across = math.hypot(transform.m11(), transform.m12())
    down = math.hypot(transform.m21(), transform.m22())
    skew = transform.m11() * transform.m21() + transform.m12() * transform.m22()
    return transform.isAffine() and math.isclose(across, down, rel_tol=1e-6) and abs(skew) < 1e-6 * across**2


def trimmed(path: QPainterPath, rect: QRectF) -> list[tuple[QPainterPath, float]]:
    """Cut a path of straight lines to a rectangle.

    Programs that ignore clip paths then still show nothing outside the axes, and a zoomed plot stays small.

    Parameters
    ----------
    path : QPainterPath
        What is stroked, in device coordinates.
    rect : QRectF
        The visible part, grown by the reach of the pen.

    Returns
    -------
    list of (QPainterPath, float)
        The connected parts inside, each with the length of line before it, by which dashes are shifted. A
        path that is inside or holds curves comes back as it is.
    """
    elements = [path.elementAt(i) for i in range(path.elementCount())]
    if any(element.isCurveTo() for element in elements) or rect.contains(path.boundingRect()):
        return [(path, 0.0)]
    parts: list[tuple[QPainterPath, float]] = []
    before, joined = 0.0, False
    for one, two in itertools.pairwise(elements):
        if two.isMoveTo():
            before, joined = 0.0, False
            continue
        along, down = two.x - one.x, two.y - one.y
        length = math.hypot(along, down)
        enter, leave = _visible_part(one.x, along, rect.left(), rect.right())
        above, below = _visible_part(one.y, down, rect.top(), rect.bottom())
        enter, leave = max(enter, above), min(leave, below)
        if enter < leave:
            if enter > 0 or not joined:
                part = QPainterPath(QPointF(one.x + enter * along, one.y + enter * down))
                parts.append((part, before + enter * length))
            parts[-1][0].lineTo(one.x + leave * along, one.y + leave * down)
        joined = enter < leave == 1
        before += length
    return parts


def _visible_part(begin: float, way: float, low: float, high: float) -> tuple[float, float]:
    """Return where a segment enters and leaves a strip, as parts from 0 to 1 of its way along one coordinate.

    Where it is outside, it enters after it leaves. Source: Liang and Barsky, ACM Transactions on Graphics 3(1), 1984.
    """
    if way == 0:
        return (0.0, 1.0) if low <= begin <= high else (1.0, 0.0)
    first, second = sorted(((low - begin) / way, (high - begin) / way))
    return max(first, 0.0), min(second, 1.0)


def smooth_image(
    image: QImage, target: QRectF, source: QRectF, transform: QTransform, visible: QRectF | None
) -> tuple[QImage, QRectF]:
    """Cut an image to the pixels that are drawn and seen.

    Parameters
    ----------
    image : QImage
        Any size.
    target : QRectF
        Where `source` is drawn, before the transform.
    source : QRectF
        The part that is drawn, in the image's pixels.
    transform : QTransform
        From the target to the device.
    visible : QRectF or None
        The clip in device coordinates, None for everything.

    Returns
    -------
    image : QImage
        Whole pixels; null where none is seen.
    target : QRectF
        Their place, before the transform.
    """
    to_target = QTransform.fromTranslate(-source.x(), -source.y())
    to_target *= QTransform.fromScale(target.width() / source.width(), target.height() / source.height())
    to_target *= QTransform.fromTranslate(target.x(), target.y())
    seen = QRectF(source)
    back, invertible = (to_target * transform).inverted()
    if visible is not None and invertible:
        seen = seen.intersected(back.mapRect(visible))
    # A hair inside, so that rounding does not add a row of pixels that nobody sees.
    pixels = seen.adjusted(_HAIR, _HAIR, -_HAIR, -_HAIR).toAlignedRect().intersected(image.rect())
    if pixels == image.rect():
        return image, to_target.mapRect(QRectF(pixels))
    return image.copy(pixels) if pixels.isValid() else QImage(), to_target.mapRect(QRectF(pixels))


def crisp_image(
    image: QImage, target: QRectF, source: QRectF, transform: QTransform, visible: QRectF | None
) -> tuple[QImage, QRectF]:
    """Cut an image and repeat its pixels, so that every viewer shows them large with sharp edges.

    Parameters
    ----------
    image, target, source, transform, visible
        See `smooth_image`; the device has logical pixels.

    Returns
    -------
    image : QImage
        Each pixel repeated a whole number of times, towards two pixels per logical pixel and at most 4096
        along a side; not repeated where it is not enlarged.
    target : QRectF
        Its place, before the transform.
    """
    image, target = smooth_image(image, target, source, transform, visible)
    across = math.hypot(transform.m11(), transform.m12()) * abs(target.width())
    down = math.hypot(transform.m21(), transform.m22()) * abs(target.height())
    columns = _repeats(across, image.width())
    rows = _repeats(down, image.height())
    if columns == rows == 1:
        return image, target
    mode = Qt.TransformationMode.FastTransformation
    aspect = Qt.AspectRatioMode.IgnoreAspectRatio
    large = image.scaled(image.width() * columns, image.height() * rows, aspect, mode)
    return smooth_image(large, target, QRectF(large.rect()), transform, visible)


def _repeats(shown: float, pixels: int) -> int:
    if pixels == 0 or shown <= pixels:
        return 1
    return max(1, min(math.ceil(2 * shown / pixels), _MOST_PIXELS // pixels))
