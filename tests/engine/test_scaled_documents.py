"""Documents whose recurrent matrices are scaled: what runs is scaled, what is saved is as trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import SpecError
from rnnviz.engine.messages import (
    Advance,
    Analyse,
    Analysed,
    Append,
    Event,
    GetWeights,
    Open,
    Scaling,
    WeightsReady,
)
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Spectra
from rnnviz.engine.rescale import block_name, recurrent_blocks, rescaled
from rnnviz.engine.run import run
from rnnviz.engine.scalable import recurrent_blocks as named_in_a_session
from rnnviz.engine.sequence import SignalSource, Wave, encode
from rnnviz.engine.service import Engine
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.statefile import to_bytes
from tests.engine.networks import CELLS

SOURCE = SignalSource((Wave("sine"),), steps=12)
SPEC = NetworkSpec(cell="lstm", input_size=1, hidden_size=5, output_size=1)


def events(engine: Engine, command: Any) -> list[Event]:
    return [event for event in engine.handle(command) if event is not None]


def opened(engine: Engine, ticket: int, scaling: Scaling | None, spec: NetworkSpec = SPEC, **fields: Any) -> None:
    events(engine, Open(ticket, spec, SOURCE, scaling=scaling, **fields))
    events(engine, Advance(ticket, 10**6))


def facts(engine: Engine, ticket: int) -> dict[str, Any]:
    (event,) = [e for e in events(engine, Analyse(ticket, Spectra())) if isinstance(e, Analysed)]
    return dict(event.facts)


def weights(engine: Engine, ticket: int) -> bytes:
    (event,) = events(engine, GetWeights(ticket))
    assert isinstance(event, WeightsReady)
    return event.weights


def hidden(engine: Engine) -> np.ndarray:
    document = engine._document
    assert document is not None
    return np.array(document.running.trace().signal("h"))


def test_a_scaled_document_runs_the_scaled_network() -> None:
    engine = Engine()
    opened(engine, 1, Scaling(1.4))
    found = facts(engine, 1)
    assert [found[f"radius U_{gate}"] for gate in "ifgo"] == pytest.approx([1.4] * 4)
    theirs = run(rescaled(Network(SPEC), 1.4), encode(SOURCE).x)
    np.testing.assert_array_equal(hidden(engine), theirs.signal("h"))


def test_one_matrix_is_scaled_by_its_singular_value_alone() -> None:
    engine = Engine()
    opened(engine, 1, None)
    before = facts(engine, 1)
    opened(engine, 2, Scaling(0.7, "singular", ("0:forward:U_f",)))
    after = facts(engine, 2)
    assert after["largest U_f"] == pytest.approx(0.7)
    assert after["largest U_g"] == before["largest U_g"]


def test_the_weights_that_are_saved_are_those_before_scaling() -> None:
    engine = Engine()
    given = to_bytes(Network(SPEC.replace(seed=7)))
    opened(engine, 1, Scaling(1.4), weights=given)
    assert weights(engine, 1) == given


def test_turning_back_and_forth_loses_nothing() -> None:
    engine = Engine()
    opened(engine, 1, None)
    before = hidden(engine)
    for ticket, value in enumerate((1.5, 0.5, 1.1, 0.9), 2):
        opened(engine, ticket, Scaling(value))
    at_the_end = hidden(engine)
    fresh = Engine()
    opened(fresh, 1, Scaling(0.9))
    np.testing.assert_array_equal(at_the_end, hidden(fresh))
    opened(engine, 9, None)
    np.testing.assert_array_equal(hidden(engine), before)
    assert weights(engine, 9) == to_bytes(Network(SPEC))


def test_a_turn_does_not_build_the_network_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    opened(engine, 1, Scaling(0.9))
    monkeypatch.setattr("rnnviz.engine.service.Network", None)
    opened(engine, 2, Scaling(1.1))
    assert facts(engine, 2)["radius U_f"] == pytest.approx(1.1)
    with pytest.raises(TypeError):
        opened(engine, 3, Scaling(1.1), SPEC.replace(seed=1))


def test_the_sequence_before_it_was_extended_comes_back_with_a_turn() -> None:
    engine = Engine()
    opened(engine, 1, None)
    events(engine, Append(1, "5"))
    opened(engine, 2, Scaling(1.1))
    assert len(hidden(engine)) == 12


def test_a_matrix_of_zeros_is_refused_and_what_was_open_stays() -> None:
    engine = Engine()
    opened(engine, 1, Scaling(1.2))
    before = hidden(engine)
    with pytest.raises(SpecError, match="U_i of layer 1 has the spectral radius 0 and cannot be scaled"):
        opened(engine, 2, Scaling(1.2), SPEC.replace(initialisation="zeros"))
    np.testing.assert_array_equal(hidden(engine), before)


def test_a_matrix_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match=r"no square recurrent matrix 0:forward:U to scale: choose among 0:forward:U_i"):
        opened(Engine(), 1, Scaling(1.2, "radius", ("0:forward:U",)))


@pytest.mark.parametrize("cell", CELLS)
def test_a_session_names_the_matrices_that_the_engine_can_scale(cell: str) -> None:
    spec = NetworkSpec(
        cell=CELLS[cell],
        input_size=3,
        hidden_size=4,
        output_size=4,
        num_layers=2,
        bidirectional=cell != "jordan",
    )
    network = Network(spec)
    names = tuple(block_name(at, name) for at in network.cell_layers for name in recurrent_blocks(at))
    assert named_in_a_session(spec) == names
