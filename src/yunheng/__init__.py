"""Yunheng: a city's government cloud, run under its regulation."""

__version__ = "0.1.0"
