"""Check the equations of a cell against one another: a name has one meaning, a step can be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnviz.engine.errors import CellError
from rnnviz.engine.language.build import Built, Use
from rnnviz.engine.language.expressions import Expr, Negate, Number, Parameter, SignalAt, StateBefore, walk
from rnnviz.engine.language.lines import Line
from rnnviz.engine.language.model import Equation


def check_assignments(lines: Sequence[Line]) -> None:
    """Refuse a signal, or the value before its first step, that is assigned twice."""
    seen: dict[tuple[str, bool], int] = {}
    for line in lines:
        first = seen.setdefault((line.name, line.initial), line.line)
        if first != line.line:
            what = f"{line.name}[{'0' if line.initial else 't'}]"
            message = f"{what} is assigned a second time; the first is in line {first}."
            raise CellError(message, line.line, line.column)


def check_names(uses: Sequence[Use], assigned: frozenset[str]) -> None:
    """Refuse a name with two meanings, and a signal that is read but never assigned."""
    seen: dict[str, Use] = {}
    for use in uses:
        if use.kind in ("matrix", "vector"):
            _check_parameter(use, assigned)
            first = seen.setdefault(use.name, use)
            if first.kind != use.kind:
                raise use.error(_two_meanings(use, first))
            if first.columns != use.columns:
                raise use.error(_two_sizes(use, first))
    for use in uses:
        if use.kind in ("now", "before"):
            _check_signal(use, assigned, seen)


def _check_parameter(use: Use, assigned: frozenset[str]) -> None:
    if use.name not in assigned:
        return
    if use.kind == "matrix":
        raise use.error(f"'{use.name}' is a signal, one value per unit: it cannot be the matrix left of '@'.")
    raise use.error(f"'{use.name}' is a signal: it is read as {use.name}[t] or {use.name}[t-1].")


def _two_meanings(use: Use, first: Use) -> str:
    words = {"matrix": "a matrix left of '@'", "vector": "a vector of units"}
    here, there = words[use.kind], words[first.kind]
    return f"'{use.name}' is {here} here but {there} in line {first.line}: it can be only one."


def _two_sizes(use: Use, first: Use) -> str:
    sizes = {"input": "the input", "output": "the output", "units": "the units", None: "nothing"}
    return (
        f"The matrix '{use.name}' is applied to a vector as long as {sizes[use.columns]} here "
        f"but to one as long as {sizes[first.columns]} in line {first.line}: it can be only one."
    )


def _check_signal(use: Use, assigned: frozenset[str], parameters: Mapping[str, Use]) -> None:
    if use.name in assigned:
        return
    written = f"{use.name}[{'t' if use.kind == 'now' else 't-1'}]"
    if use.name in parameters:
        line = parameters[use.name].line
        raise use.error(f"'{written}' is read as a signal, but '{use.name}' is a parameter in line {line}.")
    if use.name == "y" and use.kind == "now":
        raise use.error("'y[t]' is the output of this very step: a cell can read only that before, y[t-1].")
    if use.name != "y":
        raise use.error(f"'{written}' is read but '{use.name}' is never assigned.")


def initial_values(
    lines: Sequence[Line], built: Mapping[str, Built], uses: Sequence[Use], assigned: frozenset[str]
) -> dict[str, Expr]:
    """Return what each ``s[0] = ...`` sets: a Number, or a Parameter that is learned.

    Parameters
    ----------
    lines : sequence of Line
        Those that set a value before the first step.
    built : mapping from signal to Built
        Their right sides.
    uses : sequence of Use
        The names that the equations read.
    assigned : frozenset of str
        The signals that the equations assign.
    """
    read_before = {use.name for use in uses if use.kind == "before"} & assigned
    taken = {use.name: f"also stands in line {use.line}" for use in uses}
    initial: dict[str, Expr] = {}
    for line in lines:
        if line.name not in read_before:
            missing = "[t-1] is never read" if line.name in assigned else "[t] is never assigned"
            message = f"{line.name}[0] is set, but {line.name}{missing}."
            raise CellError(message, line.line, line.column)
        value = _folded(built[line.name].expression)
        if value is None:
            message = f"{line.name}[0] can be a number or the name of a learned vector, such as {line.name}0."
            raise CellError(message, line.right_line, line.right_column)
        for use in built[line.name].uses:
            if use.name in taken:
                raise use.error(f"'{use.name}' is a value before the first step here, but {taken[use.name]}.")
            taken[use.name] = f"already is one in line {use.line}"
        initial[line.name] = value
    return initial


def _folded(expr: Expr) -> Expr | None:
    match expr:
        case Number() | Parameter():
            return expr
        case Negate(operand=Number(value=value)):
            return Number(-value)
        case _:
            return None


def states(equations: Sequence[Equation]) -> tuple[str, ...]:
    """Return the signals that are read at [t-1], in the order in which the equations assign them."""
    read = {node.name for equation in equations for node in walk(equation.expression) if isinstance(node, StateBefore)}
    return tuple(equation.signal for equation in equations if equation.signal in read)


def evaluation_order(equations: Sequence[Equation]) -> tuple[str, ...]:
    """Return the signals so that each comes after those of the same step that it reads, else as written.

    Raises
    ------
    CellError
        When signals need one another within a step; the cycle is named.
    """
    by_name = {equation.signal: equation for equation in equations}
    needs = {
        name: [node.name for node in walk(equation.expression) if isinstance(node, SignalAt)]
        for name, equation in by_name.items()
    }
    order: list[str] = []

    def visit(name: str, path: list[str]) -> None:
        if name in order:
            return
        if name in path:
            chain = " needs ".join(f"{part}[t]" for part in [*path[path.index(name) :], name])
            raise CellError(f"Within one step {chain}: a cycle.", by_name[name].line, by_name[name].column)
        for needed in needs[name]:
            visit(needed, [*path, name])
        order.append(name)

    for name in by_name:
        visit(name, [])
    return tuple(order)
