"""The two formats that machines speak. A delivery that cannot be read raises Unreadable; one bad sample is refused alone."""

from __future__ import annotations


class Unreadable(Exception):
    """The sender's bytes are not what they are said to be; sending them again would not help. Says so in Chinese."""


class TooLarge(Unreadable):
    """More than is taken at once."""
