from __future__ import annotations

from pathlib import Path

import pytest

from rnnviz import assets
from rnnviz.engine.errors import RnnvizError


def test_a_shipped_file_is_found() -> None:
    assert assets.asset("sequences", "hourly.csv").is_file()
    assert assets.asset("sequences").is_dir()


def test_a_missing_file_is_named_with_the_places_it_was_looked_for() -> None:
    with pytest.raises(RnnvizError, match=r"'sequences/gone\.csv' .* missing") as refusal:
        assets.asset("sequences", "gone.csv")
    assert str(Path("rnnviz") / "assets" / "sequences" / "gone.csv") in str(refusal.value)


def test_the_files_of_an_installed_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = (tmp_path / "installed", tmp_path / "checkout")
    for root in roots:
        root.mkdir()
        (root / "one.txt").write_text(root.name)
    (roots[1] / "two.txt").write_text("checkout")
    monkeypatch.setattr(assets, "_ROOTS", roots)
    assert assets.asset("one.txt").read_text() == "installed"
    assert assets.asset("two.txt").read_text() == "checkout"
