"""The language in which a cell is written: parse, check, infer, typeset, wire and evaluate, with the standard library only."""

from __future__ import annotations

from rnnviz.engine.language.model import (
    ACTIVATIONS,
    FUNCTIONS,
    Binary,
    Call,
    Cell,
    Equation,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    OutputBefore,
    Parameter,
    ParameterInfo,
    Power,
    SignalAt,
    SignalInfo,
    StateBefore,
)
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
