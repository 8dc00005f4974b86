"""A network: layers of cells in one or two directions, an optional embedding, and a readout of dense layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Never

import torch
from torch import Tensor, nn

from rnnviz.engine import cells
from rnnviz.engine.arithmetic import in_own_modes
from rnnviz.engine.errors import SpecError
from rnnviz.engine.initialise import initialise
from rnnviz.engine.language.model import Cell, Number, Parameter, ParameterInfo
from rnnviz.engine.lower import lower
from rnnviz.engine.messages import ParameterCount
from rnnviz.engine.plain import plain
from rnnviz.engine.plan import Plan
from rnnviz.engine.scan import CompiledStep, compile_step
from rnnviz.engine.spec import Direction, NetworkSpec

DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True)
class Share:
    """The rows of a module's parameter that (summed with other shares) make a parameter of a cell."""

    parameter: str
    rows: slice = field(default_factory=lambda: slice(None))


@dataclass(frozen=True, eq=False)
class CellLayer:
    """One layer in one direction: its cell, its sizes, and where its parameters come from.

    Parameters
    ----------
    layer : int
        Counted from 0.
    direction : {"forward", "backward"}
    cell : Cell
    plan : Plan
    step : CompiledStep
    units, inputs, outputs : int
        H, the number of inputs of this layer, and O of the whole network.
    shares : mapping of str to tuple of Share
        Parameter of the cell -> parameters of the module that add up to it; none means zero.
    """

    layer: int
    direction: Direction
    cell: Cell
    plan: Plan
    step: CompiledStep
    units: int
    inputs: int
    outputs: int
    shares: Mapping[str, tuple[Share, ...]]

    @property
    def suffix(self) -> str:
        """What the names of its parameters end in, as torch does it: ``_l0``, ``_l0_reverse``."""
        return f"_l{self.layer}" + ("_reverse" if self.direction == "backward" else "")

    def holding(self, signals: tuple[str, ...]) -> CellLayer:
        """The same layer, made ready to have these signals held; itself where there are none."""
        if not signals and not self.plan.held:
            return self
        plan = lower(self.cell, signals)
        return replace(self, plan=plan, step=compile_step(plan, self.step.activation))

    def shape(self, info: ParameterInfo) -> tuple[int, ...]:
        """Shape of one of the cell's parameters."""
        sizes = {"units": self.units, "input": self.inputs, "output": self.outputs}
        return (sizes[info.rows],) if info.columns is None else (sizes[info.rows], sizes[info.columns])


class Network(nn.Module):
    """A network of recurrent cells, ready to be run, differentiated and trained.

    Parameters are named by their letters in the cell's equations and, as in torch, by layer and direction:
    ``W_i_l0``, ``U_i_l0_reverse``; with two biases ``b_i_ih_l0`` and ``b_i_hh_l0``; a learned initial state ``h0_l0``;
    ``embedding.weight``; ``readout.0.weight``, ``readout.0.bias``.

    Parameters
    ----------
    spec : NetworkSpec

    Raises
    ------
    SpecError
        When the specification cannot be built.
    """

    @in_own_modes
    def __init__(self, spec: NetworkSpec) -> None:
        if not isinstance(spec, NetworkSpec):
            raise SpecError(f"a network is made of a rnnviz.NetworkSpec, not of {type(spec).__name__}")
        super().__init__()
        self.spec = spec
        self.cell_layers = tuple(
            _cell_layer(spec, layer, direction) for layer in range(spec.num_layers) for direction in spec.directions
        )
        for at in self.cell_layers:
            self._register(at)
        # Torch draws values for dense layers on its own; they are replaced, and its generator is the user's.
        with torch.random.fork_rng(devices=[]):
            self._build_ends()
        self.to(DTYPES[spec.dtype])
        initialise(self)

    @classmethod
    @in_own_modes
    def assembled(
        cls,
        spec: NetworkSpec,
        shares: Mapping[tuple[int, Direction], Mapping[str, tuple[Share, ...]]],
        parameters: Mapping[str, nn.Parameter],
        readout: Iterable[nn.Linear] = (),
        embedding: nn.Embedding | None = None,
    ) -> Network:
        """Make a network around parameters that exist already, as from_torch does.

        Parameters
        ----------
        spec : NetworkSpec
        shares : mapping
            For each (layer, direction): which rows of which parameters make the parameters of the cell.
        parameters : mapping of str to Parameter
        readout : iterable of Linear
        embedding : Embedding, optional

        Returns
        -------
        Network
        """
        network = cls.__new__(cls)
        nn.Module.__init__(network)
        network.spec = spec
        network.cell_layers = tuple(
            _cell_layer(spec, layer, way, shares[layer, way])
            for layer in range(spec.num_layers)
            for way in spec.directions
        )
        for name, parameter in parameters.items():
            network.register_parameter(name, parameter)
        network.embedding = embedding
        network.readout = nn.ModuleList(readout)
        return network

    def __reduce_ex__(self, protocol: object) -> Never:
        """Refuse to be pickled."""
        raise SpecError(
            "a network cannot be pickled, since reading a file of that kind can run what is in it: keep network.spec "
            "and network.state_dict()"
        )

    def __copy__(self) -> Network:
        """Return a network around the same parameters."""
        made = type(self).__new__(type(self))
        made.__dict__ = self.__dict__.copy()
        return made

    def __deepcopy__(self, memo: dict[int, object]) -> Network:
        """Return a copy with parameters of its own."""
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__ = deepcopy(self.__dict__, memo)
        return made

    def _register(self, at: CellLayer) -> None:
        for info in at.cell.parameters:
            for share in at.shares[info.name]:
                self._add(share.parameter, at.shape(info))
        if self.spec.initial_state == "learned":
            for state in at.cell.states:
                if state not in at.cell.initial:
                    self._add(f"{state}0{at.suffix}", (at.units,))

    def _add(self, name: str, shape: tuple[int, ...]) -> None:
        if hasattr(self, name):
            raise SpecError(
                f"two parameters would be called {name}, because the cell has one whose name is also that of "
                "a learned initial state or of a second bias: give it another letter"
            )
        self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def _build_ends(self) -> None:
        spec = self.spec
        self.embedding: nn.Embedding | None = (
            nn.Embedding(spec.input_size, spec.embedding_size) if spec.embedding_size else None
        )
        sizes = [spec.features_of(spec.num_layers - 1), *spec.readout_sizes]
        if spec.readout is not None:
            sizes.append(spec.outputs)
        self.readout = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))

    @property
    def dense_layers(self) -> tuple[nn.Linear, ...]:
        """The dense layers of the readout, in order; none where the output is the last layer's h."""
        return tuple(layer for layer in self.readout if isinstance(layer, nn.Linear))

    def at(self, layer: int, direction: Direction = "forward") -> CellLayer:
        """One layer in one direction.

        Raises
        ------
        SpecError
            When there is no such layer or direction.
        """
        wanted = plain(layer), plain(direction)
        for entry in self.cell_layers:
            if (entry.layer, entry.direction) == wanted:
                return entry
        raise SpecError(f"the network has no layer {layer}, {direction}: it has {self.spec.num_layers} layers")

    def cell_parameters(self, at: CellLayer, state: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """The parameters of one cell by their names in the equations; two biases as their sum. Differentiable.

        Taken from ``state``, a copy of the network's parameters by their own names, where one is given.
        """
        return {info.name: self._cell_parameter(at, info, state) for info in at.cell.parameters}

    def _cell_parameter(self, at: CellLayer, info: ParameterInfo, state: Mapping[str, Tensor] | None = None) -> Tensor:
        names = [share.parameter for share in at.shares[info.name]]
        whole = [self.get_parameter(name) if state is None else state[name] for name in names]
        parts = [value[share.rows] for value, share in zip(whole, at.shares[info.name], strict=True)]
        if not parts:
            return torch.zeros(at.shape(info), dtype=DTYPES[self.spec.dtype], device=self._device)
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    def initial_states(self, at: CellLayer) -> dict[str, Tensor]:
        """The states of one cell before the first step, each [H]: the cell's own, learned, or zero. Differentiable."""
        states = {}
        for state in at.cell.states:
            states[state] = self._initial_state(at, state)
        return states

    def _initial_state(self, at: CellLayer, state: str) -> Tensor:
        given = at.cell.initial.get(state)
        if isinstance(given, Parameter):
            return self._cell_parameter(at, at.cell.parameter(given.name))
        name = f"{state}0{at.suffix}"
        if given is None and self.spec.initial_state == "learned":
            return self.get_parameter(name)
        value = given.value if isinstance(given, Number) else 0.0
        return torch.full((at.units,), value, dtype=DTYPES[self.spec.dtype], device=self._device)

    @property
    def _device(self) -> torch.device:
        """Where the parameters are, whatever the default device of the caller is."""
        return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))

    def initial_parameter(self, at: CellLayer, state: str) -> str | None:
        """Name of the parameter that a state starts from, None where it is not learned."""
        given = at.cell.initial.get(state)
        if isinstance(given, Parameter):
            return at.shares[given.name][0].parameter
        return f"{state}0{at.suffix}" if given is None and self.spec.initial_state == "learned" else None

    def parts(self) -> tuple[ParameterCount, ...]:
        """How many parameters each part of the network has, in the order of the data's way through it."""
        groups: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        names: dict[str, str] = {}
        for at in self.cell_layers:
            title = f"layer {at.layer + 1}" + (f", {at.direction}" if self.spec.bidirectional else "")
            for shares in at.shares.values():
                names |= {share.parameter: title for share in shares}
            names |= {name: title for state in at.cell.states if (name := self.initial_parameter(at, state))}
        for name, parameter in self.named_parameters():
            title = names.get(name) or name.split(".")[0]
            groups.setdefault(title, []).append((name, tuple(parameter.shape)))
        order = ["embedding", *dict.fromkeys(names.values()), "readout"]
        return tuple(
            ParameterCount(title, sum(torch.Size(shape).numel() for _, shape in groups[title]), tuple(groups[title]))
            for title in order
            if title in groups
        )

    def forward(self, x: Tensor, initial_state: Mapping[str, Tensor] | None = None) -> Tensor:
        """Run the network differentiably over a batch; see :func:`rnnviz.engine.forward.forward`."""
        from rnnviz.engine.forward import forward

        return forward(self, x, initial_state)


def _cell_layer(
    spec: NetworkSpec,
    layer: int,
    direction: Direction,
    shares: Mapping[str, tuple[Share, ...]] | None = None,
) -> CellLayer:
    cell = cells.get(spec.cell_of(layer, direction))
    plan = lower(cell)
    at = CellLayer(
        layer,
        direction,
        cell,
        plan,
        compile_step(plan, spec.activation),
        spec.units_of(layer, direction),
        spec.inputs_of(layer),
        spec.outputs,
        shares or {},
    )
    if shares is not None:
        return at
    own = {info.name: _own_shares(info, at.suffix, two=spec.biases == "two") for info in cell.parameters}
    return CellLayer(**{**vars(at), "shares": own})


def _own_shares(info: ParameterInfo, suffix: str, *, two: bool) -> tuple[Share, ...]:
    if two and info.doubled:
        return (Share(f"{info.name}_ih{suffix}"), Share(f"{info.name}_hh{suffix}"))
    return (Share(info.name + suffix),)
