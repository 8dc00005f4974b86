"""The letters of Goodfellow, Bengio and Courville, Deep Learning (2016), section 10.10.

State s, external input gate g, forget gate f, output gate q; U acts on the input, W on what was before. The book has no
letter for the candidate, whose matrices have no index: a stands for it here.
"""

from rnnviz.ui.notation.base import Notation

NOTATION = Notation(
    "goodfellow",
    "Goodfellow",
    "As in Goodfellow, Bengio and Courville, section 10.10: state s, gates g, f, q; U on the input, W on the past",
    signals={"i": "g", "o": "q", "c": "s", "z": "u"},
    candidate="a",
    proposal="a",
    parameters={"input": "U_{}", "recurrent": "W_{}", "operand": "V_{}", "bias": "b_{}", "peephole": "p_{}"},
    subscripts={"q": "o", "a": ""},
)
