"""Another sequence for a network: what of the network must follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnnviz.engine.interventions import fitting_interventions
from rnnviz.engine.sequence import Sequence, SequenceSource, encode
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.intervening import left_out
from rnnviz.ui.resolve import fitting_scaling, keeps_weights
from rnnviz.ui.view import Document


@dataclass(frozen=True)
class Fitted:
    """A document with another sequence, and a sentence about what had to follow, if anything had to."""

    document: Document
    notice: str = ""


def fit(document: Document, source: SequenceSource) -> Fitted:
    """Give a document another sequence; sizes of input and output, and the readout, follow where they must.

    Parameters
    ----------
    document : Document
    source : SequenceSource

    Raises
    ------
    SequenceError
        When the source cannot be encoded.
    SpecError
        When no network of this kind fits the sequence.
    """
    sequence = encode(source)
    spec = fit_spec(document.spec, sequence)
    kept = keeps_weights(spec, document.spec) and _same_names(document.source, sequence)
    notices = []
    if document.weights is not None and not kept:
        notices.append("the network starts from fresh weights: the trained ones belong to other inputs or outputs")
    weights = document.weights if kept else None
    interventions = fitting_interventions(document.interventions, spec)
    notices.append(left_out(document.interventions, interventions))
    fitted = replace(
        document,
        spec=spec,
        source=source,
        weights=weights,
        steps=None,
        given=None,
        scaling=fitting_scaling(document.scaling, spec),
        interventions=interventions,
    )
    return Fitted(fitted, "; ".join(filter(None, notices)))


def fit_spec(spec: NetworkSpec, sequence: Sequence) -> NetworkSpec:
    """Return the specification with the sizes of a sequence."""
    inputs = sequence.x.shape[1]
    fields: dict[str, object] = {"input_size": inputs}
    if spec.readout is not None:
        if sequence.target_kind == "class":
            fields |= {"output_size": len(sequence.target_names), "readout": "softmax"}
        elif sequence.target is not None:
            readout = "linear" if spec.readout == "softmax" else spec.readout
            fields |= {"output_size": sequence.target.shape[1], "readout": readout}
        elif spec.feedback != "none":
            fields |= {"output_size": inputs}
    return spec.replace(**fields)


def _same_names(source: SequenceSource, sequence: Sequence) -> bool:
    """Whether inputs and outputs mean the same as in an older sequence."""
    old = encode(source)
    return (old.input_names, old.target_names) == (sequence.input_names, sequence.target_names)
