"""The norm of a signal's gradient at every step, held to one walk of autograd per loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Norms, Truth
from rnnviz.engine.trace import Trace
from tests.engine.observatory.losses import CASES, PerLoss, ran


def answer(trace: Trace, request: Any, memo: Memo | None = None) -> Any:
    return finish(analyse(trace, request, memo or Memo()))


@pytest.mark.parametrize("options", CASES[::4])
def test_the_norms_are_those_of_the_sum_of_the_losses_that_count(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    theirs = PerLoss(network, trace)
    at = network.cell_layers[0]
    items = theirs.signal((at.layer, at.direction, at.cell.output))
    last = trace.loss_steps()[len(trace.loss_steps()) // 2]
    for scope in ("upto", "at", "whole"):
        counted = [
            row
            for row, step in enumerate(trace.loss_steps())
            if scope == "whole" or step == last or (scope == "upto" and step < last)
        ]
        wanted = np.linalg.norm(items[counted].sum(0), axis=1)
        request = Norms(at.cell.output, at.layer, at.direction, scope, int(last))
        norms = answer(trace, request).arrays["norms"]
        np.testing.assert_allclose(10**norms, wanted, atol=1e-10 * theirs.largest)
        facts = answer(trace, Truth(request)).facts
        assert facts["count"] == trace.steps
        assert facts["difference"] <= 1e-10 * theirs.largest
        assert facts["largest"] == pytest.approx(wanted.max())


def test_the_truth_tells_a_difference_where_there_is_one() -> None:
    _, trace = ran({"cell": "lstm"})
    request = Norms("h")
    memo = Memo()
    norms = answer(trace, request, memo).arrays["norms"]
    norms.setflags(write=True)
    norms += 0.01
    facts = answer(trace, Truth(request), memo).facts
    assert facts["difference"] == pytest.approx(facts["largest"] * (10**0.01 - 1), rel=1e-6)


def test_a_loss_without_a_target_has_no_truth() -> None:
    _, trace = ran({"cell": "lstm"})
    with pytest.raises(ObjectiveError):
        answer(trace, Truth(Norms("h", scope="at", step=-5)))
