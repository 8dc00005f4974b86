"""What is done over and over leaves nothing behind: the short form of ``tools/repetitions.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.growth import LEAST, can_measure, repeat
from tests.leaks import Watch
from tests.ui.real_window import RealWindow
from tests.ui.soak.repetitions import Repetitions

pytestmark = pytest.mark.skipif(not can_measure(), reason="reads memory as Linux and glibc tell it")

MOST = 10.0
"""Kilobytes that a repetition may leave behind."""
QUICK = (
    "enter and leave a comparison",
    "let a panel float and dock it again",
    "open and close a dialog",
    "open and close the dialog of a file",
    "open and close the menu of a panel",
    "open and close the menu of a button",
    "intervene",
    "change the architecture",
)


@pytest.fixture(scope="module")
def repetitions(prepared_qapp: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repetitions]:
    folder = tmp_path_factory.mktemp("repetitions")
    desk = RealWindow(folder / "engine").begin()
    made = Repetitions(desk, folder)
    for number in range(len(desk.window.docks.all)):
        made.menu(number)  # a plot makes its menu when it is first asked for, and keeps it
    yield made
    desk.session.show_message("")
    desk.close()


def test_every_repetition_is_one_there_is(repetitions: Repetitions) -> None:
    assert set(QUICK) <= set(repetitions.deeds)


@pytest.mark.parametrize("name", QUICK)
def test_a_repetition_leaves_nothing_behind(repetitions: Repetitions, watch: Watch, name: str) -> None:
    def rest() -> None:
        repetitions.rest()
        watch.forget()

    deed = repetitions.deeds[name]
    for number in range(8):  # what is loaded and kept with the first of a kind
        deed(number)
    rest()
    found = repeat(deed, LEAST, before=rest)
    if found.kilobytes >= MOST or found.objects >= 12:  # what leaks does so again; what was loaded meanwhile does not
        found = repeat(deed, LEAST, before=rest)
    assert found.kilobytes < MOST
    assert found.objects < 12  # pytest keeps a few notes of what Qt says
    assert len(list(repetitions.desk.root.glob("**/*.segment"))) <= 5
