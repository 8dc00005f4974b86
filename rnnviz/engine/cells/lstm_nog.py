"""The LSTM without an output gate."""

TITLE = "LSTM (no output gate)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes whose output gate is always open: the cell state is shown whole. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NOG.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + p_f * c[t-1] + b_f)  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
h[t] = tanh(c[t])  # hidden state
"""
