"""The monitoring plug-in of Yunheng."""

__version__ = "0.1.0"
