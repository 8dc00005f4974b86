"""Every analysis of a run in which signals are held, against autograd on the network as it was held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.analyses import Memo, analyse, analyses
from rnnviz.engine.interventions import Clamp, Edit, Intervention
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import (
    Accumulated,
    Arrival,
    Causes,
    Clipping,
    Connectivity,
    FixedPoints,
    Itemised,
    ItemisedParameter,
    JacobianAt,
    Memory,
    Norms,
    PathsFrom,
    PathTable,
    Saturation,
    Slopes,
    Spectra,
    Sweep,
    Terms,
    Truth,
    Weights,
)
from rnnviz.engine.rescale import rescaled
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs, random_target

STEPS = 12
TARGET = random_target(build("rnn"), STEPS)

CLAMPS: dict[str, tuple[Intervention, ...]] = {
    "lstm": (
        Clamp("f", 0.0, units=(1,), first=4, last=6),
        Clamp("c", 0.7, units=(0, 2), first=8, last=8),
        Clamp("i.pre", -1.0, first=3, last=4),
        Clamp("x", 0.5, layer=-1, units=(1,), first=5, last=7),
        Edit("U_f_l0", 0.9, row=1, column=2),
    ),
    "gru": (
        Clamp("z", 1.0, units=(3,)),
        Clamp("r", 0.2, first=2, last=9),
        Clamp("h", 0.3, units=(1,), first=6, last=6),
    ),
    "rnn": (Clamp("h", 0.0, units=(2,)), Clamp("h.pre", 0.4, units=(0,), first=5), Edit("b_l0", 1.0, row=3)),
}

QUESTIONS: dict[str, tuple[Any, ...]] = {
    "lstm": (
        Itemised("c"),
        Itemised("f.pre", unit=1),
        Itemised("x", layer=-1),
        ItemisedParameter("U_f_l0"),
        Arrival("h"),
        Arrival("f"),
        Norms("c", scope="upto", step=9),
        Accumulated(("U_f_l0", "W_i_l0", "b_o_l0"), 4),
        PathsFrom(2),
        PathTable(),
        JacobianAt(5),
        JacobianAt(8),
        Causes(10),
        Connectivity(),
        Memory(),
        Memory(unit=0, anchor=3),
        Memory(bands=False, anchor=2),
        Clipping(0.1),
        Saturation(),
        Slopes("f"),
        Weights(),
        Spectra(),
        FixedPoints(step=5),
        *(Terms(step, unit) for step in (4, 8) for unit in (0, 1)),
    ),
    "gru": (Itemised("h"), PathsFrom(1), JacobianAt(6), Memory(unit=1), Memory(unit=3), Connectivity(), Terms(6, 1)),
    "rnn": (Itemised("h"), PathsFrom(0), Memory(unit=2), Memory(unit=0), Connectivity(), FixedPoints(step=6)),
}


def held(cell: str, interventions: tuple[Intervention, ...], **options: Any) -> Trace:
    network = build(cell, scale=1.5, **options)
    return rnnviz.run(network, inputs(network, STEPS), random_target(network, STEPS), interventions=interventions)


def ask(trace: Trace, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


@pytest.mark.parametrize(
    ("cell", "request_"), [(cell, one) for cell, every in QUESTIONS.items() for one in every], ids=str
)
def test_what_is_shown_of_a_held_network_is_what_autograd_says(cell: str, request_: Any) -> None:
    truth = ask(held(cell, CLAMPS[cell]), Truth(request_)).facts
    assert truth["count"] > 0
    assert truth["relative"] < 1e-8


def test_every_question_that_can_be_checked_is_asked_here() -> None:
    checked = {type(request) for request in QUESTIONS["lstm"]}
    assert checked == {request for request, analysis in analyses().items() if analysis.truth is not None}


@pytest.mark.parametrize("cell", CLAMPS)
def test_two_layers_and_two_directions_are_held_as_well(cell: str) -> None:
    clamps = tuple(entry for entry in CLAMPS[cell] if isinstance(entry, Clamp) and entry.layer == 0)
    trace = held(cell, clamps, num_layers=2, bidirectional=True)
    for request in (Itemised("h", layer=1, direction="backward"), Itemised("h", layer=0), Connectivity(), PathsFrom(1)):
        assert ask(trace, Truth(request)).facts["relative"] < 1e-8


def test_a_readout_can_be_held_too() -> None:
    clamps = (Clamp("readout.0", 0.2, -1, units=(0,), first=2, last=7), Clamp("logits", 1.0, -1, units=(1,), first=5))
    trace = held("gru", clamps, readout_sizes=(3,))
    asked = (Itemised("h"), Itemised("x", -1), ItemisedParameter("readout.0.weight"), Connectivity(), Clipping(0.1))
    for request in (*asked, Accumulated(("readout.1.weight", "readout.0.bias", "U_r_l0"), 3)):
        assert ask(trace, Truth(request)).facts["relative"] < 1e-8


def test_nothing_comes_back_through_an_output_that_a_held_input_replaces() -> None:
    fed = {"topology": "one-to-many", "feedback": "output", "output_size": 3}
    for last in (5, None):
        trace = held("gru", (Clamp("x", 0.4, layer=-1, units=(0, 2), first=3, last=last),), **fed)
        for request in (Itemised("h"), Itemised("x", layer=-1), Causes(8), Connectivity()):
            assert ask(trace, Truth(request)).facts["relative"] < 1e-8


@pytest.mark.parametrize("tokens", [True, False])
def test_an_embedding_learns_nothing_from_inputs_that_are_held(tokens: bool) -> None:
    network = build("gru", input_size=5, embedding_size=3)
    x = inputs(network, STEPS) if tokens else np.eye(5)[inputs(network, STEPS)]
    clamps = (Clamp("x", 0.1, layer=-1, units=(0, 2), first=2, last=8),)
    trace = rnnviz.run(network, x, random_target(network, STEPS), interventions=clamps)
    for request in (ItemisedParameter("embedding.weight"), Accumulated(("embedding.weight",), 0)):
        assert ask(trace, Truth(request)).facts["relative"] < 1e-10


def test_terms_name_what_is_held() -> None:
    trace = held("lstm", CLAMPS["lstm"])
    assert ask(trace, Terms(5, 1)).facts["held"] == ("f",)
    assert ask(trace, Terms(8, 2)).facts["held"] == ("c",)
    assert set(ask(trace, Terms(4, 1)).facts["held"]) == {"f", "i.pre"}
    assert ask(trace, Terms(1, 1)).facts["held"] == ()


def test_a_sweep_keeps_what_is_held() -> None:
    trace = held("rnn", CLAMPS["rnn"])
    found = ask(trace, Sweep(low=0.5, high=1.5, count=3)).arrays
    for place, value in enumerate(found["values"]):
        theirs = rnnviz.run(rescaled(trace.untouched, float(value)), trace.x, TARGET, interventions=CLAMPS["rnn"])
        assert found["loss"][place] == pytest.approx(float(np.nansum(theirs.step_losses)), rel=1e-12)


def test_a_state_that_is_held_keeps_nothing_of_itself() -> None:
    trace = held("lstm", CLAMPS["lstm"])
    found = ask(trace, Memory(unit=0))
    assert found.facts["kind"] == "kept"
    assert found.facts["factor"] == "f"
    assert found.arrays["kept"][8] == 0
    assert found.arrays["written"][8] == 0.7
    assert (found.arrays["bands"][8, :9] == 0).all()
