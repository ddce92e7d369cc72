"""The validator of the FOCUS project in an environment of its own, build/focus-validator; never a dependency.

python3 scripts/focus_validator.py              make the environment, or do nothing when it is there
python3 scripts/focus_validator.py FILE         validate a .csv or .parquet and list what it finds fault with

It wants Python 3.12 or newer, which the platform does not. docs/focus.md tells which of its findings are its own faults.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "focus-validator"
# pyarrow 20 asks for a numpy that the validator does not allow.
PACKAGES = ("focus-validator==2.2.1", "pyarrow<20")
RULES = "1.2.0.1"
MINORS = range(12, 20)

# What the city's bills can do, in the validator's words; without any it asks for the mandatory columns alone.
ABILITIES = (
    "ACCOUNT_NAMING_SUPPORTED", "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
    "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED", "NEGOTIATED_PRICING_SUPPORTED", "PUBLIC_PRICE_LIST_SUPPORTED",
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED", "SUB_ACCOUNT_SUPPORTED", "TAGGING_SUPPORTED", "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
)  # fmt: skip


class Unavailable(Exception):
    """The validator cannot be had here; the text says why."""


@dataclass(frozen=True)
class Report:
    """How many rules passed or were not tried, and those that failed or could not be asked, by name."""

    passed: int
    skipped: int
    failed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped"


def interpreters() -> Iterator[str]:
    """Pythons that may be new enough: this one, those on the path, those of pyenv."""
    yield sys.executable
    for minor in MINORS:
        if found := shutil.which(f"python3.{minor}"):
            yield found
        pyenv = os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"
        yield from sorted(glob.glob(f"{pyenv}/versions/3.{minor}.*/bin/python"))


def new_enough() -> str:
    """The first interpreter that runs and is new enough (pyenv leaves stubs that do not run)."""
    for python in interpreters():
        test = f"import sys, venv, ensurepip; sys.exit(sys.version_info < (3, {MINORS.start}))"
        if subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0:
            return python
    raise Unavailable(f"focus-validator needs Python 3.{MINORS.start} or newer, and none was found")


def make() -> Path:
    """The command, in place; two that make it at the same time wait for each other."""
    command, stamp = HOME / "bin" / "focus-validator", HOME / ".stamp"
    HOME.parent.mkdir(exist_ok=True)
    with HOME.with_name(".focus-validator.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == f"{HOME} {PACKAGES}":
            return command
        shutil.rmtree(HOME, ignore_errors=True)
        if subprocess.run([new_enough(), "-m", "venv", str(HOME)], check=False).returncode:
            raise Unavailable("the environment of focus-validator could not be made")
        pip = [str(HOME / "bin" / "pip"), "--disable-pip-version-check", "install", "-qq", *PACKAGES]
        if subprocess.run(pip, stdin=subprocess.DEVNULL, check=False).returncode:
            raise Unavailable("the packages of focus-validator could not be installed")
        # It opens its table of currencies by a path relative to where it is run.
        package = next(HOME.glob("lib/python3.*/site-packages/focus_validator"))
        (HOME / "focus_validator").symlink_to(package)
        stamp.write_text(f"{HOME} {PACKAGES}")
    return command


def validate(file: Path, abilities: Sequence[str] = ABILITIES) -> Report:
    """Ask the validator about a file. Its exit status says nothing, so the report is read."""
    command = make()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = ["--data-file", str(file.resolve()), "--block-download", "--validate-version", RULES]
        words += ["--output-type", "unittest", "--output-destination", str(report)]
        if abilities:
            words += ["--applicability-criteria", ",".join(abilities)]
        done = subprocess.run([str(command), *words], cwd=HOME, capture_output=True, text=True, check=False)
        if not report.exists():
            raise RuntimeError(f"the validator wrote no report:\n{done.stderr[-2000:]}")
        return _read(report)


def _read(report: Path) -> Report:
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314  (ours, just written)
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    names = tuple(sorted(case.attrib["name"].split(" ")[0] for case in failed))
    return Report(len(cases) - len(failed) - skipped, skipped, names)


def main(words: list[str]) -> int:
    """Exit status 1 when it finds fault, 2 when it cannot be had."""
    try:
        if not words:
            print(make())
            return 0
        report = validate(Path(words[0]))
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join((*report.failed, str(report))))
    return 1 if report.failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
