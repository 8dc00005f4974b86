"""The gated recurrent unit without anything of the past in its gate."""

TITLE = "minGRU"
FAMILY = "GRU"
DESCRIPTION = (
    "A GRU whose gate and candidate see the input alone, so that all steps can be computed at once. "
    "Feng et al. 2024, the plain version with a linear candidate, not that in logarithms."
)
EQUATIONS = """\
z[t] = sigmoid(W_z @ x[t] + b_z)  # update gate
n[t] = W_n @ x[t] + b_n  # candidate
h[t] = (1 - z[t]) * h[t-1] + z[t] * n[t]  # hidden state
"""
LAYOUT = {  # the state along the top
    "x": (0, 9),
    "h[t-1]": (0, 0),
    "z": (9, 6),
    "n": (9, 13),
    "h.2": (20, 4),
    "h.1": (20, 0),
    "h.3": (30, 6),
    "h": (30, 0),
    "out:h": (37, 0),
}
