"""`yunheng connector list`, `check` and `inventory`: they need no settings and no database."""

from __future__ import annotations

import sys
import time
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from yunheng.domain.services.connectors import available, load
from yunheng.domain.services.connectors.conformance import FAULTY, NOT_TRIED, PASSED, examine
from yunheng.domain.services.connectors.inventory import to_csv, to_xlsx
from yunheng.domain.services.connectors.loading import make, writes
from yunheng.domain.services.connectors.protocol import ConnectorError, Misconfigured
from yunheng.domain.services.connectors.trial import Trial
from yunheng.interfaces.cli.parser import BAD, Parser

FINE, FAULTS = 0, 1
PATIENCE = 600  # seconds for one operation
BETWEEN = 1.0  # seconds from one poll to the next


def list_command(words: Sequence[str]) -> int:
    """The connectors that are installed: 0."""
    Parser(prog="yunheng connector list", description="列出已安装的连接器").parse_args(words)
    for name, place in available().items():
        print(f"{name:<14}{place}")
    return FINE


def check_command(words: Sequence[str]) -> int:
    """Run the kit: 0 when nothing failed, 1 when something did, 2 when the connector cannot be made."""
    parser = _parser("check", "按约定逐项检查一个连接器；不写--write时只读取")
    parser.add_argument("--write", action="store_true", help="另外开通、变更、释放一个实例（可能产生费用）")
    parser.add_argument(
        "--patience", type=int, default=PATIENCE, metavar="秒", help=f"每项操作最长等待，默认{PATIENCE}"
    )
    given = parser.parse_args(words)
    try:
        trial = _trial(given.name, _configuration(given.config), write=given.write, patience=given.patience)
        counts = {PASSED: 0, FAULTY: 0, NOT_TRIED: 0}
        for result in examine(trial, write=given.write):
            counts[result.verdict] += 1
            print(f"{result.verdict}  {result.name}{f'：{result.reason}' if result.reason else ''}", flush=True)
    except ConnectorError as error:
        return _bad(error)
    print("，".join(f"{verdict}{n}项" for verdict, n in counts.items()))
    if not given.write:
        print("未检查开通、变更、释放；在可以试开通的云上加--write再检查。")
    return FAULTS if counts[FAULTY] else FINE


def inventory_command(words: Sequence[str]) -> int:
    """The inventory in the columns that reconciliation reads: 0, or 2 with the reason."""
    parser = _parser("inventory", "列出资源清单，格式与清单核对所用相同")
    parser.add_argument("--out", type=Path, metavar="文件", help="写出的.csv或.xlsx；不写时显示")
    given = parser.parse_args(words)
    try:
        _writable(given.out)
        found = load(given.name, _configuration(given.config)).list_inventory()
    except ConnectorError as error:
        return _bad(error)
    if given.out is None:
        print(to_csv(found), end="")
        return FINE
    # A workbook program takes a CSV without the mark for another encoding.
    content = to_xlsx(found) if given.out.suffix == ".xlsx" else to_csv(found).encode("utf-8-sig")
    given.out.write_bytes(content)
    print(f"{given.out}：{len(found):,}个实例")
    return FINE


def _trial(name: str, configuration: Mapping[str, Any], *, write: bool, patience: int) -> Trial:
    if write and "write" in configuration and not writes(configuration):
        raise Misconfigured("配置写明write = false，不能加--write", todo="改用只读检查，或换一份允许办理的配置")
    today = datetime.now(UTC).date()
    return Trial(
        make=lambda chosen: make(name, chosen),
        configuration={**configuration, "write": write},
        period=(today - timedelta(days=1), today),
        run=uuid.uuid4().hex[:12],
        polls=max(1, round(patience / BETWEEN)),
        pause=lambda: time.sleep(BETWEEN),
    )


def _parser(name: str, about: str) -> Parser:
    parser = Parser(prog=f"yunheng connector {name}", description=about, add_help=False)
    parser.add_argument("name", metavar="连接器", help="yunheng connector list列出的名称")
    parser.add_argument("--config", type=Path, metavar="文件", help="连接器的配置（TOML），见docs/connectors.md")
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    return parser


def _configuration(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"读不了配置{file}：{error}") from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"配置{file}不是TOML：{error}") from error


def _writable(out: Path | None) -> None:
    if out is None:
        return
    if out.suffix not in (".csv", ".xlsx"):
        raise Misconfigured(f"不能写成“{out.suffix or out.name}”", todo="请写出.csv或.xlsx")
    if not out.parent.is_dir():
        raise Misconfigured(f"没有文件夹{out.parent}", todo="请给出已有文件夹中的文件名")


def _bad(error: ConnectorError) -> int:
    print(error, file=sys.stderr)
    return BAD
