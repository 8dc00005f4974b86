from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication, QImage

from rnnviz.ui.export import copy_figure
from tests.ui.export.pictures import elements
from tests.ui.export.samples import Sketch

COPY_AND_QUIT = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from rnnviz.ui.export import copy_figure
from tests.ui.export.samples import Sketch
application = QApplication([])
copy_figure(Sketch())
copy_figure(Sketch())
QTimer.singleShot(0, application.quit)
raise SystemExit(application.exec())
"""


@pytest.fixture(autouse=True)
def emptied_clipboard(qapp: object) -> Iterator[None]:
    yield
    QGuiApplication.clipboard().clear()


def test_a_copied_figure_is_an_image_and_an_svg() -> None:
    copy_figure(Sketch())
    mime = QGuiApplication.clipboard().mimeData()
    image = QGuiApplication.clipboard().image()
    assert isinstance(image, QImage)
    assert (image.width(), image.height()) == (2560, 1440)
    (text,) = elements(bytes(mime.data("image/svg+xml").data()), "text")
    assert text.text == "hidden state"


def test_a_program_that_copied_a_figure_ends_in_peace() -> None:
    done = subprocess.run([sys.executable, "-c", COPY_AND_QUIT], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
