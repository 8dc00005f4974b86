"""Gradients that cannot be had: the panel says why not, instead of computing for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rnnviz.engine.messages import LossObjective
from rnnviz.ui.panels.gradients import GradientsPanel
from rnnviz.ui.resolve import objective_of
from rnnviz.ui.view import View
from tests.ui.panels.pictures import gradients_of, make_view

WHY = "Computing the gradients failed: the disk is full"


def refused(view: View) -> View:
    wanted = objective_of(view)
    assert wanted is not None
    return replace(view, refused=(wanted, WHY))


@pytest.mark.parametrize("unable", [refused, lambda view: replace(view, unheld=WHY)], ids=["refused", "no engine"])
def test_the_panel_says_why_there_are_no_gradients(show: Callable[..., Any], unable: Callable[[View], View]) -> None:
    view = make_view()
    shown = show(GradientsPanel, unable(replace(view, gradients=None)))
    assert shown.absence(shown.session.view) == WHY
    assert view.trace is not None
    older = replace(view, gradients=gradients_of(view.trace, LossObjective("upto", 1)))
    shown = show(GradientsPanel, unable(older))
    assert f"({WHY})" in shown.header.subtitle


def test_a_refusal_of_another_step_is_not_that_of_this_one(show: Callable[..., Any]) -> None:
    view = replace(make_view(), gradients=None, refused=(LossObjective("upto", 0), WHY))
    shown = show(GradientsPanel, view)
    assert shown.absence(shown.session.view).startswith("Computing the gradients of")
