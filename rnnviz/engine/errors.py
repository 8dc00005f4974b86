"""The errors that rnnviz raises on purpose: one sentence each, naming the cause and the place."""

from __future__ import annotations


class RnnvizError(Exception):
    """Base of every error whose message is fit to be shown to the user as it stands."""


class CellError(RnnvizError):
    """The text of a cell cannot be accepted.

    Parameters
    ----------
    message : str
        One sentence that names the cause.
    line, column : int
        The place in the text, both counted from 1.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.reason = message
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[type[CellError], tuple[str, int, int]]:
        return type(self), (self.reason, self.line, self.column)


class SpecError(RnnvizError):
    """A network specification asks for something that cannot be built."""


class UnknownNameError(SpecError, KeyError):
    """A signal, state or parameter was asked for that there is not."""

    def __str__(self) -> str:
        return str(self.args[0])


class SequenceError(RnnvizError):
    """A text, signal, table or image cannot be turned into a sequence."""


class ObjectiveError(RnnvizError):
    """A gradient was asked for where there is neither a loss nor a probe to differentiate."""


class SessionFileError(RnnvizError):
    """A session or trace file cannot be read or written; what was open stays as it was."""


class FormatError(RnnvizError):
    """A foreign model cannot be taken over."""


class EngineError(RnnvizError):
    """The engine process failed, hung or died."""
