"""A finished (or half finished) run, as the public API hands it out: signals, outputs, losses and gradients."""

from __future__ import annotations

from os import PathLike
from typing import Never

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.arithmetic import all_in_own_modes
from rnnviz.engine.door import all_checked
from rnnviz.engine.errors import ObjectiveError, SpecError, UnknownNameError
from rnnviz.engine.gradients import Gradients, differentiate
from rnnviz.engine.holds import Holds
from rnnviz.engine.interventions import Intervention
from rnnviz.engine.loss import Targets
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.network import Network
from rnnviz.engine.objective import start_of
from rnnviz.engine.observatory import Observatory
from rnnviz.engine.record import NETWORK, Record
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction
from rnnviz.engine.weights import Weights

_KEPT = 8
"""Objectives whose gradients are kept: each may take more memory than the run itself."""


@all_in_own_modes
@all_checked
class Trace(Observatory):
    """Every signal of a run at every step, and the gradients of its loss.

    Made by :func:`rnnviz.run`. Steps count from 0. With a delay d there are S = T + d steps, else S = T.

    Parameters
    ----------
    network : Network
    weights : Weights
        The parameters that the run was made with.
    schedule : Schedule
    targets : Targets
    record : Record
    position : int
        How far the run has come.
    x : Tensor, [T, I]
        The sequence as it was given; with an embedding also whole numbers [T].

    Attributes
    ----------
    probed : ProbeObjective or None
        What is differentiated instead of the loss.
    untouched : Network
        The network before anything in it was set by hand.
    interventions : tuple of Intervention
        Those that are in force.
    holds : Holds
        At which values signals are held.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        schedule: Schedule,
        targets: Targets,
        record: Record,
        position: int,
        x: Tensor,
    ) -> None:
        self.network = network
        self.weights = weights
        self.schedule = schedule
        self.targets = targets
        self.record = record
        self.position = position
        self.x = x
        self.probed: ProbeObjective | None = None
        self.untouched = network
        self.interventions: tuple[Intervention, ...] = ()
        self.holds = Holds()
        self._gradients: dict[Objective, Gradients] = {}

    @property
    def steps(self) -> int:
        """Number of steps S."""
        return self.schedule.steps

    def signal(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.floating]:
        """All values of a signal.

        Parameters
        ----------
        name : str
            A signal of the layer's cell: a gate ("f"), a state ("c", "h"), a pre-activation ("f.pre").
        layer : int
            Counted from 0.
        direction : {"forward", "backward"}

        Returns
        -------
        ndarray, [S, H]
            Row t belongs to step t of the sequence, in both directions; read only.

        Raises
        ------
        UnknownNameError
            When there is no such signal; the message lists those that there are.
        """
        return self.record.signal(name, layer, direction)

    @property
    def inputs(self) -> NDArray[np.floating]:
        """[S, I], x_t as the first layer sees it: embedded where there is an embedding, zero where nothing is fed."""
        return self.record.signal("x", NETWORK)

    @property
    def output(self) -> NDArray[np.floating]:
        """[S, O], the output of every step; NaN at steps that have none (many-to-one, delay)."""
        return self.record.signal("output", NETWORK)

    @property
    def logits(self) -> NDArray[np.floating]:
        """[S, O], the readout before its activation; NaN at steps that have no output."""
        return self.record.signal("logits", NETWORK)

    @property
    def step_losses(self) -> NDArray[np.floating]:
        """[S], the loss of every step (mean squared error, or cross-entropy in nats); NaN where there is none."""
        return self.record.signal("loss", NETWORK)[:, 0]

    @property
    def loss(self) -> float:
        """The sum of the losses of all steps that have an output and a target; NaN where there is no target."""
        losses = np.asarray(self.step_losses, np.float64)
        return float(np.nansum(losses)) if not np.isnan(losses).all() else float("nan")

    def probe(self, signal: str, unit: int, step: int, layer: int = NETWORK, direction: Direction = "forward") -> None:
        """Differentiate one number instead of the loss, from now on.

        Parameters
        ----------
        signal : str
            "output" or "logits" (with layer -1, the default), or any signal of a layer.
        unit, step : int
            Both counted from 0.
        layer : int
        direction : {"forward", "backward"}

        Raises
        ------
        ObjectiveError
            When there is no such number, or the run has not come to it.
        """
        objective = ProbeObjective(signal, unit, step, layer, direction)
        start_of(self, objective)  # refuses what there is not
        self.probed = objective

    def gradients(self, objective: Objective | None = None) -> Gradients:
        """All gradients of an objective, computed once and kept until eight others have been asked for.

        Parameters
        ----------
        objective : LossObjective, ProbeObjective or None
            None: the probe where one is set, else the whole loss.

        Raises
        ------
        ObjectiveError
            When there is neither a target nor a probe.
        """
        chosen = objective or self.probed or LossObjective("whole")
        if isinstance(chosen, LossObjective) and self.targets.kind is None:
            raise ObjectiveError(
                "there is nothing to differentiate: give rnnviz.run a target, or name a number with trace.probe(...)"
            )
        if isinstance(chosen, LossObjective) and chosen.scope != "whole" and not 0 <= chosen.step < self.steps:
            raise ObjectiveError(f"the loss of step {chosen.step} was asked for, but there are {self.steps} steps")
        if chosen not in self._gradients:
            found = differentiate(self, chosen)
            for array in (*found.initial.values(), *found.parameters.values()):
                array.flags.writeable = False  # it is kept, and handed out more than once
            while len(self._gradients) >= _KEPT:
                del self._gradients[next(iter(self._gradients))]
            self._gradients[chosen] = found
        return self._gradients[chosen]

    def gradient(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
        """The gradient of the loss with respect to a signal, through this and all later steps.

        Parameters
        ----------
        name : str
            A signal of the layer's cell; with layer -1 also "x", "logits" and "output".
        layer : int
        direction : {"forward", "backward"}

        Returns
        -------
        ndarray, [S, H]
            dL/ds_t, by backpropagation through time in float64.

        Raises
        ------
        ObjectiveError
            When there is neither a target nor a probe.
        UnknownNameError
            When there is no such signal.
        """
        return self.gradients().signal(name, layer, direction)

    def gradient_log10_norm(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
        """[S], log10 of the Euclidean norm of dL/ds_t; unlike the gradient itself it cannot underflow."""
        return self.gradients().log10_norm(name, layer, direction)

    def initial_gradient(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
        """The gradient of the loss with respect to a state before the first step.

        Returns
        -------
        ndarray, [H]
            dL/dh_0.

        Raises
        ------
        UnknownNameError
            When the cell has no such state.
        """
        found = self.gradients().initial
        if (layer, direction, name) not in found:
            states = [state for at, way, state in found if (at, way) == (layer, direction)]
            listed = ", ".join(states) or "no states there"
            raise UnknownNameError(f"no state {name!r} in layer {layer}, {direction}: there are {listed}")
        return found[layer, direction, name]

    def parameter_gradients(self) -> dict[str, NDArray[np.float64]]:
        """The gradient of the loss with respect to every parameter, by the names that the network gives them."""
        return dict(self.gradients().parameters)

    def embedded_tokens(self) -> tuple[Tensor, Tensor]:
        """The steps at which a token was embedded, and those tokens: whole numbers [n] or one-hot rows [n, I]."""
        fed = torch.from_numpy(np.flatnonzero(self.schedule.has_input))
        tokens = self.x[: len(fed)]
        if self.network.spec.feedback != "choice" or self.steps == 1:
            return fed, tokens
        chosen = torch.from_numpy(self.record.rows("y", 0, self.steps - 1).argmax(-1))
        if tokens.dim() == 2:
            chosen = torch.nn.functional.one_hot(chosen, tokens.shape[1]).to(tokens.dtype)
        return torch.arange(self.steps), torch.cat([tokens, chosen])

    def __reduce_ex__(self, protocol: object) -> Never:
        """Refuse to be pickled."""
        raise SpecError(
            "a trace cannot be pickled, since reading a file of that kind can run what is in it: use trace.save"
        )

    def __copy__(self) -> Trace:
        """Return another trace of the same record."""
        made = type(self).__new__(type(self))
        made.__dict__ = self.__dict__.copy()
        return made

    def save(self, path: str | PathLike[str]) -> None:
        """Write the trace, with its network and targets, to one file.

        Raises
        ------
        SessionFileError
            When the file cannot be written; a file that was there stays as it was.
        """
        from rnnviz.engine.tracefile import save

        save(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Trace:
        """Read a trace that was saved; nothing in the file is executed.

        Raises
        ------
        SessionFileError
            When it is not a trace file, is damaged, or was written by a newer rnnviz.
        """
        from rnnviz.engine.tracefile import load

        return load(path)
