"""The task of the invitations."""

from __future__ import annotations

import numpy as np
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.invitations import END, INVITATIONS, VOCABULARY, InvitationsTask, reproduced, written

SIZE = len(VOCABULARY)


def test_every_message_begins_with_a_word_of_its_own() -> None:
    assert len({text.split(":")[0] for text in INVITATIONS}) == len(INVITATIONS)


def test_a_batch_holds_all_messages_each_followed_by_its_end() -> None:
    batch = InvitationsTask().batch(np.random.default_rng(0), 1)
    assert batch.x.shape[1] == len(INVITATIONS)
    assert torch.equal(batch.x[1:].argmax(-1), batch.target[:-1])
    for number, text in enumerate(INVITATIONS):
        told = " ".join(VOCABULARY[int(word)] for word in batch.target[:, number])
        assert told.replace(" ,", ",").startswith(f": {text.split(': ')[1]} {END}")


def test_a_network_writes_what_it_chose_before() -> None:
    # Its output is its state, and its state the token after the one that it is fed.
    spec = NetworkSpec(
        cell="feedforward",
        input_size=SIZE,
        hidden_size=SIZE,
        output_size=SIZE,
        readout="softmax",
        activation="identity",
        initialisation="zeros",
        topology="one-to-many",
        feedback="choice",
    )
    counting = Network(spec)
    with torch.no_grad():
        counting.get_parameter("W_l0").copy_(torch.eye(SIZE).roll(1, 0))
        counting.dense_layers[-1].weight.copy_(torch.eye(SIZE))
        counting.dense_layers[-1].bias.zero_()
    assert written(counting, VOCABULARY[3], 4) == VOCABULARY[4:8]
    assert reproduced(counting) == 0.0
