"""What users hand to the public API, checked and made into tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from rnnviz.engine.errors import SpecError
from rnnviz.engine.network import DTYPES, Network
from rnnviz.engine.plain import shown


def checked_network(network: object, what: str = "run") -> Network:
    """Return a network that can be run as its specification says.

    Raises
    ------
    SpecError
        When it is none, or its parameters were moved to another dtype or device, reshaped or taken out; the message
        says what to do.
    """
    if not isinstance(network, Network):
        given = f"a {type(network).__name__}" if network is not None else "None"
        known = isinstance(network, torch.nn.RNN | torch.nn.LSTM | torch.nn.GRU)
        remedy = ": take it over with rnnviz.from_torch" if known else _inside(network)
        raise SpecError(f"{what} takes a rnnviz.Network, not {given}{remedy}")
    wanted = DTYPES[network.spec.dtype]
    for name, parameter in network.named_parameters():
        if parameter.device.type != "cpu":
            raise SpecError(
                f"the parameter {name} is on the device {parameter.device}, but rnnviz computes on the processor: call "
                "network.cpu()"
            )
        if parameter.dtype != wanted:
            held = str(parameter.dtype).removeprefix("torch.")
            other = f", or make it with NetworkSpec(dtype={held!r})" if held in DTYPES else ""
            raise SpecError(
                f"the parameter {name} is {held}, but the network is specified as {network.spec.dtype}: call "
                f"network.to(torch.{network.spec.dtype}){other}"
            )
    _check_shapes(network)
    return network


def _inside(given: object) -> str:
    """Say where a wrapper around a network keeps it, as torch.compile and torch.nn.DataParallel do."""
    children = dict(given.named_children()) if isinstance(given, torch.nn.Module) else {}
    return next((f": hand over its .{name}" for name, child in children.items() if isinstance(child, Network)), "")


def _check_shapes(network: Network) -> None:
    held = dict(network.named_parameters(remove_duplicate=False))
    for at in network.cell_layers:
        for info in at.cell.parameters:
            for share in at.shares[info.name]:
                found = held.get(share.parameter)
                _check_shape(share.parameter, None if found is None else found[share.rows], at.shape(info))
    width = network.spec.features_of(network.spec.num_layers - 1)
    sizes = (width, *network.spec.readout_sizes, *((network.spec.outputs,) if network.spec.readout else ()))
    for index, (before, after) in enumerate(pairwise(sizes)):
        _check_shape(f"readout.{index}.weight", held.get(f"readout.{index}.weight"), (after, before))


def _check_shape(name: str, held: Tensor | None, wanted: tuple[int, ...]) -> None:
    if held is None:
        raise SpecError(f"the parameter {name} was taken out of the network: put it back, or make the network anew")
    if held.shape != wanted:
        raise SpecError(
            f"the parameter {name} has the shape {list(held.shape)} where the specification has {list(wanted)}: make "
            "a network of the sizes that it should have"
        )


def whole_number(name: str, given: object) -> int:
    """Return a step, a unit or a layer as an int.

    Raises
    ------
    SpecError
        When it is not a whole number.
    """
    if isinstance(given, bool) or not isinstance(given, int | np.integer):
        raise SpecError(f"{name} is {shown(given)}, but it must be a whole number")
    return int(given)


def as_inputs(network: Network, x: ArrayLike | Tensor) -> Tensor:
    """The sequence as a tensor: [T, I] in the network's dtype, or with an embedding whole numbers [T].

    Raises
    ------
    SpecError
        When x is empty, has the wrong shape, or holds NaN or infinity; the message names the place.
    """
    spec = network.spec
    given = as_numbers("x", x)
    if spec.embedding_size is not None and given.ndim == 1:
        return _as_tokens(given, spec.input_size)
    if given.ndim != 2 or given.shape[1] != spec.input_size:
        raise SpecError(f"x has shape {list(given.shape)}, but it must be [T, {spec.input_size}]")
    if not len(given):
        raise SpecError("x has no steps, but a network needs at least one")
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(given).astype(spec.dtype)
    finite = np.isfinite(rows)
    if not finite.all():
        step, column = (int(index) for index in np.argwhere(~finite)[0])
        excess = f", too large for {spec.dtype}" if np.isfinite(given[step, column]) else ""
        raise SpecError(f"x is {given[step, column]} at step {step + 1}, input {column + 1}{excess}")
    return torch.from_numpy(rows)


def as_numbers(name: str, given: ArrayLike | Tensor) -> np.ndarray:
    """What was given as an array of real numbers.

    Raises
    ------
    SpecError
        When it is ragged, or holds something else than real numbers; the message says what it is called.
    """
    if count := _masked(given):
        raise SpecError(f"{name} is an array with {count} masked entries: fill them first, as numpy.ma.filled does")
    if isinstance(given, Tensor):
        given = _of_tensor(name, given)
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:  # a RuntimeError is how a tensor in a list refuses
        raise SpecError(f"{name} is not an array of numbers: {error}") from error
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise SpecError(f"{name} is not an array of real numbers, but of {array.dtype}")
    return array


def _masked(given: object, depth: int = 3) -> int:
    """Count the masked entries of an array, or of arrays in lists, which numpy joins without their masks."""
    if isinstance(given, np.ma.MaskedArray):
        return int(np.ma.getmaskarray(given).sum())
    if depth and isinstance(given, list | tuple):
        return sum(_masked(each, depth - 1) for each in given)
    return 0


def _of_tensor(name: str, given: Tensor) -> Tensor:
    """Return a tensor whose memory numpy can read as it is."""
    if given.is_meta:
        raise SpecError(f"{name} is on the device meta, which holds no numbers: make it on the processor")
    return given.detach().cpu().resolve_conj().resolve_neg()


def _as_tokens(given: np.ndarray, vocabulary: int) -> Tensor:
    if not len(given):
        raise SpecError("x has no steps, but a network needs at least one")
    if not np.issubdtype(given.dtype, np.integer):
        raise SpecError("x must be whole numbers (tokens) or one-hot rows, because the network has an embedding")
    bad = np.flatnonzero((given < 0) | (given >= vocabulary))
    if len(bad):
        step = int(bad[0])
        raise SpecError(f"x is token {given[step]} at step {step + 1}, but the vocabulary has {vocabulary} tokens")
    return torch.from_numpy(given.astype(np.int64))


def as_initial_state(
    network: Network, given: Mapping[str, ArrayLike | Tensor] | Sequence[ArrayLike | Tensor] | None
) -> dict[str, Tensor]:
    """The given states before the first step by name, each [layers * directions, H].

    Raises
    ------
    SpecError
        When a state is unknown, has the wrong shape, or layers differ in size.
    """
    if given is None:
        if network.spec.initial_state == "given":
            raise SpecError("initial_state is missing, but the specification says that it will be given")
        return {}
    states = {state for at in network.cell_layers for state in at.cell.states}
    if not isinstance(given, Mapping):
        # Torch hands out (h, c), the output first, where the equations assign c first.
        order = sorted(network.cell_layers[0].cell.states, key=lambda name: name != network.cell_layers[0].cell.output)
        if not isinstance(given, Sequence | Tensor | np.ndarray):
            raise SpecError(f"initial_state is {given!r}, but it must be states by name or in order")
        parts: list[ArrayLike | Tensor] = [given] if _is_array(given) else list(given)  # type: ignore[list-item]
        if len(parts) > len(order):
            raise SpecError(f"initial_state has {len(parts)} states, but there are {', '.join(order) or 'none'}")
        given = dict(zip(order, parts, strict=False))
    found = {}
    for name, value in given.items():
        if name not in states:
            raise SpecError(f"initial_state names {name!r}, but the states are {', '.join(sorted(states)) or 'none'}")
        found[name] = _as_state(network, name, value)
    return found


def _is_array(given: object) -> bool:
    return isinstance(given, Tensor | np.ndarray)


def _as_state(network: Network, name: str, value: ArrayLike | Tensor) -> Tensor:
    array = as_numbers(f"initial_state {name!r}", value).astype(np.float64)
    sizes = {at.units for at in network.cell_layers}
    if len(sizes) != 1:
        raise SpecError("initial_state needs layers of one size; give learned initial states instead")
    wanted = (len(network.cell_layers), sizes.pop())
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 1 and wanted[0] == 1:
        array = array[None]
    if array.shape != wanted:
        raise SpecError(f"initial_state {name!r} has shape {list(array.shape)}, but it must be {list(wanted)}")
    if np.isnan(array).any():
        row, unit = (int(index) for index in np.argwhere(np.isnan(array))[0])
        raise SpecError(f"initial_state {name!r} is nan in row {row + 1}, unit {unit + 1}")
    with np.errstate(over="ignore"):
        found = array.astype(network.spec.dtype)
    excess = np.argwhere(np.isinf(found) & np.isfinite(array))
    if len(excess):
        row, unit = (int(index) for index in excess[0])
        raise SpecError(
            f"initial_state {name!r} is {array[row, unit]:g} in row {row + 1}, unit {unit + 1}, too large for "
            f"{network.spec.dtype}"
        )
    return torch.from_numpy(found)
