"""The acts of a release (8). Whatever changes its evidence evaluates the gate at once; a job does so for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Assessment, DataDeclaration, Release
from yunheng.domain.services.models.release import pending_claims
from yunheng.domain.services.release import facts
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import Event, Participant, parameters_on
from yunheng.foundation.workflow.operations import advance, begin, may_take, open_case
from yunheng.law.ch2_use.art08_evidence import CONCLUSIONS, KINDS, NOT_REQUIRED, holds_until
from yunheng.law.ch2_use.art08_machine import OPEN
from yunheng.law.ch2_use.art08_release import Condition, conditions, first_expiry
from yunheng.law.ch2_use.art08_release import releasable as judge_release
from yunheng.law.ch4_security.art21_data import CLASSES
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.verdict import Verdict

SHUTS = {"gated": "reopen", "released": "degrade"}
OPENS = {"preparing": "gate", "amber": "restore"}


# ---- beginning and end -------------------------------------------------------------------------------------------


@transaction.atomic
def prepare(*, system: str, actor: Actor, at: datetime) -> Release:
    """Begin the release of one of the unit's systems, by its code (8)."""
    found = system_of(system, actor=actor, cite=art(8))
    case = _open(found, actor=actor, at=at)
    evaluate(case, at=at)
    return case


@transaction.atomic
def start_amber(system: InformationSystem, *, actor: Actor, at: datetime) -> Release:
    """A system that was out there before the platform begins amber; ``actor`` is whoever decides its go-live."""
    case = _open(system, actor=actor, at=at)
    advance(case, "adopt", actor=CLOCK, at=at)
    evaluate(case, at=at)
    return case


def _open(system: InformationSystem, *, actor: Actor, at: datetime) -> Release:
    held = InformationSystem.objects.select_for_update().get(pk=system.pk)
    other = Release.objects.filter(system=held, state__in=OPEN).first()
    if other is not None:
        raise BadInput([Problem("系统", f"已有在办的发布 {other.number}")], cite=art(8), todo="在该件中补充证据")
    case = open_case(Release(kind="release", unit=held.unit, system=held, title=held.name), actor=actor, at=at)
    _bring_in(case, localdate(at))
    return case


def _bring_in(case: Release, on: date) -> None:
    """Every provider whose resources the system runs on takes part."""
    assert case.system is not None
    running = {service.contract.provider_id for service in ledger.running_of(case.system, on)}
    known = set(case.holders(facts.PROVIDER))
    for organisation_id in sorted(running - known):
        if case.provider_id is None:
            case.provider_id = organisation_id
            case.save(update_fields=["provider"])
        else:
            Participant.objects.get_or_create(case_id=case.pk, organisation_id=organisation_id)


@transaction.atomic
def retire(system: InformationSystem, *, at: datetime, actor: Actor = CLOCK) -> Event | None:
    """With the exit of the whole system its release ends (11); None where there is no open one."""
    case = Release.objects.filter(system=system, state__in=OPEN).first()
    return advance(case, "retire", actor=actor, at=at) if case else None


# ---- evidence ----------------------------------------------------------------------------------------------------


@transaction.atomic
def record(
    case: Release,
    *,
    kind: str,
    conclusion: str,
    concluded_on: date,
    actor: Actor,
    at: datetime,
    valid_until: date | None = None,
    assessor: str = "",
    number: str = "",
    open_findings: int | None = None,
    attachment: Attachment | None = None,
) -> Assessment:
    """Enter the result of an assessment with its report; without a last day it holds for the cycle of its kind."""
    system, today = case.system, localdate(at)
    assert system is not None
    cycle = holds_until(kind, system.mlps_level, concluded_on, parameters_on(today, case.jurisdiction_id))
    problems = []
    if conclusion not in {code for code, _, _ in CONCLUSIONS[kind]}:
        problems.append(Problem("结论", "从列出的各项中选择"))
    if concluded_on > today:
        problems.append(Problem("结论日期", "不能晚于今天"))
    if valid_until is not None and valid_until < concluded_on:
        problems.append(Problem("有效期至（含）", f"不能早于结论日期 {concluded_on}"))
    elif valid_until is not None and cycle is not None and valid_until > cycle:
        problems.append(Problem("有效期至（含）", f"按测评周期最长至 {cycle}"))
    if attachment is None:
        problems.append(Problem("报告", "须上传报告或结论文件"))
    if problems:
        raise BadInput(problems, cite=art(8), todo="改正后再保存")
    made = Assessment.objects.create(
        system=system, kind=kind, conclusion=conclusion, concluded_on=concluded_on, valid_until=valid_until or cycle,
        level=system.mlps_level, assessor=assessor, number=number, open_findings=open_findings or 0,
        attachment=attachment, recorded_by_id=actor.person_id, recorded_at=at,
    )  # fmt: skip
    body = {"by": actor.person_id, "kind": kind, "conclusion": conclusion, "on": concluded_on, "to": made.valid_until}
    digest = attachment.digest if attachment else ""
    audit.write(kind="release.assessment", subject=system.code, at=at, body={**body, "digest": digest})
    evaluate(case, at=at, actor=actor)
    return made


@transaction.atomic
def declare(
    case: Release,
    *,
    classes: Sequence[str],
    actor: Actor,
    at: datetime,
    none: bool = False,
    masked: bool = False,
    statement: str = "",
    attachment: Attachment | None = None,
) -> DataDeclaration:
    """Say which sensitive data the system holds, or that it holds none, and that they are masked (21)."""
    problems = []
    if bool(classes) == none:
        problems.append(Problem("数据类别", "选择所涉类别；都不涉及的，勾选“不涉及以上各类”，两者只选其一"))
    if set(classes) - {code for code, _ in CLASSES}:
        problems.append(Problem("数据类别", "从列出的各项中选择"))
    if masked and not (statement.strip() or attachment):
        problems.append(Problem("脱敏脱密说明", "写明怎样落实，或上传说明文件"))
    if problems:
        raise BadInput(problems, cite=art(21), todo="改正后再保存")
    assert case.system is not None
    made = DataDeclaration.objects.create(
        system=case.system, classes=list(classes), masked=masked, statement=statement.strip(), attachment=attachment,
        declared_by_id=actor.person_id, declared_at=at,
    )  # fmt: skip
    body = {"by": actor.person_id, "classes": list(classes), "masked": masked}
    audit.write(kind="release.data", subject=case.system.code, at=at, body=body)
    evaluate(case, at=at, actor=actor)
    return made


@transaction.atomic
def list_further(case: Release, *, further: Sequence[str], actor: Actor, at: datetime) -> Release:
    """Name the assessments that this system needs beyond those of the text (8)."""
    case.further = list(further)
    case.save(update_fields=["further"])
    body = {"by": actor.person_id, "further": case.further}
    audit.write(kind="release.further", subject=case.number, at=at, body=body)
    evaluate(case, at=at, actor=actor)
    return case


# ---- steps ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def claim_not_required(
    case: Release, *, what: str, ground: str, actor: Actor, at: datetime, attachment: Attachment | None = None,
    opinion: str = "", version: int | None = None,
) -> Event:  # fmt: skip
    """Say that an assessment is not required at this level, with its legal ground; the centre confirms it (R-015)."""
    locked, _ = begin(case, "claim_not_required", actor=actor, version=version)
    system = locked.system
    assert system is not None
    made = Assessment.objects.create(
        system=system, kind=what, conclusion=NOT_REQUIRED, level=system.mlps_level, ground=ground.strip(),
        attachment=attachment, recorded_by_id=actor.person_id, recorded_at=at,
    )  # fmt: skip
    data = {"kind": what, "ground": ground.strip(), "level": system.mlps_level, "claim": made.pk}
    words = "；".join(filter(None, (f"{made.name}：{ground.strip()}", opinion.strip())))
    return advance(case, "claim_not_required", actor=actor, at=at, opinion=words, data=data)


@transaction.atomic
def answer_claims(
    case: Release, step: str, *, claims: Sequence[str], actor: Actor, at: datetime, opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """The centre confirms (``confirm_not_required``) or refuses (``refuse_not_required``) claims, by their ids."""
    begin(case, step, actor=actor, version=version)
    chosen = [row for row in pending_claims(case) if f"{row.pk}" in claims]
    if not chosen:
        raise BadInput([Problem("项目", "选择待确认的项目")], cite=art(8))
    for row in chosen:
        if step == "confirm_not_required":
            row.confirmed_by_id, row.confirmed_at = actor.person_id, at
        else:
            row.refused_at = at
        row.save(update_fields=["confirmed_by", "confirmed_at", "refused_at"])
    words = "；".join(filter(None, ("、".join(row.name for row in chosen), opinion.strip())))
    event = advance(case, step, actor=actor, at=at, opinion=words, data={"claims": [row.pk for row in chosen]})
    evaluate(case, at=at)
    return event


@transaction.atomic
def judged(
    case: Release, step: str, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """A step whose rule looks at the evidence of this moment: release, renew, restore."""
    begin(case, step, actor=actor, version=version)
    if step == "renew":
        _renewed(case, at)
    event = advance(case, step, actor=actor, at=at, opinion=opinion, data={"at": at.isoformat()})
    if step in ("release", "restore"):
        evaluate(case, at=at)
    return event


def _renewed(case: Release, at: datetime) -> None:
    """Nothing that ends as early as was announced counts any longer."""
    nearest = first_expiry(facts.gate_of(case, at=at))
    if case.renew_by and nearest and nearest <= case.renew_by:
        raise Refusal(f"仍有测评于 {nearest} 到期", cite=art(8), todo="先上传新的结论，再确认续期")
    Release.objects.filter(pk=case.pk).update(renew_by=None)


@transaction.atomic
def check(case: Release, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """Go through the conditions now; what was found is kept, and the gate opens where all are met (8)."""
    verdict = verdict_of(case, at=at)
    event = advance(case, "check", actor=actor, at=at, opinion=opinion or verdict.sentence, version=version)
    evaluate(case, at=at)
    return event


@transaction.atomic
def unhold(case: Release, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Whoever stopped a release lifts it; the centre may lift anybody's."""
    begin(case, "unhold", actor=actor, version=version)
    held = case.events.filter(step="hold").order_by("-sequence")[0]
    if held.organisation_id != actor.organisation_id and actor.kind != "centre":
        who = held.actor_organisation
        raise NotYours(f"由{who}叫停，由{who}解除", cite=art(8), todo=f"交{who}办理")
    event = advance(case, "unhold", actor=actor, at=at, opinion=opinion)
    evaluate(case, at=at)
    return event


# ---- the gate ------------------------------------------------------------------------------------------------------


def verdict_of(case: Release, *, at: datetime) -> Verdict:
    """What article 8 says of the system at this moment."""
    return judge_release(facts.gate_of(case, at=at), parameters_on(localdate(at), case.jurisdiction_id))


def conditions_of(case: Release, *, at: datetime) -> list[Condition]:
    """Every condition at this moment, as the page shows it."""
    return conditions(facts.gate_of(case, at=at), parameters_on(localdate(at), case.jurisdiction_id))


@transaction.atomic
def evaluate(case: Release, *, at: datetime, actor: Actor = CLOCK) -> Event | None:
    """Open or shut the gate as the evidence stands; tell of what is about to expire. Returns the step taken, if any.

    A step that the table leaves to the head as well is the head's where the head brought it about.
    """
    case.refresh_from_db()
    if case.state not in (*OPENS, *SHUTS):
        return None
    _bring_in(case, localdate(at))
    verdict = verdict_of(case, at=at)
    name = OPENS.get(case.state, "") if verdict.holds else SHUTS.get(case.state, "")
    if not name:
        return _foresee(case, at, actor)
    if name == "degrade":  # what was to be renewed in time no longer can be
        Release.objects.filter(pk=case.pk).update(renew_by=None)
    words = "" if verdict.holds else verdict.sentence
    return advance(case, name, actor=_who(case, name, actor), at=at, opinion=words, data={"at": at.isoformat()})


def _who(case: Release, name: str, actor: Actor) -> Actor:
    step = case.procedure.find(case.state, name)
    return actor if step is not None and may_take(case, step, actor) else CLOCK


def _foresee(case: Release, at: datetime, actor: Actor) -> Event | None:
    """Announce the nearest last day once it is near; close the duty once nothing ends that early any longer."""
    if case.state != "released":
        return None
    nearest, today = first_expiry(facts.gate_of(case, at=at)), localdate(at)
    span = parameters_on(today, case.jurisdiction_id)["expiry_reminder_90"].n
    due = nearest if nearest is not None and (nearest - today).days <= span else None
    if due == case.renew_by:
        return None
    if case.renew_by is not None and due is not None and due < case.renew_by:
        _announce(case, None, at)  # something ends earlier than what was announced: another duty takes its place
    elif case.renew_by is not None:
        event = judged(case, "renew", actor=_who(case, "renew", actor), at=at)
        case.refresh_from_db()
        return _announce(case, due, at) or event
    return _announce(case, due, at)


def _announce(case: Release, due: date | None, at: datetime) -> Event | None:
    if due == case.renew_by:
        return None
    Release.objects.filter(pk=case.pk).update(renew_by=due)
    ending = [
        dict(KINDS)[kind]
        for kind, row in facts.latest(case.system).items()  # type: ignore[arg-type]
        if row.valid_until == due and kind in facts.asked_of(case)
    ]
    words = f"{'、'.join(ending)}有效期至 {due}" if due else "有更早到期的测评"
    return advance(case, "foresee", actor=CLOCK, at=at, opinion=words)


def evaluate_all(*, at: datetime) -> int:
    """Evaluate every release that the clock may move. Returns how many steps were taken."""
    found = Release.objects.filter(state__in=(*OPENS, *SHUTS)).select_related("system").order_by("pk")
    return sum(evaluate(case, at=at) is not None for case in found)


def of_system(system: InformationSystem) -> Release | None:
    """The release of a system that counts: the open one, else the last."""
    found = Release.objects.filter(system=system).order_by("-created_at", "-pk")
    return found.filter(state__in=OPEN).first() or found.first()
