"""Where the files are that come with rnnviz: samples, weights, fonts, icons."""

from __future__ import annotations

from pathlib import Path

from rnnviz.engine.errors import RnnvizError

_PACKAGE = Path(__file__).resolve().parent
# An installed wheel holds the files inside the package; a checkout has them beside it.
_ROOTS = (_PACKAGE / "assets", _PACKAGE.parent / "assets")


class AssetError(RnnvizError):
    """A file that comes with rnnviz is missing."""


def asset(*parts: str) -> Path:
    """Find a file or folder that comes with rnnviz.

    Parameters
    ----------
    *parts : str
        Its path below the folder of all assets, for example ``asset("sequences", "hourly.csv")``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    AssetError
        If it is not there; the message names where it was looked for.
    """
    for root in _ROOTS:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    places = " and ".join(str(root.joinpath(*parts)) for root in _ROOTS)
    raise AssetError(f"the file {'/'.join(parts)!r} of rnnviz is missing, looked for as {places}")
