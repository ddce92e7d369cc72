"""One application of the story, from its draft to where its stage says, through the product's own operations."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter

from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.funding.models import Contract
from yunheng.domain.services import applications, operations, sizing
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.models import Application
from yunheng.domain.services.sheets import HEAD, read_list
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.operations import store

TO_OPEN = 8  # working days from the draft to the opening
CUTS = ("按目标利用率复核，核减后可满足", "与既有资源合并使用", "先按一半开通，视使用情况再申请变更")
PURPOSES = ("应用服务", "数据库", "文件与影像", "接口服务", "安全防护", "备份")
# The list of a large bureau: product, quantity of a line, how many lines, and the rest as a last line.
LARGE = (
    ("C-ECS-VCPU", 16, 57, 13), ("C-ECS-MEM", 64, 57, 41), ("S-DISK-EFF", 600, 57, 234), ("S-DISK-CAP", 2000, 52, 766),
    ("N-BW", 60, 36, 26),
)  # fmt: skip
PIECES, MOST_PIECES = ("台", "实例", "卡", "个"), 40
STOPS = {
    "before_submission": ("draft", "with_head"),
    "before_review": ("submitted", "returned", "withdrawn"),
    "before_decision": ("accepted", "recommended", "sent_back", "resubmitted"),
    "before_opening": ("approved", "notified", "due_today", "late", "obstacle", "dropped", "cancelled"),
}


def apply(
    story: Story, system: InformationSystem, start: date, stage: str, lines: Sequence[LineInput] = ()
) -> None:  # fmt: skip
    """Draft it on ``start``, a working day or the one before it; later acts follow on later working days."""
    start = story.working(start)
    case = _draft(story, system, start, lines or (read_list(_workbook()) if stage == "large" else some_lines(story)))
    if stage == "draft":
        return
    at = story.moment(start, 15)
    operations.take(case, "pass_to_head", actor=story.actor(system.unit, "handler", at), at=at)
    if stage == "with_head":
        return
    at = story.moment(story.later(start, 1), 9)
    head = story.actor(system.unit, "head", at)
    operations.take(case, "submit", actor=head, at=at)
    if stage == "withdrawn":
        operations.take(case, "withdraw", actor=head, at=at + timedelta(hours=5), opinion="与其他系统合并申请")
    elif stage != "submitted":
        _review(story, case, start, stage)


def _draft(story: Story, system: InformationSystem, start: date, lines: Sequence[LineInput]) -> Application:
    at = story.moment(start, 9)
    handler = story.actor(system.unit, "handler", at)
    case = applications.create(
        system=system, actor=handler, at=at, purpose=f"{system.name}上云运行", expected_on=start + timedelta(days=30)
    )
    applications.set_lines(case, lines=lines, actor=handler, on=start)
    sizing.set_sizing(case, figures=_figures(story), basis="按近一年峰值测算", actor=handler, on=start)
    _hand_in(story, case, handler, at)
    case.refresh_from_db()
    return case


def _hand_in(story: Story, case: Application, handler: Any, at: datetime) -> None:
    """Two papers as files, two that lie on paper elsewhere."""
    assert case.system is not None
    for kind, zh in (("form", "政务云服务申请表"), ("plan", "项目实施方案")):
        held = store(
            content=paper(zh), filename=f"{zh}.pdf", kind=kind, jurisdiction_id=case.jurisdiction_id,
            person_id=handler.person_id, at=at, case_id=case.pk,
        )  # fmt: skip
        applications.set_paper(case, kind=kind, actor=handler, attachment=held)
    for kind in ("contract", "acceptance"):
        applications.set_paper(case, kind=kind, actor=handler, reason="纸质件已在服务中心存档")


def some_lines(story: Story) -> list[LineInput]:
    """What a middling system asks for."""
    known = sorted(code for code in story.skus if code[0] != "U" and story.skus[code][5])  # some are for changes
    codes = story.chance.sample(known, k=story.chance.randint(3, 8))
    return [
        LineInput(
            f"第 {n} 行", code, Decimal(story.chance.randint(*story.skus[code][5:7])),
            purpose=story.chance.choice(PURPOSES),
        )
        for n, code in enumerate(sorted(codes), 1)
    ]  # fmt: skip


def _workbook() -> bytes:
    """The large bureau's list as it would hand it in: 925 cores, 3,689 GB, 139,200 GB of disk, 2,186 Mbps."""
    buffer, row = io.BytesIO(), 0
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("资源清单")
        sheet.write_row(0, 0, HEAD)
        for code, each, times, rest in LARGE:
            for quantity in (*(each,) * times, rest):
                row += 1
                sheet.write_row(row, 0, (row, code, "", "", "", quantity, f"业务模块 {row % 57 + 1}"))
    return buffer.getvalue()


def _figures(story: Story) -> dict[str, str]:
    """What a middling system says of itself in the worksheet."""
    users = story.chance.randrange(2000, 200000, 500)
    sessions, stock = max(50, users // 40), story.chance.randrange(100, 2000, 50)
    return {
        "users": str(users), "daily_share": "0.3", "operations": "20", "peak_factor": "3", "cpu_ms": "60",
        "sessions": str(sessions), "session_mb": "8", "baseline_mb": "4096", "stock_gb": str(stock),
        "yearly_gb": str(stock // 4), "years": "3", "page_kb": "60",
    }  # fmt: skip


def _review(story: Story, case: Application, start: date, stage: str) -> None:
    at = story.moment(story.later(start, 2), 9)
    acceptor = story.actor(story.city.centre, "acceptor", at)
    if stage in ("returned", "resubmitted"):
        operations.take(case, "return", actor=acceptor, at=at, opinion="需求测算未说明峰值来源；实施方案缺部署图")
    if stage == "resubmitted":
        at = story.moment(story.later(start, 3), 10)
        operations.take(case, "resubmit", actor=story.actor(case.unit, "head", at), at=at)
        at = story.moment(story.later(start, 4), 9)
    if stage == "returned":
        return
    operations.take(case, "accept", actor=acceptor, at=at)
    if stage not in ("accepted", "resubmitted"):
        _recommend(story, case, story.moment(story.later(start, 3), 11))
    if stage not in STOPS["before_decision"]:
        _decide(story, case, start, stage)
    elif stage == "sent_back":
        at = story.moment(story.later(start, 4), 10)
        approver = story.actor(story.city.bureau, "approver", at)
        operations.take(case, "send_back", actor=approver, at=at, opinion="带宽需求与在线人数不匹配，再核一次")


def _recommend(story: Story, case: Application, at: datetime) -> None:
    grants = {line.no: _cut(story, line) for line in case.lines.all()}
    reviewer, contract = story.actor(story.city.centre, "reviewer", at), _contract_for(story, case, at.date())
    operations.recommend(case, grants=grants, contract=contract, actor=reviewer, at=at, opinion="经逐项核定，建议批准")


def _cut(story: Story, line: Any) -> operations.Cut:
    if line.quantity >= 4 and story.chance.random() < 0.25:
        return operations.Cut((line.quantity * Decimal("0.75")).to_integral_value(), story.chance.choice(CUTS))
    return operations.Cut(line.quantity)


def _contract_for(story: Story, case: Application, on: date) -> Contract:
    covered = operations.is_covered(case, on=on)
    lot = 1 + case.pk % len(story.city.providers)
    return story.contracts[("covered", 10 * on.year + lot) if covered else ("own", case.unit_id)]


def _decide(story: Story, case: Application, start: date, stage: str) -> None:
    at = story.moment(story.later(start, 5), 16)
    approver = story.actor(story.city.bureau, "approver", at)
    if stage in ("rejected", "asked_again"):
        operations.reject(case, actor=approver, at=at, opinion="与政务服务一体化平台功能重复，应整合使用")
    if stage == "asked_again":
        at = story.moment(story.later(start, 7), 10)
        head = story.actor(case.unit, "head", at)
        operations.take(case, "ask_review", actor=head, at=at, opinion="两系统服务对象不同，附功能对照说明")
    if stage in ("rejected", "asked_again"):
        return
    operations.approve(case, actor=approver, at=at)
    if stage in STOPS["before_opening"]:
        _wait(story, case, start, stage)
    else:
        _open(story, case, story.later(start, 6 if stage == "large" else TO_OPEN), stage)


def _wait(story: Story, case: Application, start: date, stage: str) -> None:
    """What may happen between the notice and the opening."""
    at = story.moment(story.later(start, 6), 10)
    if stage == "cancelled":
        head = story.actor(case.unit, "head", at)
        operations.take(case, "cancel", actor=head, at=at, opinion="项目调整，暂不上云")
    if stage == "obstacle":
        assert case.provider is not None
        delivery = story.actor(case.provider, "delivery", at)
        operations.take(case, "report_obstacle", actor=delivery, at=at, opinion="机房扩容延迟，预计三个工作日内开通")
    if stage == "dropped":
        head, last = story.actor(case.unit, "head", at), case.lines.all().reverse()[0]
        operations.drop_lines(case, line_nos=[last.no], opinion="改用既有资源", actor=head, at=at)


def _named(story: Story, case: Application, line: Any) -> str:
    """What is counted in pieces has a name for each."""
    first, count = f"i-{case.pk:05d}{line.no:02d}", int(line.approved)
    pieces = story.skus[line.sku][3] in PIECES and 1 < count <= MOST_PIECES
    return "\n".join(f"{first}-{n}" for n in range(1, count + 1)) if pieces else first


def _open(story: Story, case: Application, day: date, stage: str) -> None:
    assert case.provider is not None
    at = story.moment(day, 10)
    delivery, head = story.actor(case.provider, "delivery", at), story.actor(case.unit, "head", at)
    reports = [
        operations.Report(line.no, line.approved, day, instances=_named(story, case, line), plugin="1.0")
        for line in case.lines.all()
        if line.approved
    ]
    operations.report_opened(case, reports=reports, actor=delivery, at=at)
    nos = [report.no for report in reports]
    if stage in ("disputed", "mediated"):
        operations.take(
            case, "dispute_day", actor=head, at=at + timedelta(hours=2), opinion="当日网络未通，次日方可使用"
        )
    elif stage == "resources_disputed":
        words = "实际带宽小于核定数量"
        operations.dispute_resources(case, line_nos=nos[:1], opinion=words, actor=head, at=at + timedelta(hours=2))
    elif stage not in ("opened", "large"):
        operations.confirm_opening(case, day=day, line_nos=nos, actor=head, at=at + timedelta(hours=3))
        if stage != "half_confirmed":
            operations.confirm_opening(case, day=day, line_nos=nos, actor=delivery, at=at + timedelta(hours=4))
    if stage == "mediated":
        agreed, at = story.later(day, 1), story.moment(story.later(day, 3), 10)
        reviewer = story.actor(story.city.centre, "reviewer", at)
        operations.mediate(case, day=agreed, actor=reviewer, at=at, opinion="以网络验通之日为正式开通日期")
        operations.confirm_opening(
            case, day=agreed, line_nos=nos, actor=head, at=at + timedelta(hours=3), reason="按调解日期确认"
        )
