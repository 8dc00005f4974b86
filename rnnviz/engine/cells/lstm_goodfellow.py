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
LAYOUT = {  # the conveyor of s along the top
    "s[t-1]": (0, 0),
    "h[t-1]": (0, 15),
    "x": (0, 18),
    "h[t-1],x": (7, 15),
    "f": (14, 10),
    "g": (22, 10),
    "a": (30, 10),
    "q": (38, 10),
    "s.1": (14, 0),
    "s.2": (30, 4),
    "s": (30, 0),
    "h.1": (46, 4),
    "h": (46, 10),
    "out:s": (54, 0),
    "out:h": (54, 10),
}
