"""The measure to beat: how fast OpenStack's CloudKitty rates usage with its HashMap processor.

    python -m benchmarks.cloudkitty [points]

CloudKitty is never a dependency of the product. It lives in an environment of its own below build/, made on
first use, and `cloudkitty_rating.py` runs in there, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import venv
from pathlib import Path
from typing import Any

VERSION = "25.0.0"
REQUIREMENT = f"cloudkitty=={VERSION}"
HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parent / "build" / "bench" / "cloudkitty"
PYTHON = ENVIRONMENT / "bin" / "python"
INSTALLED = ENVIRONMENT / "installed.txt"


def prepare() -> None:
    """Make the environment and install CloudKitty into it; does nothing when this version is already there."""
    if INSTALLED.is_file() and INSTALLED.read_text() == REQUIREMENT:
        return
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-qq", REQUIREMENT], check=True)
    INSTALLED.write_text(REQUIREMENT)


def measure(points: int = 200_000) -> dict[str, Any]:
    """Rate so many points; returns what rating alone took, and the whole with building the points and frames.

    The keys are version, points, rating_seconds, rating_cpu, whole_seconds and whole_cpu; all times in seconds.
    """
    prepare()
    # Isolated, or the folder of the script would come first and this very module would pass for CloudKitty.
    command = [PYTHON, "-I", HERE / "cloudkitty_rating.py", str(points)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"CloudKitty could not be measured:\n{answer.stderr}")
    return json.loads(answer.stdout)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloudkitty", description="How fast CloudKitty rates.")
    parser.add_argument("points", nargs="?", type=int, default=200_000)
    figures = measure(parser.parse_args().points)
    print(f"CloudKitty {figures['version']}, HashMap, {figures['points']:,} points")
    for title, key in (("rating alone", "rating"), ("with construction", "whole")):
        seconds, cpu = figures[f"{key}_seconds"], figures[f"{key}_cpu"]
        print(f"{title:<18} {cpu:6.2f} s CPU  {seconds:6.2f} s wall  {figures['points'] / cpu:9,.0f} points/s per core")


if __name__ == "__main__":
    main()
