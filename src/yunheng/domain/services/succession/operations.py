"""The acts of a succession (R-023). What follows is written on the day, in one transaction, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import contracts
from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.operations import rename
from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.models import Coverage, Release, Service, Succession
from yunheng.domain.services.release import operations as release
from yunheng.domain.services.succession import facts
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.operations import transfer_system
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow import obligations
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import Case, Event, Participant
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch2_use.art08_machine import OPEN
from yunheng.law.ch3_funding.art15_succession import BETWEEN_SYSTEMS, BETWEEN_UNITS, SUBJECTS
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import MACHINES, By

CITE = art(15, 1)
OF_BUREAU = ("contract_renewed", "unit_abolished")  # the fund's contracts, and systems whose unit is gone


@transaction.atomic
def prepare(
    *, subject: str, effective_on: date, basis: str, actor: Actor, at: datetime, attachment: Attachment | None = None,
    unit: str = "",
) -> Succession:  # fmt: skip
    """Begin a succession of one's own unit; the bureau those of its contracts, and of a unit that is no more."""
    bureau = actor.kind == "bureau"
    gives = Organisation.objects.filter(jurisdiction_id=actor.jurisdiction_id, kind="user_unit", budget_level=1)
    named = gives.filter(credit_code=unit).first() if unit else None
    problems = []
    if bureau and subject not in OF_BUREAU:
        problems.append(Problem("事由", "由所属用户单位提出；市大数据局提出合同续签和单位撤销"))
    if bureau and subject == "unit_abolished" and named is None:
        problems.append(Problem("单位", "选择撤销的单位"))
    if attachment is None:
        problems.append(Problem("依据文件（附件）", "须上传依据文件"))
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后再开始")
    own = Organisation.objects.get(pk=actor.organisation_id)
    gives_unit = named if bureau and subject == "unit_abolished" and named else own
    case = Succession(
        kind="succession", unit=gives_unit, title=f"{gives_unit.short_name}{dict(SUBJECTS)[subject]}", subject=subject,
        effective_on=effective_on, basis=basis.strip(), attachment=attachment, by_bureau=bureau,
    )  # fmt: skip
    return open_case(case, actor=actor, at=at)


@transaction.atomic
def fill(
    case: Succession, *, actor: Actor, at: datetime, new_name: str = "", new_short_name: str = "", receiver: str = "",
    systems: Sequence[str] = (), to_system: str = "", services: Sequence[str] = (), from_contract: str = "",
    to_contract: str = "",
) -> Succession:  # fmt: skip
    """Say what follows what. Every wrong thing is named; then nothing has changed."""
    problems: list[Problem] = []
    case.new_name, case.new_short_name = new_name.strip(), new_short_name.strip()
    if case.subject == "renamed":
        problems += _wrong_name(case)
    units = Organisation.objects.filter(jurisdiction_id=case.jurisdiction_id, kind="user_unit", budget_level=1)
    case.receiver = units.filter(credit_code=receiver).exclude(pk=case.unit_id).first() if receiver else None
    case.to_system = _system(case, to_system, problems)
    if case.to_system is not None:
        case.receiver = case.to_system.unit
    own = InformationSystem.objects.filter(unit_id=case.unit_id, code__in=systems)
    case.from_contract = _contract(case, from_contract, "原合同", actor, problems)
    case.to_contract = _contract(case, to_contract, "承继后的合同", None, problems)
    problems += _wrong_contracts(case)
    if case.subject in BETWEEN_UNITS and case.receiver is None:
        problems.append(Problem("接收单位", "选择接收单位"))
    if case.to_system is not None and own.filter(pk=case.to_system.pk).exists():
        problems.append(Problem("承接的系统编码", "不能是原系统自己"))
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后再保存")
    case.save()
    case.systems.set(own)
    case.chosen.set(Service.objects.filter(jurisdiction_id=case.jurisdiction_id, number__in=services))
    return case


def _wrong_name(case: Succession) -> list[Problem]:
    if not case.new_name or not case.new_short_name:
        return [Problem("新名称", "填写新名称和新简称")]
    same = Organisation.objects.filter(jurisdiction_id=case.jurisdiction_id, name=case.new_name)
    return [Problem("新名称", "已有单位使用这个名称")] if same.exists() else []


def _system(case: Succession, code: str, problems: list[Problem]) -> InformationSystem | None:
    if case.subject not in BETWEEN_SYSTEMS:
        return None
    found = InformationSystem.objects.filter(jurisdiction_id=case.jurisdiction_id, code=code.strip()).first()
    if found is None:
        problems.append(Problem("承接的系统编码", "没有这个系统，先登记再承继"))
    return found


def _contract(
    case: Succession, number: str, where: str, actor: Actor | None, problems: list[Problem]
) -> Contract | None:
    if not number.strip():
        return None
    rows = contracts(actor=actor) if actor else Contract.objects.filter(jurisdiction_id=case.jurisdiction_id)
    found = rows.filter(number=number.strip()).first()
    if found is None:
        problems.append(Problem(where, f"没有合同“{number.strip()[:30]}”"))
    return found


def _wrong_contracts(case: Succession) -> list[Problem]:
    old, new = case.from_contract, case.to_contract
    if case.subject != "contract_renewed" or old is None or new is None:
        missing = case.subject == "contract_renewed" and (old is None or new is None)
        return [Problem("合同", "写明原合同和续签的合同")] if missing else []
    if old.buyer_id != case.unit_id:
        return [Problem("原合同", f"{old.number} 不是本单位的合同")]
    if old == new or (old.provider_id, old.buyer_id) != (new.provider_id, new.buyer_id):
        return [Problem("承继后的合同", "续签的合同须与原合同同一采购人、同一云服务商；更换云服务商的，按迁移办理")]
    return []


@transaction.atomic
def propose(case: Succession, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The first signature. The services are bound from here on, and the other unit sees the case."""
    locked, _ = begin(case, "propose", actor=actor, version=version)
    _complete(locked)
    _bind(locked)
    if locked.other_signs:
        Participant.objects.get_or_create(case_id=locked.pk, organisation_id=locked.receiver_id)
    event = advance(case, "propose", actor=actor, at=at, opinion=opinion)
    _on_the_day(case, at)
    return event


@transaction.atomic
def sign(case: Succession, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The second signature, by the head of the unit that takes."""
    locked, _ = begin(case, "sign", actor=actor, version=version)
    if actor.organisation_id != locked.receiver_id:
        raise NotYours("由接收单位负责人签署", cite=art(4, 2), todo="等待接收单位签署")
    event = advance(case, "sign", actor=actor, at=at, opinion=opinion)
    _on_the_day(case, at)
    return event


def _complete(case: Succession) -> None:
    """What a proposal must name; the rest is judged by the rule."""
    problems = []
    if case.subject == "renamed":
        problems += _wrong_name(case)
    elif case.subject == "contract_renewed":
        problems += _wrong_contracts(case)
    elif not facts.systems_of(case):
        problems.append(Problem("系统", "没有写明承继哪些系统"))
    if case.subject in BETWEEN_UNITS and case.receiver is None:
        problems.append(Problem("接收单位", "没有写明接收单位"))
    if case.subject in BETWEEN_SYSTEMS and case.to_system is None:
        problems.append(Problem("承接的系统编码", "没有写明承接的系统"))
    if problems:
        raise BadInput(problems, cite=CITE, todo="填写承继内容后再提出")


def _bind(case: Succession) -> None:
    """No service, and no system that changes hands, may be in another open case."""
    rows = facts.services_of(case)
    involvements.involve(case, rows, cite=CITE)
    providers = sorted({row.contract.provider_id for row in rows})
    if providers and case.provider_id is None:
        Case.objects.filter(pk=case.pk).update(provider_id=providers[0])
    for organisation_id in providers[1:]:
        Participant.objects.get_or_create(case_id=case.pk, organisation_id=organisation_id)
    if case.subject not in BETWEEN_UNITS:
        return
    problems = [
        Problem(f"{held.system}", f"有在办的{held.procedure.zh} {held.number}，办结或撤回后再承继")
        for held in Case.objects.filter(system__in=facts.systems_of(case)).exclude(pk=case.pk).select_related("system")
        if held.kind != "release" and not MACHINES[held.kind].state(held.state).final
    ]
    names = {system.name for system in facts.systems_of(case)}
    same = InformationSystem.objects.filter(unit_id=case.receiver_id, name__in=names)
    problems += [Problem(f"{row}", "接收单位已有同名系统，先更改名称") for row in same]
    if problems:
        raise BadInput(problems, cite=CITE)


# ---- the day -------------------------------------------------------------------------------------------------------


def _on_the_day(case: Succession, at: datetime) -> None:
    if case.state == "signed" and case.effective_on <= localdate(at):
        take_effect(case, at=at)


@transaction.atomic
def take_effect(case: Succession, *, at: datetime) -> Event:
    """Everything follows at once: names, systems, services, the releases of the systems.

    The step comes first: its rule looks at what is to follow, not at what has.
    """
    _bind(case)
    rows, systems = facts.services_of(case), facts.systems_of(case)
    event = advance(case, "take_effect", actor=CLOCK, at=at)
    unit, system, contract = case.receiver, case.to_system, case.to_contract
    for old in rows:
        ledger.succeed(old, on=case.effective_on, case=case, unit=unit, system=system, contract=contract)
    if case.subject == "renamed":
        names = {"name": case.new_name, "short_name": case.new_short_name}
        rename(case.unit, **names, on=case.effective_on, ground=case.basis, at=at)
    for given in systems:
        if case.subject in BETWEEN_UNITS:
            _change_hands(case, given, at)
        elif case.subject == "system_merged":
            release.retire(given, at=at)
    _tell_others(case, rows, at)
    return event


def _tell_others(case: Succession, rows: Sequence[Service], at: datetime) -> None:
    """A renewal by the bureau touches the services of many units: each is told of its own."""
    for unit_id, count in Counter(row.unit_id for row in rows).items():
        if unit_id not in (case.unit_id, case.receiver_id):
            words = f"{case.title}：你单位 {count} 项服务自 {case.effective_on} 起由后继服务承接，编号随之更换，费用不中断、不重复"
            notices.tell(
                organisation_ids=[unit_id], subject=f"承继生效：{case.title}", text=words, at=at, cite=CITE.key
            )


def _change_hands(case: Succession, system: InformationSystem, at: datetime) -> None:
    assert case.receiver is not None
    case.systems.add(system)  # the whole of a unit is known afterwards as well
    transfer_system(system, unit=case.receiver, ground=f"{case.number} {case.basis}", at=at)
    for held in Release.objects.filter(system=system, state__in=OPEN):
        Case.objects.filter(pk=held.pk).update(unit=case.receiver)
        obligations.hand_over(held, old=case.unit_id, new=case.receiver.pk)
    decided = Coverage.objects.filter(
        system=system, state__in=("covered", "ended")
    )  # what ends or returns is told to it
    Case.objects.filter(pk__in=decided.values("pk")).update(unit=case.receiver)


def take_effect_all(*, at: datetime) -> int:
    """Let every signed succession take effect whose day has come; one that cannot waits, and the parties are told why."""
    count = 0
    for case in Succession.objects.filter(state="signed", effective_on__lte=localdate(at)).order_by(
        "effective_on", "pk"
    ):
        try:
            take_effect(case, at=at)
        except Refusal as refusal:
            _tell_held_up(case, refusal, at)
            continue
        count += 1
    return count


def _tell_held_up(case: Succession, refusal: Refusal, at: datetime) -> None:
    """Once for each reason, to both units, the centre and the bureau."""
    text = (
        f"{case.number}应于{case.effective_on}生效，未能生效：{refusal.message.rstrip('。')}。"
        "原因消除后自动生效，仍自该日起承接；不再承继的，由提出方撤销。"
    )
    if notices.was_told(case_id=case.pk, text=text):
        return
    parties = [pk for by in (By("user_unit"), By("centre"), By("bureau")) for pk in case.holders(by)]
    notices.tell(
        organisation_ids=parties,
        subject=f"承继未能生效：{case.title}",
        text=text,
        at=at,
        case_id=case.pk,
        cite=CITE.key,
    )
