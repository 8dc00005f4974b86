"""Signals keep one look everywhere, and nobody needs to see colours to tell them apart."""

from __future__ import annotations

import itertools

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language.expressions import Expr, InputAt, OutputBefore
from rnnviz.engine.language.model import children
from rnnviz.ui.theme import DARK, LIGHT, PRINT, Theme, series_style, signal_style
from rnnviz.ui.theme.palette import contrast, luminance
from rnnviz.ui.theme.signals import HUES, SIGNALS

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK, PRINT], ids=lambda theme: theme.name)
CELLS = {"lstm": "ifgochxy", "gru": "rznhxy", "rnn": "hxy", "minlstm": "fighy"}


@THEMES
@pytest.mark.parametrize("name", HUES)
def test_every_hue_stands_out_against_the_surface(name: str, theme: Theme) -> None:
    assert contrast(HUES[name][theme.dark], theme.surface) >= 3.0


@THEMES
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    for ground in (theme.window, theme.surface, theme.raised, theme.field):
        assert contrast(theme.text, ground) >= 7.0
        assert contrast(theme.muted, ground) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@THEMES
@pytest.mark.parametrize("cell", CELLS)
def test_no_two_signals_of_a_cell_share_a_colour_or_a_symbol(cell: str, theme: Theme) -> None:
    styles = [signal_style(name, theme) for name in CELLS[cell]]
    assert len({style.colour for style in styles}) == len(styles)
    assert len({style.symbol for style in styles}) == len(styles)


@THEMES
@pytest.mark.parametrize("name", cells.names())
def test_every_letter_of_a_shipped_cell_has_a_colour_of_its_own(name: str, theme: Theme) -> None:
    cell = cells.get(name)
    read = {leaf for one in cell.equations for leaf in _read(one.expression)}
    letters = {signal.partition("_")[0] if signal.endswith(("_tilde", "_prime")) else signal for signal in cell.order}
    styles = {letter: signal_style(letter, theme).colour for letter in letters | read}
    assert len(set(styles.values())) == len(styles), styles


def _read(expr: Expr) -> set[str]:
    if isinstance(expr, InputAt | OutputBefore):
        return {"x" if isinstance(expr, InputAt) else "y"}
    return {name for part in children(expr) for name in _read(part)}


def test_no_two_known_signals_look_the_same() -> None:
    looks = [signal_style(name, LIGHT) for name in SIGNALS]
    assert all(first != second for first, second in itertools.combinations(looks, 2))


def test_a_pre_activation_is_its_gate_in_dashes() -> None:
    gate, pre = signal_style("f", DARK), signal_style("f.pre", DARK)
    assert (pre.colour, pre.symbol) == (gate.colour, gate.symbol)
    assert (gate.dash, pre.dash) == ("solid", "dash")


def test_an_accented_letter_is_its_letter_in_dots() -> None:
    gate, scaled = signal_style("f", DARK), signal_style("f_prime", DARK)
    assert (scaled.colour, scaled.symbol, scaled.dash) == (gate.colour, gate.symbol, "dot")
    assert signal_style("f_first", DARK).dash == "dashdot", "that is a name of its own"


def test_a_name_of_the_users_own_keeps_its_look_and_none_of_a_known_signal() -> None:
    assert signal_style("gamma", LIGHT) == signal_style("gamma", LIGHT)
    assert signal_style("gamma", LIGHT).symbol == signal_style("gamma", DARK).symbol
    known = {signal_style(name, LIGHT) for name in SIGNALS}
    own = {signal_style(name, LIGHT) for name in ("gamma", "u", "alpha", "memory", "k2")}
    assert not known & own


def test_series_go_on_with_other_dashes_when_colours_run_out() -> None:
    styles = [series_style(index, LIGHT) for index in range(32)]
    assert len(set(styles)) == 32


def test_luminance_and_contrast_have_the_known_ends() -> None:
    assert luminance("#000000") == 0
    assert luminance("#ffffff") == pytest.approx(1)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
