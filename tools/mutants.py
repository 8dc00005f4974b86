"""Plant faults into copies of the program, one by one, and report those that no test notices.

    .venv/bin/python tools/mutants.py                 # all; ends with status 1 if one survives
    .venv/bin/python tools/mutants.py --only inspector
    .venv/bin/python tools/mutants.py --check         # plants none: does every fault still apply?

The faults stand in ``tools/faults/*.toml``. Each names a file, a text in it and what a slip would make of it, what that
does in a sentence, and the tests that have to notice it. A text that is not there, or there twice, is an error, and so
is a test that fails without any fault: the list says something about the program as it is, or nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

import msgspec

ROOT = Path(__file__).resolve().parents[1]
FAULTS = Path("tools") / "faults"
LONGEST = 600.0
"""Seconds after which the tests of one fault are ended."""
NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".venv", ".*_cache", ".import_linter_cache", ".hypothesis", "build", "dist", "figures", "screenshots")
)
_PASSED, _FAILED = 0, 1


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slip that a developer could make.

    Parameters
    ----------
    what : str
        What the program does with it, in a sentence.
    file : str
        Where it is, below the root of the tree.
    old, new : str
        What stands there once, and what is put in its place.
    tests : tuple of str
        The tests that notice it, as pytest names them: a file, ``tests/test_cli.py::test_it``, or with its parameters.
    quick : bool
        Whether these tests need neither Qt nor torch: some of these faults are planted in the tests.
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    quick: bool = False


class _List(msgspec.Struct, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a fault: noticed, or a word about why not."""

    fault: Fault
    noticed: bool
    seconds: float
    error: str = ""

    def __str__(self) -> str:
        """Say so in a line."""
        word = "ERROR" if self.error else "noticed" if self.noticed else "SURVIVED"
        return f"{word:8} {self.seconds:6.1f} s  {self.fault.file}: {self.fault.what}"


def read_faults(root: Path) -> tuple[Fault, ...]:
    """Return the faults of a tree, file by file.

    Raises
    ------
    ValueError
        When a file is not what it has to be; the sentence names it.
    """
    found: list[Fault] = []
    for path in sorted((root / FAULTS).glob("*.toml")):
        try:
            found.extend(msgspec.toml.decode(path.read_text("utf-8"), type=_List).fault)
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path.name}: {error}") from error
    return tuple(found)


def misfit(fault: Fault, root: Path) -> str:
    """Say in a sentence why a fault cannot be planted into a tree; empty where it can."""
    path = root / fault.file
    if not path.is_file():
        return f"there is no {fault.file}"
    text = path.read_text("utf-8")
    times = text.count(fault.old)
    if times != 1:
        return f"its text is found {times} times in {fault.file}, and has to be found once: {fault.old!r}"
    if fault.old == fault.new:
        return f"it changes nothing in {fault.file}: {fault.old!r}"
    if path.suffix == ".py":
        try:
            compile(text.replace(fault.old, fault.new), fault.file, "exec")
        except SyntaxError as error:
            return f"{fault.file} is no Python with it: {error}"
    return "" if fault.tests else "it names no test"


def unknown_test(fault: Fault, root: Path) -> str:
    """Return the first of its tests that there is not; empty where there are all."""
    for test in fault.tests:
        file, _, name = test.partition("[")[0].partition("::")
        path = root / file
        if not path.exists() or (name and not re.search(rf"^def {re.escape(name)}\(", path.read_text("utf-8"), re.M)):
            return test
    return ""


@contextmanager
def planted(fault: Fault, tree: Path) -> Iterator[None]:
    """Plant a fault into a tree, and take it out again."""
    path = tree / fault.file
    sound, times = path.read_bytes(), path.stat()
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()  # it would be taken for that of a fault of the same length and second
    path.write_text(sound.decode("utf-8").replace(fault.old, fault.new), "utf-8")
    try:
        yield
    finally:
        path.write_bytes(sound)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def run_tests(tests: Sequence[str], tree: Path, *more: str) -> tuple[int | None, str]:
    """Run tests of a tree.

    Returns
    -------
    status : int or None
        That of pytest; None where it had to be ended.
    told : str
        The end of what it wrote.
    """
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONFAULTHANDLER": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
    process = subprocess.Popen(
        [*command, *more, *tests],
        cwd=tree,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # with the engines that it started
        told, _ = process.communicate()
        return None, told[-2000:]
    return process.returncode, told[-2000:]


def try_fault(fault: Fault, tree: Path) -> Outcome:
    """Plant a fault into a tree and run its tests."""
    began = time.monotonic()
    with planted(fault, tree):
        status, told = run_tests(fault.tests, tree)
    error = "" if status in (_PASSED, _FAILED) else f"its tests ended with status {status}:\n{told}"
    return Outcome(fault, status == _FAILED, time.monotonic() - began, error)


def try_faults(
    faults: Sequence[Fault], root: Path, jobs: int, tell: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Plant faults into copies of a tree, as many at a time as there are copies.

    Parameters
    ----------
    faults : sequence of Fault
    root : Path
        The tree; it is only read.
    jobs : int
    tell : callable
        Told of every outcome, in the order of the faults.
    """
    trees: SimpleQueue[Path] = SimpleQueue()

    def one(fault: Fault) -> Outcome:
        tree = trees.get()
        try:
            return try_fault(fault, tree)
        finally:
            trees.put(tree)

    outcomes = []
    with TemporaryDirectory(prefix="rnnviz-mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        for number in range(jobs):
            trees.put(shutil.copytree(root, Path(folder) / str(number), ignore=NOT_COPIED))
        for outcome in pool.map(one, faults):
            tell(outcome)
            outcomes.append(outcome)
    return outcomes


def try_without(faults: Sequence[Fault], root: Path) -> str:
    """Run the tests of faults without any fault; return what they told where one fails, else nothing."""
    tests = sorted({test for fault in faults for test in fault.tests})
    with TemporaryDirectory(prefix="rnnviz-mutants-") as folder:
        tree = shutil.copytree(root, Path(folder) / "tree", ignore=NOT_COPIED)
        status, told = run_tests(tests, tree)
    return "" if status == _PASSED else f"without any fault the tests end with status {status}:\n{told}"


def _is_chosen(fault: Fault, words: Sequence[str]) -> bool:
    return any(word.lower() in f"{fault.file} {fault.what}".lower() for word in words)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Plant the faults that are asked for, and tell what became of them."""
    parser = argparse.ArgumentParser(description="Plant faults one by one and report those that no test notices.")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="those with a word in file or sentence")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (default: all cores)")
    parser.add_argument("--check", action="store_true", help="plant none, but see that each can be")
    parser.add_argument("--hurry", action="store_true", help="do not first run the tests without any fault")
    chosen = parser.parse_args(arguments)
    faults = [fault for fault in read_faults(root) if _is_chosen(fault, chosen.only)]
    misfits = [f"{fault.what} {why}" for fault in faults if (why := misfit(fault, root))]
    misfits += [f"{fault.what} There is no {test}" for fault in faults if (test := unknown_test(fault, root))]
    if misfits or not faults:
        print("\n".join(misfits) or "there is no such fault")
        return 1
    if chosen.check:
        print(f"{len(faults)} faults can be planted")
        return 0
    if not chosen.hurry and (fault_before := try_without(faults, root)):
        print(fault_before)
        return 1
    outcomes = try_faults(faults, root, chosen.jobs, lambda outcome: print(outcome, flush=True))
    for outcome in outcomes:
        if outcome.error:
            print(f"\n{outcome.fault.what} {outcome.error}")
    noticed = sum(outcome.noticed for outcome in outcomes)
    print(f"{noticed} of {len(outcomes)} faults noticed, {len(outcomes) - noticed} not")
    return 0 if noticed == len(outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
