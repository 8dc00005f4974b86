"""What the window may ask about a run beyond its signals and gradients: one frozen request per question.

A request is plain data and hashable; it names the question completely, so that two panels which ask the same get the
same answer. How each is answered stands in ``rnnviz.engine.analyses``, a module per question.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from rnnviz.engine.spec import Direction

Measure = Literal["radius", "singular"]
ClipKind = Literal["norm", "value"]


class Request(msgspec.Struct, frozen=True, tag=True):
    """Base of all requests."""

    long: ClassVar[bool] = False
    """Whether the answer may take seconds: short questions are then answered first."""

    @property
    def lasting(self) -> bool:
        """Whether an answer holds however far the run goes on: it speaks of the network, not of what it has read."""
        return False


class Itemised(Request, frozen=True, tag=True):
    """Which loss puts how much on a signal at which step; ``unit`` None: the norm over all units.

    Of more than ``most`` entries only every n-th loss is itemised.
    """

    signal: str
    layer: int = 0
    direction: Direction = "forward"
    unit: int | None = None
    most: int = 4_000_000
    long: ClassVar[bool] = True


class ItemisedParameter(Request, frozen=True, tag=True):
    """Which loss puts how much on a parameter at which step; with a ``block`` on one gate's part of it alone."""

    parameter: str
    block: str = ""
    most: int = 4_000_000
    long: ClassVar[bool] = True


class Arrival(Request, frozen=True, tag=True):
    """An adjoint in two parts: from the loss of the same step, and from all others.

    ``unit`` None: their norms, as decimal logarithms.
    """

    signal: str
    layer: int = 0
    direction: Direction = "forward"
    unit: int | None = None


class Norms(Request, frozen=True, tag=True):
    """The norm of the gradient of a signal at every step: of the loss up to a step, at it, or of all steps."""

    signal: str
    layer: int = 0
    direction: Direction = "forward"
    scope: Literal["upto", "at", "whole"] = "whole"
    step: int = -1


class Accumulated(Request, frozen=True, tag=True):
    """What the way back has gathered of the gradient of parameters when it has come to a step, and what that step adds.

    The backward direction of a layer is gone back over from its first step to the last. One step before the first of
    the way (S, or -1) nothing has been gathered.
    """

    parameters: tuple[str, ...]
    step: int


class PathsFrom(Request, frozen=True, tag=True):
    """How far the states of one step reach: norms and singular values of ds_t/ds_k for one k and every t."""

    anchor: int
    layer: int = 0
    direction: Direction = "forward"


class PathTable(Request, frozen=True, tag=True):
    """The largest singular value of ds_t/ds_k for all t and k, or for a grid of ``most`` steps."""

    layer: int = 0
    direction: Direction = "forward"
    most: int = 256
    long: ClassVar[bool] = True


class JacobianAt(Request, frozen=True, tag=True):
    """The Jacobian ds_t/ds_{t-1} at one step, with its singular values and eigenvalues."""

    step: int
    layer: int = 0
    direction: Direction = "forward"


class Connectivity(Request, frozen=True, tag=True):
    """How much each output rests on each input; of more than ``most`` entries only evenly spread outputs are asked.

    With a ``step`` the output of that step alone, on the inputs of up to ``reach`` steps before it.
    """

    most: int = 2_000_000
    step: int | None = None
    reach: int = 2048
    long: ClassVar[bool] = True


class Causes(Request, frozen=True, tag=True):
    """What the input of every step does to the output of one: integrated gradients, leaving out, exchanging.

    Asked of up to ``reach`` steps before it; of two directions, of all steps up to as many.
    """

    step: int
    reach: int = 256
    long: ClassVar[bool] = True


class Memory(Request, frozen=True, tag=True):
    """What a state is made of, by the steps at which it was written; ``unit`` None: in the mean over units.

    ``state`` empty: the first one that keeps something. ``anchor``: where the product of the factors begins. ``bands``:
    whether every step is taken apart; of a run of more than ``apart`` steps, origins are gathered in blocks, or the
    ``window`` steps about ``around`` are taken apart alone, as always of one of more than ``gathered`` steps.
    """

    apart: ClassVar[int] = 1500
    gathered: ClassVar[int] = 140_000
    window: ClassVar[int] = 1000

    layer: int = 0
    direction: Direction = "forward"
    state: str = ""
    unit: int | None = None
    anchor: int = 0
    bands: bool = True
    around: int | None = None


class Clipping(Request, frozen=True, tag=True):
    """The gradient of all parameters before and after clipping, in total and per step."""

    threshold: float
    kind: ClipKind = "norm"


class Saturation(Request, frozen=True, tag=True):
    """Per gate and unit the share of steps at which it is nearly shut or nearly open."""

    layer: int = 0
    direction: Direction = "forward"
    low: float = 0.1
    high: float = 0.9


class Slopes(Request, frozen=True, tag=True):
    """The derivative of the activation that a signal is computed with, at every step."""

    signal: str
    layer: int = 0
    direction: Direction = "forward"


class Weights(Request, frozen=True, tag=True):
    """All matrices and biases of a cell as one matrix, with gradient and norms."""

    layer: int = 0
    direction: Direction = "forward"


class Starts(Request, frozen=True, tag=True):
    """The states that every layer and direction starts from."""


class WeightSpectra(Request, frozen=True, tag=True):
    """Singular values and eigenvalues of all matrices of a cell."""

    layer: int = 0
    direction: Direction = "forward"
    long: ClassVar[bool] = True


class Spectra(Request, frozen=True, tag=True):
    """Eigenvalues and singular values of the recurrent matrices of a layer, and Pascanu's bound."""

    layer: int = 0
    direction: Direction = "forward"


class Sweep(Request, frozen=True, tag=True):
    """How |dL/dW| and the reach of the gradient change as recurrent matrices are scaled from ``low`` to ``high``.

    ``blocks`` names matrices as "layer:direction:name", None means all. ``layer`` and ``direction`` say where the reach
    of the gradient and the saturation are measured.
    """

    by: Measure = "radius"
    blocks: tuple[str, ...] | None = None
    low: float = 0.5
    high: float = 1.5
    count: int = 21
    layer: int = 0
    direction: Direction = "forward"
    long: ClassVar[bool] = True


class Principal(Request, frozen=True, tag=True):
    """The trajectory of a state in its first three principal components; of more than ``most`` steps some are left out.

    ``plain``: in the units themselves, as of a state that has no more than two.
    """

    state: str
    layer: int = 0
    direction: Direction = "forward"
    plain: bool = False
    most: int = 8000


class FixedPoints(Request, frozen=True, tag=True):
    """The states that a cell returns to itself while its input stays that of a ``step``; None: zero."""

    layer: int = 0
    direction: Direction = "forward"
    step: int | None = None
    long: ClassVar[bool] = True

    @property
    def lasting(self) -> bool:
        """True: the states that a cell returns to itself are the same however far the run has come."""
        return True


class Phase(Request, frozen=True, tag=True):
    """Where a step takes a state of one or two units, over a grid.

    The input stays that of a ``step``, and the other states of the cell stay as they are after step ``at``; None: zero.
    ``state`` empty: the first one.
    """

    state: str = ""
    layer: int = 0
    direction: Direction = "forward"
    step: int | None = None
    at: int | None = None


class Terms(Request, frozen=True, tag=True):
    """The dot products of one unit at one step: the ``most`` largest terms of each, and the rest summed."""

    step: int
    unit: int = 0
    layer: int = 0
    direction: Direction = "forward"
    most: int = 6


Checkable = (
    Itemised
    | ItemisedParameter
    | Arrival
    | Norms
    | Accumulated
    | PathsFrom
    | PathTable
    | JacobianAt
    | Causes
    | Connectivity
    | Memory
    | Clipping
    | Saturation
    | Slopes
    | Weights
    | Spectra
    | FixedPoints
    | Terms
)
"""What can be held against autograd."""


class Truth(Request, frozen=True, tag=True):
    """The largest difference of the numbers that answer another request from those of autograd."""

    of: Checkable
    long: ClassVar[bool] = True

    @property
    def lasting(self) -> bool:
        """Whether the answer that is checked is a lasting one."""
        return self.of.lasting


AnyRequest = Checkable | Starts | WeightSpectra | Sweep | Principal | Phase | Truth
