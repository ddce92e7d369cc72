"""The rules over a jurisdiction on a day (10.2): measured use beside the ledger, answers kept, suggestions opened.

The resource of the rules is a running instance; that of a suggestion is the line of the ledger, which is what a change,
an exit or an end of coverage can be about. So a suggestion is made where every instance of a line is found alike; what
only some of them show stands in the answers, which the unit reads as a hint (10.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.optimization.engine.detection import Judged, detect, evidence
from yunheng.domain.optimization.engine.layout import Connection
from yunheng.domain.optimization.engine.measuring import Cut
from yunheng.domain.optimization.facts import plain
from yunheng.domain.optimization.known import ZONE, Watch, capacity, start_of, watched_on
from yunheng.domain.optimization.models import Answer, Suggestion
from yunheng.domain.optimization.series import frozen
from yunheng.domain.services import involvements
from yunheng.domain.services.models import Service
from yunheng.domain.services.release.facts import instances_of
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.operations import open_case
from yunheng.law.ch2_use.art10_facts import ISSUED, KINDS, RULE_SET, Advice
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.parameters import Parameters

BATCH = 2000
PIECES = ("machine", "line")  # lines whose quantity counts instances; of all others it is how large they are


def detect_place(*, jurisdiction_id: int, db: Connection, at: datetime) -> int:
    """Judge every instance of a jurisdiction by the relations ``hourly`` and ``daily`` of ``db``, keep every answer and
    open what is to be suggested. Returns how many suggestions were opened; the same day again opens none twice.
    """
    on = localdate(at)
    p = parameters_on(on, jurisdiction_id)
    watched = watched_on(jurisdiction_id, on, p)
    capacity(db, watched)
    cut = Cut(on, start_of(on), ZONE.key)
    judged = list(detect(db, {name: watch.known for name, watch in watched.items()}, cut, p))
    with transaction.atomic():
        _keep_answers(jurisdiction_id, judged, watched, on)
        return _open_all(db, judged, watched, cut, p, at)


# ---- what is kept of it ------------------------------------------------------------------------------------------


def _keep_answers(jurisdiction_id: int, judged: Iterable[Judged], watched: Mapping[str, Watch], on: date) -> None:
    """The answers of the day take the place of the last ones."""
    Answer.objects.filter(service__jurisdiction_id=jurisdiction_id).delete()
    rows = (
        Answer(
            service=watched[one.machine.resource].service, instance=watched[one.machine.resource].instance,
            kind=advice.kind, result=advice.result, rule=advice.verdict.rule, sentence=advice.verdict.sentence[:300], on=on,
        )
        for one in judged
        for advice in one.advice
    )  # fmt: skip
    Answer.objects.bulk_create(rows, batch_size=BATCH)


def _open_all(
    db: Connection, judged: Iterable[Judged], watched: Mapping[str, Watch], cut: Cut, p: Parameters, at: datetime
) -> int:
    lines: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        lines[watched[one.machine.resource].service.pk].append(one)
    taken = set(Suggestion.objects.filter(state__in=OPEN).values_list("service_id", flat=True))
    services = {watch.service.pk: watch.service for watch in watched.values()}
    alike = {pk: _alike(found, watched, cut.on) for pk, found in lines.items() if pk not in taken}
    advised = {pk: advice for pk, advice in alike.items() if advice is not None}
    told: dict[int, int] = defaultdict(int)
    free = involvements.free(services[pk] for pk in advised)  # what another case is about is being settled there
    shown = ((one.machine.resource, advised[service.pk].kind) for service in free for one in lines[service.pk])
    series = frozen(db, shown, on=cut.on, p=p)
    for service in free:
        _open(service, lines[service.pk], advised[service.pk], watched, series, cut, p, at)
        told[service.unit_id] += 1
        told[service.contract.provider_id] += 1
    for organisation_id, number in told.items():
        notices.tell(
            organisation_ids=[organisation_id], subject=f"资源优化：新发现 {number} 项", at=at, cite=art(10, 1).key,
            text=f"{cut.on} 按监测数据判断，新发现 {number} 项可以优化的资源。用户单位可以主动优化；云服务商复核后提出建议。",
        )  # fmt: skip
    return len(free)


def _alike(found: list[Judged], watched: Mapping[str, Watch], on: date) -> Advice | None:
    """The one advice that all instances of a line got, with the largest target; None where they differ."""
    watch = watched[found[0].machine.resource]
    counted = watch.known.sort not in PIECES or Decimal(watch.service.at("quantity", on)) == len(found)
    if len(found) != len(instances_of(watch.service)) or not counted:
        return None
    for kind in ISSUED:
        said = [advice for one in found for advice in one.advice if advice.kind == kind and advice.result == "advise"]
        if len(said) == len(found):
            return max(said, key=lambda a: (a.to.vcpu, a.to.memory, a.to.sku) if a.to else (0, 0, ""))
    return None


def _open(
    service: Service, found: list[Judged], advice: Advice, watched: Mapping[str, Watch], series: Mapping[Any, Any],
    cut: Cut, p: Parameters, at: datetime,
) -> Suggestion:  # fmt: skip
    each = []
    for one in found:
        own = next(a for a in one.advice if a.kind == advice.kind)
        name = one.machine.resource
        days, known = series.get((name, advice.kind)), watched[name].known
        each.append(
            {
                "instance": watched[name].instance,
                **evidence(one, own, cut, p),
                "series": days,
                "attachment": vars(known.attachment) if known.sort != "machine" else None,
            }
        )
    whole = watched[found[0].machine.resource].monthly  # of a line that is given back all of it is saved
    machines = None if advice.saving is None else advice.saving * len(found)
    case = Suggestion(
        kind="suggestion", unit_id=service.unit_id, provider_id=service.contract.provider_id, system=service.system,
        lane=service.at("lane", cut.on), title=f"{service.system.name}：{service.name}，{dict(KINDS)[advice.kind]}"[:120],
        service=service, advice=advice.kind, found_on=cut.on, sku_before=service.at("sku", cut.on),
        quantity_before=plain(service.at("quantity", cut.on)), to_sku=advice.to.sku if advice.to else "",
        saving=machines if advice.to else whole, rule_set=RULE_SET,
        evidence={
            "sentence": advice.verdict.sentence, "parameters": p.version, "ask_for_season": advice.ask,
            "instances": each,
        },
    )  # fmt: skip
    return open_case(case, actor=CLOCK, at=at)
