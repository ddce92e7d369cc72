"""An inventory as it is handed in: every row looked at first, every error named with its row, nothing half taken.

Identical rows of one instance count once and are reported; rows that contradict each other are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from yunheng.domain.services.connectors.protocol import NOTHING, POWER, Instance
from yunheng.foundation.documents.workbooks import cell_text, read_table, sheet_of
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import art

CITE = art(23)
MOST_ROWS, MOST_NAMED = 500_000, 200
LARGEST = Decimal(10) ** 9
# fmt: off
COLUMNS = {
    "instance_id": "实例编号", "name": "名称", "sku": "目录编码", "quantity": "数量", "spec": "规格", "state": "状态",
    "service": "服务编号", "system": "系统编码", "since": "自", "addresses": "地址", "unit": "用户单位", "contract": "合同编号",
    "history": "数量变动", "until": "止（不含）", "attached_to": "挂载到", "back_ends": "后端数",
}
NEEDED = ("instance_id", "sku", "quantity", "state")
TEMPLATE = ("instance_id", "name", "sku", "quantity", "spec", "state", "service", "system", "since", "addresses", "attached_to", "back_ends")
WORDS = {"运行": "running", "停止": "stopped", "其他": "other"} | {word: word for word in POWER}
MOST = {"instance_id": 200, "name": 200, "sku": 40, "spec": 200, "service": 40, "system": 40, "addresses": 1000, "unit": 80, "contract": 40,
        "history": 400, "attached_to": 200}
FREE = ("无", "未挂载", "未绑定", NOTHING)  # an empty cell says nothing
MOST_BACK_ENDS = 1_000_000
# fmt: on


@dataclass(frozen=True)
class Listed:
    """A row that holds. ``quantity`` is None where the month's amount of something metered was not given."""

    no: int
    instance_id: str
    name: str
    sku: str
    quantity: Decimal | None
    spec: str
    state: str
    service: str
    system: str
    since: date | None
    addresses: str
    unit: str = ""
    contract: str = ""
    history: str = ""
    until: date | None = None
    attached_to: str = ""
    back_ends: int | None = None


Also = Callable[[Mapping[str, str]], Sequence[str]]  # what else is wrong with a row, by its texts


@dataclass(frozen=True)
class Expected:
    """What the rows are held against: the codes of the catalogue, those that are metered, the day of the inventory.

    ``also`` says what else is wrong with a row.
    """

    skus: frozenset[str]
    metered: frozenset[str]
    as_of: date
    also: Also | None = None


Raw = tuple[int, Mapping[str, Any]]  # the number of the row that the reader sees, its cells by field


def from_sheet(content: bytes, filename: str) -> Iterator[Raw]:
    """The rows of a workbook or a CSV file. Raises BadInput when it has no such columns or is too long."""
    rows = read_table(content, filename, cite=CITE)
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    places = {key: head.index(word) for key, zh in COLUMNS.items() for word in (zh, key) if word in head}
    missing = [COLUMNS[key] for key in NEEDED if key not in places]
    if missing:
        words = f"第一行没有“{'”“'.join(missing)}”列。先下载模板，在其上填写"
        raise BadInput([Problem("表头", words)], cite=CITE)
    for number, row in enumerate(rows[1:], 2):
        if any(str(cell).strip() for cell in row):
            yield number, {key: row[at] if at < len(row) else "" for key, at in places.items()}


def from_connector(instances: Iterable[Instance]) -> Iterator[Raw]:
    """What a connector reports, as if it had been handed in."""
    names = [name for name in TEMPLATE if name != "instance_id"]
    for number, one in enumerate(instances, 1):
        yield number, {"instance_id": one.instance_id, **{name: getattr(one, name) for name in names}}


def checked(raws: Iterable[Raw], expected: Expected) -> tuple[list[Listed], int]:
    """The rows, each instance once, and how many identical ones were left out. Raises BadInput with all that is wrong:
    the first ones by row, and how many there are."""
    problems: list[Problem] = []
    found: dict[str, Listed] = {}
    repeated = count = 0
    for number, cells in raws:
        count += 1
        if count > MOST_ROWS:
            raise BadInput([Problem("清单", f"超过 {MOST_ROWS:,} 行，按合同分几份报送")], cite=CITE)
        row = _row(number, cells, expected, problems)
        if row is None:
            continue
        held = found.setdefault(row.instance_id, row)
        if held is not row and astuple(replace(row, no=held.no)) == astuple(held):
            repeated += 1
        elif held is not row:
            words = f"实例“{row.instance_id}”与第 {held.no} 行重复而{_differing(held, row)}不同"
            problems.append(Problem(f"第 {number} 行", words))
    if problems or not found:
        raise BadInput(_named(problems), cite=CITE, todo="改正后重新报送，原有清单没有变动")
    return list(found.values()), repeated


def _named(problems: list[Problem]) -> list[Problem]:
    if not problems:
        return [Problem("清单", "没有一行")]
    rest = len(problems) - MOST_NAMED
    more = [Problem("清单", f"共 {len(problems):,} 处错误，以上列出前 {MOST_NAMED} 处")] if rest > 0 else []
    return [*problems[:MOST_NAMED], *more]


def _differing(one: Listed, other: Listed) -> str:
    names = [zh for key, zh in COLUMNS.items() if getattr(one, key) != getattr(other, key)]
    return "、".join(names)


def _row(number: int, cells: Mapping[str, Any], expected: Expected, problems: list[Problem]) -> Listed | None:
    wrong: list[str] = []
    texts = {key: cell_text(cells.get(key, "")) for key in MOST}
    wrong += [f"{COLUMNS[key]}最多 {most} 字" for key, most in MOST.items() if len(texts[key]) > most]
    if not texts["instance_id"]:
        wrong.append("没有实例编号")
    if texts["sku"] and texts["sku"] not in expected.skus:
        wrong.append(f"目录中没有编码“{texts['sku'][:40]}”")
    state = WORDS.get(cell_text(cells.get("state", "")))
    if state is None:
        wrong.append(f"状态“{cell_text(cells.get('state', ''))[:20]}”须为运行、停止、其他之一")
    quantity = _quantity(cells.get("quantity", ""), texts["sku"] in expected.metered, wrong)
    texts["attached_to"] = NOTHING if texts["attached_to"] in FREE else texts["attached_to"]
    back_ends = _whole(cells.get("back_ends", ""), wrong)
    since, until = (_day(cells.get(key, ""), COLUMNS[key], expected.as_of, wrong) for key in ("since", "until"))
    wrong += (
        expected.also({**texts, "since": f"{since or ''}", "until": f"{until or ''}", "quantity": f"{quantity or ''}"})
        if expected.also
        else ()
    )
    problems += [Problem(f"第 {number} 行", words) for words in wrong]
    return (
        None
        if wrong or state is None
        else Listed(no=number, quantity=quantity, state=state, since=since, until=until, back_ends=back_ends, **texts)
    )


def _quantity(value: Any, metered: bool, wrong: list[str]) -> Decimal | None:
    text = cell_text(value).replace(",", "")
    if not text and metered:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number <= 0 or number >= LARGEST or number != number.quantize(Decimal("0.000001")):
        wrong.append(f"数量“{text[:20]}”须为大于 0 的数，最多 9 位整数、6 位小数" if text else "没有数量")
        return None
    return number.normalize()


def _whole(value: Any, wrong: list[str]) -> int | None:
    text = cell_text(value)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= MOST_BACK_ENDS):
        wrong.append(f"后端数“{text[:20]}”须为 0 至 {MOST_BACK_ENDS:,} 的整数")
        return None
    return int(text)


def _day(value: Any, zh: str, as_of: date, wrong: list[str]) -> date | None:
    if isinstance(value, datetime):
        value = value.date()
    text = cell_text(value)
    if not isinstance(value, date) and not text:
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(text)
    except ValueError:
        wrong.append(f"{zh}“{text[:20]}”不是日期，须为 2026-01-31 这样的日期")
        return None
    if day > as_of:
        wrong.append(f"{zh} {day} 晚于清单日期 {as_of}")
    return day


HINTS = {
    "instance_id": "云平台中的唯一编号", "sku": "服务目录的编码", "quantity": "按目录的计量单位；按量计费的填本月用量",
    "state": "运行、停止、其他", "service": "S-2026-0001，已标注的", "system": "XT-2026-0001", "since": "2026-01-31",
    "addresses": "多个以空格分开", "attached_to": "云盘、公网地址所挂载（绑定）的实例编号；没有的填“无”；不清楚的留空",
    "back_ends": "负载均衡的后端数，没有的填0；不清楚的留空",
}  # fmt: skip


def template() -> bytes:
    """An empty sheet with the columns, and beside it what each wants."""
    return sheet_of("资源清单", {COLUMNS[key]: HINTS.get(key, "") for key in TEMPLATE})
