"""The provider's utilisation table (10.2): every row looked at first, every error named with its row, nothing half taken.

A row is an instance on a day, or in an hour of it; a figure that is left empty is absent, never zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from yunheng.domain.metering.given import Figures
from yunheng.foundation.documents.workbooks import cell_text, read_table, sheet_of
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import art

CITE = art(10, 2)
MOST_ROWS, MOST_NAMED = 200_000, 200
MOST_SAMPLES = 86_400  # one a second
BASE = {"day": "日期", "hour": "时", "service": "服务编号", "instance": "实例编号", "n": "采样数"}
NEEDED = ("day", "service", "instance")
# metric: words, unit, the largest figure that can be true
METRICS = {
    "cpu.utilization": ("CPU使用率", "%", 1000.0), "memory.used": ("内存使用率", "%", 100.0),
    "memory.active": ("活动内存", "%", 100.0), "network.bytes": ("网络流量", "字节/秒", 1e13),
    "disk.read": ("磁盘读", "字节/秒", 1e13), "disk.write": ("磁盘写", "字节/秒", 1e13),
    "filesystem.used": ("文件系统使用率", "%", 100.0),
}  # fmt: skip
FIGURES = {"mean": "平均", "p95": "P95", "max": "最高"}
HINTS = {
    "day": "2026-01-31 这样的日期", "hour": "0 至 23，北京时间；全天的数据留空", "service": "台账的服务编号，如S-2026-0001",
    "instance": "台账登记的实例编号；云盘、公网地址、负载均衡、带宽各填自己的编号", "n": "当天（当时）的采样次数；可不填",
}  # fmt: skip
MORE = {
    "cpu.utilization": "占已分配CPU", "memory.used": "虚拟机内部，按可用内存计算",
    "memory.active": "虚拟化层统计；不作为降配依据", "network.bytes": "收发合计",
}  # fmt: skip


Row = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Known:
    """A service of the provider: the place's part of the identity, its days, its named instances (none: any)."""

    prefix: str
    opened_on: date
    closed_on: date | None
    instances: frozenset[str]


@dataclass(frozen=True)
class Expected:
    """What rows are held against; ``first`` and ``first_hourly`` are the earliest days that are still kept."""

    services: Mapping[str, Known]
    today: date
    first: date
    first_hourly: date
    zone: ZoneInfo


def column(metric: str, figure: str) -> str:
    """The head of a column: CPU使用率平均."""
    return f"{METRICS[metric][0]}{FIGURES[figure]}"


def heads() -> list[str]:
    """All columns of the template."""
    words = [column(metric, figure) for metric in METRICS for figure in FIGURES]
    return [*list(BASE.values())[:4], *words, BASE["n"]]


def rows_of(content: bytes, filename: str) -> list[Row]:
    """The rows of a workbook or a CSV file by column, each with the number that the reader sees. Raises BadInput."""
    rows = read_table(content, filename, cite=CITE)
    if len(rows) > MOST_ROWS + 1:
        raise BadInput([Problem("文件", f"超过 {MOST_ROWS:,} 行，按天分几份报送")], cite=CITE)
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    missing = [BASE[key] for key in NEEDED if BASE[key] not in head]
    if missing:
        words = f"第一行没有“{'”“'.join(missing)}”列。先下载模板，在其上填写"
        raise BadInput([Problem("表头", words)], cite=CITE)
    known = set(heads())
    problems = [
        Problem("表头", f"没有“{word[:20]}”这一列，列名须与模板一致") for word in head if word and word not in known
    ]
    problems += [Problem("表头", f"“{word}”列有两个") for word in known if head.count(word) > 1]
    if problems:
        raise BadInput(problems[:MOST_NAMED], cite=CITE, todo="对照模板改正列名，再上传")
    return [
        (number, dict(zip(head, row, strict=False)))
        for number, row in enumerate(rows[1:], 2)
        if any(str(cell).strip() for cell in row)
    ]


def checked(rows: Iterable[Row], expected: Expected) -> list[Figures]:
    """The figures of a table. Raises BadInput with all that is wrong: the first ones by row, and how many there are."""
    problems: list[Problem] = []
    found: list[Figures] = []
    seen: dict[tuple[str, date, str], int] = {}
    for number, cells in rows:
        wrong: list[str] = []
        figures = _row(cells, expected, wrong)
        if figures:
            first = figures[0]
            before = seen.setdefault((first.resource, first.day, first.hour), number)
            if before != number:
                wrong.append(f"与第 {before} 行是同一实例的同一时间")
        problems += [Problem(f"第 {number} 行", words) for words in wrong]
        found += figures
    if problems or not found:
        raise BadInput(_named(problems), cite=CITE, todo="改正后重新报送，本次没有保存任何一行")
    return found


def services_in(rows: Iterable[Row]) -> set[str]:
    """The numbers of the services that a table names."""
    return {cell_text(cells.get(BASE["service"], "")) for _, cells in rows}


def _named(problems: list[Problem]) -> list[Problem]:
    if not problems:
        return [Problem("文件", "没有一行数据")]
    rest = len(problems) - MOST_NAMED
    more = [Problem("文件", f"共 {len(problems):,} 处错误，以上列出前 {MOST_NAMED} 处")] if rest > 0 else []
    return [*problems[:MOST_NAMED], *more]


def _row(cells: Mapping[str, Any], expected: Expected, wrong: list[str]) -> list[Figures]:
    day = _day(cells.get(BASE["day"], ""), wrong)
    hour = _whole(cells.get(BASE["hour"], ""), 23, "时", wrong)
    n = _whole(cells.get(BASE["n"], ""), MOST_SAMPLES, "采样数", wrong)
    resource = _resource(cells, day, expected, wrong)
    if day is not None:
        _in_time(day, hour, expected, wrong)
    figures = {metric: _figures(cells, metric, wrong) for metric in METRICS}
    if not any(cell_text(cells.get(column(metric, figure), "")) for metric in METRICS for figure in FIGURES):
        wrong.append("没有一项监测数据")
    if wrong or day is None:
        return []
    moment = "" if hour is None else _utc(day, hour, expected.zone)
    found = []
    for metric, three in figures.items():
        mean, p95, most = ("" if value is None else repr(value) for value in three)
        if mean or p95 or most:
            found.append(Figures(resource, metric, day, moment, mean, p95, most, 1 if n is None else n))
    return found


def _resource(cells: Mapping[str, Any], day: date | None, expected: Expected, wrong: list[str]) -> str:
    number, instance = (cell_text(cells.get(BASE[key], "")) for key in ("service", "instance"))
    service = expected.services.get(number)
    if not number or not instance:
        wrong.append("没有服务编号；合并的单元格请拆开，逐行填写" if not number else "没有实例编号")
        return ""
    if service is None:
        wrong.append(f"没有服务“{number[:20]}”，或不是你提供的")
        return ""
    if len(instance) > 80 or any(c.isspace() or ord(c) < 32 for c in instance):
        wrong.append("实例编号须为 1 至 80 个字符，不含空格")
    elif service.instances and instance not in service.instances:
        wrong.append(f"{number}的台账中没有实例“{instance[:40]}”")
    if day is not None and not (service.opened_on <= day and (service.closed_on is None or day < service.closed_on)):
        wrong.append(f"{number}在 {day} 没有运行")
    return f"{service.prefix}{instance}"


def _in_time(day: date, hour: int | None, expected: Expected, wrong: list[str]) -> None:
    first = expected.first if hour is None else expected.first_hourly
    if day > expected.today:
        wrong.append(f"日期 {day} 晚于今天")
    elif day < first:
        wrong.append(f"日期 {day} 早于数据保留期，{'全天' if hour is None else '逐时'}数据最早接收 {first}")


def _figures(cells: Mapping[str, Any], metric: str, wrong: list[str]) -> tuple[float | None, ...]:
    _, unit, largest = METRICS[metric]
    found = []
    for figure in FIGURES:
        name = column(metric, figure)
        text = cell_text(cells.get(name, "")).replace(",", "").removesuffix("%")
        try:
            value = float(text) if text else None
        except ValueError:
            value = math.nan
        if value is not None and not 0 <= value <= largest:
            wrong.append(f"{name}“{text[:20]}”须为 0 至 {largest:,.0f} 的数，单位{unit}")
            value = None
        found.append(value)
    mean, p95, most = found
    if most is not None and any(value is not None and value > most for value in (mean, p95)):
        wrong.append(f"{METRICS[metric][0]}的平均或P95大于最高")
    return mean, p95, most


def _day(value: Any, wrong: list[str]) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    text = cell_text(value)
    try:
        return value if isinstance(value, date) else date.fromisoformat(text)
    except ValueError:
        wrong.append(f"日期“{text[:20]}”须为 2026-01-31 这样的日期" if text else "没有日期")
        return None


def _whole(value: Any, most: int, name: str, wrong: list[str]) -> int | None:
    text = cell_text(value)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= most):
        wrong.append(f"{name}“{text[:20]}”须为 0 至 {most:,} 的整数")
        return None
    return int(text)


def _utc(day: date, hour: int, zone: ZoneInfo) -> str:
    local = datetime.combine(day, time.min, zone) + timedelta(hours=hour)
    return f"{local.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def template() -> bytes:
    """An empty sheet with the columns, and a second one that says what each wants."""
    hints = {BASE[key]: words for key, words in HINTS.items()}
    for metric, (_, unit, _) in METRICS.items():
        more = f"；{MORE[metric]}" if metric in MORE else ""
        hints |= {column(metric, figure): f"单位{unit}{more}；没有的留空" for figure in FIGURES}
    return sheet_of("资源使用情况", {head: hints[head] for head in heads()}, frozen=4)
