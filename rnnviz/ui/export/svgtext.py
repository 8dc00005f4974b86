"""Numbers, text and type as SVG writes them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontInfo, QTransform

# XML 1.0 allows no other characters, not even escaped (W3C, Extensible Markup Language 1.0, production 2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Widely installed families; without them a missing font would become the browser's, mostly a serif one.
_SANS_SERIF = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
_SERIF = "'Times New Roman', 'Liberation Serif', serif"
_MONOSPACE = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_STYLES = {QFont.Style.StyleItalic: "italic", QFont.Style.StyleOblique: "oblique"}


@dataclass(frozen=True)
class Paint:
    """A value for `fill` or `stroke`, and its opacity from 0 to 1."""

    value: str
    opacity: float


def number(value: float) -> str:
    """Write a number of logical pixels, to a thousandth.

    Parameters
    ----------
    value : float
        A finite number.

    Returns
    -------
    str
        Without trailing zeros, and without a minus before zero.
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def attributes(**values: str | None) -> str:
    """Write XML attributes.

    Parameters
    ----------
    **values : str or None
        Values by name, underscores standing for hyphens; None leaves the attribute out.

    Returns
    -------
    str
        Each with a space before it.
    """
    return "".join(
        f" {name.replace('_', '-')}={quoteattr(_NOT_XML.sub('', value))}"
        for name, value in values.items()
        if value is not None
    )


def content(text: str) -> str:
    """Escape text for an element, dropping the characters that XML cannot hold."""
    return escape(_NOT_XML.sub("", text))


def matrix(transform: QTransform) -> str | None:
    """Write an affine transform as SVG does, None for the identity."""
    if transform.isIdentity():
        return None
    linear = (transform.m11(), transform.m12(), transform.m21(), transform.m22())
    parts = [f"{value:.9g}" for value in linear] + [number(transform.dx()), number(transform.dy())]
    return f"matrix({' '.join(parts)})"


def _families(font: QFont) -> str:
    """Name the family asked for, what was found in its place, and what other computers have."""
    info = QFontInfo(font)
    names = font.families() if info.exactMatch() else [font.family(), info.family()]
    if info.fixedPitch():
        others = _MONOSPACE
    elif font.styleHint() in (QFont.StyleHint.Serif, QFont.StyleHint.Times):
        others = _SERIF
    else:
        others = _SANS_SERIF
    quoted = [f"'{name}'" if re.search(r"[^\w-]", name) else name for name in dict.fromkeys(names) if name]
    return ", ".join([*quoted, others])


def _features(font: QFont) -> str | None:
    """Name the OpenType features that are set, such as tabular figures."""
    tags = font.featureTags()
    if not tags:
        return None
    settings = sorted(f"'{bytes(tag.toString().data()).decode()}' {font.featureValue(tag)}" for tag in tags)
    return "font-feature-settings:" + ", ".join(settings)


def _spacing(font: QFont, scale: float) -> str | None:
    """Write additional space between letters; one given in percent is kept by `textLength` alone."""
    absolute = font.letterSpacingType() == QFont.SpacingType.AbsoluteSpacing
    return number(font.letterSpacing() * scale) if absolute and font.letterSpacing() else None


def text_element(
    origin: QPointF, text: str, font: QFont, size: float, width: float, transform: QTransform, paint: Paint
) -> str:
    """Write one run of text as a <text> element.

    Parameters
    ----------
    origin : QPointF
        The left end of the base line, before the transform.
    text : str
        In one direction and one font.
    font : QFont
        Names family and style.
    size, width : float
        Of the type and of the run, before the transform.
    transform : QTransform
        To logical pixels. A uniform scale goes into the type size, so that the text is easily edited.
    paint : Paint
        What the letters are filled with.

    Returns
    -------
    str
        The element. `textLength` holds the width, so that the layout stands where the font is missing.
    """
    scale = math.hypot(transform.m11(), transform.m12())
    upright = transform.m11() == transform.m22() > 0 and transform.m12() == transform.m21() == 0
    if upright:
        position, placed = transform.map(origin), None
    else:
        shape = QTransform(transform).scale(1 / scale, 1 / scale) if scale > 0 else transform
        position, placed = QPointF(origin.x() * scale, origin.y() * scale), matrix(shape)
    several = len(text) > 1
    known = attributes(
        x=number(position.x()),
        y=number(position.y()),
        transform=placed,
        fill=paint.value,
        fill_opacity=number(paint.opacity) if paint.opacity < 1 else None,
        textLength=number(width * scale) if several else None,
        lengthAdjust="spacingAndGlyphs" if several else None,
    )
    space = ' xml:space="preserve"' if text != " ".join(text.split()) else ""
    return f"<text{known}{_font_attributes(font, size * scale, scale)}{space}>{content(text)}</text>"


def _font_attributes(font: QFont, pixels: float, scale: float) -> str:
    return attributes(
        font_family=_families(font),
        font_size=number(pixels),
        font_weight=str(int(font.weight())) if font.weight() != QFont.Weight.Normal else None,
        font_style=_STYLES.get(font.style()),
        letter_spacing=_spacing(font, scale),
        style=_features(font),
    )
