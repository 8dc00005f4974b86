"""What the two ends of the connection between window and engine process agree on, beside the messages."""

from __future__ import annotations

import sys
from typing import Protocol

import msgspec

from rnnviz.engine.messages import AnyEvent, Ready

KEY = "RNNVIZ_ENGINE_KEY"
"""Environment variable with the key of the connection, in hexadecimal digits; taken out when read."""

DIRECTORY = "RNNVIZ_ENGINE_DIRECTORY"
"""Environment variable with the folder for segment files; without it records stay in memory."""

LOG = "RNNVIZ_ENGINE_LOG"
"""Environment variable with the file to which the traceback of a crash is written."""

CANNOT_START = 3
"""Exit status of an engine that said why it cannot start; starting it again would not help."""

_ANSWERS: msgspec.msgpack.Decoder[AnyEvent | int] = msgspec.msgpack.Decoder(AnyEvent | int)


class Channel(Protocol):
    """A connection of ``multiprocessing``, which is of another class on Windows."""

    def send_bytes(self, buf: bytes, /) -> None:
        """Send one message."""
        ...

    def recv_bytes(self) -> bytes:
        """Wait for one message."""
        ...


def encode_count(count: int) -> bytes:
    """Tell that the engine has dealt with so many commands and has nothing left to do, as bytes."""
    return msgspec.msgpack.encode(count)


def decode_answer(data: bytes) -> AnyEvent | int:
    """Decode what the engine sent: an event, or the number of commands that it has dealt with.

    Raises
    ------
    msgspec.MsgspecError
        When the bytes are neither.
    RnnvizError
        When they hold a network or a cell that is refused.
    """
    return _ANSWERS.decode(data)


def ready() -> Ready:
    """The greeting of an engine that takes commands, with the versions of what it computes with."""
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in ("torch", "numpy"):
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            versions[name] = str(version)
    return Ready(0, versions)
