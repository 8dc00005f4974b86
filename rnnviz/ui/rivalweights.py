"""The parameters of several networks, asked for one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rnnviz.ui.contenders import Rival

if TYPE_CHECKING:
    from rnnviz.ui.session import Session


def gather_weights(
    rivals: Sequence[Rival],
    session_of: Callable[[Rival], Session | None],
    callback: Callable[[tuple[bytes | None, ...]], None],
    found: tuple[bytes | None, ...] = (),
) -> None:
    """Ask for the parameters of networks, in order, and hand on all of them.

    Parameters
    ----------
    rivals : sequence of Rival
    session_of : callable
        Gives the session that is to be asked when it is the turn of a network; None where its document says them.
    callback : callable
        Is given them all.
    found : tuple of bytes or None
        Those of the networks before the first.
    """
    for place, rival in enumerate(rivals):
        session = session_of(rival)
        if session is not None:
            session.request_weights(partial(_go_on, rivals[place + 1 :], session_of, callback, found))
            return
        found = (*found, rival.document.weights)
    callback(found)


def _go_on(
    left: Sequence[Rival],
    session_of: Callable[[Rival], Session | None],
    callback: Callable[[tuple[bytes | None, ...]], None],
    found: tuple[bytes | None, ...],
    weights: bytes | None,
) -> None:
    gather_weights(left, session_of, callback, (*found, weights))
