"""The task of the messages."""

from __future__ import annotations

import numpy as np
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.sequence.messages import ENDINGS, LONGEST_GAP, SHORTEST_GAP, TIMES, VOCABULARY
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.messages import LENGTH, MessagesTask, judge_endings, telling_units

SIZE = len(VOCABULARY)


def words(batch_x: torch.Tensor) -> list[list[str]]:
    return [[VOCABULARY[int(number)] for number in column] for column in batch_x.argmax(-1).T]


def untrained(**options: object) -> Network:
    fields = {"cell": "lstm", "hidden_size": 5, **options}
    return Network(NetworkSpec(input_size=SIZE, output_size=SIZE, readout="softmax", **fields))  # type: ignore[arg-type]


def test_every_target_is_the_word_that_comes_next() -> None:
    batch = MessagesTask().batch(np.random.default_rng(0), 5)
    assert batch.x.shape == (LENGTH, 5, SIZE)
    torch.testing.assert_close(batch.x.sum(-1), torch.ones(LENGTH, 5))
    assert torch.equal(batch.x[1:].argmax(-1), batch.target[:-1])


def test_the_endings_are_judged_and_weigh_more() -> None:
    batch = MessagesTask(ending_weight=7.0).batch(np.random.default_rng(1), 20)
    assert batch.judged is not None
    assert batch.weight is not None
    endings = torch.tensor([VOCABULARY.index(word) for word in ENDINGS])
    assert torch.equal(batch.judged, torch.isin(batch.target, endings))
    assert torch.equal(batch.weight, torch.where(batch.judged, 7.0, 1.0))


def test_a_sequence_begins_with_a_message_and_holds_its_ending() -> None:
    for sequence in words(MessagesTask().batch(np.random.default_rng(2), 30).x):
        first = next(word for word in sequence if word in ENDINGS)
        before = " ".join(sequence[: sequence.index(first)])
        assert before.endswith("let's meet for")
        assert any(phrase in before for phrase in TIMES[first])


def test_judged_messages_have_the_gaps_that_the_grammar_promises() -> None:
    result = judge_endings(untrained(), np.random.default_rng(3), 300)
    assert result.gaps.min() >= SHORTEST_GAP
    assert result.gaps.max() == LONGEST_GAP


def test_a_network_that_always_says_lunch_is_right_in_a_quarter_of_the_messages() -> None:
    stubborn = untrained()
    with torch.no_grad():
        stubborn.dense_layers[-1].bias[VOCABULARY.index("lunch")] = 100.0
    result = judge_endings(stubborn, np.random.default_rng(4), 400)
    assert 0.15 < result.accuracy < 0.35
    assert result.accuracy_between(SHORTEST_GAP, LONGEST_GAP) == result.accuracy


def test_a_unit_that_keeps_the_word_noon_tells_a_sixth_of_the_endings_and_an_idle_one_less() -> None:
    # h[t] = W x[t] + U h[t-1]: the first unit counts "noon" (one of the six times of lunch), the second "," for ever.
    counting = untrained(cell="rnn", hidden_size=2, activation="identity", initialisation="zeros")
    with torch.no_grad():
        counting.get_parameter("U_l0").copy_(torch.eye(2))
        counting.get_parameter("W_l0")[0, VOCABULARY.index("noon")] = 1.0
        counting.get_parameter("W_l0")[1, VOCABULARY.index(",")] = 1.0
    noon, comma = telling_units(counting, "h", np.random.default_rng(5), 2000)
    between, whole = 1 / 4 * (1 / 6) ** 2 - (1 / 24) ** 2, 1 / 24 - (1 / 24) ** 2
    assert abs(noon - between / whole) < 0.05
    assert comma < 0.02
