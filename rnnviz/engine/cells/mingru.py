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
