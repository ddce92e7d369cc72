"""The connector for OpenStack against the real Nova, in an environment of its own, build/openstack; never a dependency.

python3 scripts/openstack_conformance.py        make the environment, start Nova, run the kit with --write

Nothing leaves the machine but the installation. docs/connectors.md tells what of this OpenStack is real and what not.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "openstack"
PYTHON = HOME / "bin" / "python"
# Nova's tests take every warning of SQLAlchemy for an error, and 2.1 has new ones.
PACKAGES = (
    "nova==34.0.0", "openstack-placement==16.0.0", "openstacksdk==4.22.0", "SQLAlchemy==2.0.58", "ddt==1.7.2",
    "fixtures==4.3.2", "gabbi==4.2.3", "oslotest==6.1.1", "python-novaclient==18.13.1", "requests-mock==1.12.1",
    "testscenarios==0.7.0", "testtools==2.9.1", "wsgi_intercept==1.13.1",
)  # fmt: skip
CONFIGURATION = """\
page = 2
image = "155d900f-4e14-4e4c-a73d-069cbf4541e6"
network = "3cb9bc59-5699-4588-a4b1-b87f96708bc6"

[flavors]
"m1.small" = "C-ECS-1C2G"
"m1.medium" = "C-ECS-2C4G"
"""
PATIENCE = "120"


class Unavailable(Exception):
    """It cannot be tried here; the text says why."""


def make() -> None:
    """The environment, in place; two that make it at the same time wait for each other."""
    stamp, wanted = HOME / ".stamp", f"{HOME} {PACKAGES} {(ROOT / 'pyproject.toml').read_text(encoding='utf-8')}"
    HOME.parent.mkdir(exist_ok=True)
    with HOME.with_name(".openstack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        shutil.rmtree(HOME, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=False).returncode:
            raise Unavailable("the environment could not be made")
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
        for words in (PACKAGES, ("--no-deps", "--editable", str(ROOT))):
            if subprocess.run([*pip, *words], stdin=subprocess.DEVNULL, check=False).returncode:
                raise Unavailable(f"could not be installed: {' '.join(words)}")
        # Nova looks for its configuration beside its own code, and a wheel puts it beside the interpreter.
        next(HOME.glob("lib/python3.*/site-packages")).joinpath("etc").symlink_to(HOME / "etc")
        stamp.write_text(wanted, encoding="utf-8")


@contextmanager
def nova(folder: Path) -> Iterator[str]:
    """The address of a running Nova."""
    log = folder / "nova.log"
    environment = {**os.environ, "OS_TEST_TIMEOUT": "0", "PYTHONWARNINGS": "ignore"}
    command = [str(PYTHON), str(ROOT / "scripts" / "openstack_nova.py")]
    with log.open("w") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            env=environment,
            cwd=folder,
            text=True,
        )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not re.fullmatch(r"\d+\n", line):
            raise Unavailable(f"Nova did not start:\n{log.read_text(errors='replace')[-3000:]}")
        yield f"http://127.0.0.1:{line.strip()}"
    finally:
        process.kill()
        process.wait()


def main() -> int:
    """The status of the kit: 0, 1 when something failed, 2 when it cannot be tried."""
    try:
        make()
        with tempfile.TemporaryDirectory() as name, nova(Path(name)) as address:
            configuration = Path(name) / "openstack.toml"
            configuration.write_text(CONFIGURATION, encoding="utf-8")
            return check(address, configuration)
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 2


def check(address: str, configuration: Path) -> int:
    """The inventory first, to be looked at, then the kit."""
    account = {
        "OS_AUTH_URL": f"{address}/identity/v3",
        "OS_USERNAME": "user",
        "OS_PASSWORD": "nothing",
        "OS_PROJECT_NAME": "project",
        "OS_USER_DOMAIN_ID": "default",
        "OS_PROJECT_DOMAIN_ID": "default",
        "OS_REGION_NAME": "RegionOne",
        "PYTHONWARNINGS": "ignore",
    }
    others = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
    command = [str(PYTHON), "-m", "yunheng", "connector"]
    more = ["openstack", "--config", str(configuration)]
    for words in (["inventory", *more], ["check", *more, "--write", "--patience", PATIENCE]):
        print(f"yunheng connector {words[0]}", flush=True)
        status = subprocess.run([*command, *words], env={**others, **account}, check=False).returncode
        if status:
            break
    return status


if __name__ == "__main__":
    raise SystemExit(main())
