"""优化建议书 from the provider to the unit, and the bureau's answer to an objection (10.2, 10.3)."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localdate

from yunheng.domain.optimization.facts import plain
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.words import backtest_words, target_words
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.parameters import registry

HEAD = ["服务编号", "资源", "现有", "建议", "每月节约（元）"]


def suggestion(case: Suggestion, *, event: Event, at: datetime) -> Letter:
    """A company's letter, with a copy to the bureau: what was seen, what is suggested, until when, what may follow."""
    provider, service = event.organisation, case.service
    assert provider is not None  # the clock issues nothing
    bureau = Organisation.objects.filter(jurisdiction_id=case.jurisdiction_id, kind="bureau").order_by("pk")[0]
    p, term = parameters_on(localdate(at), case.jurisdiction_id), registry()["suggestion_term"]
    days = term.words(p["suggestion_term"])
    row = [
        service.number, service.name, f"{case.sku_before}×{plain(case.quantity_before)}{service.measure}",
        target_words(case), yuan(case.saving) if case.saving is not None else "—",
    ]  # fmt: skip
    return issue(
        case=case, kind="优化建议书", prefix=f"{provider.letter_word or '云'}优", issuer=provider.name,
        issuer_id=provider.pk, addressee=case.unit.name, addressee_id=case.unit_id,
        title=f"关于{case.title}的优化建议", at=at, business=True, copies_to=bureau.name,
        table={"head": HEAD, "rows": [row]},
        paragraphs=[
            f"经监测，{date_zh(case.found_on)}判断：{case.evidence['sentence']}。（{case.number}）",
            f"依据规则{case.rule_set}。{backtest_words(case, p)}。",
            f"请自收到之日起{days}内完成调整，或向市大数据局提交意见说明。逾期未调整或理由不充分又不调整的，"
            "可由市大数据局决定上列资源的费用不再纳入市级统筹保障。",
        ],
    )  # fmt: skip


def answer(case: Suggestion, *, event: Event, at: datetime) -> Letter:
    """The bureau's decision on an objection, to the unit, with a copy to the provider."""
    bureau = event.organisation
    assert bureau is not None  # the clock decides nothing
    assert case.provider is not None
    taken = event.step == "uphold"
    first = f"你单位对优化建议{case.number}提交的意见说明收悉。经研究，{'予以采纳' if taken else '不予采纳'}。"
    then = (
        "上述资源维持现状，本件办结。"
        if taken
        else "请自收到本函之日起，在一个新的期限内完成调整；附有新的专家或第三方论证意见的，可以再次提出。"
    )
    return issue(
        case=case, kind="异议答复函", prefix=f"{bureau.letter_word or '数'}优", issuer=bureau.name, issuer_id=bureau.pk,
        addressee=case.unit.name, addressee_id=case.unit_id, title=f"关于{case.title}优化建议异议的答复", at=at,
        paragraphs=[first, f"理由：{event.opinion}", then], copies_to=case.provider.name,
    )  # fmt: skip
