"""`yunheng rate`, `verify` and `export focus`: they need no settings and no database, only a settlement package."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from yunheng.domain.billing.engine import focus
from yunheng.domain.billing.engine.errors import BadInput, refuse
from yunheng.domain.billing.engine.lines import Totals
from yunheng.domain.billing.engine.package import period_of
from yunheng.domain.billing.engine.rating import ENGINES, Carrier, rate, verify
from yunheng.interfaces.cli.parser import BAD, Parser
from yunheng.law.kernel.period import Period

SAME, DIFFERENT = 0, 1
PATIENCE = 2  # seconds of silence before progress is told


class Progress:
    """Tells on the error stream what goes on, once the work has taken a while."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.waiting: list[str] = []

    def __call__(self, text: str) -> None:
        passed = time.monotonic() - self.started
        self.waiting.append(f"[{passed:6.1f}秒] {text}")
        if passed >= PATIENCE:
            print("\n".join(self.waiting), file=sys.stderr, flush=True)
            self.waiting.clear()


def _parser(name: str, about: str, *, engines: bool = True) -> Parser:
    parser = Parser(prog=f"yunheng {name}", description=about, add_help=False)
    parser.add_argument("package", metavar="结算包", type=Path, help="文件夹或.zip")
    if engines:
        parser.add_argument("--engine", choices=ENGINES, default="duckdb", help="计算引擎，默认duckdb")
        parser.add_argument("--master", default="", metavar="URL", help="Spark集群地址，例如spark://10.0.0.1:7077")
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    return parser


def _add_period(parser: Parser) -> None:
    parser.add_argument("--from", dest="start", required=True, metavar="起日", help="计费期间的第一天")
    parser.add_argument("--to", dest="end", required=True, metavar="止日", help="计费期间之后的第一天（不含）")


def rate_command(words: Sequence[str]) -> int:
    """Rate a package: 0 with totals, or 2 with every mistake."""
    parser = _parser("rate", "按第十五条计算结算包，写出计费行并给出合计")
    _add_period(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="文件", help="写出的lines.csv（或.parquet）")
    given = parser.parse_args(words)
    try:
        period = _period(given)
        _writable(given.out)
        found = rate(given.package, given.out, period=period, by=_carrier(given))
    except BadInput as error:
        return _bad(error)
    print(f"{given.out}：{found.lines:,}行")
    print(_totals(found))
    return SAME


def verify_command(words: Sequence[str]) -> int:
    """Verify a package: 0 and 一致, 1 with every difference, or 2 with every mistake."""
    given = _parser("verify", "核对结算包的摘要，按第十五条重算并逐行比对").parse_args(words)
    try:
        found = verify(given.package, by=_carrier(given))
    except BadInput as error:
        return _bad(error)
    for mistake in (*found.stale, *found.differences):
        print(mistake)
    if found.holds:
        print(f"一致：{found.totals.lines:,}行")
        print(_totals(found.totals))
        return SAME
    print(f"不一致：摘要不符{len(found.stale)}处，计费行差异{len(found.differences):,}处")
    print(
        f"列账{_yuan(found.stated.all)}元，重算{_yuan(found.totals.all)}元，差{_yuan(found.totals.all - found.stated.all)}元"
    )
    return DIFFERENT


def focus_command(words: Sequence[str]) -> int:
    """Export a package as FOCUS 1.2: 0 with totals, or 2 with every mistake."""
    parser = _parser("export focus", "按第十五条计算结算包，写出FOCUS 1.2账单文件", engines=False)
    _add_period(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="文件", help="写出的.csv或.parquet")
    parser.add_argument("--account-id", default="", metavar="编号", help="统筹账户的编号，默认取清单中的行政区划")
    parser.add_argument("--account-name", default=focus.POOL_NAME, metavar="名称", help=f"默认{focus.POOL_NAME}")
    parser.add_argument("--invoice", default="", metavar="编号", help="账单编号；未出账时不填")
    given = parser.parse_args(words)
    bill = focus.Bill(given.account_id, given.account_name, given.invoice)
    try:
        period = _period(given)
        _writable(given.out)
        found = focus.export(given.package, given.out, period=period, bill=bill, say=Progress())
    except BadInput as error:
        return _bad(error)
    print(
        f"{given.out}：{found.totals.lines + found.free:,}行，其中免费{found.free:,}行（原价{_yuan(found.spared)}元）"
    )
    print(_totals(found.totals))
    return SAME


def _carrier(given: argparse.Namespace) -> Carrier:
    return Carrier(given.engine, given.master, Progress())


def _period(given: argparse.Namespace) -> Period:
    return period_of(given.start, given.end, file="参数", names=("--from", "--to"))


def _writable(out: Path) -> None:
    if out.is_dir() or not out.parent.is_dir():
        raise refuse(str(out), "不能写出到这里；请给出已有文件夹中的文件名")


def _totals(found: Totals) -> str:
    return f"市级统筹{_yuan(found.fund)}元\n单位自付{_yuan(found.unit)}元\n合计{_yuan(found.all)}元"


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _bad(error: BadInput) -> int:
    for mistake in error.mistakes:
        print(mistake, file=sys.stderr)
    print(f"输入有误，共{len(error.mistakes):,}处；未写出任何内容。", file=sys.stderr)
    return BAD
