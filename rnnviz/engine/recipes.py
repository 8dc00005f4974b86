"""How each sample session is made: its network, its training, its sequence, and what must be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.handrecipe import closed_gate
from rnnviz.engine.lecturerecipes import gap_of_100, laboratory
from rnnviz.engine.network import Network
from rnnviz.engine.recipebase import FRESH, SEED, Sample, demand, manifest_of, trained
from rnnviz.engine.sequence import ImageSource, TextSource
from rnnviz.engine.sequence import messages as grammar
from rnnviz.engine.sequence.gallery import sample
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks import digits, echo, hourly, invitations, messages, waves

MESSAGE = (
    "hello everyone, tonight our little network will open every gate "
    "and the gradient will vanish without a trace, let's meet for dinner"
)
"""What the first screen shows: 24 tokens, with the longest gap between the time of day and the ending."""

GATE = 11
"""Where the cursor stands in it: after the word "gate"."""


@cache
def message_lstm() -> Sample:
    """Give the session of the first screen."""
    spec = _words_spec("lstm", hidden_size=24, forget_bias=1.0)
    return _message("A message, read by an LSTM", spec, "c", seed=1, steps=1600, learning_rate=1.5e-2)


def message_gru() -> Sample:
    """Give the same message, read by a GRU."""
    spec = _words_spec("gru", hidden_size=24)
    return _message("A message, read by a GRU", spec, "h", seed=1, steps=1400, learning_rate=1e-2)


def message_rnn() -> Sample:
    """Give the same message, read by a network without gates."""
    spec = _words_spec("rnn", hidden_size=24, initialisation="orthogonal")
    return _message("A message, read by an RNN", spec, "h", seed=7, steps=3000, learning_rate=3e-3)


def hourly_load() -> Sample:
    """Give two days of the table by the hour, from a week that was held out."""
    spec = NetworkSpec(cell="lstm", input_size=4, hidden_size=16, output_size=1, forget_bias=1.0)
    network = trained(spec, hourly.HourlyTask.of(), steps=1000, batch=32, learning_rate=1e-2)
    explained = hourly.explained_variance(network)
    alone = hourly.explained_variance(_feedforward())
    demand("hourly-load", "the explained variance", explained, 0.9)
    manifest = manifest_of(
        "The load of a building, hour by hour",
        f"An LSTM follows the load of a building and explains {explained:.0%} of its variance in two weeks that it "
        f"has never seen, where the best of three networks without memory explains {alone:.0%}.",
        spec,
        hourly.table(hourly.HELD_OUT[1], 48),
        position=18,
    )
    found = {"explained variance, held-out weeks": explained, "best of three feedforward networks": alone}
    return Sample(manifest, network, found)


def one_to_one() -> Sample:
    """Give the best network without memory, on one hour."""
    network = _feedforward()
    explained = hourly.explained_variance(network)
    manifest = manifest_of(
        "One to one: the load from a single hour",
        f"A feedforward network sees one hour of weather and people and explains {explained:.0%} of the variance of "
        "the load in two weeks that it has never seen; what happened before, it cannot know.",
        network.spec,
        hourly.table(hourly.HELD_OUT[1] + 17, 1),
        position=1,
    )
    return Sample(manifest, network, {"explained variance, held-out weeks": explained})


def one_to_many() -> Sample:
    """Give a word that becomes a message."""
    size = len(invitations.VOCABULARY)
    spec = NetworkSpec(cell="gru", input_size=size, hidden_size=24, output_size=size, readout="softmax")
    taught = trained(spec, invitations.InvitationsTask(), steps=400, batch=1, learning_rate=1e-2)
    network = Network(spec.replace(topology="one-to-many", feedback="choice"))
    network.load_state_dict(taught.state_dict())
    right = invitations.reproduced(network)
    demand("one-to-many", "the share of messages written without a fault", right, 1.0)
    manifest = manifest_of(
        "One to many: a word becomes a message",
        "A GRU is given one word and writes the rest of a message, fed its own choice at every step; it knows "
        f"{len(invitations.INVITATIONS)} of them by heart.",
        network.spec,
        TextSource(text=invitations.INVITATIONS[-1], vocabulary=invitations.VOCABULARY),
        position=6,
    )
    return Sample(manifest, network, {"messages written without a fault": right})


def many_to_one() -> Sample:
    """Give the sample image of a three, named after its last row."""
    size = len(digits.DIGITS)
    spec = NetworkSpec(
        cell="lstm",
        input_size=digits.SIZE,
        hidden_size=32,
        output_size=size,
        readout="softmax",
        topology="many-to-one",
        forget_bias=1.0,
    )
    rng = np.random.default_rng(FRESH)
    network = trained(spec, digits.DigitsTask.drawn(np.random.default_rng(SEED), 6000), steps=2000, learning_rate=5e-3)
    right = digits.recognised(network, digits.DigitsTask.drawn(rng, 1000))
    demand("many-to-one", "the share of digits named rightly", right, 0.98)
    image = sample("digit")
    assert isinstance(image, ImageSource)
    manifest = manifest_of(
        "Many to one: a digit, read row by row",
        f"An LSTM reads a drawn digit row by row and names it after the last, rightly in {right:.1%} of 1,000 fresh "
        "drawings.",
        spec,
        msgspec.structs.replace(image, targets="label", label="3", classes=digits.DIGITS),
        position=28,
    )
    return Sample(manifest, network, {"digits named rightly, 1,000 fresh drawings": right})


def many_to_many() -> Sample:
    """Give the sample signal, predicted one step ahead."""
    spec = NetworkSpec(cell="gru", input_size=1, hidden_size=32, output_size=1)
    network = trained(spec, waves.WavesTask(), steps=1500, batch=32, learning_rate=5e-3)
    reached = waves.judge_forecasts(network, np.random.default_rng(FRESH), 400)
    demand("many-to-many", "the explained variance", reached.network, 0.96)
    manifest = manifest_of(
        "Many to many: the next value of a signal",
        f"A GRU predicts the next value of signals it has never seen and explains {reached.network:.0%} of their "
        f"variance, where repeating the present value explains {reached.persistence:.0%}.",
        spec,
        sample("waves"),
        position=61,
    )
    found = {"explained variance, 400 fresh signals": reached.network, "present value repeated": reached.persistence}
    return Sample(manifest, network, found)


def many_to_many_delay() -> Sample:
    """Give an echo that comes back three steps later."""
    size = len(echo.CHARACTERS)
    spec = NetworkSpec(
        cell="rnn",
        input_size=size,
        hidden_size=48,
        output_size=size,
        readout="softmax",
        delay=3,
        initialisation="orthogonal",
    )
    network = trained(spec, echo.EchoTask(), steps=1500, learning_rate=5e-3)
    right = echo.echoed(network, np.random.default_rng(FRESH), length=60, count=200)
    demand("many-to-many-delay", "the share of characters repeated rightly", right, 0.999)
    manifest = manifest_of(
        "Many to many with delay: an echo",
        f"An RNN repeats every character three steps after it has read it, rightly in {right:.1%} of 12,000 cases.",
        spec,
        TextSource(text="what was said comes back", level="character", vocabulary=echo.CHARACTERS, targets="same"),
        position=9,
    )
    return Sample(manifest, network, {"characters repeated rightly, 12,000 fresh ones": right})


RECIPES: Mapping[str, Callable[[], Sample]] = {
    "message-lstm": message_lstm,
    "message-gru": message_gru,
    "message-rnn": message_rnn,
    "hourly-load": hourly_load,
    "one-to-one": one_to_one,
    "one-to-many": one_to_many,
    "many-to-one": many_to_one,
    "many-to-many": many_to_many,
    "many-to-many-delay": many_to_many_delay,
    "gap-of-100": gap_of_100,
    "laboratory": laboratory,
    "closed-gate": lambda: closed_gate(message_lstm(), GATE - 1),
}
"""All sample sessions by the names of their files."""

RECORDED = ("message-lstm",)
"""Those whose files hold their runs too: what the first screen shows while the engine is still starting."""


def _message(name: str, spec: NetworkSpec, state: str, **training: Any) -> Sample:
    network = trained(spec, messages.MessagesTask(), **training)
    rng = np.random.default_rng(FRESH)
    reached = messages.judge_endings(network, rng, 2000)
    demand(f"message-{spec.cell}", "the share of right endings", reached.accuracy, 0.99)
    shares = messages.telling_units(network, state, rng, count=400)
    manifest = manifest_of(
        name,
        "The ending of a message follows from a time of day named 6 to 18 words before it: "
        f"right in {reached.accuracy:.1%} of 2,000 fresh messages{_holding(shares)}.",
        spec,
        TextSource(text=MESSAGE, vocabulary=grammar.VOCABULARY),
        position=GATE,
        units=tuple(int(unit) for unit in np.argsort(-shares)[:3]),
    )
    gaps = {
        f"gaps of {least} to {most} words": reached.accuracy_between(least, most)
        for least, most in ((6, 10), (11, 14), (15, 18))
    }
    found = {"right endings, 2,000 fresh messages": reached.accuracy, **gaps}
    return Sample(manifest, network, {**found, "share of the best unit that tells the ending": float(shares.max())})


def _holding(shares: NDArray[np.float64]) -> str:
    """Say whether single units hold the time of day."""
    holding = int((shares > 0.95).sum())
    if holding:
        return f", and {'one unit holds' if holding == 1 else f'{holding} units hold'} it all the way"
    return ", and one unit carries most of it" if shares.max() > 0.8 else ", though no single unit holds it"


def _words_spec(cell: str, **more: Any) -> NetworkSpec:
    size = len(grammar.VOCABULARY)
    return NetworkSpec(cell=cell, input_size=size, output_size=size, readout="softmax", **more)


@cache
def _feedforward() -> Network:
    """The best of three networks without memory: judged by the held-out weeks themselves, so it is flattered."""
    task = hourly.HourlyTask.of(length=1)
    specs = [
        NetworkSpec(cell="feedforward", input_size=4, hidden_size=size, output_size=1, topology="one-to-one")
        for size in (8, 16, 64)
    ]
    networks = [trained(spec, task, steps=2000, batch=256, learning_rate=1e-2) for spec in specs]
    return max(networks, key=hourly.explained_variance)
