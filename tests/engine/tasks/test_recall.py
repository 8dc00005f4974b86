"""The task of recall over a long gap."""

from __future__ import annotations

import numpy as np
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.recall import GAP, QUESTION, VOCABULARY, WORDS, RecallTask, recalled, text


def latch() -> Network:
    """A network that recalls by construction: a unit for every word, which adds what it reads and forgets nothing."""
    spec = NetworkSpec(
        cell="rnn",
        input_size=len(VOCABULARY),
        hidden_size=len(WORDS),
        output_size=len(WORDS),
        readout="softmax",
        topology="many-to-one",
        activation="relu",
        initialisation="zeros",
    )
    network = Network(spec)
    with torch.no_grad():
        network.get_parameter("W_l0")[:, : len(WORDS)] = torch.eye(len(WORDS))
        network.get_parameter("U_l0").copy_(torch.eye(len(WORDS)))
        network.dense_layers[-1].weight.copy_(torch.eye(len(WORDS)))
    return network


def test_the_target_is_the_first_word_and_the_last_step_asks_for_it() -> None:
    batch = RecallTask().batch(np.random.default_rng(0), 6)
    assert torch.equal(batch.x[0].argmax(-1), batch.target[0])
    assert (batch.x[-1].argmax(-1) == VOCABULARY.index(QUESTION)).all()
    assert (batch.x[1:-1].argmax(-1) >= len(WORDS)).all()


def test_gaps_of_all_orders_of_magnitude_are_drawn_up_to_the_longest() -> None:
    rng = np.random.default_rng(1)
    gaps = np.array([len(RecallTask().batch(rng, 1).x) - 1 for _ in range(2000)])
    assert (gaps.min(), gaps.max()) == (1, GAP)
    assert abs((gaps < 10).mean() - (gaps >= 10).mean()) < 0.06


def test_a_network_that_forgets_nothing_recalls_every_word() -> None:
    assert recalled(latch(), np.random.default_rng(2), GAP, 50) == 1.0


def test_a_network_that_knows_nothing_is_right_by_chance() -> None:
    untrained = Network(latch().spec.replace(initialisation="torch"))
    assert 0.1 < recalled(untrained, np.random.default_rng(3), 20, 400) < 0.45


def test_the_text_of_the_task_asks_one_gap_after_the_word() -> None:
    words = text(np.random.default_rng(4), "lunch").split()
    assert (words[0], words[GAP], len(words)) == ("lunch", QUESTION, GAP + 1)
