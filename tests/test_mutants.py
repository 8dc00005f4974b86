"""The faults of ``tools/mutants.py`` are there to be planted, and some of them are, in quick tests."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rnnviz.ui.panel import panel_classes
from tools.mutants import FAULTS, ROOT, Fault, main, misfit, read_faults, try_faults, unknown_test

ROOMS = {
    "rnnviz/engine/cells/",
    "rnnviz/engine/language/",
    "rnnviz/engine/formats/",
    "rnnviz/engine/sequence/",
    "rnnviz/engine/",
    "rnnviz/ui/panels/",
    "rnnviz/ui/plots/",
    "rnnviz/ui/export/",
    "rnnviz/ui/",
    "rnnviz/",
}
"""Where there is at least one fault."""
QUICK = 3
"""How many faults are really planted here."""

faults = read_faults(ROOT)


@pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.what)
def test_every_fault_can_be_planted_and_names_tests_that_there_are(fault: Fault) -> None:
    assert misfit(fault, ROOT) == ""
    assert unknown_test(fault, ROOT) == ""
    assert fault.what.endswith(".")


def test_faults_are_many_and_everywhere() -> None:
    assert len(faults) >= 60
    assert len({(fault.file, fault.old, fault.new) for fault in faults}) == len({fault.what for fault in faults})
    assert len({fault.what for fault in faults}) == len(faults)
    assert {room for room in ROOMS if any(fault.file.startswith(room) for fault in faults)} == ROOMS
    spoiled = {fault.file for fault in faults}
    assert [panel.name for panel in panel_classes() if f"rnnviz/ui/panels/{panel.name}.py" not in spoiled] == []


def test_some_faults_that_are_planted_are_noticed() -> None:
    chosen = random.Random(1).sample([fault for fault in faults if fault.quick], QUICK)
    outcomes = try_faults(chosen, ROOT, 2)
    assert [str(outcome) for outcome in outcomes if not outcome.noticed] == []


# the tool itself, on a program of one line


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text("def twice(x):\n    return 2 * x  # twice\n")
    (tmp_path / "test_program.py").write_text(
        "from program import twice\n\ndef test_twice():\n    assert twice(2) == 4\n"
    )
    (tmp_path / FAULTS).mkdir(parents=True)
    return tmp_path


def give(tree: Path, old: str, new: str, test: str = "test_program.py::test_twice") -> None:
    """Add a fault to the list of the small program."""
    with (tree / FAULTS / "all.toml").open("a") as file:
        file.write(
            f'[[fault]]\nwhat = "It has {new}."\nfile = "program.py"\nold = "{old}"\nnew = "{new}"\n'
            f'tests = ["{test}"]\n'
        )


def test_a_fault_that_no_test_notices_is_reported(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (tree / "program.py").read_bytes()
    give(tree, "2 * x", "3 * x")
    give(tree, "2 * x", "x ** 2")
    assert main(["--jobs", "2"], tree) == 1
    noticed, survived, last = capsys.readouterr().out.splitlines()
    assert noticed.startswith("noticed")
    assert noticed.endswith("program.py: It has 3 * x.")
    assert survived.startswith("SURVIVED")
    assert survived.endswith("program.py: It has x ** 2.")
    assert last == "1 of 2 faults noticed, 1 not"
    assert (tree / "program.py").read_bytes() == before
    assert main(["--only", "3 * x", "--jobs", "1"], tree) == 0


def test_a_fault_of_the_length_of_what_was_there_is_not_taken_for_it(tree: Path) -> None:
    for factor in "34":
        give(tree, "2 * x", f"{factor} * x")
    assert main(["--jobs", "1", "--hurry"], tree) == 0


@pytest.mark.parametrize(
    ("old", "new", "test", "words"),
    [
        ("4 * x", "3 * x", "test_program.py", "is found 0 times in program.py, and has to be found once"),
        ("twice", "thrice", "test_program.py", "is found 2 times in program.py, and has to be found once"),
        ("2 * x", "2 * x", "test_program.py", "it changes nothing in program.py"),
        ("2 * x", "2 *", "test_program.py", "program.py is no Python with it"),
        ("2 * x", "3 * x", "test_other.py", "There is no test_other.py"),
        ("2 * x", "3 * x", "test_program.py::test_thrice", "There is no test_program.py::test_thrice"),
    ],
)
def test_a_list_that_has_rotted_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, test: str, words: str
) -> None:
    give(tree, old, new, test)
    assert main(["--check"], tree) == 1
    assert words in capsys.readouterr().out


def test_tests_that_fail_without_any_fault_notice_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(tree, "2 * x", "3 * x")
    (tree / "program.py").write_text("def twice(x):\n    return 2 * x + 1\n")
    assert main([], tree) == 1
    assert "without any fault the tests end with status 1" in capsys.readouterr().out


def test_tests_that_cannot_be_run_are_an_error_and_no_notice(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(tree, "2 * x", "3 * x", "test_program.py::test_twice[4]")
    assert main(["--hurry"], tree) == 1
    out = capsys.readouterr().out
    assert out.startswith("ERROR")
    assert "its tests ended with status 4" in out
