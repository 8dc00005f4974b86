"""Cells of the literature written out by hand in torch, one step each, with the formulas of their papers.

Every function takes the parameters by the letters of the shipped cell, the input, the signals of the step before and
the output of the step before, and returns the signals of this step.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Values = dict[str, Tensor]
Step = Callable[[Values, Tensor, Values, Tensor], Values]


def squashed(total: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-total))


def greff(variant: str) -> Step:
    """The LSTM of Greff et al. 2017, section 2, and one of the variants of section 3."""

    def step(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
        def summed(gate: str, cell: Tensor) -> Tensor:
            total = p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ before["h"] + p[f"b_{gate}"]
            if gate != "g" and variant != "NP":
                total = total + p[f"p_{gate}"] * cell
            if gate != "g" and variant == "FGR":
                total = total + sum(p[f"R_{other}{gate}"] @ before[other] for other in "ifo")
            return total

        old, now = before["c"], {}
        candidate = summed("g", old)
        now["g"] = candidate if variant == "NIAF" else torch.tanh(candidate)
        if variant != "NIG":
            now["i"] = squashed(summed("i", old))
        if variant == "CIFG":
            now["f"] = 1 - now["i"]
        elif variant != "NFG":
            now["f"] = squashed(summed("f", old))
        now["c"] = now.get("f", 1.0) * old + now.get("i", 1.0) * now["g"]
        shown = now["c"] if variant == "NOAF" else torch.tanh(now["c"])
        if variant == "NOG":
            return now | {"h": shown}
        now["o"] = squashed(summed("o", now["c"]))
        return now | {"h": now["o"] * shown}

    return step


def mgu(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
    """Zhou et al. 2016, equations 12 to 14."""
    h = before["h"]
    f = squashed(p["W_f"] @ x + p["U_f"] @ h + p["b_f"])
    g = torch.tanh(p["U_g"] @ (f * h) + p["W_g"] @ x + p["b_g"])
    return {"f": f, "g": g, "h": h - f * h + f * g}


def indrnn(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
    """Li et al. 2018, equation 2, with the vector as the diagonal of a matrix and tanh, which the tests choose."""
    return {"h": torch.tanh(p["W"] @ x + torch.diag(p["u"]) @ before["h"] + p["b"])}


def mingru(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
    """Feng et al. 2024, section 3.1."""
    z, n = squashed(p["W_z"] @ x + p["b_z"]), p["W_n"] @ x + p["b_n"]
    return {"z": z, "n": n, "h": before["h"] + z * (n - before["h"])}


def minlstm(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
    """Feng et al. 2024, section 3.2."""
    f, i = (squashed(p[f"W_{gate}"] @ x + p[f"b_{gate}"]) for gate in "fi")
    g, total = p["W_g"] @ x + p["b_g"], f + i
    kept, written = f / total, i / total
    return {"f": f, "i": i, "g": g, "f_prime": kept, "i_prime": written, "h": kept * before["h"] + written * g}


def slstm(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
    """Beck et al. 2024, equations 8 to 17."""
    i, f, g, o = (p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ before["h"] + p[f"b_{gate}"] for gate in "ifgo")
    log_f = torch.nn.functional.logsigmoid(f)
    m = torch.maximum(log_f + before["m"], i)
    inner = {"i_tilde": i, "f_tilde": f, "g": torch.tanh(g), "o": squashed(o), "m": m}
    scaled_i, scaled_f = torch.exp(i - m), torch.exp(log_f + before["m"] - m)
    c = scaled_f * before["c"] + scaled_i * inner["g"]
    n = scaled_f * before["n"] + scaled_i
    return inner | {"i": scaled_i, "f": scaled_f, "c": c, "n": n, "h": inner["o"] * c / n}


def slstm_as_it_stands(p: Values, x: Tensor, before: Values, y: Tensor) -> Values:
    """Beck et al. 2024, equations 8 to 14: without the stabiliser; overflows."""
    i, f, g, o = (p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ before["h"] + p[f"b_{gate}"] for gate in "ifgo")
    c = squashed(f) * before["c"] + torch.exp(i) * torch.tanh(g)
    n = squashed(f) * before["n"] + torch.exp(i)
    return {"c": c, "n": n, "h": squashed(o) * c / n}


LOOPS: dict[str, Step] = {
    **{f"lstm-{name.lower()}": greff(name) for name in ("NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "NP", "FGR")},
    "mgu": mgu,
    "indrnn": indrnn,
    "mingru": mingru,
    "minlstm": minlstm,
    "slstm": slstm,
}


def at_the_start(units: int) -> Values:
    """What every signal that is carried holds before the first step."""
    zeros = torch.zeros(units, dtype=torch.float64)
    return dict.fromkeys("ifochsn", zeros) | {"m": torch.full_like(zeros, -torch.inf)}
