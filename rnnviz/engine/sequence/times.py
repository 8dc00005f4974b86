"""Times of day, short enough to stand along a time axis."""

from __future__ import annotations

import re

_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short_times(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten ISO 8601 times to the time of day, with the date where a new day begins.

    Parameters
    ----------
    labels : tuple of str
        Cells of a table. If any is not such a time, or two would look the same within a day, all are kept.

    Returns
    -------
    tuple of str
        For example "3 Mar 23:00", "4 Mar 00:00", "01:00".
    """
    matches = [_STAMP.fullmatch(label.strip()) for label in labels]
    short: list[str] = []
    day: tuple[str, ...] = ()
    for match in matches:
        if match is None or not 1 <= int(match[2]) <= 12:
            return tuple(label.strip() for label in labels)
        *date, time = match.groups()
        begins = tuple(date) != day
        day = tuple(date)
        short.append(f"{int(date[2])} {_MONTHS[int(date[1]) - 1]} {time}" if begins else time)
        if len(short) > 1 and short[-1] == short[-2]:
            return tuple(label.strip() for label in labels)
    return tuple(short)
