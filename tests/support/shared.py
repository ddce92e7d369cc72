"""Data that the project may use and not carry: it lies beside the repository, or its tests say that they skip."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared(name: str) -> Path:
    """A file or folder of the shared data; skips the test, visibly, where it is not there."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"shared data {name} is not here")
    return path
