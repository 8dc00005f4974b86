"""What the command ``rnnviz`` does: open the window, export figures, tell versions, clear the settings."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rnnviz._version import __version__
from rnnviz.engine.errors import RnnvizError

FORMATS = ("png", "svg", "pdf", "csv", "npz")
PACKAGES = (
    "PySide6-Essentials",
    "numpy",
    "torch",
    "ziamath",
    "msgspec",
    "safetensors",
)


class CommandError(RnnvizError):
    """The command line asks for something that cannot be done."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}; '{self.prog} --help' lists what there is")


def run(arguments: Sequence[str]) -> int:
    """Carry out the arguments and return the exit status, 2 after an error.

    Parameters
    ----------
    arguments : sequence of str
        The arguments without the program's name.

    Returns
    -------
    int
        0, or the status of the window, or 2, or 130 after Ctrl+C.
    """
    try:
        if arguments[:1] == ["export"]:
            return _export(_export_parser().parse_args(arguments[1:]))
        return _window(_window_parser().parse_args(arguments))
    except RnnvizError as error:
        sentence = str(error)
    except KeyboardInterrupt:
        sys.stderr.write("rnnviz: interrupted\n")
        return 130
    except ImportError as error:
        if "shared object" not in str(error):
            raise
        sentence = f"a library that Qt needs is missing ({error}); the README names the packages that hold it"
    sys.stderr.write(f"rnnviz: {sentence}\n")
    return 2


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rnnviz",
        description="See inside recurrent networks: gates, states and gradients, step by step.",
        epilog="'rnnviz export SESSION' writes figures without a window; see 'rnnviz export --help'.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a session, text, table, image or model to open")
    parser.add_argument("--version", action="version", version=f"rnnviz {__version__}")
    parser.add_argument("--info", action="store_true", help="tell the versions and where the settings are")
    parser.add_argument("--reset", action="store_true", help="clear the settings")
    return parser


def _export_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="rnnviz export", description="Write a session's figures; no display is needed.")
    parser.add_argument("session", metavar="SESSION", type=Path, help="the session file (.rnnviz)")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="the folder to write to")
    parser.add_argument(
        "--format",
        metavar="LIST",
        type=_names,
        default=("png",),
        help="pictures as png, svg, pdf, numbers as csv, npz, with commas between (png)",
    )
    parser.add_argument(
        "--figures",
        metavar="LIST",
        type=_names,
        help="the figures to write, with commas between (all of them)",
    )
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name for part in text.split(",") if (name := part.strip()))
    if not names:
        raise argparse.ArgumentTypeError("a list without a name in it")
    return names


def _window(options: argparse.Namespace) -> int:
    if options.info:
        sys.stdout.write(information())
        return 0
    if options.reset:
        from rnnviz.ui.settings import reset_settings

        sys.stdout.write(f"The settings in {reset_settings()} are cleared.\n")
        return 0
    if not _has_display():
        raise CommandError(
            "there is no display to open a window on, since neither DISPLAY nor WAYLAND_DISPLAY is set; "
            "'rnnviz export SESSION --out DIR' writes figures without one"
        )
    gc.disable()  # until the window is painted: what is loaded for it stays, and looking through it takes its time
    from rnnviz.ui.app import main

    return main(options.file)


def _export(options: argparse.Namespace) -> int:
    for name in options.format:
        if name not in FORMATS:
            raise CommandError(f"--format names {name!r}, but figures are written as {', '.join(FORMATS)}")
    if not _has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from rnnviz.ui.headless import export

    left_out: list[str] = []
    for path in export(options.session, options.out, options.format, options.figures, tell=left_out.append):
        sys.stdout.write(f"{path}\n")
    for sentence in left_out:
        sys.stderr.write(f"rnnviz: left out: {sentence}\n")
    return 0


def _has_display() -> bool:
    chosen = "QT_QPA_PLATFORM" in os.environ
    return chosen or sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def information() -> str:
    """Return what the report of a fault needs: versions, platform, settings; torch is not loaded for it."""
    from PySide6.QtCore import qVersion

    from rnnviz.ui.settings import settings_path

    lines = {
        "rnnviz": f"{__version__} in {Path(__file__).parent}",
        "Python": f"{platform.python_version()} at {sys.executable}",
        "platform": platform.platform(),
        "Qt": qVersion(),
        **{name: _version(name) for name in PACKAGES},
        "settings": str(settings_path()),
    }
    width = max(map(len, lines))
    return "".join(f"{name:<{width}}  {value}\n" for name, value in lines.items())


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
