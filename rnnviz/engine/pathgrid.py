"""Paths between all pairs of a few steps of a run that may be long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from rnnviz.engine.jacobian import JacobianBlocks, ran_order, state_size
from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import Linearisation
from rnnviz.engine.lognumbers import LogNumbers
from rnnviz.engine.paths import WORK, checked, largest_singular, normal, path_norms
from rnnviz.engine.rowsback import returns
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def path_grid(trace: Trace, steps: Sequence[int], layer: int = 0, direction: Direction = "forward") -> Job[LogNumbers]:
    """The largest singular value of ds_t/ds_k for all pairs of some steps, with one product along the run.

    Parameters
    ----------
    trace : Trace
    steps : sequence of int
        Both the t and the k, counted from 0, each once.
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    LogNumbers, [n, n]
        As of :func:`rnnviz.engine.paths.path_norms`.

    Raises
    ------
    SpecError
        When there is no such layer or step.
    """
    if returns(trace.network):
        return (yield from path_norms(trace, layer, direction, steps, steps))
    at = trace.network.at(layer, direction)
    chosen = checked(trace, steps)
    order, size = ran_order(trace, at), state_size(at)
    reached = sorted((step for step in chosen if step in order), key=order.index)
    columns = [chosen.index(step) for step in reached]
    table = LogNumbers(np.full((len(chosen),) * 2, np.nan), np.zeros((len(chosen),) * 2, np.int64))
    jacobians, few = JacobianBlocks(Linearisation(trace, at)), max(1, WORK // size**3)
    identity = Scaled(torch.eye(size, dtype=torch.float64)[None], np.zeros(1, np.int64))
    done, total = 0, len(order) + len(reached) ** 2 // 2
    products: list[Scaled] = []
    for place, step in enumerate(reached):
        segment = identity
        for ran in range(order.index(reached[place - 1]) + 1, order.index(step) + 1) if place else ():
            segment = normal(jacobians[ran] @ segment.values, segment.exponents)
            done += 1
            yield done, total
        table.mantissas[columns[place], columns] = 0.0
        for first in range(0, place, few):
            part = slice(first, min(first + few, place))
            values = torch.cat([one.values for one in products[part]])
            exponents = np.concatenate([one.exponents for one in products[part]]) + segment.exponents
            whole = normal(segment.values @ values, exponents)
            table.mantissas[columns[place], columns[part]] = largest_singular(whole.values)
            table.exponents[columns[place], columns[part]] = whole.exponents
            products[part] = [Scaled(whole.values[k : k + 1], whole.exponents[k : k + 1]) for k in range(len(values))]
            done += len(values)
            yield min(done, total), total
        products.append(identity)
        table.mantissas[columns[place], columns[place]] = 1.0
    return table
