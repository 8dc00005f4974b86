"""The class of a whole sequence, as texts and images have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnviz.engine.sequence import ImageSource, TextSource
from rnnviz.ui.controls.parameters import EntryError, Parameter, Typed


def _classes(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise EntryError("name at least one class, with commas between")
    if len(set(names)) != len(names):
        raise EntryError("a class is named twice")
    return names


def _needs_label(source: TextSource | ImageSource) -> str:
    return "" if source.targets == "label" else "the target is not a class of the whole sequence"


LABEL_PARAMETERS: tuple[Parameter, ...] = (
    Typed(
        name="classes",
        label="Classes",
        help="The classes among which the sequence belongs, with commas between.",
        parse=_classes,
        show=", ".join,
        placeholder="lunch, dinner",
        applies=_needs_label,
    ),
    Typed(
        name="label",
        label="Its class",
        help="The class of this sequence; empty if it is not known.",
        parse=lambda text: text.strip() or None,
        show=lambda value: value or "",
        placeholder="not known",
        applies=_needs_label,
    ),
)


def with_label(source: TextSource | ImageSource, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes with what must follow: classes where there are none, no label that is not among them."""
    fields = dict(changes)
    if fields.get("targets") == "label" and not source.classes:
        fields.setdefault("classes", ("yes", "no"))
    if "classes" in fields and "label" not in fields and source.label not in fields["classes"]:
        fields["label"] = None
    return fields
