"""What is wrong with a trace, in a sentence with what to do now."""

from __future__ import annotations


class BadTrace(ValueError):
    """A trace or an argument that cannot be used: what, and what to do now."""

    def __init__(self, what: str, todo: str) -> None:
        self.what, self.todo = what, todo
        super().__init__(f"{what}。{todo}")
