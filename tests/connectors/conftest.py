"""The entry points of pyproject.toml, found as an installer would leave them: the tests need no new installation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with the entry points of this project; a test may add its own distribution."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    distribution(tmp_path, "yunheng-under-test", points["yunheng.connectors"])
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def distribution(folder: Path, name: str, connectors: dict[str, str]) -> None:
    """What pip leaves behind of a package that has connectors."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "\n".join(f"{key} = {value}" for key, value in connectors.items())
    (info / "entry_points.txt").write_text(f"[yunheng.connectors]\n{lines}\n")
