"""Long short-term memory in the letters of the book Deep Learning: U on x, W recurrent, s the state."""

TITLE = "LSTM (Goodfellow)"
FAMILY = "LSTM"
DESCRIPTION = (
    "The LSTM of the book Deep Learning, with a sigmoid on the candidate and the book's letters. "
    "Goodfellow, Bengio and Courville 2016, equations 10.40 to 10.44."
)
EQUATIONS = """\
f[t] = sigmoid(U_f @ x[t] + W_f @ h[t-1] + b_f)  # forget gate
g[t] = sigmoid(U_g @ x[t] + W_g @ h[t-1] + b_g)  # external input gate
a[t] = sigmoid(U @ x[t] + W @ h[t-1] + b)  # candidate
q[t] = sigmoid(U_o @ x[t] + W_o @ h[t-1] + b_o)  # output gate
s[t] = f[t] * s[t-1] + g[t] * a[t]  # state
h[t] = tanh(s[t]) * q[t]  # output of the cell
"""
