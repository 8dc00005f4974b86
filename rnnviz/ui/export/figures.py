"""What can be exported: a named picture of a given size with the data behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QRegion
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QWidget

from rnnviz.ui.export.recording import Recording

SLIDE = QSizeF(1280, 720)

Data = Mapping[str, NDArray[Any]]


@runtime_checkable
class Figure(Protocol):
    """Anything that can be written as a picture and as data."""

    @property
    def name(self) -> str:
        """Short and fit for a file name: "hidden-states"."""

    @property
    def title(self) -> str:
        """Fit for people: "Hidden states of layer 1"."""

    @property
    def size(self) -> QSizeF:
        """In pixels of 1/96 inch; a slide is 1280 by 720."""

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the figure on a white ground.

        Parameters
        ----------
        painter : QPainter
            Keeps vectors and text as such; whatever state it is left in is dropped.
        rect : QRectF
            The place to fill, of the aspect of `size`.
        """

    def data(self) -> Data:
        """Return the numbers behind the picture.

        Returns
        -------
        mapping of str to ndarray
            Arrays by name, their first axis the steps wherever they have one.
        """


def no_data() -> Data:
    """Return no arrays: for a picture that shows no numbers."""
    return {}


class WidgetFigure:
    """The picture of a widget and all that is in it, in vectors.

    Parameters
    ----------
    widget : QWidget
        Laid out at its present size; it need not be visible.
    name, title : str
        See `Figure`.
    data : callable, optional
        Returns the arrays behind the picture when they are asked for.
    size : QSizeF, optional
        The widget is enlarged or reduced to fit and centred. By default it gets the width of a slide, or the
        height of one if it would be higher.
    dress : callable, optional
        Returns a context in which the widget looks as it should on a slide (white ground, no hover marks);
        it is entered for the painting only, and no event is processed meanwhile.
    """

    def __init__(
        self,
        widget: QWidget,
        name: str,
        title: str,
        *,
        data: Callable[[], Data] = no_data,
        size: QSizeF | None = None,
        dress: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.name = name
        self.title = title
        self._widget = widget
        self._data = data
        self._size = size
        self._dress = dress

    @property
    def size(self) -> QSizeF:
        """The size that was given, or that of the widget fitted into a slide."""
        if self._size is not None:
            return self._size
        return QSizeF(self._widget.size()).scaled(SLIDE, Qt.AspectRatioMode.KeepAspectRatio)

    def data(self) -> Data:
        """Return the arrays behind the picture."""
        return self._data()

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the widget into a rectangle, centred.

        Parameters
        ----------
        painter : QPainter
            Any; on a `Recording` cosmetic pens are enlarged with the rest.
        rect : QRectF
            In the painter's coordinates.
        """
        natural = QSizeF(self._widget.size())
        fitted = natural.scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
        scale = fitted.width() / natural.width()
        painter.save()
        painter.translate(rect.center().x() - fitted.width() / 2, rect.center().y() - fitted.height() / 2)
        painter.scale(scale, scale)
        with self._dress():
            self._widget.ensurePolished()
            _paint_tree(painter, self._widget, QPoint(0, 0), scale)
        painter.restore()


def _paint_tree(painter: QPainter, widget: QWidget, at: QPoint, scale: float) -> None:
    """Paint a widget and then its children, in their stacking order, each clipped to its parents."""
    outline = QPainterPath()
    outline.addRect(QRectF(QRect(at, widget.size())))
    device = painter.device()
    frame = painter.worldTransform().map(outline)
    with device.framed(frame, scale) if isinstance(device, Recording) else nullcontext():
        painter.save()
        painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
        _paint_own(painter, widget, at, scale)
        for child in widget.children():
            if isinstance(child, QWidget) and not child.isWindow() and not child.isHidden():
                _paint_tree(painter, child, at + child.pos(), scale)
        painter.restore()


def _paint_own(painter: QPainter, widget: QWidget, at: QPoint, scale: float) -> None:
    """Paint what a widget itself shows, without its children."""
    view = _graphics_view(widget)
    painter.save()
    if view is not None:
        with _prepared(view, painter, scale):
            target = QRectF(QRect(at, widget.size()))
            view.render(painter, target, view.viewport().rect(), Qt.AspectRatioMode.IgnoreAspectRatio)
    else:
        flags = QWidget.RenderFlag.IgnoreMask
        if widget.isWindow():
            flags |= QWidget.RenderFlag.DrawWindowBackground
        # Graphics views have a method of the same name that means something else.
        QWidget.render(widget, painter, at, QRegion(), flags)
    painter.restore()


def _graphics_view(widget: QWidget) -> QGraphicsView | None:
    """Return the graphics view whose viewport a widget is."""
    parent = widget.parentWidget()
    if isinstance(parent, QGraphicsView) and parent.viewport() is widget:
        return parent
    return None


@contextmanager
def _prepared(view: QGraphicsView, painter: QPainter, scale: float) -> Iterator[None]:
    """Bring items up to date, and have them draw shapes: no symbols from pixmaps, no pictures of a cache."""
    prepare = getattr(view.scene(), "prepareForPaint", None)
    if prepare is not None:
        prepare()
    items: list[Any] = view.items()
    cached = [(item, item.cacheMode()) for item in items if item.cacheMode() != QGraphicsItem.CacheMode.NoCache]
    followers = [item for item in items if hasattr(item, "setExportMode")]
    for item, _ in cached:
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    for item in followers:
        item.setExportMode(True, {"painter": painter, "antialias": True, "resolutionScale": scale})
    try:
        yield
    finally:
        for item in followers:
            item.setExportMode(False)
        for item, mode in cached:
            item.setCacheMode(mode)
