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
