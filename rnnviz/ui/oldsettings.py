"""Settings of earlier versions, which Qt kept in an INI file: what is plain in it, read without Qt."""

from __future__ import annotations

import json
import re

_GROUP = "[v1]"
_ENTRY = re.compile(r"""(\w{1,100})=("?)((?:[^"\\]|\\["\\])*)\2""")
"""A name and a text, in quotation marks where it has commas; what else Qt writes has other escapes or is no JSON."""


def from_ini(data: bytes) -> dict[str, object]:
    """Return the values of a settings file that were written as JSON; all else is left out.

    Parameters
    ----------
    data : bytes
        The whole file.
    """
    found: dict[str, object] = {}
    group = ""
    for line in data.decode("utf-8", "replace").splitlines():
        if line.startswith("["):
            group = line.strip()
        elif group == _GROUP and (entry := _ENTRY.fullmatch(line)):
            try:
                found[entry[1]] = json.loads(re.sub(r'\\(["\\])', r"\1", entry[3]))
            except (ValueError, RecursionError):
                continue
    return found
