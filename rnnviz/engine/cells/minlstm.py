"""Long short-term memory without anything of the past in its gates."""

TITLE = "minLSTM"
FAMILY = "LSTM"
DESCRIPTION = (
    "An LSTM whose gates and candidate see the input alone, the gates scaled to sum to 1. "
    "Feng et al. 2024, the plain version with a linear candidate, not that in logarithms."
)
EQUATIONS = """\
f[t] = sigmoid(W_f @ x[t] + b_f)  # forget gate
i[t] = sigmoid(W_i @ x[t] + b_i)  # input gate
g[t] = W_g @ x[t] + b_g  # candidate
f_prime[t] = f[t] / (f[t] + i[t])  # forget gate, scaled
i_prime[t] = i[t] / (f[t] + i[t])  # input gate, scaled
h[t] = f_prime[t] * h[t-1] + i_prime[t] * g[t]  # hidden state
"""
LAYOUT = {  # the state along the top
    "x": (0, 9),
    "h[t-1]": (0, 0),
    "f": (9, 3),
    "i": (9, 8),
    "g": (9, 13),
    "f_prime.1": (15, 6),
    "f_prime": (19, 6),
    "i_prime.1": (15, 11),
    "i_prime": (19, 11),
    "h.1": (27, 6),
    "h.2": (26, 11),
    "h": (30, 11),
    "out:h": (37, 11),
}
