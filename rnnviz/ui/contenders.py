"""Documents of networks that are put beside another: copies with something changed, other cells, other sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.interventions import fitting_interventions
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.fitting import Fitted, fit
from rnnviz.ui.resolve import fitting_scaling, keeps_weights
from rnnviz.ui.samples import trained_alike
from rnnviz.ui.situation import with_cell
from rnnviz.ui.undostack import Change
from rnnviz.ui.view import Document

FORGET_BIAS = 1.0
"""The bias of the forget gate of an LSTM that is put beside another cell (Jozefowicz et al. 2015)."""


@dataclass(frozen=True)
class Rival:
    """One of these networks.

    Parameters
    ----------
    key : int
        What it is known by as long as the session lasts, also after it was removed and brought back.
    document : Document
    own_source : bool
        Whether it reads a sequence of its own; else it follows that of the session.
    """

    key: int
    document: Document
    own_source: bool = False


class RivalsChange(Change):
    """Other networks beside the session's in place of those before.

    Parameters
    ----------
    text : str
        What the Edit menu calls it.
    become : callable
        Brings a choice of networks about.
    before, after : tuple of Rival
    done : bool, optional
        As for Change.
    """

    def __init__(
        self,
        text: str,
        become: Callable[[tuple[Rival, ...]], None],
        before: tuple[Rival, ...],
        after: tuple[Rival, ...],
        *,
        done: bool = False,
    ) -> None:
        super().__init__(text, done=done)
        self._become, self.before, self.after = become, before, after

    def bring_about(self) -> None:
        """Have the newer choice."""
        self._become(self.after)

    def undo(self) -> None:
        """Bring the older choice back."""
        self._become(self.before)

    def documents(self) -> list[Document]:
        """Return the documents of all networks."""
        return [rival.document for rival in (*self.before, *self.after)]

    def again(self) -> RivalsChange:
        """Return the same change for another stack."""
        return RivalsChange(self.text(), self._become, self.before, self.after, done=True)


def changed(document: Document, changes: dict[str, object]) -> Document:
    """Return a document with some fields of its specification changed, and what another cell cannot have left out."""
    fields = with_cell(document.spec, changes) if "cell" in changes else changes
    return respecified(document, document.spec.replace(**fields))


def respecified(document: Document, spec: NetworkSpec) -> Document:
    """Return a document with another specification; weights stay where their shapes stay."""
    weights = document.weights if keeps_weights(spec, document.spec) else None
    scaling = fitting_scaling(document.scaling, spec)
    kept = fitting_interventions(document.interventions, spec)
    return replace(document, spec=spec, weights=weights, scaling=scaling, interventions=kept)


def like(spec: NetworkSpec, main: NetworkSpec) -> NetworkSpec:
    """Return a specification with the units of another, of its first layer where the layers cannot be matched."""
    same = (spec.num_layers, spec.bidirectional) == (main.num_layers, main.bidirectional)
    whole = same or not isinstance(main.hidden_size, tuple)
    return spec.replace(hidden_size=main.hidden_size if whole else main.units_of(0))


def of_cell(document: Document, cell: str) -> Document:
    """Return a document with another cell: trained alike where there is such a sample, else with fresh weights."""
    if document.weights is not None:
        alike = trained_alike(document, cell)
        if alike is not None:
            return alike
    changes: dict[str, object] = {"cell": cell}
    if cell == "lstm" and document.spec.forget_bias is None:
        changes["forget_bias"] = FORGET_BIAS
    return changed(document, changes)


def on_sequence_of(document: Document, main: Document) -> Fitted:
    """Return a document that reads the sequence of another one, and a sentence where its weights cannot.

    Raises
    ------
    RnnvizError
        When no network of this kind fits that sequence.
    """
    spec = document.spec.replace(topology=main.spec.topology, delay=main.spec.delay, feedback=main.spec.feedback)
    fitted = fit(replace(document, spec=spec), main.source)
    return Fitted(replace(fitted.document, steps=main.steps, given=document.given), fitted.notice)


def reading(document: Document, source: SequenceSource) -> Document:
    """Return a document with another sequence for the very same network.

    Raises
    ------
    RnnvizError
        When the network would have to be another one.
    """
    fitted = fit(document, source).document
    if fitted.spec != document.spec or fitted.weights != document.weights:
        raise RnnvizError("the same network cannot read that sequence: it has other inputs or outputs")
    return replace(fitted, given=document.given)
