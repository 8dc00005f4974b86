"""Put a cell that was typed or opened into the network: where it goes, and what follows from it."""

from __future__ import annotations

from functools import cache

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.heading import headed, heading
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.session import Session
from rnnviz.ui.situation import with_cell

EVERYWHERE = "celleditor.where"
"""The option that says which layers a cell is put into: "all", or "layer" for the one that is picked."""


@cache
def _shipped() -> dict[str, tuple[str, str]]:
    """The name and title of each shipped cell by its equations."""
    return {cells.get(name).text.strip(): (name, cells.get(name).title) for name in cells.names()}


def shipped_name(text: str) -> str:
    """Return the name of the shipped cell that a text is; empty where it is another."""
    about = heading(text)
    name, title = _shipped().get(about.body, ("", ""))
    return name if about.title in ("", title) else ""


def named(text: str) -> str:
    """Return the name of the shipped cell that a text is, or the text."""
    return shipped_name(text) or text.strip()


def text_of(cell: str) -> str:
    """Return the equations of a cell of a specification, which names a shipped one or is the text of another."""
    return cell if "=" in cell else cells.get(cell).text


def with_heading(text: str) -> str:
    """Return the text of a cell as a file keeps it: a shipped one with its title and description above."""
    name = shipped_name(text)
    if not name:
        return text
    found = cells.get(name)
    return headed(found.title, found.description, found.text)


def with_cell_at(spec: NetworkSpec, cell: str, place: tuple[int, Direction] | None) -> NetworkSpec:
    """Return a network with a cell at one layer and direction, or with that cell everywhere.

    Parameters
    ----------
    spec : NetworkSpec
    cell : str
        The name of a shipped cell, or equations.
    place : tuple of int and Direction, or None
        None: everywhere.

    Raises
    ------
    RnnvizError
        When there can be no such network.
    """
    wanted: str | tuple[str | tuple[str, str], ...] = cell
    if place is not None:
        texts = [
            [cell if (layer, way) == place else spec.cell_of(layer, way) for way in spec.directions]
            for layer in range(spec.num_layers)
        ]
        if any(text != cell for row in texts for text in row):
            wanted = tuple((row[0], row[1]) if len(row) == 2 and row[0] != row[1] else row[0] for row in texts)
    return spec.replace(**with_cell(spec, {"cell": wanted}))


def use_cell(session: Session, text: str, gesture: int = 0) -> str:
    """Put a cell into the picked layer, or into all of them, as the option says.

    Parameters
    ----------
    session : Session
    text : str
        Equations.
    gesture : int
        What is typed in one go becomes one step of undo.

    Returns
    -------
    str
        Why that cannot be, in a sentence; empty where it is done.
    """
    view = session.view
    document = session.opening.document if session.opening is not None else view.document
    if document is None:
        return "A cell is put into a network: open a session first."
    everywhere = view.options.get(EVERYWHERE, "layer") == "all"
    try:
        spec = with_cell_at(document.spec, named(text), None if everywhere else (view.layer, view.direction))
    except RnnvizError as error:
        return str(error)
    session.set_spec(spec, gesture)
    return ""
