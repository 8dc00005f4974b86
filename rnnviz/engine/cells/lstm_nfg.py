"""The LSTM without a forget gate."""

TITLE = "LSTM (no forget gate)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes whose forget gate is always open, as in 1997: the cell state is only added to. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NFG.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = c[t-1] + i[t] * g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o)  # output gate
h[t] = o[t] * tanh(c[t])  # hidden state
"""
