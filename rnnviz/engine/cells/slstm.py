"""The scalar LSTM of the xLSTM family, with its normaliser and its stabiliser."""

TITLE = "sLSTM"
FAMILY = "LSTM"
DESCRIPTION = (
    "An LSTM with an exponential input gate: n sums what was written, and m scales i and f so that the larger of them "
    "is 1 and nothing overflows. Beck et al. 2024 (xLSTM), equations 8 to 17, with the sigmoid forget gate; m starts "
    "at -inf, which keeps nothing at the first step."
)
EQUATIONS = """\
i_tilde[t] = W_i @ x[t] + U_i @ h[t-1] + b_i  # input gate before its exponential
f_tilde[t] = W_f @ x[t] + U_f @ h[t-1] + b_f  # forget gate before its sigmoid
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + b_o)  # output gate
m[t] = max(log_sigmoid(f_tilde[t]) + m[t-1], i_tilde[t])  # stabiliser
i[t] = exp(i_tilde[t] - m[t])  # input gate
f[t] = exp(log_sigmoid(f_tilde[t]) + m[t-1] - m[t])  # forget gate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
n[t] = f[t] * n[t-1] + i[t]  # normaliser
h[t] = o[t] * (c[t] / n[t])  # hidden state
m[0] = -inf
"""
LAYOUT = {  # as laid out by itself, then drawn together
    "x": (0, 12),
    "h[t-1]": (0, 8),
    "m[t-1]": (0, 4),
    "c[t-1]": (0, 0),
    "n[t-1]": (0, 21),
    "h[t-1],x": (7, 12),
    "i_tilde": (13, 18),
    "f_tilde": (13, 6),
    "g": (13, 12),
    "o": (13, 24),
    "m.2": (21, 11),
    "m.1": (27, 11),
    "m": (32, 11),
    "i.1": (38, 16),
    "i": (43, 16),
    "f.2": (32, 5),
    "f.1": (38, 7),
    "f": (43, 7),
    "c.1": (49, 7),
    "c.2": (50, 14),
    "c": (54, 14),
    "n.1": (48, 21),
    "n": (52, 21),
    "h.1": (58, 19),
    "h": (62, 19),
    "out:m": (59, 10),
    "out:c": (63, 14),
    "out:n": (63, 24),
    "out:h": (69, 19),
}
