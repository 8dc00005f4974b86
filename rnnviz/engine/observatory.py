"""What a trace says about its gradients beyond their sum: who sends them, how far they reach, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from numpy import float64, intp
from numpy.typing import NDArray

from rnnviz.engine.arithmetic import all_in_own_modes
from rnnviz.engine.arrival import Arrival, arrival
from rnnviz.engine.attribution import Attribution, attribution
from rnnviz.engine.clipping import ClipKind, Clipped, clip
from rnnviz.engine.connectivity import connectivity
from rnnviz.engine.door import all_checked
from rnnviz.engine.itemised import Losses, itemised_norms, itemised_values
from rnnviz.engine.itemisedparameter import itemised_parameter, joined
from rnnviz.engine.jacobian import jacobians
from rnnviz.engine.jobs import finish
from rnnviz.engine.memory import Memory, memory
from rnnviz.engine.parameterterms import Terms, parameter_terms
from rnnviz.engine.paths import PathColumn, path_column, path_norms
from rnnviz.engine.saturation import Saturation, saturation, slopes
from rnnviz.engine.spec import Direction
from rnnviz.engine.spectrum import Bound, Spectrum, bound, spectra
from rnnviz.engine.weightstack import WeightStack, weight_stack

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@all_in_own_modes
@all_checked
class Observatory:
    """The part of a trace that looks at its gradients. T counts all steps, those of a delay too; steps count from 0."""

    @property
    def _trace(self) -> Trace:
        return cast("Trace", self)

    def loss_steps(self) -> NDArray[intp]:
        """[K], the steps that have a loss: the rows of the itemised gradient; ObjectiveError without a target."""
        return Losses.of(self._trace).steps

    def itemised(
        self, name: str, layer: int = 0, direction: Direction = "forward", norm: bool = True
    ) -> NDArray[float64]:
        """The itemised gradient: what the loss of step k puts on a signal at step t.

        Parameters
        ----------
        name : str
            A signal of the layer's cell; with layer -1 also "x", "logits", "output" and "readout.0", ...
        layer : int
        direction : {"forward", "backward"}
        norm : bool
            Whether the Euclidean norms are wanted, or the vectors.

        Returns
        -------
        ndarray, [K, T] or [K, T, H]
            dL_k/ds_t for the K steps k that have a loss (:meth:`loss_steps`), or its norm. Summed over k the vectors
            are dL/ds_t; the norms are not. In float64, by backpropagation through time.

        Raises
        ------
        ObjectiveError
            When there is no target, or the vectors would take more than 4 GB.
        UnknownNameError
            When there is no such signal.
        """
        if norm:
            return finish(itemised_norms(self._trace, name, layer, direction)).plain
        return finish(itemised_values(self._trace, name, layer, direction))

    def itemised_log10(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[float64]:
        """[K, T], log10 of :meth:`itemised`'s norms; unlike those it cannot underflow, and -inf is a true zero."""
        return finish(itemised_norms(self._trace, name, layer, direction)).log10

    def itemised_parameter(self, name: str) -> NDArray[float64]:
        """The Frobenius norm of the part of dL_k/dW that falls on step t.

        Parameters
        ----------
        name : str
            A parameter, as the network names it.

        Returns
        -------
        ndarray, [K, T]

        Raises
        ------
        ObjectiveError
            When there is no target, no such parameter, or it acts before the first step.
        """
        return joined(finish(itemised_parameter(self._trace, name))).plain

    def itemised_parameter_blocks(self, name: str) -> dict[str, NDArray[float64]]:
        """The same for every gate's block of a parameter, by its name in the cell's equations, each [K, T]."""
        return {block: table.plain for block, table in finish(itemised_parameter(self._trace, name)).items()}

    def parameter_terms(self, name: str) -> Terms:
        """What every step adds to dL/dW; ``terms.between(t, T)`` is what the way back has gathered at step t."""
        return finish(parameter_terms(self._trace, (name,)))[name]

    def arrival(self, name: str, layer: int = 0, direction: Direction = "forward") -> Arrival:
        """dL/ds_t in two parts, [T, H] each: from this step's own loss, and from all others."""
        return finish(arrival(self._trace, name, layer, direction))

    def jacobian(self, layer: int = 0, direction: Direction = "forward") -> NDArray[float64]:
        """The Jacobians ds_t/ds_{t-1} of the states of one layer.

        Parameters
        ----------
        layer : int
        direction : {"forward", "backward"}

        Returns
        -------
        ndarray, [T, S, S]
            The states s stand in the order in which the equations first assign them (LSTM: c, then h); a cell without
            states is described by its output h. Entry 0 is taken with respect to the initial states. Of the backward
            direction entry t is ds_t/ds_{t+1}. Where the output is fed back, the way through it is included.

        Raises
        ------
        SpecError
            When there is no such layer.
        """
        return finish(jacobians(self._trace, layer, direction))

    def path_norms(
        self, layer: int = 0, direction: Direction = "forward", anchors: Sequence[int] | None = None
    ) -> NDArray[float64]:
        """How far a gradient reaches: the largest singular value of ds_t/ds_k (its spectral norm).

        Parameters
        ----------
        layer : int
        direction : {"forward", "backward"}
        anchors : sequence of int, optional
            Which k; None: all.

        Returns
        -------
        ndarray, [T, T] or [T, anchors]
            Row t, column k; one on the diagonal, zero above it (of the backward direction: below).

        Raises
        ------
        SpecError
            When there is no such layer or step.
        """
        return finish(path_norms(self._trace, layer, direction, anchors)).plain

    def path_log10_norms(
        self, layer: int = 0, direction: Direction = "forward", anchors: Sequence[int] | None = None
    ) -> NDArray[float64]:
        """log10 of :meth:`path_norms`; unlike those it can neither underflow nor overflow."""
        return finish(path_norms(self._trace, layer, direction, anchors)).log10

    def paths_from(self, anchor: int, layer: int = 0, direction: Direction = "forward") -> PathColumn:
        """Norm, largest and smallest singular value of ds_t/ds_k for one k and every t."""
        return finish(path_column(self._trace, anchor, layer, direction))

    def connectivity(self) -> NDArray[float64]:
        """How much the output at step t rests on the input at step k.

        Returns
        -------
        ndarray, [T, T]
            Row t, column k: |d(logit of the right class at t)/dx_k|, of the likeliest class where no target says which
            is right; where outputs are no classes the Frobenius norm of dy_t/dx_k. A row without output is NaN, a
            column without input zero. After Madsen, Distill 2019.
        """
        return finish(connectivity(self._trace)).plain

    def attribution(self, step: int) -> Attribution:
        """What the input of each step does to the output of one: integrated gradients, leaving out, exchanging.

        Where a network is saturated derivatives are small and causes may be large. See :class:`Attribution`.

        Parameters
        ----------
        step : int

        Raises
        ------
        SpecError
            When there is no such step, or it has no output.
        """
        return finish(attribution(self._trace, step))

    def memory(self, layer: int = 0, direction: Direction = "forward", state: str | None = None) -> Memory:
        """What a state is made of, by the steps at which it was written; see :class:`Memory`."""
        return memory(self._trace, layer, direction, state)

    def clip(self, threshold: float, kind: ClipKind = "norm") -> Clipped:
        """The gradient of all parameters before and after clipping by "norm" or by "value"."""
        return finish(clip(self._trace, threshold, kind))

    def saturation(
        self, layer: int = 0, direction: Direction = "forward", low: float = 0.1, high: float = 0.9
    ) -> dict[str, Saturation]:
        """Per gate and unit the share of steps at which it is shut (below ``low``) and open (above ``high``)."""
        return saturation(self._trace, layer, direction, low, high)

    def slopes(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[float64]:
        """[T, H], the derivative of the function that a signal is computed with: y (1 - y) for a gate."""
        return slopes(self._trace, name, layer, direction)

    def spectra(self, layer: int = 0, direction: Direction = "forward") -> dict[str, Spectrum]:
        """Eigenvalues, singular values and norm of every recurrent matrix of a layer, by its name."""
        return spectra(self._trace, layer, direction)

    def bound(self, layer: int = 0, direction: Direction = "forward") -> Bound:
        """Pascanu's bound on |dh_t/dh_k|, and whether it applies to this cell."""
        return bound(self._trace, layer, direction)

    def weight_stack(self, layer: int = 0, direction: Direction = "forward") -> WeightStack:
        """All matrices and biases of a cell as one matrix, with its gradient: (W | R) for all gates."""
        return weight_stack(self._trace, layer, direction)
