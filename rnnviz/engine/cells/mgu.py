"""The minimal gated unit."""

TITLE = "MGU"
FAMILY = "GRU"
DESCRIPTION = (
    "The minimal gated unit: one gate both resets and writes; where it is open the old state is forgotten. "
    "Zhou et al. 2016, equations 12 to 14."
)
EQUATIONS = """\
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f)  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ (f[t] * h[t-1]) + b_g)  # candidate
h[t] = (1 - f[t]) * h[t-1] + f[t] * g[t]  # hidden state
"""
