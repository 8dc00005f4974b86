"""The command ``rnnviz`` hands over what it was told, and answers what it cannot do with one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rnnviz import __version__, cli
from rnnviz.engine.errors import SessionFileError


class Recorder:
    """Stands in for a part of the program: notes what it is called with, and answers or raises."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[Any, ...]] = []
        self.tell = ""

    def __call__(self, *arguments: Any, tell: Any = None) -> Any:
        self.calls.append(arguments)
        if self.tell:
            tell(self.tell)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def stand_in(monkeypatch: pytest.MonkeyPatch, module: str, name: str, answer: Any) -> Recorder:
    recorder = Recorder(answer)
    monkeypatch.setitem(sys.modules, module, SimpleNamespace(**{name: recorder}))
    return recorder


@pytest.fixture(autouse=True)
def offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def test_without_arguments_the_window_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    window = stand_in(monkeypatch, "rnnviz.ui.app", "main", 0)
    assert cli.main([]) == 0
    assert window.calls == [(None,)]


def test_a_file_is_handed_to_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    window = stand_in(monkeypatch, "rnnviz.ui.app", "main", 0)
    assert cli.main(["lecture.rnnviz"]) == 0
    assert window.calls == [("lecture.rnnviz",)]


def test_export_hands_over_session_folder_formats_and_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export = stand_in(monkeypatch, "rnnviz.ui.headless", "export", [Path("slides/gates.svg")])
    status = cli.main(["export", "a.rnnviz", "--out", "slides", "--format", "png, svg", "--figures", "gates,hidden"])
    assert status == 0
    assert export.calls == [(Path("a.rnnviz"), Path("slides"), ("png", "svg"), ("gates", "hidden"))]
    assert capsys.readouterr().out == f"{Path('slides/gates.svg')}\n"


def test_export_tells_what_it_left_out_beside_what_it_wrote(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export = stand_in(monkeypatch, "rnnviz.ui.headless", "export", [Path("gates.csv")])
    export.tell = "cannot write inspector.csv: Inspector shows no numbers"
    assert cli.main(["export", "a.rnnviz"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{Path('gates.csv')}\n"
    assert told.err == "rnnviz: left out: cannot write inspector.csv: Inspector shows no numbers\n"


def test_export_without_a_choice_takes_all_figures_as_png(monkeypatch: pytest.MonkeyPatch) -> None:
    export = stand_in(monkeypatch, "rnnviz.ui.headless", "export", [])
    assert cli.main(["export", "a.rnnviz"]) == 0
    assert export.calls == [(Path("a.rnnviz"), Path(), ("png",), None)]


def test_the_engine_process_gets_the_rest_of_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = stand_in(monkeypatch, "rnnviz.engine.process", "main", 0)
    assert cli.main(["--engine", "address"]) == 0
    assert engine.calls == [(["address"],)]


def test_an_error_of_the_program_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, "rnnviz.ui.headless", "export", SessionFileError("a.rnnviz is cut off after 12 bytes"))
    assert cli.main(["export", "a.rnnviz"]) == 2
    assert capsys.readouterr().err == "rnnviz: a.rnnviz is cut off after 12 bytes\n"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["--colour"], "--colour"),
        (["one.rnnviz", "two.rnnviz"], "two.rnnviz"),
        (["export"], "SESSION"),
        (["export", "a.rnnviz", "--format", "png,gif"], "'gif'"),
        (["export", "a.rnnviz", "--format", ","], "--format"),
        (["export", "a.rnnviz", "--figures", ""], "--figures"),
    ],
)
def test_wrong_arguments_are_refused_with_one_sentence_that_names_them(
    arguments: list[str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    message = capsys.readouterr().err
    assert message.startswith("rnnviz: ")
    assert message.count("\n") == 1
    assert cause in message


@pytest.mark.skipif(sys.platform != "linux", reason="only there a display can be missing")
def test_a_missing_display_is_told_with_the_way_round(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    assert cli.main([]) == 2
    message = capsys.readouterr().err
    assert "no display" in message
    assert "rnnviz export SESSION" in message


def test_a_fault_of_the_program_itself_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "rnnviz.ui.app", "main", ImportError("cannot import name 'Windo'"))
    with pytest.raises(ImportError, match="Windo"):
        cli.main([])


def test_a_library_of_the_system_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    stand_in(monkeypatch, "rnnviz.ui.app", "main", fault)
    assert cli.main([]) == 2
    assert "libEGL.so.1" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"rnnviz {__version__}\n"


def test_the_info_names_what_a_report_needs_without_loading_torch() -> None:
    code = (
        "import sys; from rnnviz.cli import main; status = main(['--info']); sys.exit(status or 'torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert {"rnnviz", "Python", "platform", "Qt", "PySide6-Essentials", "torch", "numpy", "settings"} <= set(lines)
    assert lines["rnnviz"].startswith(__version__)


def test_reset_clears_the_settings_and_names_their_file(qapp: object, capsys: pytest.CaptureFixture[str]) -> None:
    from rnnviz.ui.settings import Settings

    Settings().set("speed", 4.0)
    assert cli.main(["--reset"]) == 0
    assert Settings().get("speed", 1.0) == 1.0
    assert str(Settings().path) in capsys.readouterr().out
