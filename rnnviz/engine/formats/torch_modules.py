"""Torch's own recurrent modules, taken over with their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from rnnviz.engine.arithmetic import in_own_modes
from rnnviz.engine.errors import FormatError, SpecError
from rnnviz.engine.network import DTYPES, Network, Share
from rnnviz.engine.spec import MAX_LAYERS, Direction, Dtype, NetworkSpec, Readout, Topology

_CELLS: Mapping[type[nn.RNNBase], str] = {nn.RNN: "rnn", nn.LSTM: "lstm", nn.GRU: "gru"}
_GATES = {"rnn": ("",), "lstm": ("_i", "_f", "_g", "_o"), "gru": ("_r", "_z", "_n")}
"""In the order in which torch stacks their rows, as what the names of their parameters end in."""

_STACKS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@in_own_modes
def from_torch(
    module: nn.RNN | nn.LSTM | nn.GRU,
    readout: nn.Linear | None = None,
    *,
    readout_activation: Readout = "linear",
    topology: Topology = "many-to-many",
) -> Network:
    """Make a network of a recurrent module of torch.

    The network shares the module's parameters: they are the same objects under the same names (``weight_ih_l0``,
    ``bias_hh_l1_reverse``; those of the readout become ``readout.0.weight`` and ``readout.0.bias``), so that training
    either trains both. The gates are the rows of torch's stacked matrices, in the order i, f, g, o and r, z, n. The
    network computes what the module computes in evaluation: dropout between layers is left out. ``batch_first`` means
    nothing here, since :func:`rnnviz.run` takes one sequence, [T, I].

    Parameters
    ----------
    module : RNN, LSTM or GRU
        Its parameters float32 or float64, on the CPU.
    readout : Linear, optional
        Applied to the last layer's h, directions joined; None: that h is the output.
    readout_activation : {"linear", "tanh", "relu", "softmax"}
        What is applied after the readout. A softmax shows probabilities and asks for classes as targets.
    topology : {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}
        Which steps have an input and which an output.

    Returns
    -------
    Network

    Raises
    ------
    FormatError
        When the module is none of these, was changed (projections, more than 8 layers, another forward, pruned or
        normalised weights), or its parameters are of mixed, half or complex type, not on the CPU or not yet made.

    Examples
    --------
    >>> import torch, rnnviz
    >>> net = rnnviz.from_torch(torch.nn.GRU(3, 8, num_layers=2), torch.nn.Linear(8, 5), readout_activation="softmax")
    >>> rnnviz.run(net, torch.randn(24, 3)).signal("z", layer=1).shape
    (24, 8)
    """
    cell = _cell_of(module)
    _check_readout(module, readout, readout_activation)
    dtype = _common_dtype(module, readout)
    names = _names(module)
    try:
        spec = NetworkSpec(
            cell=cell,
            input_size=module.input_size,
            hidden_size=module.hidden_size,
            num_layers=module.num_layers,
            bidirectional=module.bidirectional,
            output_size=None if readout is None else readout.out_features,
            readout=None if readout is None else readout_activation,
            topology=topology,
            activation="relu" if getattr(module, "nonlinearity", "tanh") == "relu" else "tanh",
            biases="two" if module.bias else "one",
            dtype=dtype,
        )
    except SpecError as error:
        raise FormatError(f"the module cannot be taken over: {error}") from error
    return Network.assembled(
        spec,
        {(at, way): _shares(spec, at, way, names) for at in range(spec.num_layers) for way in spec.directions},
        {name: module.get_parameter(name) for name in dict.fromkeys(names.values())},
        () if readout is None else (readout,),
    )


def _cell_of(module: nn.Module) -> str:
    for kind, cell in _CELLS.items():
        if isinstance(module, kind):
            if type(module).forward is not kind.forward:
                raise FormatError(
                    f"{type(module).__name__} has a forward of its own, so it may compute something else than "
                    f"{kind.__name__}"
                )
            _check_sizes(module)
            return cell
    raise FormatError(f"{type(module).__name__} is none of torch.nn.RNN, torch.nn.LSTM and torch.nn.GRU")


def _check_sizes(module: nn.RNNBase) -> None:
    if module.proj_size:
        raise FormatError(f"the module has projections (proj_size={module.proj_size}), which rnnviz does not have")
    if module.num_layers > MAX_LAYERS:
        raise FormatError(f"the module has {module.num_layers} layers, but at most {MAX_LAYERS} are supported")


def _check_readout(module: nn.RNNBase, readout: nn.Module | None, activation: Readout) -> None:
    if readout is None:
        if activation != "linear":
            raise FormatError(f"readout_activation is {activation!r}, but there is no readout that it could follow")
        return
    if not isinstance(readout, nn.Linear) or type(readout).forward is not nn.Linear.forward:
        raise FormatError(f"the readout is {type(readout).__name__}, but it must be torch.nn.Linear")
    if activation not in get_args(Readout):
        raise FormatError(f"readout_activation is {activation!r}, but it must be one of {', '.join(get_args(Readout))}")
    if is_lazy(readout.weight):
        raise FormatError("the readout has no shape yet: run it once before it is taken over")
    features = module.hidden_size * (2 if module.bidirectional else 1)
    if readout.in_features != features:
        raise FormatError(
            f"the readout takes {readout.in_features} features, but the module's last layer gives {features}"
        )


def _common_dtype(module: nn.RNNBase, readout: nn.Linear | None) -> Dtype:
    """The dtype of all parameters, which must be one that can be computed with here."""
    found: dict[torch.dtype, str] = {}
    for name, parameter in _all_parameters(module, readout):
        if parameter.device.type != "cpu":
            raise FormatError(
                f"{name} is on the device {str(parameter.device)!r}, but rnnviz computes on the CPU: move it there"
            )
        found.setdefault(parameter.dtype, name)
    if len(found) > 1:
        listed = " and ".join(f"{str(dtype).removeprefix('torch.')} ({name})" for dtype, name in found.items())
        raise FormatError(f"the parameters must all have one dtype, but there are {listed}")
    (kind,) = found
    for dtype in DTYPES:
        if DTYPES[dtype] == kind:
            return "float32" if dtype == "float32" else "float64"
    raise FormatError(
        f"the parameters are {str(kind).removeprefix('torch.')}, but only float32 and float64 are supported: "
        "convert the module first"
    )


def _all_parameters(module: nn.RNNBase, readout: nn.Linear | None) -> Iterator[tuple[str, Tensor]]:
    yield from module.named_parameters(recurse=False)
    if readout is not None:
        yield from ((f"the readout's {name}", parameter) for name, parameter in readout.named_parameters())


def _names(module: nn.RNNBase) -> dict[str, str]:
    """The parameter that each weight of the module is: another than its name says where two weights are one."""
    listed = {id(parameter): name for name, parameter in module.named_parameters(recurse=False)}
    names = {}
    for layer in range(module.num_layers):
        for end in ("", "_reverse") if module.bidirectional else ("",):
            for start in _STACKS if module.bias else _STACKS[:2]:
                name = f"{start}_l{layer}{end}"
                weight = getattr(module, name)
                if id(weight) not in listed:
                    raise FormatError(
                        f"{name} is computed from other parameters (pruned or normalised): make that permanent first"
                    )
                names[name] = listed[id(weight)]
    return names


def _shares(
    spec: NetworkSpec, layer: int, direction: Direction, names: Mapping[str, str]
) -> dict[str, tuple[Share, ...]]:
    """Which rows of the module's parameters make the parameters of one cell."""
    end = f"_l{layer}" + ("_reverse" if direction == "backward" else "")
    cell, units = spec.cell_of(layer, direction), spec.units_of(layer, direction)
    shares: dict[str, tuple[Share, ...]] = {}
    for place, gate in enumerate(_GATES[cell]):
        rows = slice(place * units, (place + 1) * units)
        stacks = [(Share(names[start + end], rows),) if start + end in names else () for start in _STACKS]
        shares |= {"W" + gate: stacks[0], "U" + gate: stacks[1], "b" + gate: stacks[2] + stacks[3]}
        if (cell, gate) == ("gru", "_n"):
            # The reset gate multiplies the second bias, so here the two are not a sum.
            shares |= {"b_n": stacks[2], "c_n": stacks[3]}
    return shares
