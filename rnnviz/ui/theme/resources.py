"""Where the shipped files are: fonts and icons."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rnnviz.engine.errors import RnnvizError


class ResourceError(RnnvizError):
    """A file that ships with rnnviz is missing."""


@cache
def assets_folder() -> Path:
    """Return the folder `assets`: inside the installed package, or at the top of a checkout.

    Raises
    ------
    ResourceError
        If there is neither.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "assets", package.parent / "assets"):
        if folder.is_dir():
            return folder
    raise ResourceError(f"The folder {package / 'assets'} of shipped files is missing; install rnnviz again.")


def asset(*parts: str) -> Path:
    """Return the path of one shipped file, e.g. ``asset("fonts", "Inter-Regular.otf")``.

    Raises
    ------
    ResourceError
        If there is no such file.
    """
    path = assets_folder().joinpath(*parts)
    if not path.is_file():
        raise ResourceError(f"A shipped file is missing: {path}; install rnnviz again.")
    return path
