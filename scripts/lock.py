"""Recompile requirements/*.txt from pyproject.toml: exact versions with digests, and no index addresses.

uv resolves for every platform at once, so one file serves Linux, macOS and any Python from 3.11 on. It is
installed into a throw-away environment with pip, and is told pip's own index so that mirrors keep working.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-annotate",
    "--quiet",
]


def _environment(pip: Path) -> dict[str, str]:
    """The environment for uv: pip's index, when one is configured, else uv's default."""
    answer = subprocess.run([pip, "config", "get", "global.index-url"], capture_output=True, text=True, check=False)
    index = os.environ.get("PIP_INDEX_URL", "") or answer.stdout.strip()
    return {**os.environ, "UV_DEFAULT_INDEX": index} if index else dict(os.environ)


def main() -> int:
    """Write requirements/*.txt; `--upgrade` lifts every pin to the newest version allowed."""
    os.chdir(ROOT)
    extra = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        binaries = Path(folder) / "bin"
        subprocess.run([binaries / "pip", "install", "--quiet", "uv"], check=True)
        environment = _environment(binaries / "pip")
        jobs = {
            "build": ["requirements/build.in"],
            "node": ["requirements/node.in"],
            "base": ["pyproject.toml"],
            # Pins bind the pins of what comes after: one environment can serve all.
            "test": ["pyproject.toml", "--extra", "test", "--constraint", "requirements/base.txt"],
            "spark": ["pyproject.toml", "--extra", "spark", "--constraint", "requirements/test.txt"],
            "openstack": ["pyproject.toml", "--extra", "openstack", "--constraint", "requirements/test.txt"],
            "agent": ["agent/pyproject.toml", "--constraint", "requirements/base.txt"],
        }
        for name, sources in jobs.items():
            command = [binaries / "uv", "pip", "compile", *OPTIONS, *extra, *sources, "-o", f"requirements/{name}.txt"]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            print(f"requirements/{name}.txt")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
