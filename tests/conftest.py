"""The ground every test stands on: no display, no settings of the user, nothing left behind."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from tests.leaks import Before, Watch
from tests.strict import make_strict

# Before numpy or torch load: sums of several threads differ in the last bit from run to run.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ["QT_API"] = "pyside6"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

# A background job of a shell ignores this signal, and so would whatever it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis_settings.register_profile("rnnviz", derandomize=True, deadline=None, database=None)
hypothesis_settings.load_profile("rnnviz")

_failed = pytest.StashKey[bool]()
_LONGEST = {
    *("test_every_panel.py", "test_wheel.py", "test_benchmarks.py"),
    *("test_endurance.py", "test_repetitions.py", "test_lost_engine.py"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--headed``: windows on the real screen instead of the offscreen platform."""
    parser.addoption("--headed", action="store_true", help="show the windows on the screen while tests run")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the platform before anything of Qt is created."""
    if config.getoption("--headed"):
        os.environ.pop("QT_QPA_PLATFORM", None)
    else:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one of them at the end.

    In all of them ``all`` of nothing is a failure.
    """
    for module in {item.module for item in items if isinstance(item, pytest.Function)}:
        make_strict(module)
    items.sort(key=lambda item: item.path.name not in _LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure: its traceback keeps widgets alive that the test would have let go."""
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture(scope="session")
def watch() -> Watch:
    """Notes of every process, timer and thread that the tests start."""
    notes = Watch()
    notes.watch_processes()
    return notes


@pytest.fixture(scope="session")
def prepared_qapp(qapp: object, watch: Watch) -> object:
    """The one application of the test run, with the fonts that rnnviz ships."""
    watch.watch_qt()
    from rnnviz.ui.theme import load_fonts

    load_fonts()
    return qapp


@pytest.fixture(autouse=True, scope="module")
def nothing_old_to_collect() -> None:
    """Keep what modules before this one have loaded from the garbage collector: else it takes a third of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest, watch: Watch) -> Iterator[None]:
    """Fail a test whose widgets, timers, threads or processes outlive it; end the processes of one that fails."""
    uses_qt = "qapp" in request.fixturenames
    if uses_qt:
        request.getfixturevalue("prepared_qapp")
    before = Before(watch, qt=uses_qt)
    yield
    if request.node.stash.get(_failed, False):
        before.end_processes()
        return
    found = before.left_behind()
    if found:
        pytest.fail("left behind by the test: " + "; ".join(found), pytrace=False)


@pytest.fixture(autouse=True)
def own_settings(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Give every test that uses Qt, and the processes it starts, empty settings of its own."""
    if "qapp" not in request.fixturenames and "PySide6.QtCore" not in sys.modules:
        return
    from PySide6.QtCore import QSettings

    folder = str(tmp_path_factory.mktemp("settings"))
    monkeypatch.setenv("XDG_CONFIG_HOME", folder)
    for kind in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True, scope="session")
def no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings, caches and data of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))
        yield


@pytest.fixture(autouse=True)
def same_arithmetic_every_time() -> None:
    """Give tests that use torch one thread and one seed; torch is not loaded for the others."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        torch.manual_seed(0)
