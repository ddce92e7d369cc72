"""The monitoring plug-in of Yunheng."""

__version__ = "0.2.0"
