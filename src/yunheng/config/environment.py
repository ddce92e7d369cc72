"""What the environment says: places, switches and secrets, each read once and explained when missing."""

from __future__ import annotations

import os
import re
import secrets
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PACKAGE = Path(__file__).resolve().parent.parent
CLONE = PACKAGE.parent.parent
# An installed wheel has no clone around it: then data lies under the folder in which the command is run.
BASE = CLONE if (CLONE / "pyproject.toml").exists() else Path.cwd()


def switch(name: str) -> bool:
    """Whether the variable says yes: 1, true, yes or on."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def text(name: str, default: str = "") -> str:
    """The variable, stripped; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def listed(name: str) -> list[str]:
    """A comma-separated variable."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def targets(name: str) -> list[str]:
    """A comma-separated list of host names, addresses and networks, or a sentence that says which entry is none."""
    entries = listed(name)
    for entry in entries:
        try:
            ip_network(entry, strict=False)
        except ValueError:
            if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", entry):
                raise ImproperlyConfigured(
                    f"环境变量 {name} 应为主机名、地址或网段，以逗号分隔，不写 https:// 和路径；其中“{entry}”不是。"
                ) from None
    return entries


def number(name: str, default: int) -> int:
    """A whole number, or a sentence that says which variable is not one."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"环境变量 {name} 应为整数，当前为“{value}”。") from None


def folder(name: str, default: Path) -> Path:
    """A folder by its variable; it is made by whoever writes into it."""
    return Path(text(name, str(default))).expanduser().resolve()


def kept_secret(path: Path) -> str:
    """The secret in the file, made on the first call, readable by its owner only.

    Two processes may start at once: the file is created exclusively, and the loser reads the winner's.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    value = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
    return value


def demand(name: str, purpose: str) -> str:
    """A variable without which a production start would be unsafe."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(
            f"正式运行需要环境变量 {name}（{purpose}）。演示请设 YUNHENG_DEMO=1，或直接使用 make run；说明见 README。"
        )
    return value
