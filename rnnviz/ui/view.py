"""Everything a panel may draw from: one frozen picture of the session, replaced as a whole at every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.answer import Fact
from rnnviz.engine.interventions import Edit, Intervention
from rnnviz.engine.messages import Objective, ParameterCount, ProbeObjective, Scaling, SequenceInfo
from rnnviz.engine.record import NETWORK, Record, SignalField
from rnnviz.engine.requests import Request
from rnnviz.engine.schedule import Position, Schedule
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.spec import Direction, NetworkSpec

Scope = Literal["upto", "at", "whole"]
ThemeChoice = Literal["light", "dark", "system"]
Grain = Literal["step", "layer", "operation"]

GRAIN = "transport.grain"
"""The option that holds what the transport moves by."""

LOOKS = ("theme", "lecture", "type_size")
"""The fields of View that say in which colours and sizes things are drawn."""


@dataclass(frozen=True)
class Document:
    """What a session file holds of the network and its sequence.

    ``weights`` are the bytes of a safetensors file; None means the seeded initialisation of the specification.
    """

    name: str
    spec: NetworkSpec
    source: SequenceSource
    weights: bytes | None = None
    steps: int | None = None
    given: dict[str, list[list[float]]] | None = None
    scaling: Scaling | None = None
    description: str = ""
    interventions: tuple[Intervention, ...] = ()


@dataclass(frozen=True, eq=False)
class TraceView:
    """A document that the engine has opened, with the record it writes.

    ``original`` is the record of the run without the interventions that are in force, None where there are none.
    ``by_hand`` has the tokens that they feed in place of others, by step, and ``untouched`` what the weights that they
    set have without them, by edits that are on and set 0.
    """

    sequence: SequenceInfo
    schedule: Schedule
    record: Record
    parts: tuple[ParameterCount, ...]
    notice: str = ""
    original: Record | None = None
    by_hand: Mapping[int, str] = field(default_factory=dict)
    untouched: Mapping[Edit, float] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Number of steps S."""
        return self.schedule.steps

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """[S], what stands along the time axis; empty strings where there is no input.

        Where another token is fed by hand, that one stands there.
        """
        labels = self.sequence.labels[: self.steps]
        labels += ("",) * (self.steps - len(labels))
        return tuple(self.by_hand.get(step, label) for step, label in enumerate(labels)) if self.by_hand else labels

    @cached_property
    def has_loss(self) -> NDArray[np.bool_]:
        """[S], True where a step has an output and a target, and therefore a loss."""
        sequence = self.sequence
        known = np.zeros(self.steps, np.bool_)
        if sequence.target_classes is not None:
            given = np.asarray(sequence.target_classes, np.int64) >= 0
        elif sequence.target_values is not None:
            given = ~np.all(np.isnan(np.asarray(sequence.target_values, np.float64)), axis=1)
        else:
            return known
        first = self.steps - len(given) if len(given) < self.steps else 0
        known[first:] = given[: self.steps - first]
        return known & self.schedule.has_output

    def fields(self, layer: int, direction: Direction, *kinds: str) -> tuple[SignalField, ...]:
        """The signals of a layer and direction, of some kinds only where kinds are given, in order of computation."""
        return tuple(
            f
            for f in self.record.signals
            if f.layer == layer and f.direction == direction and (not kinds or f.kind in kinds)
        )

    def reached(self, position: int, layer: int, direction: Direction) -> slice:
        """The steps of a layer (or, for NETWORK, of the outputs) that are computed at a position."""
        if layer == NETWORK:
            return self.schedule.outputs_reached(position)
        return self.schedule.reached(position, layer, direction)

    def values(
        self, name: str, position: int, layer: int = 0, direction: Direction = "forward"
    ) -> NDArray[np.floating]:
        """A signal as it is known at a position: [S, units], NaN at steps that are not reached."""
        recorded = self.record.signal(name, layer, direction)
        rows = self.reached(position, layer, direction) if name != "x" else slice(0, self.steps)
        if rows == slice(0, self.steps):
            return recorded
        known = np.full(recorded.shape, np.nan, recorded.dtype)
        known[rows] = recorded[rows]
        return known


@dataclass(frozen=True, eq=False)
class GradientView:
    """The gradients of one objective (see the event Differentiated)."""

    objective: Objective
    value: float
    record: Record
    signals: tuple[tuple[int, Direction, str], ...]
    initial: tuple[tuple[int, Direction, str, float], ...]
    parameters: tuple[tuple[str, float], ...]

    @cached_property
    def norms(self) -> NDArray[np.floating]:
        """[S, signals], log10 of the Euclidean norm of dL/ds_t; -inf is a true zero."""
        return self.record.signal("norms", NETWORK)

    def log_norm(self, name: str, layer: int, direction: Direction) -> NDArray[np.floating]:
        """[S], log10 of the norm of dL/ds_t for one signal."""
        return self.norms[:, self.signals.index((layer, direction, name))]


@dataclass(frozen=True, eq=False)
class AnalysisView:
    """The answer to a request about a run (see ``rnnviz.engine.requests``), or why there is none.

    Parameters
    ----------
    request : Request
    trace : TraceView
        The run that it speaks of.
    position : int
        The position up to which that was computed.
    arrays : mapping of str to ndarray
    facts : mapping of str to str, float, bool or tuple of str
    fault : str
        One sentence that says why there is no answer; empty where there is one.
    """

    request: Request
    trace: TraceView
    position: int
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class View:
    """One state of the session, complete and immutable.

    Parameters
    ----------
    document : Document or None
        None only before the first one is opened.
    trace : TraceView or None
        None while the engine has not yet opened the document.
    published : int
        The position (see Schedule) up to which the run has been computed.
    position : int
        The position of the cursor, at most ``published``.
    operation : int or None
        How many operations of that position (see ``ui.operations``) are done, in the order of the pass that is shown;
        None: all of them.
    gradients : GradientView or None
        The newest gradients; their objective names the step they belong to.
    scope : {"upto", "at", "whole"}
        Which loss is differentiated: L_1..t, L_t or the whole L.
    probe : ProbeObjective or None
        When set, this number is differentiated instead of a loss.
    layer, direction, units
        What is picked: one layer and direction, and units in it (at least one).
    signal : str
        The signal that the mouse is over, lit in every panel; empty for none.
    ahead_hidden : bool
        Whether what lies ahead of the cursor is covered.
    playing : bool
    speed : float
        Steps per second.
    theme : {"light", "dark", "system", "print"}
        "print" is for figures on white; the user cannot choose it.
    lecture : float
        Large type and thick lines: 0 at a desk, else how large against a screen 1080 pixels high.
    type_size : int
        The size of type and of all that goes with it, in per cent, at a desk and in a lecture.
    engine : {"starting", "ready", "busy", "dead", "restarting"}
    progress : tuple or None
        (what, done, total) of long work.
    message : str
        The newest sentence for the user; empty for none.
    message_kind : {"info", "error"}
    analyses : mapping of Request to AnalysisView
        What visible panels have asked for and the engine has answered. An answer stays until a newer one to the same
        request is there; :meth:`current` tells whether it speaks of what is shown.
    backward : bool
        Whether the transport is turned round: the user steps back through backpropagation, from the last step to the
        first, and what lies ahead is what lies left of the cursor.
    options : mapping
        Choices of the panels ("gates.mode": "curves"), saved with the session.
    per_step : float or None
        The time of the processor that a step of the run took in the mean, in seconds.
    unheld : str
        Why the engine answers nothing about what is shown; empty where it does.
    refused : tuple or None
        The objective whose gradients cannot be computed, and the sentence that says why.
    rivals : tuple of View
        What the networks show that run beside this one for comparison, each at the same step.
    """

    document: Document | None = None
    trace: TraceView | None = None
    published: int = 0
    position: int = 0
    operation: int | None = None
    gradients: GradientView | None = None
    scope: Scope = "upto"
    probe: ProbeObjective | None = None
    layer: int = 0
    direction: Direction = "forward"
    units: tuple[int, ...] = (0,)
    signal: str = ""
    ahead_hidden: bool = False
    playing: bool = False
    speed: float = 2.0
    theme: ThemeChoice | Literal["print"] = "system"
    lecture: float = 0.0
    type_size: int = 100
    engine: str = "starting"
    progress: tuple[str, int, int] | None = None
    message: str = ""
    message_kind: Literal["info", "error"] = "info"
    analyses: Mapping[Request, AnalysisView] = field(default_factory=lambda: MappingProxyType({}))
    backward: bool = False
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    per_step: float | None = None
    unheld: str = ""
    refused: tuple[Objective, str] | None = None
    rivals: tuple[View, ...] = ()

    @cached_property
    def at(self) -> Position:
        """What the run has just computed at the cursor."""
        if self.trace is None:
            return Position("start", -1, "forward", -1)
        return self.trace.schedule.at(self.position)

    @cached_property
    def step(self) -> int:
        """The step t of the cursor, counted from 0; -1 before the first."""
        return self.at.step

    @property
    def grain(self) -> Grain:
        """What the transport moves by: a time step, a layer, or a single operation within a cell."""
        chosen = self.options.get(GRAIN, "step")
        return next((grain for grain in get_args(Grain) if grain == chosen), "step")

    @property
    def within(self) -> bool:
        """Whether the cursor stands within a step on the way forward: some of it is not computed there yet."""
        return self.operation is not None and not self.backward

    @property
    def known(self) -> int:
        """The position up to which panels show data: the cursor when what lies ahead is hidden.

        On the way back all signals are known; what is then ahead are gradients.
        """
        return self.position if self.ahead_hidden and not self.backward else self.published

    def current(self, analysis: AnalysisView) -> bool:
        """Whether an answer speaks of the run that is shown, as far as it has been computed."""
        lasts = analysis.request.lasting and not analysis.fault
        return analysis.trace is self.trace and (lasts or analysis.position == self.published)

    def differs(self, old: View | None, *names: str) -> bool:
        """Whether any of these fields is another object or value than in an older view."""
        if old is None:
            return True
        for name in names:
            mine, other = getattr(self, name), getattr(old, name)
            if mine is not other and mine != other:
                return True
        return False
