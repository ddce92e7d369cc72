"""The database inside the process: memory and spilling are always bounded, and nothing of it is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

MEMORY = os.environ.get("YUNHENG_ENGINE_MEMORY", "800MB")
SPILL = os.environ.get("YUNHENG_ENGINE_SPILL", "40GB")


def connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    """An empty database that spills into ``scratch`` when memory runs out; no extension is loaded, no file is found."""
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "max_temp_directory_size": SPILL,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
        },
    )
