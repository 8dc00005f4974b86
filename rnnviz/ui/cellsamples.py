"""Cells to start from: all that are shipped, and a few that show what the language can do."""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz.engine import cells
from rnnviz.engine.language.heading import headed
from rnnviz.ui.celluse import text_of


@dataclass(frozen=True)
class CellSample:
    """A cell to start from: the family it stands under, its title, and its text."""

    family: str
    title: str
    text: str


_STARTS = (
    (
        "Without gates",
        "A plain recurrent network: the state is written anew at every step.",
        (
            "# W is a matrix because it stands left of @, b a vector; both are learned.\n"
            "# h is a state because it is read one step before, as h[t-1].\n"
            "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)  # hidden state\n"
        ),
    ),
    (
        "Leaky integrator",
        "Each unit forgets a tenth of its state per step and takes in a tenth of what is new.",
        (
            "n[t] = tanh(W @ x[t] + U @ h[t-1] + b)  # candidate\n"
            "# 0.9 of the state stays: the gradient falls to 0.9 of itself per step along this way.\n"
            "h[t] = 0.9 * h[t-1] + 0.1 * n[t]  # hidden state\n"
        ),
    ),
    (
        "One gate",
        "One gate decides for each unit how much of the state is kept and how much is new.",
        (
            "f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f)  # forget gate\n"
            "n[t] = tanh(W_n @ x[t] + U_n @ h[t-1] + b_n)  # candidate\n"
            "h[t] = f[t] * h[t-1] + (1 - f[t]) * n[t]  # hidden state\n"
        ),
    ),
    (
        "Two states",
        "A fast state that is shown and a slow one that remembers: a small step towards the LSTM.",
        (
            "h[t] = tanh(W @ x[t] + U @ h[t-1] + V @ s[t-1] + b)  # fast state\n"
            "s[t] = 0.95 * s[t-1] + 0.05 * h[t]  # slow state\n"
            "h[0] = h0  # a start that is learned; without such a line a state starts at zero\n"
        ),
    ),
    (
        "Second order",
        "Input and state are multiplied unit by unit, so that the input chooses how the state goes on.",
        "h[t] = tanh((W @ x[t]) * (U @ h[t-1]) + V @ x[t] + b)  # hidden state\n",
    ),
)


def cell_samples() -> tuple[CellSample, ...]:
    """Return the starting points, and then the shipped cells by family."""
    found = [CellSample("To start from", title, headed(title, about, text)) for title, about, text in _STARTS]
    for family, names in cells.families().items():
        found += [CellSample(family, cells.title(name), text_of(name)) for name in names]
    return tuple(found)
