"""Read a cell from its equations.

The text is cut into tokens and lines; each right side is parsed with ``ast`` against a whitelist and never
run: what a stranger wrote is therefore safe to open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnviz.engine.errors import CellError
from rnnviz.engine.language import check, infer
from rnnviz.engine.language.build import build
from rnnviz.engine.language.expressions import Call, Expr, OutputBefore, walk
from rnnviz.engine.language.lines import split
from rnnviz.engine.language.model import Cell, Equation
from rnnviz.engine.language.ranges import ranges


def parse_cell(text: str, name: str = "cell", title: str = "", description: str = "") -> Cell:
    """Return the cell that `text` describes.

    Parameters
    ----------
    text : str
        Equations such as ``h[t] = tanh(W @ x[t] + U @ h[t-1] + b)  # state``, one a line, in any order.
    name, title, description : str
        Carried over into the cell; without a title the name is the title.

    Raises
    ------
    CellError
        When the text is not a cell; it carries line and column of the culprit, counted from 1.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return _read(text, name, title or name, description)
    except (RecursionError, MemoryError) as error:
        raise CellError(f"The cell is too involved to be read ({type(error).__name__}).") from None


def _read(text: str, name: str, title: str, description: str) -> Cell:
    lines = split(text)
    check.check_assignments(lines)
    steps = [line for line in lines if not line.initial]
    starts = [line for line in lines if line.initial]
    if not steps:
        raise CellError("A cell needs at least one equation for a step, such as h[t] = ...", lines[0].line)
    assigned = frozenset(line.name for line in steps)
    built = {line.name: build(line, assigned) for line in steps}
    built_starts = {line.name: build(line, assigned) for line in starts}
    uses = [use for part in built.values() for use in part.uses]
    check.check_names([*uses, *(use for part in built_starts.values() for use in part.uses)], assigned)
    initial = check.initial_values(starts, built_starts, uses, assigned)
    equations = tuple(
        Equation(line.name, built[line.name].expression, line.label, line.line, line.column, line.text)
        for line in steps
    )
    arguments = {signal: part.argument for signal, part in built.items()}
    return _assemble((name, title, text, description), equations, initial, arguments)


def _assemble(
    names: tuple[str, str, str, str],
    equations: tuple[Equation, ...],
    initial: Mapping[str, Expr],
    arguments: Mapping[str, str],
) -> Cell:
    name, title, text, description = names
    nodes = [node for equation in equations for node in walk(equation.expression)]
    order = check.evaluation_order(equations)
    states = check.states(equations)
    output = _output(equations, states)
    bounds = ranges({equation.signal: equation for equation in equations}, order, states, initial)
    uses_output = any(isinstance(node, OutputBefore) for node in nodes)
    return Cell(
        name=name,
        title=title,
        text=text,
        description=description,
        equations=equations,
        order=order,
        signals=infer.signals(equations, order, states, output, bounds, arguments),
        states=states,
        output=output,
        parameters=infer.parameters(equations, initial),
        initial=initial,
        uses_activation=any(isinstance(node, Call) and node.function == "phi" for node in nodes),
        uses_output=uses_output,
        recurrent=bool(states) or uses_output,
    )


def _output(equations: Sequence[Equation], states: Sequence[str]) -> str:
    if any(equation.signal == "h" for equation in equations):
        return "h"
    return states[-1] if states else equations[-1].signal
