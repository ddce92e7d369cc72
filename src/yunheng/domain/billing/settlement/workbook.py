"""The workbook of a settlement: eight sheets for finance and the accountant; and the template of a statement."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from yunheng.domain.billing.models import AccrualLine, Settlement
from yunheng.domain.billing.queries import in_period
from yunheng.domain.billing.settlement import queries
from yunheng.domain.billing.settlement.facts import submitted
from yunheng.domain.billing.settlement.late_release import ZERO, late_releases
from yunheng.domain.billing.settlement.statements import COLUMNS
from yunheng.domain.funding.models import Contract
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Event
from yunheng.law.ch3_funding.art14_contract import PAYERS
from yunheng.law.ch3_funding.art16_settlement import CHECKS
from yunheng.law.kernel.money import capitals
from yunheng.law.kernel.period import Period

Cell = str | Decimal | int | None
DETAIL = (
    "行号",
    "更正行号",
    "用户单位",
    "系统",
    "服务编号",
    "目录编码",
    "起",
    "止（不含）",
    "天数",
    "数量",
    "单价",
    "承担方",
    "金额（元）",
    "说明",
)


class Book:
    """A workbook on disk, row by row: amounts are numbers with two decimals, everything else is text."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self.money = self.book.add_format({"num_format": "#,##0.00"})
        self.head = self.book.add_format({"bold": True, "bg_color": "#eceff3"})

    def sheet(self, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Add a sheet; nothing that somebody typed becomes a formula."""
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, len(head) - 1, 18)
        sheet.freeze_panes(1, 0)
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, self.head)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, Decimal):
                    sheet.write_number(number, column, value, self.money)
                elif isinstance(value, int):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, value or "")


def settlement_book(case: Settlement, *, actor: Actor) -> bytes:
    """The eight sheets of what the actor may see."""
    found = queries.lines_for(case, actor=actor)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "book.xlsx"
        book = Book(path)
        sums = ("市级统筹（元）", "单位自付（元）", "合计（元）")
        book.sheet("汇总（单位）", ("用户单位", *sums), _sums(queries.sums(found, "unit__name")))
        book.sheet("系统汇总", ("系统", *sums), _sums(queries.sums(found, "unit__short_name", "system__name")))
        named = found.prefetch_related("unit__former_names")
        book.sheet("明细", DETAIL, (_detail(line) for line in named.filter(late=False).iterator(chunk_size=2000)))
        book.sheet("变更与优化影响", DETAIL, (_detail(line) for line in named.filter(adjustment=True)))
        book.sheet(
            "剔除与争议",
            ("服务编号", "起", "止（不含）", "账单（元）", "复算（元）", "差额（元）", "类别", "原因", "依据"),
            _disputed(case, actor),
        )
        book.sheet("核查结果", ("核查事项", "结论", "情况"), _checks(case) if actor.kind in queries.WHOLE else [])
        book.sheet(
            "核算结果",
            ("行号", "服务编号", "送审（元）", "核减（元）", "审定（元）", "理由"),
            _account(case) if actor.kind in queries.WHOLE else [],
        )
        book.sheet("支付申请", ("项目", "金额（元）", "大写"), _payment(case) if actor.kind in queries.WHOLE else [])
        book.book.close()
        return path.read_bytes()


def _sums(rows: Iterable[queries.Row]) -> Iterable[Sequence[Cell]]:
    return ((row.name, row.fund, row.unit, row.fund + row.unit) for row in rows)


def _detail(line: Any) -> Sequence[Cell]:
    return (
        line.no, line.corrects.no if line.corrects else None, line.unit_name or None,
        line.system.name if line.system else None, line.service_number, line.sku, f"{line.from_on}", f"{line.to_on}",
        line.days, f"{line.quantity.normalize():f}", f"{line.unit_price.normalize():f}", dict(PAYERS)[line.payer],
        line.amount, line.reason,
    )  # fmt: skip


def _disputed(case: Settlement, actor: Actor) -> Iterable[Sequence[Cell]]:
    """The differences; then the days past the term of an exit, which are billed as they ran and disputable (R-007)."""
    for d in queries.differences_for(case, actor=actor):
        kind = d.get_kind_display()
        yield d.service_number, f"{d.from_on}", f"{d.to_on}", d.stated, d.due, d.amount, kind, d.reason, d.cite
    for row in late_releases(case, actor=actor):
        words = f"退出{row.case.number}应于{row.due_on}办结，超过时限{row.days}天（自然日）"
        start, end = f"{row.spans[0].start}", f"{row.spans[-1].end}"
        yield row.service.number, start, end, row.amount, row.amount, ZERO, "可争议", words, "11"


def _checks(case: Settlement) -> Iterable[Sequence[Cell]]:
    event = Event.objects.filter(case_id=case.pk, step="verify").order_by("-sequence").first()
    given = event.data["checks"] if event else {}
    return [
        (zh, "符合" if given[key]["passed"] else "不符合", given[key]["words"]) for key, zh in CHECKS if key in given
    ]


def _account(case: Settlement) -> Iterable[Sequence[Cell]]:
    if case.accounted is None:
        return
    for row in case.cuts.select_related("line"):
        yield row.line.no, row.line.service_number, row.submitted, row.cut, row.approved, row.reason
    asked = submitted(case)
    yield None, "合计", asked, asked - case.accounted, case.accounted, ""


def _payment(case: Settlement) -> Iterable[Sequence[Cell]]:
    if case.payable is None or case.accounted is None:
        return
    event = Event.objects.filter(case_id=case.pk, step="audit").order_by("-sequence")[0]
    verdict = next(v for v in event.found if v.rule == "payable")
    for row in verdict.rows:
        yield row.what, row.value, ""
    yield "应付", case.payable, capitals(case.payable)


def statement_template(contract: Contract, period: Period) -> bytes:
    """A statement to fill in, with the months accrued so far, so that a provider begins with the platform's lines."""
    found = in_period(AccrualLine.objects.filter(contract=contract), period.start, period.end)
    rows = found.order_by("service__number", "from_on").values_list(
        "service__number", "sku", "from_on", "to_on", "quantity", "unit_price", "payer", "amount"
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "statement.xlsx"
        book = Book(path)
        book.sheet("账单", tuple(COLUMNS.values()), (_template_row(row) for row in rows.iterator(chunk_size=5000)))
        book.book.close()
        return path.read_bytes()


def _template_row(row: Sequence[Any]) -> Sequence[Cell]:
    number, sku, start, end, quantity, price, payer, amount = row
    return (
        number,
        sku,
        f"{start}",
        f"{end}",
        f"{quantity.normalize():f}",
        f"{price.normalize():f}",
        dict(PAYERS)[payer],
        amount,
    )
