"""处置结果报告: what the provider tells the bureau at the end of an exit (11)."""

from __future__ import annotations

from datetime import datetime

from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.queries import centre_of
from yunheng.domain.services.exit.queries import late
from yunheng.domain.services.models import Exit
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event

HEAD = ["序号", "服务编号", "资源", "数量", "终止日（不计费）"]


def disposal_report(case: Exit, *, event: Event, at: datetime) -> Letter:
    """From the provider to the bureau, with a copy to unit and centre; a company's letter has no red head."""
    provider, place = event.organisation, case.jurisdiction_id
    assert provider is not None  # the clock reports nothing
    bureau = Organisation.objects.filter(jurisdiction_id=place, kind="bureau").order_by("pk")[0]
    centre = centre_of(place)
    rows = [
        [str(n), s.number, f"{s.name} {s.spec}".strip(), f"{s.quantity.normalize():f}{s.measure}", date_zh(s.closed_on)]
        for n, s in enumerate(case.services, 1)
        if s.closed_on
    ]
    return issue(
        case=case, kind="处置结果报告", prefix=f"{provider.letter_word or '云'}处", issuer=provider.name,
        issuer_id=provider.pk, addressee=bureau.name, addressee_id=bureau.pk,
        title=f"关于{case.title}退出使用处置结果的报告", paragraphs=_words(case), at=at,
        table={"head": HEAD, "rows": rows}, business=True,
        copies_to="、".join(o.name for o in (case.unit, centre) if o),
    )  # fmt: skip


def _words(case: Exit) -> list[str]:
    assert case.delivered_on is not None and case.released_on is not None  # noqa: PT018 - released before it is reported
    words = [
        f"{case.unit.name}于{date_zh(case.delivered_on)}提出{case.title}退出使用（{case.number}）。"
        f"下表所列服务已于{date_zh(case.released_on)}终止并停止计费。"
    ]
    if case.wants_backup:
        words.append(
            f"数据已备份并经用户单位确认，存放于{case.place}，{case.get_digest_kind_display()}摘要：{_grouped(case.digest)}。"
        )
    else:
        words.append("用户单位已写明不需要备份。")
    words.append(f"{case.disposal.rstrip('。')}。数据{'已' if case.destroyed else '未'}销毁。")
    found = late(case, on=case.released_on)
    if found and found.days:
        words.append(f"办结时限为{date_zh(found.due_on)}，超过时限{found.days}天（自然日），供核查时参考。")
    return words


def _grouped(digest: str) -> str:
    """In groups of eight, so that a line can end between them."""
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))
