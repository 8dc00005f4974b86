"""Make the sample sessions that come with rnnviz.

    python -m rnnviz.engine.samples assets
    python -m rnnviz.engine.samples assets --only many-to-one one-to-many
    python -m rnnviz.engine.samples assets --record

The last trains nothing: it records the runs anew that files hold, with the weights that they have. Every network is
trained anew otherwise, in some minutes; on the same machine the same files come out every time. What the networks
reached is printed, and written beside the sessions as `results.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from rnnviz.atomic import replacing
from rnnviz.engine import sessionfile
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.recipebase import Results, Sample
from rnnviz.engine.recipes import RECIPES, RECORDED
from rnnviz.engine.recorder import recorded
from rnnviz.engine.statefile import to_bytes

FOLDER = "sessions"
RESULTS = "results.json"


def make(folder: Path, names: Iterable[str] = tuple(RECIPES)) -> Iterator[tuple[str, Sample]]:
    """Train networks and write their sessions.

    Parameters
    ----------
    folder : Path
        The folder of all assets; the sessions come into the folder `sessions` in it, made if it is missing.
    names : iterable of str
        Which sessions, of `RECIPES`.

    Yields
    ------
    name : str
    sample : Sample
        What was just written.

    Raises
    ------
    TrainingError
        When a network does not reach what its session promises; its session is then not written.
    SessionFileError
        When the system refuses to write.
    """
    sessions = folder / FOLDER
    sessions.mkdir(parents=True, exist_ok=True)
    for name in names:
        sample = RECIPES[name]()
        with replacing(sessions / f"{name}{sessionfile.SUFFIX}") as file:
            weights, rivals = to_bytes(sample.network), [to_bytes(network) for network in sample.rivals]
            run = recorded(sample.manifest, weights) if name in RECORDED else None
            sessionfile.write(file, sample.manifest, weights, rivals, run)
        _note(sessions / RESULTS, name, sample.results)
        yield name, sample


def record(folder: Path) -> Iterator[str]:
    """Record the runs anew that the files of sessions hold, and change nothing else in them.

    Parameters
    ----------
    folder : Path
        The folder of all assets.

    Yields
    ------
    str
        The name of the session just written.

    Raises
    ------
    SessionFileError
        When a session is missing, or the system refuses to write.
    """
    for name in RECORDED:
        path = folder / FOLDER / f"{name}{sessionfile.SUFFIX}"
        manifest, weights, rivals, _ = sessionfile.read_all(path)
        run = recorded(manifest, weights)
        with replacing(path) as file:
            sessionfile.write(file, manifest, weights, rivals, run)
        yield name


def _note(path: Path, name: str, results: Results) -> None:
    known: dict[str, Results] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[name] = {what: round(value, 4) for what, value in results.items()}
    ordered = {name: known[name] for name in RECIPES if name in known}
    with replacing(path) as file:
        file.write((json.dumps(ordered, indent=2) + "\n").encode())


def main() -> None:
    """Write the sessions into the folder named on the command line."""
    parser = argparse.ArgumentParser(description="Make the sample sessions that come with rnnviz.")
    parser.add_argument("folder", type=Path, help="the folder of all assets")
    parser.add_argument("--only", nargs="+", choices=tuple(RECIPES), default=tuple(RECIPES), metavar="SESSION")
    parser.add_argument("--record", action="store_true", help="record the runs anew, with the weights that there are")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # sums in another order would give other weights
    start = time.perf_counter()
    try:
        if arguments.record:
            for name in record(arguments.folder):
                sys.stdout.write(f"{time.perf_counter() - start:5.0f} s  {name}: recorded\n")
            return
        for name, sample in make(arguments.folder, arguments.only):
            reached = ", ".join(f"{what} {value:.4f}" for what, value in sample.results.items())
            sys.stdout.write(f"{time.perf_counter() - start:5.0f} s  {name}: {reached}\n")
            sys.stdout.flush()
    except RnnvizError as error:
        sys.exit(f"rnnviz: {error}")


if __name__ == "__main__":
    main()
