"""A recording painted, enlarged, onto an image or a page."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QTransform,
)

from rnnviz.ui.export import geometry
from rnnviz.ui.export.recording import Recording
from rnnviz.ui.export.replay import Replay

_Hint = QPainter.RenderHint
_REPLACING = (QFont.Tag("calt"), QFont.Tag("liga"))
_HAIR = 1e-3


class Painting(Replay):
    """Paints a recording.

    Parameters
    ----------
    recording : Recording
        What was drawn.
    target : QPainter
        An active painter; it is left in an undefined state.
    scale : float
        Its units per logical pixel.
    for_page : bool
        Whether the target is a document: images are handed on with repeated pixels, for viewers that would blur
        them, and text in letters that can be searched for.
    """

    def __init__(self, recording: Recording, target: QPainter, *, scale: float, for_page: bool) -> None:
        super().__init__(recording)
        self._target = target
        self._scale = scale
        self._for_page = for_page
        self._clipped: QPainterPath | None = None

    def _prepare(self) -> None:
        """Bring the target to the state of the recording."""
        target, to_target = self._target, QTransform.fromScale(self._scale, self._scale)
        if self._clipped is not self.clip:
            self._clipped = self.clip
            target.setTransform(to_target)
            target.setRenderHint(_Hint.Antialiasing, self.clip_rect is None)  # rectangles cut sharply, as on screen
            if self.clip is None:
                target.setClipping(False)
            else:
                target.setClipPath(self.clip)
        pen = QPen(self.pen)
        if pen.isCosmetic():
            pen.setWidthF(pen.widthF() * self._scale)
        target.setTransform(self.transform * to_target)
        target.setPen(pen)
        target.setBrush(_in_rgb(self.brush))
        target.setOpacity(self.opacity)
        for hint in (_Hint.Antialiasing, _Hint.SmoothPixmapTransform):
            target.setRenderHint(hint, bool(self.hints & hint))

    def shape(self, path: QPainterPath, *, filled: bool) -> None:
        """Paint a shape: with smooth edges even where the screen goes without, unless it runs along the axes."""
        self._prepare()
        if not geometry.is_straight(path):
            self._target.setRenderHint(_Hint.Antialiasing)
        if filled:
            self._target.drawPath(path)
        else:
            self._target.strokePath(path, self._target.pen())

    def image(self, place: QRectF, image: QImage, part: QRectF) -> None:
        """Paint an image, with sharp pixels and edges unless the painter asks for smooth ones."""
        self._prepare()
        smooth = bool(self.hints & _Hint.SmoothPixmapTransform)
        self._target.setRenderHint(_Hint.Antialiasing, smooth)
        if self._for_page and not smooth:
            image, place = geometry.crisp_image(image, place, part, self.transform, self.clip_rect)
            part = QRectF(image.rect())
        if not image.isNull():
            self._target.drawImage(place, image, part)

    def text(self, origin: QPointF, text: str, font: QFont) -> None:
        """Paint text, which stays text in a PDF."""
        self._prepare()
        if self._for_page:
            font = _plain(font, text)
        if font.pixelSize() <= 0:  # points depend on the resolution of the device
            font.setPointSizeF(font.pointSizeF() * self.recording.logicalDpiY() / self._target.device().logicalDpiY())
        self._target.setFont(font)
        self._target.drawText(origin, text)


def _plain(font: QFont, text: str) -> QFont:
    """Have every letter in the glyph that a PDF knows the character of, the whole in the same width.

    For tabular figures, ligatures, and a minus sign beside a figure there are glyphs of their own.
    """
    plain = QFont(font)
    plain.clearFeatures()
    for tag in _REPLACING:
        plain.setFeature(tag, 0)
    lacking = QFontMetricsF(font).horizontalAdvance(text) - QFontMetricsF(plain).horizontalAdvance(text)
    if abs(lacking) > _HAIR:
        plain.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, lacking / len(text))
    return plain


def _in_rgb(brush: QBrush) -> QBrush:
    """Give all colours of a gradient as RGB: Fusion mixes them with HSV, of which QPdfEngine makes a flat colour."""
    gradient = brush.gradient()
    if not isinstance(gradient, QLinearGradient):
        return brush
    copy = QLinearGradient(gradient)
    copy.setStops([(place, colour.toRgb()) for place, colour in gradient.stops()])
    found = QBrush(copy)
    found.setTransform(brush.transform())
    return found
