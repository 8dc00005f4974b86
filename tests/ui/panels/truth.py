"""What a panel over the real engine has to show: the run written out again and differentiated by autograd."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.network import Network
from rnnviz.engine.record import NETWORK
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.sequence import TextSource, encode
from rnnviz.engine.spec import Direction
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.engine.reference import Derivatives, Touch, derivatives, losses, unroll, untouched

Numbers = NDArray[np.float64]


class Truth:
    """The numbers of a session that has run its whole sequence, none of them the program's own.

    Parameters
    ----------
    view : View
        Gives the specification and the sequence; the weights are those of the seed.
    touch : callable
        What a hand does to a signal at a step; nothing.
    """

    def __init__(self, view: View, touch: Touch = untouched) -> None:
        assert view.document is not None
        self.spec, self.sequence = view.document.spec, encode(view.document.source)
        self.network = Network(self.spec)
        self.x: Numbers = np.asarray(self.sequence.x, np.float64)
        self.schedule = Schedule(self.spec, len(self.x))
        self.run = unroll(self.network, self.x, touch=touch)
        self._gradients: dict[Objective, Derivatives] = {}

    @property
    def steps(self) -> int:
        return self.schedule.steps

    @property
    def places(self) -> list[tuple[int, Direction]]:
        return [(layer, way) for layer in range(self.spec.num_layers) for way in self.spec.directions]

    def signal(self, name: str, layer: int = NETWORK, direction: Direction = "forward") -> Numbers:
        """A signal at every step, [S, units]; NaN where there is no output."""
        values = np.stack([value.detach().double().numpy() for value in self.run.signals[layer, direction, name]])
        if layer == NETWORK and name in ("output", "logits"):
            values[~self.schedule.has_output] = np.nan
        return values

    @cached_property
    def targets(self) -> dict[int, int]:
        """The class that is right at each step that has an output; -1 where there is none."""
        given = self.sequence.target
        if given is None:
            return {}
        classes = (given[-1:] if self.spec.topology == "many-to-one" else given).tolist()
        return dict(zip(self.schedule.output_steps.tolist(), classes, strict=False))

    @cached_property
    def losses(self) -> dict[int, torch.Tensor]:
        """The loss of every step that has one."""
        return losses(self.run, list(self.targets.values()), list(self.targets), self.spec.readout)

    def loss(self, step: int) -> float | None:
        """The loss of a step; None where it has none."""
        return self.losses[step].item() if step in self.losses else None

    def gradients(self, objective: Objective) -> Derivatives:
        """The derivative of a loss or of a number by everything."""
        if objective not in self._gradients:
            self._gradients[objective] = derivatives(self.network, self.run, self._number(objective))
        return self._gradients[objective]

    def gradient(self, objective: Objective, name: str, layer: int, direction: Direction) -> Numbers:
        """The derivative by a signal at every step, [S, units]."""
        return self.gradients(objective).signals[layer, direction, name]

    def _number(self, objective: Objective) -> torch.Tensor:
        if isinstance(objective, ProbeObjective):
            key = (objective.layer, objective.direction, objective.signal)
            return self.run.signals[key][objective.step][objective.unit]
        assert isinstance(objective, LossObjective)
        wanted = {"whole": lambda _: True, "at": objective.step.__eq__, "upto": objective.step.__ge__}[objective.scope]
        return torch.stack([loss for step, loss in self.losses.items() if wanted(step)]).sum()


def somewhere(session: Session, truth: Truth, random: np.random.Generator, turn: int) -> View:
    """Let the cursor stand at a step, and pick units, by chance; of layers and directions each in its turn.

    The last layer comes first, and never with its first unit: what is shown from the beginning would pass for right.
    """
    layer, way = truth.places[-1 - turn % len(truth.places)]
    units = random.permutation(truth.spec.units_of(layer, way))[: random.integers(1, 4)].tolist()
    if turn == 0 and units[0] == 0:
        units = [1]
    session.pick_layer(layer, way)
    session.pick_unit(units[0])
    for unit in units[1:]:
        session.pick_unit(unit, add=True)
    session.go_to(int(random.integers(truth.steps)))
    return session.view


def words(kind: str) -> TextSource:
    """Seven words that a kind of network has a loss on."""
    targets: Any = "same" if kind == "many to one" else "next"
    return TextSource("the cat sat on a mat ,", targets=targets)


KINDS: dict[str, dict[str, Any]] = {
    "both ways": {"num_layers": 2, "bidirectional": True, "hidden_size": 4},
    "one way": {"cell": "gru", "num_layers": 2, "hidden_size": (5, 3), "delay": 1},
    "many to one": {"topology": "many-to-one", "hidden_size": 4},
}
"""Networks that between them have everything a panel could mistake for something else."""
