"""What an engine has open: a network, the sequence it is fed, its run, and the run without interventions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses import Memo
from rnnviz.engine.errors import SpecError
from rnnviz.engine.messages import Open, SequenceInfo
from rnnviz.engine.network import Network
from rnnviz.engine.rescale import Sizes
from rnnviz.engine.run import Running
from rnnviz.engine.schedule import MAX_STEPS
from rnnviz.engine.sequence import Sequence, SequenceSource
from rnnviz.engine.sequence.model import check_size
from rnnviz.engine.spec import NetworkSpec


@dataclass(frozen=True)
class Run:
    """A run and the files of its record."""

    running: Running
    files: list[Path]


@dataclass
class Document:
    """What is open: a network, the sequence it is fed, and the run.

    ``trained`` is the network before its recurrent matrices were scaled, ``network`` the scaled one, in which the
    ``run`` has made its interventions. ``original`` is the run without them, at least as far; the same where none is
    in force. ``sizes`` and ``lasting`` hold whatever the scaling is: what the matrices of the trained network measure,
    and what analyses say of all scalings.
    """

    command: Open
    trained: Network
    network: Network
    source: SequenceSource
    sequence: Sequence
    run: Run
    original: Run
    sizes: Sizes = field(default_factory=dict)
    gradients: list[Path] = field(default_factory=list)
    answers: list[Path] = field(default_factory=list)
    lasting: Memo = field(default_factory=Memo)
    memo: Memo = field(default_factory=Memo)
    memo_position: int = -1
    seconds: float = 0.0
    computed: int = 0

    @property
    def running(self) -> Running:
        """What is shown."""
        return self.run.running

    @property
    def files(self) -> list[Path]:
        """All files of the document."""
        return [*self.run.files, *self.original.files, *self.gradients, *self.answers]

    def memo_at(self, position: int) -> Memo:
        """What was computed for a state of the run; another state begins anew."""
        if position != self.memo_position:
            self.memo, self.memo_position = Memo(self.lasting), position
        return self.memo


def turned_alone(before: Document, command: Open) -> bool:
    """Whether a document is the one before but for what is turned by hand: the scaling, and interventions."""
    turned = {"scaling": command.scaling, "interventions": command.interventions}
    same = msgspec.structs.replace(before.command, ticket=command.ticket, **turned) == command
    return same and before.source == command.source  # it may have been extended since


def not_finite(network: Network) -> list[str]:
    """Say where weights are NaN or infinite, as those of a training that diverged are."""
    for name, parameter in network.named_parameters():
        count = int((~torch.isfinite(parameter)).sum())
        if count:
            return [f"The weights are not all finite: {name} holds NaN or infinity {count:,} times."]
    return []


def fitted(
    spec: NetworkSpec, sequence: Sequence, steps: int | None
) -> tuple[NDArray[np.generic], NDArray[np.generic] | None]:
    """Inputs and targets of a sequence as long as the topology has them."""
    inputs: NDArray[np.generic] = sequence.x
    if spec.embedding_size is not None and sequence.indices is not None:
        inputs = sequence.indices
    target: NDArray[np.generic] | None = sequence.target
    if steps is not None and not 1 <= steps <= MAX_STEPS:
        raise SpecError(f"the number of steps is {steps:,}, but it must be from 1 to {MAX_STEPS:,}")
    wanted = 1 if spec.topology == "one-to-one" else (steps or len(inputs))
    check_size(wanted, inputs.shape[1] if inputs.ndim == 2 else 1, "the sequence")
    if spec.topology == "many-to-one" and target is not None:
        target = target[-1:]
    elif target is not None:
        target = _resized(target, wanted, -1 if target.ndim == 1 else np.nan)
    return _resized(inputs, wanted, 0), target


def _resized(rows: NDArray[np.generic], wanted: int, fill: float) -> NDArray[np.generic]:
    if wanted <= len(rows):
        return rows[:wanted]
    return np.concatenate([rows, np.full((wanted - len(rows), *rows.shape[1:]), fill, rows.dtype)])


def sequence_info(document: Document) -> SequenceInfo:
    """What the window shows of the sequence of a document."""
    sequence, running = document.sequence, document.running
    targets = running.targets
    length = running.schedule.length
    return SequenceInfo(
        sequence.labels[:length],
        sequence.input_names,
        targets.kind,
        sequence.target_names,
        tuple(targets.classes.tolist()) if targets.kind == "class" else None,
        tuple(map(tuple, targets.values.tolist())) if targets.kind == "value" else None,
        length,
        sequence.target_scale,
    )
