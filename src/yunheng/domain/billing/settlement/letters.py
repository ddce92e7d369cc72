"""The letters of a settlement: 对账单, 核查报告, 结算单 with the amount in capitals, 自行结算清单."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from yunheng.domain.billing.models import Settlement
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event
from yunheng.law.ch3_funding.art16_settlement import CHECKS
from yunheng.law.kernel.money import capitals, yuan
from yunheng.law.kernel.verdict import Verdict

ZERO = Decimal("0.00")


def span(case: Settlement) -> str:
    """2025年1月1日至2025年12月31日, both included, as people say it."""
    return f"{date_zh(case.period_from)}至{date_zh(date.fromordinal(case.period_to.toordinal() - 1))}"


def grouped(digest: str) -> str:
    """In groups of eight, so that a line can end between them."""
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))


def statement(case: Settlement, *, event: Event, at: datetime) -> Letter:
    """对账单, from the provider to the bureau: what is stated, by unit."""
    parts = list(case.parts.select_related("unit"))
    fund, own = sum((p.fund for p in parts), ZERO), sum((p.own for p in parts), ZERO)
    words = [
        f"现出具{case.contract.name}（{case.contract.number}）{span(case)}的账单{case.number}，共{event.data['lines']:,}行。",
        f"合计{yuan(Decimal(event.data['amount']))}元（大写：{capitals(Decimal(event.data['amount']))}）；"
        f"台账所列各单位合计：市级统筹{yuan(fund)}元，用户单位自付{yuan(own)}元。",
    ]
    rows = [[part.unit.name, yuan(part.fund), yuan(part.own)] for part in parts]
    table = {"head": ["用户单位", "市级统筹（元）", "单位自付（元）"], "rows": rows}
    return _letter(case, "对账单", "账", event.organisation, case.unit, at, words, table)


def verification(case: Settlement, *, event: Event, at: datetime) -> Letter:
    """核查报告, from the centre to the bureau: the four checks, the differences, the units that did not answer."""
    compared, parts = case.compared, list(case.parts.all())
    answered = sum(part.status == "confirmed" for part in parts)
    words = [
        f"现将{case.contract.name}（{case.contract.number}）{span(case)}账单{case.number}的核查结果报告如下。",
        f"账单统筹部分{yuan(Decimal(compared['stated_fund']))}元，平台复算{yuan(Decimal(compared['due_fund']))}元；"
        f"逐行一致{compared['same']:,}行，尚有差异{case.differences.count():,}行。",
        f"涉及用户单位{len(parts)}家，已确认{answered}家，未确认{len(parts) - answered}家；未答复不视为同意。",
    ]
    given = event.data["checks"]
    rows = [[zh, "符合" if given[key]["passed"] else "不符合", given[key]["words"] or "—"] for key, zh in CHECKS]
    if event.opinion:
        words.append(event.opinion)
    return _letter(
        case,
        "核查报告",
        "核查",
        event.organisation,
        case.unit,
        at,
        words,
        {"head": ["核查事项", "结论", "情况"], "rows": rows},
    )


def settlement(case: Settlement, *, event: Event, verdict: Verdict, at: datetime) -> Letter:
    """结算单, from the bureau to the provider: how the amount comes about, and the amount in capitals."""
    assert case.payable is not None
    words = [
        f"依据核算结果，{case.contract.name}（{case.contract.number}）{span(case)}的费用据实结算如下。",
        f"应付金额：{yuan(case.payable)}元（大写：{capitals(case.payable)}）。",
        f"核算依据的结算包SM3摘要：{grouped(case.package_digest)}。",
    ]
    rows = [[row.what, row.how, row.value] for row in verdict.rows]
    return _letter(
        case,
        "结算单",
        "结算",
        event.organisation,
        case.contract.provider,
        at,
        words,
        {"head": ["项目", "说明", "金额"], "rows": rows},
    )


def own_accounts(case: Settlement, *, event: Event, at: datetime) -> list[Letter]:
    """自行结算清单, to every unit with lines of its own: no part of what the fund pays."""
    made = []
    for part in case.parts.filter(own__gt=0).select_related("unit"):
        rows = (
            case.lines.filter(unit=part.unit, payer="unit", late=False).order_by().values("system__name")
            .annotate(sum=Sum("amount")).order_by("system__name")
        )  # fmt: skip
        words = [
            f"{span(case)}，下列费用不在市级统筹保障范围内，由你单位与{case.contract.provider.name}自行结算，"
            f"合计{yuan(part.own)}元（大写：{capitals(part.own)}）。"
        ]
        table = {
            "head": ["政务信息系统", "金额（元）"],
            "rows": [[r["system__name"] or "—", yuan(r["sum"])] for r in rows],
        }
        made.append(_letter(case, "自行结算清单", "自结", event.organisation, part.unit, at, words, table))
    return made


def _letter(
    case: Settlement, kind: str, word: str, issuer: Organisation | None, to: Organisation, at: datetime, words: list[str],
    table: dict[str, Any],
) -> Letter:  # fmt: skip
    assert issuer is not None  # the clock signs nothing
    business = issuer.kind == "provider"
    code = issuer.letter_word or ("云" if business else "数")
    return issue(
        case=case, kind=kind, prefix=f"{code}{word}", issuer=issuer.name, issuer_id=issuer.pk,
        addressee=to.name, addressee_id=to.pk, title=f"关于{case.title}的{kind}", paragraphs=words, business=business, at=at, table=table,
    )  # fmt: skip
