"""What the laboratory says: the sentences of the textbooks put right, from the numbers on the screen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.requests import Spectra, Sweep
from rnnviz.ui.laboratory import Reach
from rnnviz.ui.laboratorywords import sentences
from rnnviz.ui.view import AnalysisView
from tests.ui.panels.pictures import make_view

TRACE = make_view(cell="rnn").trace
assert TRACE is not None


def spectra(sigma: float, gamma: float = 1.0, radius: float | None = None, **more: Any) -> AnalysisView:
    facts: dict[str, Any] = {"matrices": ("U",), "applies": True, "reason": "It applies.", "gamma": gamma}
    facts |= {"singular": sigma, "largest U": sigma, "radius U": sigma if radius is None else radius}
    assert TRACE is not None
    return AnalysisView(Spectra(), TRACE, 12, {}, {**facts, **more})


def gated() -> AnalysisView:
    facts: dict[str, Any] = {
        "matrices": ("U_i", "U_f", "U_o"),
        "applies": False,
        "reason": "It does not, for this cell.",
    }
    assert TRACE is not None
    return AnalysisView(Spectra(), TRACE, 12, {}, facts)


def said(found: AnalysisView, log10: float, highway: float = math.nan, sweep: AnalysisView | None = None) -> str:
    return " ".join(sentences(found, Reach(1, 100, log10, highway, "c"), sweep))


def test_below_one_the_gradient_vanishes_for_certain() -> None:
    assert said(spectra(0.9), -5) == (
        "The largest singular value of U is 0.90 < 1: the gradient of each loss vanishes for certain, at least as "
        "fast as 0.90ⁿ (Pascanu's bound). Here ‖∂s₁₀₀/∂s₁‖ falls to 1.0e−5."
    )


def test_above_one_it_may_explode_but_need_not_and_saturation_keeps_it_from_it() -> None:
    text = said(spectra(1.1, **{"saturated h": 0.62}), -3)
    assert "1.10 > 1: the gradient may explode, it need not." in text
    assert "Here h is saturated in 62% of its values, and ‖∂s₁₀₀/∂s₁‖ falls to 1.0e−3." in text


def test_above_one_it_is_told_when_it_does_explode() -> None:
    text = said(spectra(1.3, **{"saturated h": 0.1}), 4)
    assert text.endswith("it need not. Here ‖∂s₁₀₀/∂s₁‖ grows to 1.0e4.")


def test_slopes_are_named_where_nothing_is_saturated() -> None:
    assert "slopes of h below 1 hold it back: ‖∂s₁₀₀/∂s₁‖ stays at 1.00" in said(
        spectra(1.1, **{"saturated h": 0.0}), 0.0
    )


def test_at_one_it_cannot_explode() -> None:
    assert "is 1.00: the gradient cannot explode, but it can vanish." in said(spectra(1.0), -2)


def test_a_sigmoid_lets_a_quarter_through() -> None:
    assert "is 3.00, and 0.75 times the steepest slope 0.25 < 1: the gradient of each loss vanishes" in said(
        spectra(3.0, 0.25), -9
    )
    assert "> 1: the gradient may explode" in said(spectra(5.0, 0.25), -9)


def test_a_radius_below_one_is_no_promise_for_a_few_steps() -> None:
    assert "spectral radius 0.80 < 1 speaks of many steps only" in said(spectra(1.2, radius=0.8), -1)
    assert "many steps only" not in said(spectra(1.2), -1)


def test_a_cell_path_is_free_of_the_matrices_and_the_full_jacobian_is_not() -> None:
    text = said(gated(), 3.0, -12.0)
    assert "The direct path of c is free of U_i, U_f and U_o: from step 1 to 100 it lets 1.0e−12 through" in text
    assert "The full Jacobian is not, and it explodes all the same: ‖∂s₁₀₀/∂s₁‖ grows to 1.0e3." in text
    assert text.endswith("No bound is drawn: It does not, for this cell.")


def test_where_it_does_not_explode_the_sweep_tells_from_where_on_it_does() -> None:
    values = np.array([0.5, 1.0, 1.25, 1.5])
    assert TRACE is not None
    sweep = AnalysisView(Sweep(), TRACE, 12, {"values": values, "reach": np.array([-9.0, np.nan, 2.0, 4.0])})
    assert "falls to 1.0e−4; from 1.25 on it explodes." in said(gated(), -4.0, -2.0, sweep)
    calm = AnalysisView(Sweep(), TRACE, 12, {"values": values, "reach": np.full(4, -3.0)})
    assert "with larger weights it can still explode." in said(gated(), -4.0, -2.0, calm)


@pytest.mark.parametrize(
    ("log10", "words"),
    [(math.nan, "is not a number, because the run itself has exploded"), (math.inf, "infinite"), (-math.inf, "zero")],
)
def test_what_is_not_finite_is_named(log10: float, words: str) -> None:
    assert words in said(spectra(1.5), log10)
    assert words in said(gated(), log10, -3.0)


def test_nothing_is_said_of_a_reach_that_is_not_known() -> None:
    text = " ".join(sentences(spectra(1.1), None))
    assert text.strip() == "The largest singular value of U is 1.10 > 1: the gradient may explode, it need not."
    assert sentences(gated(), None) == ("No bound is drawn: It does not, for this cell.",)
