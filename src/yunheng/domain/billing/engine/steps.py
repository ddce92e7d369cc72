"""Texts of SQL that read from top to bottom: ``-- @word name`` opens a statement, which ends where the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

_HEAD = re.compile(r"^-- @(?:\w+) (\w+).*\n", re.MULTILINE)


def steps(name: str) -> Iterator[tuple[str, str]]:
    """The name and the statement of each step of a file beside this module, in order."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        yield head[1], text[head.end() : end].strip()
