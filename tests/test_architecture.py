"""The borders between the layers hold, and what should load late loads late."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rnnviz"
THREADING_OF_QT = {"QProcess", "QRunnable", "QThread", "QThreadPool"}
HEAVY = ("torch", "PySide6", "pyqtgraph")


def loaded_by(statement: str) -> set[str]:
    """Return which heavy packages a fresh Python has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


def test_every_contract_between_the_layers_is_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


def test_importing_the_package_loads_neither_torch_nor_qt() -> None:
    assert loaded_by("import rnnviz; rnnviz.__version__; dir(rnnviz)") == set()


def test_the_specification_needs_neither_torch_nor_qt() -> None:
    assert loaded_by("import rnnviz; rnnviz.NetworkSpec, rnnviz.RnnvizError") == set()


def test_the_network_loads_torch_and_no_qt() -> None:
    assert loaded_by("import rnnviz; rnnviz.Network, rnnviz.run, rnnviz.Trace, rnnviz.from_torch") == {"torch"}


def test_no_module_of_the_window_loads_torch() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((PACKAGE / "ui").rglob("*.py"))
        if path.name != "__init__.py"
    ]
    assert modules
    assert "torch" not in loaded_by(f"import {', '.join(modules)}")


def test_the_command_line_loads_neither_torch_nor_qt_before_it_knows_what_to_do() -> None:
    assert loaded_by("import rnnviz.cli, rnnviz.commands") == set()


def test_every_public_name_is_there_and_listed() -> None:
    import rnnviz

    for name in rnnviz.__all__:
        assert getattr(rnnviz, name) is not None
        assert name in dir(rnnviz)


def test_an_unknown_public_name_is_refused_by_name() -> None:
    import rnnviz

    with pytest.raises(AttributeError, match="'rnnviz' has no attribute 'Netwrok'"):
        _ = rnnviz.Netwrok  # type: ignore[attr-defined]


def test_threads_of_qt_belong_to_the_engine_link_alone() -> None:
    strangers = []
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(PACKAGE / "ui" / "enginelink") or path.name == "enginelink.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                strangers += [
                    f"{path.relative_to(ROOT)}: {alias.name}" for alias in node.names if alias.name in THREADING_OF_QT
                ]
            elif isinstance(node, ast.Attribute) and node.attr in THREADING_OF_QT:
                strangers.append(f"{path.relative_to(ROOT)}: {node.attr}")
    assert strangers == []
