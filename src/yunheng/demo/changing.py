"""Changes of services (9): some in the ledger, one at each stage on the way, one that the bureau proposes (4.1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.annual import annual_fee_of
from yunheng.domain.services.change import drafting, operations
from yunheng.domain.services.change.drafting import Wanted, changeable
from yunheng.domain.services.change.facts import fee_change
from yunheng.domain.services.involvements import open_involvements
from yunheng.domain.services.models import Change
from yunheng.domain.services.operations import Cut
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.models import Case, parameters_on
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch2_use.art09_change import PAPERS, justification_required
from yunheng.law.kernel.machine import MACHINES

# How far it has come, and how many working days ago it began. Large ones double what runs, and are argued for.
STAGES = (
    ("confirmed", 32), ("confirmed_large", 26), ("recommended_large", 4), ("recommended_departure", 5), ("submitted", 1),
    ("accepted", 2), ("returned", 4), ("notified", 6), ("late", 12), ("completed", 9), ("disputed", 10), ("proposed", 2),
    ("heard", 4), ("rejected", 8), ("withdrawn", 5), ("cancelled", 8), ("draft", 1),
)  # fmt: skip
PLAIN = {"accepted": ("accept",), "returned": ("return",), "withdrawn": ("withdraw",)}


def tell(story: Story) -> int:
    """So many changes; fewer where few systems are free to go."""
    last, count = story.working(story.until), 0
    for stage, back in STAGES:
        start = story.earlier(last, back)
        system = _free(story, start)
        if system is not None:
            _one(story, system, stage, start)
            count += 1
    return count


def _free(story: Story, on: date) -> InformationSystem | None:
    """A system that the fund pays for, that runs on the day, and that nobody is busy with."""
    for system in InformationSystem.objects.filter(jurisdiction=story.city.place).order_by("pk"):
        rows = changeable(system, on)
        states = Case.objects.filter(system=system).values_list("kind", "state")
        busy = any(not MACHINES[kind].state(state).final for kind, state in states if kind != "release")
        changed = any(kind == "change" for kind, _ in states)
        if rows and not busy and not changed and not open_involvements(rows).exists():
            return system
    return None


def _one(story: Story, system: InformationSystem, stage: str, start: date) -> None:
    at, large = story.moment(start, 9), stage.endswith(("large", "departure"))
    adjusts = stage in ("proposed", "heard")
    opener: Organisation = story.city.bureau if adjusts else system.unit
    actor = story.actor(opener, "approver" if adjusts else "handler", at)
    case = drafting.create(system=system, actor=actor, at=at, purpose="业务量增长，按近三个月峰值扩容")
    drafting.set_lines(case, lines=_list(case, start, large=large), actor=actor, on=start)
    if stage == "draft":
        return
    if adjusts:
        _adjust(story, case, start, stage)
        return
    verdict = justification_required(fee_change(case, start, {}), parameters_on(start, case.jurisdiction_id))
    if large or not verdict.holds:
        _argue(story, case, start, departs=stage.endswith("departure"))
    head = story.actor(system.unit, "head", at)
    operations.pass_to_head(case, actor=actor, at=story.moment(start, 11))
    operations.submit(case, actor=head, at=story.moment(start, 15))
    if stage in PLAIN:
        _plain(story, case, start, PLAIN[stage][0])
    elif stage != "submitted":
        _review(story, case, start, stage)


def _list(case: Change, on: date, *, large: bool) -> list[Wanted]:
    """A tenth more of the dearest service (as much again when large), a little less of the next."""
    assert case.system is not None
    running = changeable(case.system, on, provider_id=case.provider_id)
    first, *rest = sorted(running, key=lambda service: -(annual_fee_of(service, on) or 0))
    has = Decimal(first.at("quantity", on))
    rows = [Wanted(first.number, first.number, has * 2 if large else has + max(Decimal(1), has // 10))]
    if rest and (second := Decimal(rest[0].at("quantity", on))) > 1:
        rows.append(Wanted(rest[0].number, rest[0].number, second - 1))
    return rows


def _argue(story: Story, case: Change, start: date, *, departs: bool) -> None:
    at = story.moment(start, 10)
    handler = story.actor(case.unit, "handler", at)
    papers = {} if departs else {
        kind: store(
            content=paper(zh), filename=f"{zh}.pdf", kind=kind, jurisdiction_id=case.jurisdiction_id,
            person_id=handler.person_id, at=at, case_id=case.pk,
        )
        for kind, zh in PAPERS
    }  # fmt: skip
    reason = "汛期值守系统须在一周内扩容，来不及组织论证" if departs else ""
    drafting.argue(case, actor=handler, purpose=case.purpose, periodic=not departs, departure=reason, papers=papers)


def _adjust(story: Story, case: Change, start: date, stage: str) -> None:
    at = story.moment(start, 15)
    approver, words = story.actor(story.city.bureau, "approver", at), "平台节点扩容期间统一调整规格"
    operations.propose(case, ground="capacity", actor=approver, at=at, opinion=words)
    if stage == "heard":
        at = story.moment(story.later(start, 2), 10)
        advance(case, "comment", actor=story.actor(case.unit, "head", at), at=at, opinion="同意，请安排在周末实施")


def _plain(story: Story, case: Change, start: date, step: str) -> None:
    at = story.moment(story.later(start, 1), 10)
    mine = step == "withdraw"
    actor = story.actor(case.unit if mine else story.city.centre, "head" if mine else "acceptor", at)
    words = {"return": "未说明新增数量的依据，补充近三个月的峰值", "withdraw": "与下一季度的扩容合并申请"}
    advance(case, step, actor=actor, at=at, opinion=words.get(step, ""))


def _review(story: Story, case: Change, start: date, stage: str) -> None:
    at = story.moment(story.later(start, 1), 10)
    advance(case, "accept", actor=story.actor(story.city.centre, "acceptor", at), at=at)
    at = story.moment(story.later(start, 2), 11)
    grants = {line.no: Cut(line.quantity) for line in case.lines.all()}
    reviewer = story.actor(story.city.centre, "reviewer", at)
    operations.recommend(case, grants=grants, actor=reviewer, at=at, opinion="扩容与业务增长一致，建议批准")
    if stage.startswith("recommended"):
        return
    at = story.moment(story.later(start, 3), 16)
    approver = story.actor(story.city.bureau, "approver", at)
    if stage == "rejected":
        operations.reject(case, actor=approver, at=at, opinion="现有资源利用率不足一半，先行优化")
        return
    operations.approve(case, actor=approver, at=at)
    if stage not in ("notified", "late"):
        _carry_out(story, case, story.later(start, 5), stage)


def _carry_out(story: Story, case: Change, day: date, stage: str) -> None:
    assert case.provider is not None
    at = story.moment(day, 10)
    if stage == "cancelled":
        advance(case, "cancel", actor=story.actor(case.unit, "head", at), at=at, opinion="项目调整，暂不扩容")
        return
    done = {line.no: operations.Done(day) for line in case.lines.all() if line.differs}
    operations.complete(case, done=done, actor=story.actor(case.provider, "delivery", at), at=at)
    at = story.moment(story.later(day, 1), 10)
    head = story.actor(case.unit, "head", at)
    if stage == "disputed":
        operations.dispute(case, actor=head, at=at, opinion="新增云主机未加入业务网段，尚不能使用")
    elif stage.startswith("confirmed"):
        operations.confirm(case, actor=head, at=at)
