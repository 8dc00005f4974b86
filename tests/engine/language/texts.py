"""Cells from the literature that rnnviz does not ship: what a user may type."""

from __future__ import annotations

# Beck et al. 2024 (xLSTM), equations 8 to 17, stabilised as in appendix A.2.
SLSTM = """\
a[t] = W_i @ x[t] + R_i @ h[t-1] + b_i  # input gate before its exponential
l[t] = log_sigmoid(W_f @ x[t] + R_f @ h[t-1] + b_f)  # logarithm of the forget gate
z[t] = tanh(W_z @ x[t] + R_z @ h[t-1] + b_z)  # candidate
o[t] = sigmoid(W_o @ x[t] + R_o @ h[t-1] + b_o)  # output gate
m[t] = max(l[t] + m[t-1], a[t])  # stabiliser
i[t] = exp(a[t] - m[t])  # input gate
f[t] = exp(l[t] + m[t-1] - m[t])  # forget gate
c[t] = f[t] * c[t-1] + i[t] * z[t]  # cell state
n[t] = f[t] * n[t-1] + i[t]  # normaliser
h[t] = o[t] * c[t] / n[t]  # hidden state
m[0] = -inf
"""

# Feng et al. 2024, "Were RNNs all we needed?"
MIN_GRU = """\
z[t] = sigmoid(W_z @ x[t] + b_z)  # update gate
n[t] = W_n @ x[t] + b_n  # candidate
h[t] = (1 - z[t]) * h[t-1] + z[t] * n[t]
"""

# Li et al. 2018.
IND_RNN = "h[t] = relu(W @ x[t] + u * h[t-1] + b)"

LEARNED_START = """\
h[t] = tanh(W @ x[t] + U @ h[t-1] + b)
h[0] = h0
"""
