"""The whole application in restless use: the short form of ``tools/soak.py``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning

from tests.growth import can_measure
from tests.ui.soak.log import Deed, read_log
from tests.ui.soak.restless import OPEN, PRESS, REQUEST, USE, Restless

DEEDS = int(os.environ.get("RNNVIZ_SOAK", "100"))
AGAIN = [Deed(4, OPEN, "message-lstm.rnnviz"), Deed(7, REQUEST, "step"), Deed(9, REQUEST, "pick")]

pytestmark = pytest.mark.skipif(not can_measure(), reason="reads memory as Linux and glibc tell it")


@pytest.fixture
def restless(prepared_qapp: object, tmp_path: Path) -> Iterator[Restless]:
    restless = Restless(tmp_path, seed=3, log=tmp_path / "log")
    yield restless
    restless.close()


def test_a_restless_user_meets_no_fault_and_ends_with_the_numbers_of_a_fresh_session(restless: Restless) -> None:
    restless.live(DEEDS, every=DEEDS // 4)
    assert len(restless.memory) == 4
    with pytest.raises(ValueError, match="there are 4 measures of memory, but no fewer than"):
        restless.grows()  # too few to tell, which is not to be taken for none
    assert len(restless.used) > DEEDS / 5
    assert set(restless.done) > {USE, PRESS}
    assert read_log(restless.folder / "log") == (3, restless.log.deeds)

    places = [_place_after(restless, AGAIN) for _ in range(2)]
    assert places[0] == places[1]
    assert restless.log.deeds[-3:] == AGAIN

    restless.rest()
    restless.compare()
    assert restless.end() == []


def test_a_fault_ends_the_restless_use_and_is_told(restless: Restless) -> None:
    def planted() -> None:
        qWarning("this is a fault")

    restless.requests.deeds = {planted: 1}
    with pytest.raises(AssertionError, match="at deed 0\trequest\tplanted: Qt said: this is a fault"):
        restless.repeat([Deed(0, REQUEST, "planted")])
    assert restless.end() == ["Qt said: this is a fault"]


def _place_after(restless: Restless, deeds: list[Deed]) -> tuple[object, ...]:
    restless.repeat(deeds)
    view = restless.desk.settle()
    return view.position, view.units, view.layer, view.document
