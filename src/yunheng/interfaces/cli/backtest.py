"""`yunheng backtest`: the rules of article 10 on a trace. It needs no settings and no database."""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yunheng.domain.optimization.engine.backtest import Plan, Score, run, span
from yunheng.domain.optimization.engine.errors import BadTrace
from yunheng.domain.optimization.engine.layout import Connection, open_trace
from yunheng.interfaces.cli.parser import BAD, Parser
from yunheng.law.ch2_use.art10_facts import RULE_SET
from yunheng.law.ch2_use.art10_record import Record, figures_of, share_words, written
from yunheng.law.ch2_use.art10_season import RECURRENCES, Busy
from yunheng.law.kernel.parameters import Parameters

PASSED, MISSED = 0, 1
NAMES = {("idle", "advise"): "闲置", ("cpu", "advise"): "CPU偏大", ("cpu", "inform"): "CPU偏大（仅提示）"}
HEAD = (
    "截止日",
    "用途",
    "申报",
    "规则",
    "判断",
    "不作判断",
    "提出",
    "有后续数据",
    "又忙或超出",
    "占比",
    "超出机时",
    "核数",
    "可减核数",
    "达标",
)
COLUMNS = ("cut", "resource", "kind", "result", "rule", "vcpu", "to", "hours", "woke", "over", "sentence")
_PERIOD = re.compile(r"(?P<name>[^=]+)=(?P<first>[0-9-]{10})\.\.(?P<last>[0-9-]{10})(?::(?P<recurs>[a-z]+))?")


def backtest_command(words: Sequence[str]) -> int:
    """Run it: 0 when the held-out cuts pass, 1 when one misses, 2 with what is wrong."""
    given = _parser().parse_args(words)
    try:
        zone = ZoneInfo(given.zone)
        plan = Plan(zone, _day(given.held_out), tuple(filter(None, map(_day, given.cut))), _declared(given.calendar))
        p = Parameters(_day(given.on) or datetime.now(UTC).astimezone(zone).date())
        _writable(given.out)
        _writable(given.record)
        db = open_trace(given.trace, zone=zone)
        scores = _scores(db, plan, p, both=bool(given.record))
    except BadTrace as error:
        return _bad(str(error))
    except (ZoneInfoNotFoundError, ValueError):
        return _bad(f"没有时区{given.zone}。请给出如Asia/Shanghai的名称")
    _show(scores, p)
    if given.out:
        _write(given.out, scores)
    if given.record:
        rows = tuple(score.tried for score in scores)
        given.record.write_text(written(Record(RULE_SET, _trace(db, given.trace, zone), figures_of(p), rows)), "utf-8")
    judged = [score.tried for score in scores if score.tried.held_out or plan.held_out is None]
    return PASSED if all(one.passes(p) for one in judged if one.result == "advise") else MISSED


def _scores(db: Connection, plan: Plan, p: Parameters, *, both: bool) -> list[Score]:
    """What was asked for; for the record, where a season was declared, also what would have been said without it."""
    without = run(db, replace(plan, declared=()), p) if both and plan.declared else []
    return [*without, *run(db, plan, p)]


def _trace(db: Connection, path: Path, zone: ZoneInfo) -> dict[str, str]:
    """What the trace is, so that anybody can see whether theirs is the same."""
    digest = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
        digest.update(file.read_bytes())
    first, last = span(db, zone)
    machines = db.execute("SELECT count(DISTINCT resource) FROM capacity").fetchall()[0][0]
    return {
        "name": path.name, "sha256": digest.hexdigest(), "zone": zone.key, "machines": f"{machines}",
        "first": f"{first}", "last": f"{last}",
    }  # fmt: skip


def _parser() -> Parser:
    parser = Parser(prog="yunheng backtest", description="用历史数据检验第十条的优化规则", add_help=False)
    parser.add_argument("trace", metavar="数据", type=Path, help="轨迹文件、文件夹，或本平台的汇总文件夹")
    parser.add_argument("--zone", default="Asia/Shanghai", metavar="时区", help="当地日的时区，默认Asia/Shanghai")
    parser.add_argument("--held-out", default="", metavar="日期", help="自此日起的数据只用于检验，不用于调参")
    parser.add_argument("--cut", action="append", default=[], metavar="日期", help="截止日，可多次；不写时逐次推移")
    parser.add_argument(
        "--calendar", action="append", default=[], metavar="名称=首日..末日[:周期]",
        help=f"申报的业务高峰期，可多次；周期为{'、'.join(code for code, _, _ in RECURRENCES)}，默认yearly",
    )  # fmt: skip
    parser.add_argument("--on", default="", metavar="日期", help="用哪一天的参数，默认今天")
    parser.add_argument("--out", type=Path, metavar="文件", help="逐台写出的.csv")
    parser.add_argument(
        "--record", type=Path, metavar="文件", help="把结果记为.toml；申报了高峰期的，连同未申报时的结果"
    )
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    return parser


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadTrace(f"“{text}”不是日期", "请写成2026-01-31的样子") from error


def _declared(texts: Sequence[str]) -> tuple[Busy, ...]:
    found = []
    for text in texts:
        match = _PERIOD.fullmatch(text)
        recurs = (match and match["recurs"]) or "yearly"
        first, last = (_day(match["first"]), _day(match["last"])) if match else (None, None)
        if not match or first is None or last is None or last < first or recurs not in {c for c, _, _ in RECURRENCES}:
            raise BadTrace(f"看不懂业务高峰期“{text}”", "请写成 季末=2026-09-19..2026-09-27:quarterly 的样子")
        found.append(Busy(match["name"], first, last, recurs))
    return tuple(found)


def _writable(out: Path | None) -> None:
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        raise BadTrace(f"不能写出到{out}", "请给出已有文件夹中的文件名")


def _show(scores: Sequence[Score], p: Parameters) -> None:
    print(f"规则{RULE_SET}，参数{p.version}")
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for one in (score.tried for score in scores):
        counts = one.result == "advise" and one.advised
        cells = (
            f"{one.on}", "检验" if one.held_out else "调参", "是" if one.declared else "", NAMES[one.kind, one.result],
            f"{one.judged}", f"{one.undetermined}", f"{one.advised}", f"{one.heard}", f"{one.bad}",
            share_words(one.share, 1), "" if one.kind == "idle" else share_words(one.hours_over, 3),
            f"{one.vcpu}", f"{one.saved}", ("是" if one.passes(p) else "否") if counts else "—",
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |")


def _write(out: Path, scores: Sequence[Score]) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for score in scores:
            for case in score.cases:
                said = case.advice
                to = said.to.vcpu if said.to else ""
                writer.writerow(
                    (case.on, case.resource, said.kind, said.result, said.verdict.rule, case.vcpu, to,
                     case.hours, case.woke, case.over, said.verdict.sentence)
                )  # fmt: skip


def _bad(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return BAD
