"""Everything that must hold before a change lands, in order of how fast it tells.

check.py static | sqlite | postgres | all        further words are passed to pytest
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
WORKERS = os.environ.get("PYTEST_WORKERS", "2")

# fmt: off
STATIC: tuple[tuple[str, list[str]], ...] = (
    ("ruff check",       [f"{BIN}/ruff", "check", "."]),
    ("ruff format",      [f"{BIN}/ruff", "format", "--check", "."]),
    ("import-linter",    [f"{BIN}/lint-imports", "--no-cache"]),
    ("makemigrations",   [f"{BIN}/yunheng", "manage", "makemigrations", "--check", "--dry-run"]),
    ("django check",     [f"{BIN}/yunheng", "manage", "check", "--fail-level", "WARNING"]),
    ("generated docs",   [f"{BIN}/yunheng", "manage", "lawdocs", "--check"]),
    ("mypy",             [f"{BIN}/mypy"]),
)
# fmt: on


def suite(database: str, extra: list[str]) -> tuple[str, list[str]]:
    """The whole suite on one database, in two processes."""
    chosen = ["--postgres"] if database == "postgres" else []
    return f"pytest on {database}", [f"{BIN}/pytest", "-q", "-n", WORKERS, *chosen, *extra]


def run(steps: list[tuple[str, list[str]]]) -> list[str]:
    """Run every step, even after a failure; returns the names of those that failed."""
    environment = {**os.environ, "YUNHENG_DEMO": "1", "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "default")}
    environment["YUNHENG_HOME"] = str(ROOT / "build" / "check-home")
    failed = []
    for name, command in steps:
        print(f"── {name} " + "─" * (90 - len(name)), flush=True)
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
        # 5: pytest found no test at all, which is a failure like any other.
        print(f"   {'ok' if code == 0 else f'FAILED ({code})'}, {time.monotonic() - started:.1f} s", flush=True)
        if code:
            failed.append(name)
    return failed


def main(words: list[str]) -> int:
    """Exit status 1 when anything failed, with a list of what."""
    what, extra = (words[0] if words else "all"), words[1:]
    steps: list[tuple[str, list[str]]] = list(STATIC) if what in {"static", "all"} else []
    for database in ("sqlite", "postgres"):
        if what in {database, "all"}:
            steps.append(suite(database, extra))
    if not steps:
        print(__doc__)
        return 2
    failed = run(steps)
    print(f"\n{'失败 FAILED: ' + ', '.join(failed) if failed else '全部通过 all passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
