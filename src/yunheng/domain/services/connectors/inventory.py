"""The inventory as a table: the columns that reconciliation reads, written as CSV or xlsx."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from yunheng.domain.services.connectors.protocol import NOTHING, OTHER, RUNNING, STOPPED, Instance

HEAD = (
    "实例编号",
    "名称",
    "目录编码",
    "数量",
    "规格",
    "状态",
    "服务编号",
    "系统编码",
    "自",
    "地址",
    "挂载到",
    "后端数",
)
STATES = {RUNNING: "运行", STOPPED: "停止", OTHER: "其他"}


def rows(instances: Iterable[Instance]) -> Iterator[tuple[str, ...]]:
    """Each instance as texts, in the order of HEAD; a day is 2026-01-05, a quantity has no exponent."""
    for one in instances:
        day = one.since.isoformat() if one.since else ""
        quantity = f"{one.quantity.normalize():f}"
        yield (
            one.instance_id, one.name, one.sku, quantity, one.spec, STATES[one.state], one.service, one.system,
            day, one.addresses, "无" if one.attached_to == NOTHING else one.attached_to,
            "" if one.back_ends is None else str(one.back_ends),
        )  # fmt: skip


def to_csv(instances: Iterable[Instance]) -> str:
    """CSV with a header."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *rows(instances)])
    return out.getvalue()


def to_xlsx(instances: Iterable[Instance]) -> bytes:
    """A workbook. Texts are written as texts, so that nothing becomes a formula."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("资源清单")
        for number, row in enumerate([HEAD, *rows(instances)]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
        sheet.set_column(0, len(HEAD) - 1, 16)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
