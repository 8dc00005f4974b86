"""What is built from the checkout works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from rnnviz import __version__

ROOT = Path(__file__).parent.parent
SAMPLE = Path("assets/sessions/message-lstm.rnnviz")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was built from it alone."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return built / f"rnnviz-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and of the test environment the dependencies only."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = scripts(folder) / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python),
        *("install", "--no-index", "--no-deps", "--disable-pip-version-check", wheel),
        cwd=folder,
    )
    # A folder named in a .pth file is searched, but its own .pth files are not read: the checkout stays out.
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    dependencies = Path(packages.strip()) / "dependencies.pth"
    dependencies.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder


def scripts(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin")


def shipped() -> set[str]:
    """Return the assets of the checkout by their paths, without the pictures of the README."""
    files = (path.relative_to(ROOT) for path in (ROOT / "assets").rglob("*") if path.is_file())
    return {path.as_posix() for path in files if path.parts[1] != "screenshots"}


def test_the_wheel_holds_every_asset_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert shipped()
    assert {f"rnnviz/{name}" for name in shipped()} <= names
    assert {name.split("/")[0] for name in names} == {"rnnviz", f"rnnviz-{__version__}.dist-info"}
    assert not any("screenshots" in name or "__pycache__" in name for name in names)


def test_the_source_distribution_can_be_tested(built: Path) -> None:
    with tarfile.open(built / f"rnnviz-{__version__}.tar.gz") as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"Makefile", "constraints.txt", "LICENSE", "README.md", "tests/conftest.py"} <= names
    assert shipped() <= names


def test_the_installed_command_tells_its_version(environment: Path) -> None:
    assert run(scripts(environment) / "rnnviz", "--version", cwd=environment) == f"rnnviz {__version__}\n"


def test_the_installed_package_is_the_one_that_runs(environment: Path) -> None:
    place = run(scripts(environment) / "python", "-c", "import rnnviz; print(rnnviz.__file__)", cwd=environment)
    assert Path(place.strip()).is_relative_to(environment)


def test_the_installed_command_exports_a_shipped_session(environment: Path) -> None:
    shipped_session = next(environment.rglob(SAMPLE.name))
    command = (scripts(environment) / "rnnviz", "export", shipped_session)
    printed = run(*command, "--out", "figures", "--format", "png,svg,pdf", cwd=environment)
    written = {environment / line for line in printed.splitlines()}
    assert {path.suffix for path in written} == {".png", ".svg", ".pdf"}
    assert all(path.stat().st_size > 0 for path in written)
