from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter

from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.export import ExportError, save_data, save_figure
from rnnviz.ui.export.write import png_image
from tests.ui.export.pictures import elements, letters, pixels, streams
from tests.ui.export.samples import Sketch

pytestmark = pytest.mark.usefixtures("qapp")


def test_a_png_is_opaque_white_and_twice_the_size(tmp_path: Path) -> None:
    save_figure(Sketch(), tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    assert (image.width(), image.height()) == (2560, 1440)
    assert not image.hasAlphaChannel()
    assert image.pixelColor(5, 5) == Qt.GlobalColor.white
    assert image.dotsPerMeterX() == pytest.approx(2 * 96 / 0.0254, rel=1e-3)


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0, 3.0])
def test_cosmetic_lines_are_as_thick_on_every_scale(scale: float) -> None:
    column = pixels(png_image(Sketch(), scale))[:, round(900 * scale), 0]
    assert (255 - column).sum() / 255 / scale == pytest.approx(2, abs=0.01)


def test_an_svg_holds_text(tmp_path: Path) -> None:
    save_figure(Sketch(), tmp_path / "a.SVG")
    (text,) = elements((tmp_path / "a.SVG").read_bytes(), "text")
    assert text.text == "hidden state"


def test_a_pdf_is_one_slide_with_embedded_fonts_and_no_images(tmp_path: Path) -> None:
    save_figure(Sketch(), tmp_path / "a.pdf")
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 960.000000 540.000000]" in pdf
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/FontFile" in pdf
    assert b"/Subtype /Image" not in pdf
    page = b"\n".join(streams(pdf))
    assert b" Tf" in page
    assert b"Tj" in page or b"TJ" in page


def test_numbers_of_a_pdf_can_be_searched_for(tmp_path: Path) -> None:
    class Numbers(Sketch):
        def paint(self, painter: QPainter, rect: QRectF) -> None:
            font = QFont("Inter")
            font.setPixelSize(40)
            font.setFeature(QFont.Tag("tnum"), 1)  # tabular figures are glyphs of their own, as is a minus before one
            painter.setFont(font)
            painter.drawText(rect, "\u22120.659")

    save_figure(Numbers(), tmp_path / "a.pdf")
    assert letters((tmp_path / "a.pdf").read_bytes()) == set("\u22120.659")


def test_the_page_of_a_pdf_has_the_size_of_its_panel(tmp_path: Path) -> None:
    save_figure(Sketch(size=QSizeF(1280, 420)), tmp_path / "a.pdf")
    assert b"/MediaBox [0 0 960.000000 315.000000]" in (tmp_path / "a.pdf").read_bytes()


@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a.svg"])
def test_two_clips_without_a_common_point_hide_everything(tmp_path: Path, name: str) -> None:
    class Hidden(Sketch):
        def paint(self, painter: QPainter, rect: QRectF) -> None:
            painter.setClipRect(QRectF(0, 0, 100, 100))
            painter.setClipRect(QRectF(200, 200, 100, 100), Qt.ClipOperation.IntersectClip)
            super().paint(painter, rect)
            painter.drawImage(rect, QImage(str(_png(tmp_path))))

    class Nothing(Sketch):
        def paint(self, painter: QPainter, rect: QRectF) -> None:
            pass

    for figure, folder in ((Hidden(), tmp_path / "hidden"), (Nothing(), tmp_path / "nothing")):
        folder.mkdir()
        save_figure(figure, folder / name)
    one, two = ((tmp_path / folder / name).read_bytes() for folder in ("hidden", "nothing"))
    if name == "a.pdf":
        page = b"".join(streams(one))
        assert not any(drawn in page for drawn in (b" Do", b"\nS\n", b"Tj"))
    else:
        assert one == two


def test_an_unknown_suffix_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"a\.gif: figures are written as \.png, \.svg or \.pdf$"):
        save_figure(Sketch(), tmp_path / "a.gif")
    assert issubclass(ExportError, RnnvizError)
    assert list(tmp_path.iterdir()) == []


def test_an_image_of_absurd_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="1280000 x 720000 pixels"):
        save_figure(Sketch(), tmp_path / "a.png", scale=1000)
    with pytest.raises(ExportError, match="0 x 0 pixels"):
        save_figure(Sketch(), tmp_path / "a.png", scale=0)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=f"there is no folder {tmp_path / 'none'}$"):
        save_figure(Sketch(), tmp_path / "none" / "a.svg")


def test_a_folder_of_the_same_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(ExportError, match="a folder has that name"):
        save_figure(Sketch(), tmp_path / "a.svg")


def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the name is too long"):
        save_figure(Sketch(), tmp_path / f"{'a' * 300}.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.pdf", "a.csv", "a.npz"])
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match=f"cannot write .*{name}: the disk is full$"):
        write(name, tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "old")]


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.pdf", "a.csv", "a.npz"])
def test_a_real_limit_on_the_size_of_files_leaves_the_old_file_and_no_other(tmp_path: Path, name: str) -> None:
    resource = pytest.importorskip("resource", reason="only Unix limits the size of files")
    (tmp_path / name).write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ExportError, match="the file would be larger than is allowed there"):
            write(name, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "old")]


def test_a_disk_that_is_really_full_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(tmp_path)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode != 0:
        pytest.skip("no small disk can be mounted here")
    try:
        (tmp_path / "a.csv").write_text("old")
        with pytest.raises(ExportError, match=r"a\.csv: the disk is full$"):
            save_data(Sketch({"h": np.random.default_rng(0).normal(size=(400, 8))}), tmp_path / "a.csv")
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ExportError, match="writing there is not permitted"):
            save_figure(Sketch(), tmp_path / "a.svg")
    finally:
        tmp_path.chmod(0o700)


def test_a_refusal_to_replace_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.svg").write_text("old")

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ExportError, match="writing there is not permitted"):
        save_figure(Sketch(), tmp_path / "a.svg")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.svg", "old")]


def test_a_figure_that_fails_leaves_no_file(tmp_path: Path) -> None:
    class Broken(Sketch):
        def paint(self, *_: object) -> None:
            raise ZeroDivisionError

    for name in ("a.svg", "a.png", "a.pdf"):
        with pytest.raises(ZeroDivisionError):
            save_figure(Broken(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_link_keeps_its_place_and_a_file_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "real.svg").write_text("old")
    (tmp_path / "real.svg").chmod(0o640)
    (tmp_path / "a.svg").symlink_to("real.svg")
    save_figure(Sketch(), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").is_symlink()
    assert (tmp_path / "real.svg").read_bytes().startswith(b"<?xml")
    assert stat.S_IMODE((tmp_path / "real.svg").stat().st_mode) == 0o640


def test_figures_are_written_without_a_window(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from rnnviz.ui.export import save_figure\n"
        "from tests.ui.export.samples import Sketch\n"
        "application = QApplication([])\n"
        "for kind in ('svg', 'png', 'pdf'):\n"
        "    save_figure(Sketch(), f'{sys.argv[1]}/a.{kind}')\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.iterdir())) == 3


class Shaded(Sketch):
    """A figure with a gradient between colours that are written in different ways, as Fusion mixes them."""

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        shade = QLinearGradient(0, 0, rect.width(), 0)
        shade.setStops([(0, QColor.fromHsv(120, 255, 255)), (1, QColor(255, 0, 0))])
        painter.fillRect(rect, shade)


def test_a_gradient_between_colours_of_two_kinds_is_one_in_a_pdf(tmp_path: Path) -> None:
    save_figure(Shaded(), tmp_path / "a.pdf")  # Qt warns of colours of two kinds, and then fills with one
    assert b"/ShadingType" in b"".join([*streams((tmp_path / "a.pdf").read_bytes()), (tmp_path / "a.pdf").read_bytes()])


def _png(folder: Path) -> Path:
    """Return a small image on disk."""
    image = QImage(2, 2, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    image.save(str(folder / "image.png"))
    return folder / "image.png"


def write(name: str, folder: Path) -> None:
    """Write a figure or its data, as the suffix says."""
    sketch = Sketch({"h": np.zeros((100, 4))})
    if name.endswith((".csv", ".npz")):
        save_data(sketch, folder / name)
    else:
        save_figure(sketch, folder / name)
