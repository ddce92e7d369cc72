"""The repository names no machine, no address of a registry, and carries nobody else's code."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from tests.architecture.source import ROOT, tracked

TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".json",
    ".html",
    ".css",
    ".js",
    ".typ",
    ".svg",
    ".yml",
    ".yaml",
    ".ini",
    "",
}
# Put together here, so that this file does not contain what it looks for.
PATHS = re.compile("|".join("/" + name + "/" for name in ("work", "root", "home/[a-z]+", "opt/(pypi|wheels)")))
HOSTS = re.compile(
    "|".join(
        re.escape(name)
        for name in ("registry." + "npmjs", "registry." + "npmmirror", "pypi" + ".org", "python" + "hosted")
    )
    + "|"
    + r"deb\."
    + "debian"
    + "|"
    + r"index-"
    + r"url\s*=\s*http"
    + "|"
    + r"--(extra-)?index-"
    + "url +http"
)
VENDORED = {".woff", ".woff2", ".ttf", ".otf", ".map"}


def texts() -> list[tuple[str, str]]:
    return [
        (str(path), (ROOT / path).read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix in TEXT and path.name != "LICENSE"
    ]


@pytest.mark.parametrize("pattern", [PATHS, HOSTS], ids=["paths of a machine", "hosts of a registry"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    found = [f"{name}: {hit.group()}" for name, text in texts() if (hit := pattern.search(text))]
    assert found == []


def test_the_patterns_find_what_they_look_for() -> None:
    assert PATHS.search("/wo" + "rk/main")
    assert HOSTS.search("https://pypi" + ".org/simple")


def test_python_locks_have_a_digest_for_every_package_and_no_address() -> None:
    for name in ("build", "node", "base", "test"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text()
        packages = re.findall(
            r"^[A-Za-z0-9][^\n]*==[^\n]*\n(?:    --hash=sha256:[0-9a-f]{64}[ \\]*\n)+", lock, re.MULTILINE
        )
        assert len(packages) == len(re.findall(r"^[A-Za-z0-9][^\s=]*==", lock, re.MULTILINE)) > 0
        assert "://" not in lock


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, wanted in (("base", project["dependencies"]), ("test", project["optional-dependencies"]["test"])):
        lock = re.sub(r"[-_.]+", "-", (ROOT / "requirements" / f"{name}.txt").read_text().lower())
        missing = [
            one
            for one in wanted
            if f"{re.sub(r'[-_.]+', '-', re.split(r'[^A-Za-z0-9._-]', one)[0].lower())}==" not in lock
        ]
        assert missing == []


def test_the_lock_of_npm_has_digests_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {name: entry for name, entry in packages.items() if name}
    assert installed
    assert [name for name, entry in installed.items() if "resolved" in entry] == []
    assert [name for name, entry in installed.items() if not entry.get("integrity", "").startswith("sha512-")] == []


def test_nothing_of_others_is_kept_here() -> None:
    assert [str(path) for path in tracked() if path.suffix in VENDORED or "node_modules" in path.parts] == []
    assert not (ROOT / "uv.lock").exists()


def test_styles_and_scripts_come_from_here_only() -> None:
    pattern = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//(?!127\.0\.0\.1)[^"')\s]+""")
    found = [
        f"{name}: {hit.group()}"
        for name, text in texts()
        if name.startswith("src/") and name.endswith((".html", ".css", ".js"))
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_no_template_has_inline_script_or_style() -> None:
    """The content security policy would silence it in the browser, and nobody would see why."""
    pattern = re.compile(
        r"""<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:"""
    )
    harmless = re.compile(r'<script[^>]*type="application/json"')
    found = [
        f"{name}: {hit.group()}"
        for name, text in texts()
        if name.startswith("src/") and name.endswith(".html")
        for hit in pattern.finditer(text)
        if not harmless.match(hit.group())
    ]
    assert found == []
