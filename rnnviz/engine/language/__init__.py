"""The language in which a cell is written: parse, check, infer, typeset, wire and evaluate.

Only the standard library is needed, so that the window reads and typesets cells without the engine.
"""

from __future__ import annotations

from rnnviz.engine.language.expressions import (
    ACTIVATIONS,
    FUNCTIONS,
    Binary,
    Call,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
)
from rnnviz.engine.language.model import Cell, Equation, ParameterInfo, SignalInfo
from rnnviz.engine.language.parse import parse_cell

__all__ = [
    "ACTIVATIONS",
    "FUNCTIONS",
    "Binary",
    "Call",
    "Cell",
    "Equation",
    "Expr",
    "InputAt",
    "MatrixProduct",
    "Negate",
    "Number",
    "OutputBefore",
    "Parameter",
    "ParameterInfo",
    "Power",
    "SignalAt",
    "SignalInfo",
    "StateBefore",
    "parse_cell",
]
