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
LAYOUT = {  # the state along the top
    "x": (0, 13),
    "h[t-1]": (0, 0),
    "f": (9, 9),
    "g.1": (16, 9),
    "g": (23, 9),
    "h.2": (29, 5),
    "h.1": (29, 0),
    "h.3": (36, 7),
    "h": (36, 0),
    "out:h": (43, 0),
}
