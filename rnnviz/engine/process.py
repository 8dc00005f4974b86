"""The engine process: it takes commands from a connection and sends events back until the connection closes."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Client
from pathlib import Path
from queue import SimpleQueue

import msgspec

from rnnviz.engine import wire
from rnnviz.engine.agenda import Handler, explain
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.messages import AnyCommand, Failed, Shutdown, decode_command, encode
from rnnviz.engine.slots import Factory, Slots

GRACE = 1.0
"""Seconds that the work under way is given to end after the window is gone."""

Inbox = SimpleQueue[AnyCommand | Failed | None]


def main(argv: Sequence[str]) -> int:
    """Run the engine at the other end of a connection.

    Parameters
    ----------
    argv : sequence of str
        The address of the connection, last. Its key, the folder for segment files and the file for the traceback of a
        crash come through the environment (see ``wire``).

    Returns
    -------
    int
        The exit status 2 when there is no window to connect to. Otherwise the process ends here, with the status 0, or
        3 when the engine cannot start.
    """
    return run(argv, _engine)


def run(argv: Sequence[str], factory: Factory) -> int:
    """Run whatever engine the factory makes in the folder for segment files; otherwise like ``main``."""
    key, directory = os.environ.pop(wire.KEY, ""), os.environ.pop(wire.DIRECTORY, "")
    _report_crashes_to(os.environ.pop(wire.LOG, ""))
    if not argv or not key:
        sys.stderr.write("rnnviz: the engine process is started by the window, not by hand\n")
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is for the window, which then ends us
    _die_before_the_window()
    status = 0
    try:
        with Client(argv[-1], authkey=bytes.fromhex(key)) as connection:
            status = _serve(connection, factory, Path(directory) if directory else None)
    except (EOFError, ConnectionError):
        pass  # the window is gone
    sys.stdout.flush()
    sys.stderr.flush()
    # Python would take half a second to take torch down in order, and nothing is left to be saved.
    os._exit(status)


def _engine(directory: Path | None) -> Handler:
    import torch

    from rnnviz.engine.service import Engine

    # One core is left to the window: with all of them its slowest frames take nearly twice as long during training.
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
    return Engine(directory)


def _report_crashes_to(path: str) -> None:
    if path:
        faulthandler.enable(Path(path).open("a", encoding="utf-8"))  # noqa: SIM115 - open as long as the process lives


def _die_before_the_window() -> None:
    """Let Linux end this process, not the window, when memory runs out."""
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        try:
            score.write_text("500")
        except OSError:
            pass  # the kernel may refuse; it then chooses by size, which is most often the same


def _serve(connection: wire.Channel, factory: Factory, directory: Path | None) -> int:
    inbox: Inbox = SimpleQueue()
    threading.Thread(target=_read, args=(connection, inbox), name="engine reader", daemon=True).start()
    try:
        engine = factory(directory)
    except Exception as error:  # noqa: BLE001 - whatever it is, the window must hear of it
        report = "".join(traceback.format_exception(error))
        connection.send_bytes(encode(Failed(0, "engine", explain(error, "Starting the engine"), report)))
        return wire.CANNOT_START
    connection.send_bytes(encode(wire.ready()))
    _work(connection, inbox, Slots(engine, factory, directory))
    return 0


def _read(connection: wire.Channel, inbox: Inbox) -> None:
    while True:
        try:
            data = connection.recv_bytes()
        except (EOFError, OSError):
            break
        inbox.put(_decode(data))
    inbox.put(None)
    # Where the main thread does not come back to its inbox, the process must not outlive its window.
    time.sleep(GRACE)
    os._exit(0)


def _decode(data: bytes) -> AnyCommand | Failed:
    try:
        return decode_command(data)
    except (msgspec.MsgspecError, RnnvizError) as error:
        return Failed(0, "engine", f"The engine refuses a command: {error}")


def _work(connection: wire.Channel, inbox: Inbox, slots: Slots) -> None:
    received = told = 0
    while True:
        if slots.idle and inbox.empty() and told < received:
            told = received
            connection.send_bytes(wire.encode_count(told))
        if slots.idle or not inbox.empty():
            message = inbox.get()
            received += 1
            if message is None or isinstance(message, Shutdown):
                slots.close()
                return
            if isinstance(message, Failed):
                connection.send_bytes(encode(msgspec.structs.replace(message, ticket=slots.newest)))
            else:
                slots.put(message)
            continue
        event = slots.step()
        if event is not None:
            connection.send_bytes(encode(event))
