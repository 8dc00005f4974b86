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
