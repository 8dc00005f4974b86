"""The entry of the command ``rnnviz``: the engine process branches off here, before anything else loads."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        The arguments without the program's name; those of the process if not given.

    Returns
    -------
    int
        The exit status: 0, or 2 after an error, which is one sentence on standard error.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--engine"]:
        # Before any other import: the engine process has no use for what the window needs, and starts sooner.
        from rnnviz.engine.process import main as engine_main

        return engine_main(arguments[1:])

    from rnnviz.commands import run

    return run(arguments)
