"""The parameters of a network as the bytes of a safetensors file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from rnnviz.engine.errors import FormatError
from rnnviz.engine.network import Network

_DTYPES = {"F32": torch.float32, "F64": torch.float64}
_deserialize: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = safetensors.deserialize
_MOST_NAMED = 100
"""How much of a name that stands in a file is repeated in a message."""


def to_bytes(network: Network) -> bytes:
    """Write all parameters of a network as a safetensors file.

    Parameters
    ----------
    network : Network

    Returns
    -------
    bytes
        One tensor per parameter, under the network's name for it. Equal parameters give equal bytes.
    """
    return encode({name: parameter.detach() for name, parameter in network.named_parameters()})


def load_bytes(network: Network, data: bytes) -> None:
    """Take all parameters of a network from a safetensors file.

    NaN and infinity are taken as they are: a network that has diverged is worth looking at.

    Parameters
    ----------
    network : Network
        Its parameters are filled in place; they stay as they were when the file is refused.
    data : bytes

    Raises
    ------
    FormatError
        When the bytes are no safetensors file, or a parameter is missing, extra, or of another shape or dtype; the
        message names it.
    """
    given = decode(data)
    parameters = dict(network.named_parameters())
    for name in parameters:
        if name not in given:
            raise FormatError(f"the weights have no parameter {name}, but the network needs it")
    for name in given:
        if name not in parameters:
            raise FormatError(f"the weights have a parameter {name[:_MOST_NAMED]}, but the network has none such")
    for name, parameter in parameters.items():
        check(name, given[name], tuple(parameter.shape), parameter.dtype)
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(given[name])


def check(name: str, given: Tensor, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    """Refuse a parameter that does not fit its place.

    Raises
    ------
    FormatError
        When its shape or dtype is another one.
    """
    if tuple(given.shape) != shape:
        raise FormatError(
            f"the weights have {name} with shape {list(given.shape)}, but the network needs {list(shape)}"
        )
    if given.dtype != dtype:
        raise FormatError(f"the weights have {name} in {_plain(given.dtype)}, but the network needs {_plain(dtype)}")


def encode(tensors: Mapping[str, Tensor]) -> bytes:
    """Write named tensors as a safetensors file."""
    # Cloned, because safetensors refuses tensors that share memory, as views of one buffer do.
    copies = {name: tensor.cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    data: bytes = safetensors.torch.save(copies, {"format": "pt"})
    return data


def decode(data: bytes) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file; nothing in it is executed.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    dict of str to Tensor
        float32 or float64.

    Raises
    ------
    FormatError
        When the bytes are no such file, or a tensor in it is of another dtype.
    """
    try:
        entries = _deserialize(data)
    except safetensors.SafetensorError as error:
        cause = str(error).removeprefix("Error while deserializing: ")
        raise FormatError(f"the weights are no safetensors file, or they are damaged: {cause}") from error
    tensors = {}
    for name, entry in entries:
        dtype = _DTYPES.get(entry["dtype"])
        if dtype is None:
            raise FormatError(
                f"the weights have {name[:_MOST_NAMED]} in {entry['dtype']}, but only float32 and float64 are supported"
            )
        tensors[name] = _tensor(name, entry["shape"], entry["data"], dtype)
    return tensors


def _tensor(name: str, shape: list[int], data: bytearray, dtype: torch.dtype) -> Tensor:
    if not data:
        raise FormatError(f"the weights have {name[:_MOST_NAMED]} with shape {shape}, which holds no numbers")
    return torch.frombuffer(data, dtype=dtype).reshape(shape)


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
