"""What each step of a settlement asks for, and the operation that it calls (16)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.timezone import localdate

from yunheng.domain.billing.models import Payment, Settlement
from yunheng.domain.billing.settlement import comparing, steps
from yunheng.domain.billing.settlement.statements import years_of
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.interfaces.web.forms.base import REQUIRED, ActForm, Choice, Day, Text, Yuan
from yunheng.law.ch3_funding.art16_settlement import CHECKS
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Step

MOST_CUTS = 500


class Words(ActForm):
    """A step that carries nothing but words."""

    opinion = Text("意见", most=1000, required=False, rows=3)

    def __init__(self, *args: Any, case: Settlement, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.step = case, step
        if step.needs_opinion:
            self.fields["opinion"].required, self.fields["opinion"].label = True, "理由"
        self.order_fields([name for name in self.fields if name != "opinion"])

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        """Call the operation with what was filled in. Raises a Refusal."""
        opinion = self.cleaned_data["opinion"]
        return steps.take(self.case, self.step.name, actor=actor, at=at, opinion=opinion, version=version)


class Checked(Words):
    """The four checks of the centre."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, zh in CHECKS:
            self.fields[key] = Choice(zh, (("", "—"), ("yes", "符合"), ("no", "不符合")))
            self.fields[f"{key}_words"] = Text(f"{zh}：情况", most=300, required=False)
        self.order_fields([name for key, _ in CHECKS for name in (key, f"{key}_words")])

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        said: dict[str, bool | None] = {"yes": True, "no": False}
        checks = {key: steps.Check(said.get(given[key]), given[f"{key}_words"]) for key, _ in CHECKS}
        return steps.verify(self.case, checks=checks, actor=actor, at=at, opinion=given["opinion"], version=version)


class Answer(Words):
    """An answer to one unit's query, with or without adjustment lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.case.parts.filter(queried_at__isnull=False, answered_at=None).select_related("unit")
        words = tuple((part.unit.credit_code, f"{part.unit.short_name}：{part.query}"[:120]) for part in asked)
        self.fields["unit"] = Choice("疑问", words)
        self.fields["adjust"] = Choice("处理", (("no", "说明理由，账单不变"), ("yes", "出具该单位的调整行")))
        self.order_fields(["unit", "adjust", "opinion"])

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        return steps.answer(
            self.case, unit=given["unit"], adjust=given["adjust"] == "yes", actor=actor, at=at, opinion=given["opinion"],
            version=version,
        )  # fmt: skip


class Adjust(Words):
    """Which differences become adjustment lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["opinion"]
        choices = [
            (str(d.pk), f"{d.service_number}　{d.from_on}至{d.to_on}　账单{d.stated}元，复算{d.due}元　{d.reason}")
            for d in self.case.differences.all()[:MOST_CUTS]
        ]
        self.fields["chosen"] = forms.MultipleChoiceField(
            choices=choices, label="差异", widget=forms.CheckboxSelectMultiple, error_messages=REQUIRED,
            initial=[pk for pk, _ in choices],
        )  # fmt: skip

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        chosen = [int(pk) for pk in self.cleaned_data["chosen"]]
        if len(chosen) == len(self.fields["chosen"].choices):  # type: ignore[attr-defined]
            chosen = list(self.case.differences.values_list("pk", flat=True))
        return comparing.adjust(self.case, actor=actor, at=at, chosen=chosen, version=version)


class Commission(Words):
    """Who accounts the year."""

    panel = Text("专家组名单", most=200, required=False, help_text="组织专家核算的，写明姓名；委托机构核算的不填")
    declared = Choice("回避声明", (("no", "尚未作出"), ("yes", "受托方已声明与各方没有利害关系")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        auditors = Organisation.objects.filter(jurisdiction_id=self.case.jurisdiction_id, kind="auditor")
        self.fields["auditor"] = forms.ModelChoiceField(
            auditors, label="受托机构", empty_label=None, to_field_name="credit_code", error_messages=REQUIRED
        )
        self.order_fields(["auditor", "panel", "declared", "opinion"])

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        return steps.commission(
            self.case, auditor=given["auditor"], panel=given["panel"], declared=given["declared"] == "yes", actor=actor,
            at=at, opinion=given["opinion"], version=version,
        )  # fmt: skip


class Account(Words):
    """The digest of the package worked on, and a line for each cut."""

    digest = Text("结算包SM3摘要", most=64, help_text="填写核算所用结算包的摘要，须与封存的一致")
    cuts = Text(
        "核减",
        most=100_000,
        required=False,
        rows=6,
        help_text="每行一笔：行号 金额 理由。与复算不一致、又未调整的统筹金额自动核减，不必填写",
    )

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        return steps.account(
            self.case, digest=given["digest"], cuts=cuts_of(given["cuts"]), actor=actor, at=at, opinion=given["opinion"],
            version=version,
        )  # fmt: skip


def cuts_of(text: str) -> dict[int, steps.LineCut]:
    """The cuts of an account, one to a line. Raises BadInput naming the lines that cannot be read."""
    found: dict[int, steps.LineCut] = {}
    problems = []
    for number, row in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        words = row.replace(",", "").split(maxsplit=2)
        try:
            no, cut = int(words[0]), Decimal(words[1])
            if no in found or cut.as_tuple().exponent not in (0, -1, -2):
                raise ValueError
        except (ValueError, ArithmeticError, IndexError):
            problems.append(Problem("核减", f"第{number}行“{row[:40]}”写法不对，应为：行号 金额 理由，每个行号一次"))
            continue
        found[no] = steps.LineCut(cut, words[2] if len(words) > 2 else "")
    if problems:
        raise BadInput(problems, cite=art(16))
    return found


class Review(Words):
    """What is taken off, and why."""

    deductions = Yuan("考核扣减（元）", help_text="没有的不填")
    ground = Text("扣减依据", most=200, required=False)

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        return steps.review(
            self.case, deductions=given["deductions"] or Decimal(0), ground=given["ground"], actor=actor, at=at,
            opinion=given["opinion"], version=version,
        )  # fmt: skip


class Paid(Words):
    """The payment that settles the year."""

    amount = Yuan("支付金额（元）", required=True)
    paid_on = Day("支付日")
    voucher = Text("凭证号", most=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["opinion"]
        self.fields["amount"].initial, self.fields["paid_on"].initial = self.case.payable, localdate()

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        return steps.settle(self.case, **given, actor=actor, at=at, version=version)


class Deferred(Words):
    """How far a deferral reaches."""

    reach = Choice("范围", (("all", "该合同尚未结清的全部结算"), ("one", "仅本账单（决定已写明）")))

    def act(self, *, actor: Actor, at: datetime, version: int | None) -> Event:
        given = self.cleaned_data
        alone = given["reach"] == "one"
        return steps.defer(self.case, alone=alone, actor=actor, at=at, opinion=given["opinion"], version=version)


class Progress(ActForm):
    """A progress payment for a year of a contract that is not settled yet."""

    year = Choice("合同与账期", ())
    amount = Yuan("金额（元）", required=True)
    paid_on = Day("支付日")
    voucher = Text("凭证号", most=40)

    def __init__(self, *args: Any, jurisdiction_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contracts = {
            c.number: c
            for c in Contract.objects.filter(jurisdiction_id=jurisdiction_id, lane="covered").order_by("number")
        }
        years = [(c, y) for c in self.contracts.values() for y in years_of(c) if y.start <= localdate()]
        self.fields["year"].choices = [  # type: ignore[attr-defined]
            (f"{c.number} {y.start}", f"{c.number} {y.start:%Y-%m}起") for c, y in years
        ]

    def act(self, *, actor: Actor, at: datetime) -> Payment:
        """Record it. Raises a Refusal."""
        given = dict(self.cleaned_data)
        number, start = given.pop("year").split()
        contract = self.contracts[number]
        return steps.pay_progress(contract, period_from=date.fromisoformat(start), actor=actor, at=at, **given)


FORMS: dict[str, type[Words]] = {
    "verify": Checked,
    "answer": Answer,
    "adjust": Adjust,
    "commission": Commission,
    "account": Account,
    "audit": Review,
    "settle": Paid,
    "defer": Deferred,
}
