"""Cells that nobody would write, drawn at random: constants, states that nobody reads, roots of zero, overflows."""

from __future__ import annotations

from typing import Any

import numpy as np

UNARY = (
    *("tanh", "sigmoid", "identity", "softplus", "log_sigmoid", "relu", "abs", "phi"),
    *("exp", "log", "sqrt"),
)
"""The functions of one argument, among them those whose derivative is infinite or undefined somewhere."""


class Wild:
    """Draws the text of a cell.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same draws give the same cell.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.names = "abcde"[: rng.integers(1, 6)]
        self.vectors = 0

    def cell(self) -> str:
        """Return the text of a cell; some are refused by the language."""
        order = list(self.rng.permutation(list(self.names)))
        lines = [f"{name}[t] = {self.right_side(order[:place])}" for place, name in enumerate(order)]
        text = "\n".join(lines)
        for name in order:
            if f"{name}[t-1]" in text and self.rng.random() < 0.3:
                text += f"\n{name}[0] = {self.pick('0.25', '-1', '-inf', 'inf', f'{name}0')}"
        return text

    def pick(self, *choices: Any) -> Any:
        """Return one of some choices."""
        return choices[self.rng.integers(len(choices))]

    def right_side(self, now: list[str]) -> str:
        """Return what one signal is set to: now and then a number, a copy, or what depends on no parameter."""
        if self.rng.random() < 0.2:
            return str(self.pick("0", "1", "-2.5", "v0", f"{self.pick(*self.names)}[t-1]"))
        outer = self.pick("tanh", "", "sigmoid", "identity", "", "exp", "sqrt", "log")
        return f"{outer}({self.expression(now, int(self.rng.integers(4)))})"

    def leaf(self, now: list[str]) -> str:
        """Return what an expression ends in."""
        self.vectors += 1
        leaves = [f"{self.pick(*self.names)}[t-1]", f"v{self.vectors}", f"(W{self.rng.integers(3)} @ x[t])"]
        leaves.append(str(self.pick("0", "1", "-1", "0.5", "1000")))
        leaves += [f"{self.pick(*now)}[t]"] if now else []
        return str(self.pick(*leaves))

    def expression(self, now: list[str], depth: int) -> str:
        """Return an expression of at most so many levels, which reads signals of this step that are known ``now``."""
        if depth == 0:
            return self.leaf(now)
        one, two = (self.expression(now, depth - 1) for _ in range(2))
        forms = [f"({one} {operator} {two})" for operator in "+-**/"]
        forms += [f"{function}({one})" for function in UNARY]
        forms += [f"max({one}, {two})", f"min({one}, {two})", f"(-{one})"]
        forms += [f"({one}) ** {exponent}" for exponent in "234"]
        forms.append(f"(U{self.rng.integers(2)} @ ({self.pick(*self.names)}[t-1] * {one}))")
        return str(self.pick(*forms))
