"""The gated recurrent unit as first published."""

TITLE = "GRU (Cho 2014)"
FAMILY = "GRU"
DESCRIPTION = (
    "The gated recurrent unit as first published: the reset gate acts on the state before the recurrent "
    "product, and z keeps the old state. Cho et al. 2014, equations 5 to 8."
)
EQUATIONS = """\
r[t] = sigmoid(W_r @ x[t] + U_r @ h[t-1] + b_r)  # reset gate
z[t] = sigmoid(W_z @ x[t] + U_z @ h[t-1] + b_z)  # update gate
n[t] = tanh(W_n @ x[t] + U_n @ (r[t] * h[t-1]) + b_n)  # candidate
h[t] = z[t] * h[t-1] + (1 - z[t]) * n[t]  # hidden state
"""
LAYOUT = {  # the state along the top
    "h[t-1]": (0, 0),
    "x": (0, 17),
    "h[t-1],x": (7, 14),
    "r": (16, 11),
    "z": (28, 11),
    "n.1": (24, 5),
    "n": (34, 5),
    "h.1": (41, 0),
    "h.3": (47, 11),
    "h.2": (47, 5),
    "h": (47, 0),
    "out:h": (55, 0),
}
