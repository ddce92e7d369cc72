"""The command `yunheng`: short names for what operators do, and `yunheng manage` for everything else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

# These need no settings and no database: a settlement package, a connector's configuration, or a trace.
ALONE = {
    "rate": "按第十五条计算一个结算包",
    "verify": "核验一个结算包：摘要、重算、逐行比对",
    "export focus": "把一个结算包写成FOCUS 1.2账单文件",
    "backtest": "用历史数据检验第十条的优化规则",
    "connector list": "列出已安装的云服务商连接器",
    "connector check": "按约定逐项检查一个连接器",
    "connector inventory": "经连接器列出云上的资源清单",
}

# Each is a management command of the same name; arguments are passed on.
COMMANDS = {
    "export": "从台账导出结算包等",
    "worker": "运行到期提醒与定时作业",
    "doctor": "逐项核对台账、流程、义务与审计链",
}

HELP = """\
云衡：市级政务云服务统筹管理平台

用法：yunheng 命令 [参数]

{commands}
  manage               其余管理命令，例如 yunheng manage migrate；不带参数时列出全部
  version              显示版本

演示请用 make run；正式运行所需的环境变量见 docs/operating.md。
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Mistakes of configuration are told in a sentence."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunheng.config.settings")
    first = words[0] if words else "help"
    if first in {"help", "-h", "--help"}:
        print(HELP.format(commands="\n".join(f"  {name:<21}{about}" for name, about in (ALONE | COMMANDS).items())))
        return 0
    if first in {"version", "--version"}:
        from yunheng import __version__

        print(f"yunheng {__version__}")
        return 0
    name = next((name for name in ALONE if words[: len(name.split())] == name.split()), "")
    if name:
        return _alone(name)(words[len(name.split()) :])
    if first != "manage" and first not in COMMANDS:
        print(f"没有命令“{first}”。运行 yunheng help 查看可用的命令。", file=sys.stderr)
        return 2
    return _managed(words[1:] if first == "manage" else words)


def _alone(name: str) -> Callable[[Sequence[str]], int]:
    """The function of a command, imported when it is asked for: DuckDB and others take their time."""
    if name.startswith("connector "):
        from yunheng.interfaces.cli import connectors

        return {
            "connector list": connectors.list_command,
            "connector check": connectors.check_command,
            "connector inventory": connectors.inventory_command,
        }[name]
    if name == "backtest":
        from yunheng.interfaces.cli.backtest import backtest_command

        return backtest_command
    from yunheng.interfaces.cli import packages

    return {
        "rate": packages.rate_command,
        "verify": packages.verify_command,
        "export focus": packages.focus_command,
    }[name]


def _managed(words: Sequence[str]) -> int:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["yunheng", *words])
    except ImproperlyConfigured as error:
        print(f"配置有误：{error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
