"""dL/dW of the whole loss for every parameter, as autograd finds it: the truth beside views of these gradients."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import Parameter
from rnnviz.engine.network import CellLayer
from rnnviz.engine.record import NETWORK
from rnnviz.engine.weights import CellWeights, DenseWeights, Weights

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def parameter_gradients(trace: Trace) -> Job[dict[str, NDArray[np.float64]]]:
    """dL/dW of the whole loss for every parameter, by autograd.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to ndarray
        By the names that the network gives them; zero where nothing depends on a parameter.

    Raises
    ------
    ObjectiveError
        When there is no target, or the run has not come to its end.
    """
    steps = Losses.of(trace).steps
    leaves = {name: value.double().clone().requires_grad_() for name, value in trace.weights.state.items()}
    learning = copy(trace)
    learning.weights = _of_leaves(trace, leaves)
    run = AutogradRun(learning)
    yield 1, 3
    total = torch.stack([run.loss(int(step)) for step in steps]).sum()
    yield 2, 3
    inputs = run.signals[NETWORK, "forward", "x"]
    found = torch.autograd.grad(total, [*leaves.values(), *inputs], allow_unused=True, materialize_grads=True)
    parameters = dict(zip(leaves, (part.numpy() for part in found), strict=False))
    if trace.weights.embedding is not None:
        parameters["embedding.weight"] = _embedding(trace, torch.stack(found[len(leaves) :]))
    return parameters


def _embedding(trace: Trace, inputs: Tensor) -> NDArray[np.float64]:
    """From dL/dx, [S, I]: every token's row gathers the steps at which it was read."""
    assert trace.weights.embedding is not None
    steps, tokens = trace.embedded_tokens()
    total = torch.zeros(trace.weights.embedding.shape, dtype=torch.float64)
    inputs = trace.holds.free_inputs(slice(0, trace.steps), inputs)
    if tokens.dim() == 1:
        return total.index_add_(0, tokens, inputs[steps]).numpy()
    return (total + tokens.double().t() @ inputs[steps]).numpy()


def _of_leaves(trace: Trace, leaves: dict[str, Tensor]) -> Weights:
    """The weights of a run, computed from leaves of a graph."""
    cells = {at: _cell(trace, at, own, leaves) for at, own in trace.weights.cells.items()}
    dense = tuple(
        DenseWeights(leaves[f"readout.{k}.weight"], leaves.get(f"readout.{k}.bias", layer.bias))
        for k, layer in enumerate(trace.weights.dense)
    )
    return replace(trace.weights, cells=cells, dense=dense)


def _cell(trace: Trace, at: CellLayer, own: CellWeights, leaves: dict[str, Tensor]) -> CellWeights:
    parameters = trace.network.cell_parameters(at, leaves)
    initial = dict(own.initial)
    for state in own.initial:
        name = trace.network.initial_parameter(at, state)
        if name is not None and state not in trace.weights.given:
            given = at.cell.initial.get(state)
            initial[state] = parameters[given.name] if isinstance(given, Parameter) else leaves[name]
    return replace(own, parameters=parameters, initial=initial)
