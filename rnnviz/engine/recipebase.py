"""What every recipe of a sample session is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnviz._version import __version__
from rnnviz.engine.network import Network
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.sessionfile import FORMAT, Manifest
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.training import Task, TrainingError, train

SEED = 20_250_303
"""Of every training that names no other. Those of the messages are chosen for units that a whole room can read."""

FRESH = 20_250_304
"""Of the fresh sequences that a trained network is judged on."""

Results = Mapping[str, float | int]


@dataclass(frozen=True, eq=False)
class Sample:
    """A session and what its network reached.

    Parameters
    ----------
    manifest : Manifest
    network : Network
        Trained.
    results : mapping of str to number
        By names that say what was measured.
    rivals : tuple of Network
        Those that it is compared with, in the order of the manifest.
    """

    manifest: Manifest
    network: Network
    results: Results
    rivals: tuple[Network, ...] = ()


def trained(spec: NetworkSpec, task: Task, *, seed: int = SEED, **training: Any) -> Network:
    """Build a network and train it on a task."""
    network = Network(spec)
    for _ in train(network, task, seed=seed, **training):
        pass
    return network


def demand(name: str, what: str, reached: float, least: float) -> None:
    """Refuse a network that does not reach what its session promises, with a TrainingError."""
    if not reached >= least:
        raise TrainingError(f"the training of {name} has failed: {what} is {reached:.4f}, but {least} is asked for")


def manifest_of(
    name: str,
    description: str,
    spec: NetworkSpec,
    source: SequenceSource,
    position: int,
    units: tuple[int, ...] = (0, 1, 2),
) -> Manifest:
    """Describe a session as its file does."""
    return Manifest(
        version=FORMAT,
        written_by=f"rnnviz {__version__}",
        name=name,
        description=description,
        spec=spec,
        source=source,
        position=position,
        units=units,
    )
