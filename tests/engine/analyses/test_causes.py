"""The answer to what the inputs do to an output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.attribution import attribution
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Causes, Truth
from tests.engine.observatory.losses import ran

KINDS: list[dict[str, Any]] = [
    {"cell": "lstm", "num_layers": 2},
    {"cell": "gru", "num_layers": 2, "bidirectional": True, "readout": "softmax", "output_size": 3},
    {"cell": "rnn", "topology": "one-to-many", "feedback": "output", "output_size": 3},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_the_answer_holds_the_attribution_of_the_step(options: dict[str, Any]) -> None:
    _, trace = ran(options)
    found, wanted = finish(analyse(trace, Causes(4, reach=3), Memo())), finish(attribution(trace, 4, reach=3))
    np.testing.assert_array_equal(found.arrays["integrated"], wanted.integrated)
    np.testing.assert_array_equal(found.arrays["left out"], wanted.left_out)
    np.testing.assert_array_equal(found.arrays["exchanged"], wanted.exchanged)
    np.testing.assert_array_equal(found.arrays["gradient"], wanted.gradient)
    shown = {name: found.facts[name] for name in ("score", "baseline", "missed", "nodes", "others", "tokens")}
    assert shown == {name: getattr(wanted, name) for name in shown}
    softmax = trace.network.spec.readout == "softmax"
    classes = trace.targets.classes[4] if trace.targets.kind == "class" else trace.signal("logits", -1)[4].argmax()
    assert found.facts["class"] == (float(classes) if softmax else -1.0)


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_score_and_gradients_are_those_of_autograd(options: dict[str, Any]) -> None:
    _, trace = ran(options)
    facts = finish(analyse(trace, Truth(Causes(4)), Memo())).facts
    assert float(facts["relative"]) < 1e-8  # type: ignore[arg-type]
    assert float(facts["count"]) > 1  # type: ignore[arg-type]


def test_it_tells_how_far_it_is_and_comes_to_its_end() -> None:
    _, trace = ran(KINDS[0])
    told = list(analyse(trace, Causes(5), Memo()))
    shares = [done / total for done, total in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] == 1


def test_a_step_that_is_not_there_is_refused() -> None:
    _, trace = ran(KINDS[0])
    with pytest.raises(SpecError, match="step 99 was asked for"):
        finish(analyse(trace, Causes(98), Memo()))
