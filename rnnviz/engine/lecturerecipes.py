"""The samples for the lecture on vanishing gradients: a comparison over a long gap, and the laboratory."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import torch

from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import Network
from rnnviz.engine.recipebase import FRESH, Sample, demand, manifest_of, trained
from rnnviz.engine.run import run
from rnnviz.engine.sequence import SequenceSource, SignalSource, TextSource, Wave, encode
from rnnviz.engine.sessionfile import SavedNetwork
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks import recall


def gap_of_100() -> Sample:
    """Give three networks that recall a word over a gap of 100 steps, and what is left of the gradient on its way."""
    source = TextSource(
        text=recall.text(np.random.default_rng(FRESH), "dinner"),
        vocabulary=recall.VOCABULARY,
        targets="label",
        label="dinner",
        classes=recall.WORDS,
    )
    specs = [_recall_spec("rnn"), _recall_spec("lstm", forget_bias=5.0), _recall_spec("gru")]
    networks, results = [], {}
    for spec, steps, rate in zip(specs, (2000, 300, 500), (1e-3, 1e-2, 1e-2), strict=True):
        network = trained(spec, recall.RecallTask(), steps=steps, batch=32, learning_rate=rate)
        right = recall.recalled(network, np.random.default_rng(FRESH), recall.GAP, 1000)
        demand("gap-of-100", f"the share of words that the {spec.cell} recalls", right, 0.99)
        results[f"{spec.cell}: words recalled after 100 steps, 1,000 fresh ones"] = right
        results[f"{spec.cell}: log10 of what is left of the gradient"] = _left_of_gradient(network, source)
        networks.append(network)
    rnn, lstm, gru = (value for name, value in results.items() if "log10" in name)
    manifest = manifest_of(
        "A gap of 100 steps: RNN, LSTM and GRU",
        "All three recall a word over 100 steps, but in the backward pass to it the gradient of the RNN falls to "
        f"10^{rnn:.0f} of what it is at the end, that of the LSTM (forget bias 5) to 10^{lstm:.0f}, that of the GRU to "
        f"10^{gru:.0f}.",
        specs[0],
        source,
        position=recall.GAP + 1,
    )
    options = {"comparison.mode": "overlay", "comparison.scale": "relative"}
    manifest = msgspec.structs.replace(
        manifest,
        rivals=tuple(SavedNetwork(str(spec.cell).upper(), spec) for spec in specs[1:]),
        options=options,
        layout=_layout("Comparison"),
    )
    return Sample(manifest, networks[0], results, tuple(networks[1:]))


def laboratory() -> Sample:
    """Give a plain RNN as it begins, with orthogonal recurrent weights, for the knob of the laboratory."""
    spec = NetworkSpec(cell="rnn", input_size=1, hidden_size=64, output_size=1, initialisation="orthogonal")
    network = Network(spec)
    radius = float(torch.linalg.eigvals(network.get_parameter("U_l0").detach()).abs().max())
    manifest = manifest_of(
        "The vanishing laboratory: an RNN before its training",
        "A plain RNN with orthogonal recurrent weights reads 100 steps of a sine: turn the knob below and above 1.",
        spec,
        SignalSource((Wave("sine"),), steps=100),
        position=99,  # the last that has a loss, whose gradient alone can vanish: the sum over all steps does not
    )
    looked_at = msgspec.structs.replace(manifest, scope="at", layout=_layout("Vanishing laboratory"))
    return Sample(looked_at, network, {"spectral radius": radius})


def _recall_spec(cell: str, **more: Any) -> NetworkSpec:
    return NetworkSpec(
        cell=cell,
        input_size=len(recall.VOCABULARY),
        hidden_size=32,
        output_size=len(recall.WORDS),
        readout="softmax",
        topology="many-to-one",
        **more,
    )


def _left_of_gradient(network: Network, source: SequenceSource) -> float:
    """log10 of the gradient of the loss with respect to the state at the first step, as a share of that at the last."""
    sequence = encode(source)
    assert sequence.target is not None
    norms = run(network, sequence.x, sequence.target[-1:]).gradients(LossObjective("whole")).log10_norm("h")
    return float(norms[0] - norms[-1])


def _layout(name: str) -> bytes:
    return json.dumps({"layout": name}).encode()
