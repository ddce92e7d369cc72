"""The command line, whose mistakes are told in Chinese."""

from __future__ import annotations

import argparse
import sys

BAD = 2


class Parser(argparse.ArgumentParser):
    """Tells mistakes of the command line in Chinese, with status 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"参数有误：{message}\n{self.format_usage()}", file=sys.stderr, end="")
        raise SystemExit(BAD)
