"""The sample of one gate turned by hand: which unit remembers the time of day, and what is said once it forgets."""

from __future__ import annotations

import json

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.recipebase import Sample, demand
from rnnviz.engine.run import run
from rnnviz.engine.sequence import Sequence, encode


def closed_gate(message: Sample, step: int) -> Sample:
    """Give the network of a message with the forget gate of one unit closed at one step.

    Parameters
    ----------
    message : Sample
        An LSTM that predicts the ending of its message.
    step : int
        Where the gate is closed, counted from 0.

    Returns
    -------
    Sample
        The unit is the one whose closed gate costs the ending the most.

    Raises
    ------
    TrainingError
        When no single gate changes the ending.
    """
    sequence = encode(message.manifest.source)
    ending = sequence.labels[-1]
    known = _ending(message, sequence, ())
    endings = [_ending(message, sequence, (_closed(unit, step),)) for unit in range(_units(message))]
    unit = int(np.argmin([found[sequence.target_names.index(ending)] for found in endings]))
    said, surely = sequence.target_names[int(endings[unit].argmax())], float(endings[unit].max())
    before, left = (float(found[sequence.target_names.index(ending)]) for found in (known, endings[unit]))
    demand("closed-gate", f"the probability that the closed gate takes from {ending!r}", before - left, 0.5)
    manifest = msgspec.structs.replace(
        message.manifest,
        name="One gate clamped at one word",
        description=f"With the forget gate of unit {unit + 1} closed at one word, “{sequence.labels[step]}”, the LSTM "
        f"forgets the time of day: the ending “{ending}” ({before:.0%}) becomes “{said}” ({surely:.0%}).",
        position=sequence.steps - 1,
        units=(unit,),
        options={"states.state": "c", "states.mode": "curves", "gates.mode": "unit"},
        layout=json.dumps({"layout": "Interventions"}).encode(),
        interventions=(_closed(unit, step),),
    )
    results = {f"probability of {ending!r}": before, "with the gate closed": left, f"then of {said!r}": surely}
    return Sample(manifest, message.network, results)


def _closed(unit: int, step: int) -> Clamp:
    return Clamp("f", 0.0, units=(unit,), first=step, last=step)


def _ending(message: Sample, sequence: Sequence, clamps: tuple[Clamp, ...]) -> NDArray[np.floating]:
    """The probabilities of the word that ends the message."""
    before: NDArray[np.floating] = run(message.network, sequence.x, interventions=clamps).output[-2]
    return before


def _units(message: Sample) -> int:
    return message.network.spec.units_of(0)
