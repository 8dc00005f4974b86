"""pyqtgraph is imported without making every class of Qt, and has them all the same."""

from __future__ import annotations

import subprocess
import sys

import pyqtgraph as pg
import PySide6.QtCore
import PySide6.QtGui
import PySide6.QtWidgets
import pytest

_MODULES = [PySide6.QtCore, PySide6.QtGui, PySide6.QtWidgets]


def _told(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_window_is_imported_without_making_classes_that_nobody_asked_for() -> None:
    told = _told(
        "import rnnviz.ui.app, rnnviz.ui.window, PySide6.QtWidgets as w\n"
        "print('QCalendarWidget' in vars(w), 'QWizard' in vars(w), 'QMainWindow' in vars(w))"
    )
    assert told == "False False True"


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: module.__name__)
def test_every_name_of_qt_is_in_pyqtgraph_and_is_the_same_there(module: object) -> None:
    name = module.__name__.removeprefix("PySide6.")  # type: ignore[attr-defined]
    told = _told(
        f"import rnnviz.ui.quick_pyqtgraph, pyqtgraph.Qt, PySide6.{name} as theirs\n"
        f"ours = pyqtgraph.Qt.{name}\n"
        "names = [n for n in dir(theirs) if not n.startswith('__')]\n"
        "print(len(names) > 100, [n for n in names if getattr(ours, n) is not getattr(theirs, n)],"
        " set(names) <= set(dir(ours)))"
    )
    assert told == "True [] True"


def test_a_name_that_qt_does_not_have_is_missed_as_in_any_module() -> None:
    told = _told(
        "import rnnviz.ui.quick_pyqtgraph, pyqtgraph.Qt\n"
        "print(hasattr(pyqtgraph.Qt.QtWidgets, 'QNothing'), hasattr(pyqtgraph.Qt.QtWidgets, 'QLabel'))"
    )
    assert told == "False True"


def test_what_pyqtgraph_adds_to_qt_stays_out_of_qt() -> None:
    assert hasattr(pg.QtWidgets, "QOpenGLWidget")
    assert not hasattr(PySide6.QtWidgets, "QOpenGLWidget")
