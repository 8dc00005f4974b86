"""Two pictures of which one is a part of the other: a place of the outer one grows until it is the inner one."""

from __future__ import annotations

import math

from PySide6.QtCore import QEasingCurve, QRectF, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStackedLayout, QStyle, QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.theme import Metrics, Theme, hue

ZOOM = 300
"""Milliseconds from the place to the whole."""


def is_animated(widget: QWidget) -> bool:
    """Return whether a change of a widget is to be seen as a motion: where it is on a screen that wants motions."""
    return widget.isVisible() and bool(widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animate, None, widget))


class _Motion(Canvas):
    """What is seen on the way: the outer picture comes nearer about the place, the inner one appears in it."""

    def __init__(self) -> None:
        super().__init__()
        self.outer, self.inner = QPixmap(), QPixmap()
        self.place = QRectF()
        self.share = 0.0

    def frame(self) -> QRectF:
        """Return what has become of the place."""
        place, whole = self.place, QRectF(self.rect())
        first = place.topLeft() + (whole.topLeft() - place.topLeft()) * self.share
        last = place.bottomRight() + (whole.bottomRight() - place.bottomRight()) * self.share
        return QRectF(first, last)

    def paint(self, painter: QPainter) -> None:
        """Paint both pictures in their places."""
        frame, whole = self.frame(), QRectF(self.rect())
        painter.setClipRect(whole)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        grown = math.sqrt(frame.width() / self.place.width() * frame.height() / self.place.height())
        painter.save()
        painter.setOpacity(max(0.0, 1 - 1.4 * self.share))
        painter.translate(frame.center())
        painter.scale(grown, grown)
        painter.translate(-self.place.center())
        painter.drawPixmap(whole, self.outer, QRectF(self.outer.rect()))
        painter.restore()
        colour = QColor(hue("purple", self.theme))
        colour.setAlphaF(1 - self.share**4)
        ground = QColor(self.theme.surface)
        ground.setAlphaF(min(1.0, 2 * self.share))
        painter.setPen(QPen(colour, max(2.0, 0.16 * self.sizes.small * (1 + self.share))))
        painter.setBrush(ground)
        painter.drawRoundedRect(frame, 0.5 * self.sizes.small, 0.5 * self.sizes.small)
        painter.setOpacity(self.share)
        small = min(frame.width() / whole.width(), frame.height() / whole.height())
        shown = QRectF(0, 0, whole.width() * small, whole.height() * small)
        shown.moveCenter(frame.center())
        painter.drawPixmap(shown, self.inner, QRectF(self.inner.rect()))


class Zoom(QWidget):
    """Shows one of two widgets; the way from one to the other is a motion where motions are wanted.

    Signals
    -------
    arrived()
        The motion is over; with no motion at once.

    Parameters
    ----------
    outer, inner : QWidget
    """

    arrived = Signal()

    def __init__(self, outer: QWidget, inner: QWidget) -> None:
        super().__init__()
        self.outer, self.inner = outer, inner
        self._motion = _Motion()
        self._pages = QStackedLayout(self)
        for page in (outer, inner, self._motion):
            self._pages.addWidget(page)
        self._inside = False
        self._clock = QVariantAnimation(self)
        self._clock.setDuration(ZOOM)
        self._clock.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._clock.valueChanged.connect(self._on_share)
        self._clock.finished.connect(self._on_finished)

    @property
    def inside(self) -> bool:
        """Whether the inner widget is shown, or on its way."""
        return self._inside

    @property
    def moving(self) -> bool:
        """Whether one is on its way."""
        return self._pages.currentWidget() is self._motion

    def set_look(self, theme: Theme, sizes: Metrics) -> None:
        """Dress the motion."""
        self._motion.set_theme(theme, sizes)

    def show_page(self, inside: bool, place: QRectF | None) -> None:
        """Show the inner widget or the outer one.

        Parameters
        ----------
        inside : bool
        place : QRectF or None
            The part of the outer widget that the inner one is; without one there is no motion.
        """
        if inside == self._inside:
            return
        self._inside = inside
        start = self._motion.share if self.moving else 1.0 - inside
        self._clock.stop()
        if place is None or place.isEmpty() or self.width() < 1 or self.height() < 1 or not is_animated(self):
            self._on_finished()
            return
        for page in (self.outer, self.inner):
            page.resize(self.size())
        motion = self._motion
        motion.outer, motion.inner, motion.place = self.outer.grab(), self.inner.grab(), place
        motion.share = start
        self._pages.setCurrentWidget(motion)
        self._clock.setStartValue(start)
        self._clock.setEndValue(float(inside))
        self._clock.start()

    def _on_share(self, share: float) -> None:
        self._motion.share = float(share)
        self._motion.update()

    def _on_finished(self) -> None:
        self._pages.setCurrentWidget(self.inner if self._inside else self.outer)
        self._motion.outer, self._motion.inner = QPixmap(), QPixmap()
        self.arrived.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Arrive at once when nobody looks any more."""
        super().hideEvent(event)
        if self.moving:
            self._clock.stop()
            self._on_finished()
