"""Title and description of a cell, as the comments above its equations give them."""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST = 400
_TITLE, _DESCRIPTION = "TITLE:", "DESCRIPTION:"


@dataclass(frozen=True)
class Heading:
    """What a cell is called, a sentence about it (both may be empty), and its text without those two."""

    title: str
    description: str
    body: str


def heading(text: str) -> Heading:
    """Return what the comments say above the first equation.

    Parameters
    ----------
    text : str
        The equations; ``# TITLE: A leaky cell`` above them names the cell, ``# DESCRIPTION: ...`` speaks of it.
    """
    lines, found = text.replace("\r\n", "\n").split("\n"), {_TITLE: "", _DESCRIPTION: ""}
    rest: list[str] = []
    for place, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            rest += lines[place:]
            break
        comment = line.strip().lstrip("#").strip()
        kind = next((kind for kind in found if comment.startswith(kind)), "")
        if not kind or found[kind]:
            rest.append(line)
        else:
            found[kind] = _plain(comment.removeprefix(kind))
    return Heading(found[_TITLE], found[_DESCRIPTION], "\n".join(rest).strip())


def headed(title: str, description: str, body: str) -> str:
    """Return the text of a cell with its title and description above the equations."""
    lines = [f"# {_TITLE} {_plain(title)}"] if title.strip() else []
    lines += [f"# {_DESCRIPTION} {_plain(description)}"] if description.strip() else []
    return "\n".join([*lines, body.strip(), ""])


def _plain(text: str) -> str:
    """Return a text on one line, cut to a length fit for the screen."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
