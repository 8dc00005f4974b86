"""A network put together again from its specification and its stored parameters; no initial value is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from torch import Tensor, nn

from rnnviz.engine import cells
from rnnviz.engine.errors import FormatError
from rnnviz.engine.network import DTYPES, CellLayer, Network, Share
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.engine.statefile import check

Shares = Mapping[tuple[int, Direction], Mapping[str, tuple[Share, ...]]]
"""For each (layer, direction): which rows of which parameters make the parameters of the cell."""

_NO_MEMORY = "meta"
"""Torch's device for parameters that are about to be replaced."""

_EMBEDDING = "embedding.weight"
_MOST_SHARES = 2
"""How many parameters can add up to one of a cell: torch's two biases."""


def reassemble(spec: NetworkSpec, shares: Shares, state: Mapping[str, Tensor]) -> Network:
    """Make a network of parameters that were stored.

    Nothing is made larger than what was stored, whatever the specification says.

    Parameters
    ----------
    spec : NetworkSpec
    shares : mapping
        For each (layer, direction): which rows of which parameters make the parameters of the cell.
    state : mapping of str to Tensor
        All parameters by their names, in the order in which the network is to list them.

    Returns
    -------
    Network
        Its parameters are the tensors of ``state``.

    Raises
    ------
    FormatError
        When a parameter is missing, extra, or does not fit the specification; the message names it.
    """
    _check_shares(spec, shares)
    ends = dict(_ends(spec))
    needed = dict.fromkeys([*_cell_names(spec, shares), *ends])
    for name in needed:
        if name not in state and not _is_bias(name):
            raise FormatError(f"the weights have no parameter {name[:100]}, but the network needs it")
    for name in state:
        if name not in needed:
            raise FormatError(f"the weights have a parameter {name[:100]}, but the network has none such")
    for name, shape in ends.items():
        if name in state:
            check(name, state[name], shape, DTYPES[spec.dtype])
    network = Network.assembled(
        spec,
        shares,
        {name: nn.Parameter(value) for name, value in state.items() if name not in ends},
        [_linear(state, f"readout.{index}") for index in range(len(ends) // 2)],
        _embedding(state),
    )
    for at in network.cell_layers:
        _check_cell(network, at, state)
    return network


def _check_shares(spec: NetworkSpec, shares: Shares) -> None:
    for layer in range(spec.num_layers):
        for direction in spec.directions:
            given = shares.get((layer, direction), {})
            wanted = {info.name for info in cells.get(spec.cell_of(layer, direction)).parameters}
            if set(given) != wanted or any(len(parts) > _MOST_SHARES for parts in given.values()):
                raise FormatError(f"the parameters named for layer {layer + 1}, {direction} are not those of its cell")
            if not all(_is_own(share.parameter) for parts in given.values() for share in parts):
                raise FormatError(f"a parameter of layer {layer + 1}, {direction} has a name that none can have")


def _is_own(name: str) -> bool:
    # Names of cells' parameters end in their layer, which nothing else that belongs to a module does.
    return name.isidentifier() and "_l" in name and not hasattr(Network, name)


def _is_bias(name: str) -> bool:
    return name.startswith("readout.") and name.endswith(".bias")


def _cell_names(spec: NetworkSpec, shares: Shares) -> Iterator[str]:
    for layer in range(spec.num_layers):
        for direction in spec.directions:
            for parts in shares[layer, direction].values():
                yield from (share.parameter for share in parts)
            if spec.initial_state == "learned":
                cell = cells.get(spec.cell_of(layer, direction))
                suffix = f"_l{layer}" + ("_reverse" if direction == "backward" else "")
                yield from (f"{state}0{suffix}" for state in cell.states if state not in cell.initial)


def _ends(spec: NetworkSpec) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of what stands before and after the cells."""
    if spec.embedding_size is not None:
        yield _EMBEDDING, (spec.input_size, spec.embedding_size)
    sizes = [spec.features_of(spec.num_layers - 1), *spec.readout_sizes]
    if spec.readout is not None:
        sizes.append(spec.outputs)
    for index, (before, after) in enumerate(pairwise(sizes)):
        yield f"readout.{index}.weight", (after, before)
        yield f"readout.{index}.bias", (after,)


def _embedding(state: Mapping[str, Tensor]) -> nn.Embedding | None:
    if _EMBEDDING not in state:
        return None
    vocabulary, size = state[_EMBEDDING].shape
    embedding = nn.Embedding(vocabulary, size, device=_NO_MEMORY)
    embedding.weight = nn.Parameter(state[_EMBEDDING])
    return embedding


def _linear(state: Mapping[str, Tensor], name: str) -> nn.Linear:
    weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
    outputs, inputs = weight.shape
    linear = nn.Linear(inputs, outputs, bias=bias is not None, device=_NO_MEMORY)
    linear.weight = nn.Parameter(weight)
    if bias is not None:
        linear.bias = nn.Parameter(bias)
    return linear


def _check_cell(network: Network, at: CellLayer, state: Mapping[str, Tensor]) -> None:
    dtype = DTYPES[network.spec.dtype]
    for info in at.cell.parameters:
        for share in at.shares[info.name]:
            whole = state[share.parameter]
            check(share.parameter, whole[share.rows] if whole.dim() else whole, at.shape(info), dtype)
    for signal in at.cell.states:
        name = network.initial_parameter(at, signal)
        if name is not None:
            check(name, state[name], (at.units,), dtype)
