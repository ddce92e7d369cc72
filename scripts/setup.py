"""Make .venv and install the locked packages into it; says nothing and does nothing when all is in place.

python3 scripts/setup.py base     what `make run` needs
python3 scripts/setup.py test     the same, and the tools of `make test`
                                  (with openstacksdk and Spark, 450 MB, when CI=true or YUNHENG_TEST_EXTRAS=1)
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

TOO_OLD = """\
需要 Python 3.11 或更高版本，当前是 {version}。
  Debian / Ubuntu：sudo apt-get install python3 python3-venv；或用 make PYTHON=/path/to/python3.12 run 指定。
Python 3.11 or newer is needed, this one is {version}. Point PYTHON at another one, e.g. make PYTHON=python3.12 run.
"""
NO_VENV = """\
这个 Python 缺少 venv 或 ensurepip，无法建立虚拟环境。
  Debian / Ubuntu：sudo apt-get install python3-venv
This Python lacks venv or ensurepip. On Debian or Ubuntu: sudo apt-get install python3-venv
"""
NO_PACKAGES = """\
依赖安装未完成：请检查网络，或按单位规定配置 pip 的镜像（pip config set global.index-url …），然后重试。
The packages could not be installed. Check the network or pip's mirror, then run the same command again.
"""


class Failure(Exception):
    """A set-up step that cannot go on; its text tells a person what to do."""


def require_python() -> None:
    """Refuse early, in words, where a stack trace would follow later."""
    if sys.version_info < (3, 11):
        raise Failure(TOO_OLD.format(version=".".join(map(str, sys.version_info[:3]))))
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise Failure(NO_VENV) from error


def make_venv() -> None:
    """Make .venv afresh unless there is one whose interpreter runs (a moved clone leaves a dead one)."""
    works = PYTHON.exists() and (VENV / "bin" / "pip").exists()
    if works:
        works = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    if works:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    print("建立虚拟环境 .venv …", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
        raise Failure(NO_VENV)


def pip(*arguments: str) -> None:
    """Run the environment's own pip; pip's configuration on this machine (mirrors) stays in force."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
        raise Failure(NO_PACKAGES)


def digest(level: str) -> str:
    """What the environment depends on: where it lies, the locks, and the project's own entry points."""
    import tomllib  # not before the version of Python is known to have it

    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    total = hashlib.sha256(f"{ROOT} {table['build-system']} {table['project']}".encode())
    for name in ("build", level):
        total.update((ROOT / "requirements" / f"{name}.txt").read_bytes())
    return total.hexdigest()


def in_place(level: str) -> bool:
    """Whether the stamp of the level, or of the larger one, still holds."""
    for name in {level, "test"} if level == "base" else {level}:
        stamp = VENV / f".stamp-{name}"
        if stamp.exists() and stamp.read_text() == digest(name):
            return True
    return False


def install(level: str) -> None:
    """Locked packages first, by digest; then the project itself, editable, without asking for anything more."""
    print(f"安装依赖（requirements/{level}.txt）…", flush=True)
    for name in ("build", level):
        pip("install", "-qq", "--require-hashes", "-r", str(ROOT / "requirements" / f"{name}.txt"))
    pip("install", "-qq", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    (VENV / f".stamp-{level}").write_text(digest(level))


def extras() -> tuple[str, ...]:
    """The optional packages whose tests shall run; elsewhere they say that they are skipped."""
    wanted = os.environ.get("CI") == "true" or os.environ.get("YUNHENG_TEST_EXTRAS") == "1"
    return ("openstack", "spark") if wanted else ()


def main(arguments: list[str]) -> int:
    """Set up one level; two set-ups of one clone at the same time wait for each other."""
    level = arguments[0] if arguments else "base"
    try:
        require_python()
        (ROOT / "build").mkdir(exist_ok=True)
        with (ROOT / "build" / ".setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            make_venv()
            for part in (level, *extras()) if level == "test" else (level,):
                if not in_place(part):
                    install(part)
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
