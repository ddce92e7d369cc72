"""What runs beside what was approved (9.1, 22): inventories of both providers, and differences of each kind and state.

An inventory is the ledger as it stood that day, but for the faults.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from yunheng.demo.application import TO_OPEN, apply
from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.discrepancies.facts import candidates, linked_facts
from yunheng.domain.services.inventories import runs
from yunheng.domain.services.inventories.holding import held_by
from yunheng.domain.services.involvements import free, open_involvements
from yunheng.domain.services.models import Discrepancy, InventoryRun, Service
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art09_difference_kinds import ZERO, Held
from yunheng.law.ch2_use.art09_discrepancy import case_explains, case_takes_over
from yunheng.law.kernel.terms import ONE_DAY

BETWEEN = (41, 36, 31, 27, 20, 15, 10)  # days before the end on which the first provider hands in an inventory as well
LOOSE, LOOSES = 38, 3  # days before the end that some disks were taken from their machines; how many
FIRST, LAST, METERED = 17, 3, 40  # working days before the end: two inventories, and the opening of what is metered


@dataclass(frozen=True)
class Fault:
    """A difference: its kind, in which inventories it shows (first, last), what is done about it, on which line."""

    kind: str
    shows: tuple[int, ...]
    steps: tuple[str, ...] = ()
    on: str = ""  # unit: of the first unit · case: of a system with a fitting case · "": any


FAULTS = (
    Fault("changed", (LAST,), on="unit"),
    Fault("changed", (FIRST, LAST), ("explain",)),
    Fault("changed", (FIRST,), ("explain",)),
    Fault("changed", (FIRST, LAST), ("explain", "convert"), on="case"),
    Fault("released", (FIRST, LAST), ("explain", "rectify", "report_rectified")),
    Fault("released", (FIRST,), ("explain", "rectify", "report_rectified", "confirm_rectified")),
    Fault("released", (LAST,)),
    Fault("absent", (LAST,), ("correct",)),
    Fault("absent", (FIRST,), ("correct", "accept_correction")),
    Fault("unapproved", (FIRST,), ("explain", "match"), on="case"),
    Fault("unapproved", (FIRST, LAST), ("explain", "rectify")),
    Fault("unapproved", (LAST,)),
    Fault("overstayed", (LAST,)),
    Fault("above_ceiling", (LAST,)),
)
WORDS = {
    "explain": "系业务高峰时临时调整，未及时提出变更", "correct": "导出清单时漏选资源池，该资源一直在运行，附控制台截图",
    "match": "所选办件已批准该资源，清单漏标服务编号", "convert": "用户单位已补提变更，此后按变更办理",
    "rectify": "未经批准运行，限期停止并说明原因", "report_rectified": "已停止并释放，附处理记录",
    "confirm_rectified": "经平台核对，资源已释放", "accept_correction": "截图和监控记录表明资源在运行，清单有误",
}  # fmt: skip
ARTICLES = {"unapproved": "22", "released": "11"}
CENTRE = ("match", "convert", "rectify", "confirm_rectified", "accept_correction")


def tell(story: Story) -> int:
    """Two inventories of each provider, and the first one's of the days between; returns how many differences they made."""
    last = story.working(story.until)
    first, second = story.earlier(last, FIRST), story.earlier(last, LAST)
    _metered(story, story.earlier(last, METERED))
    days = {FIRST: first, LAST: second}
    loose = _loose(story)
    chosen = _chosen(story, days, loose)
    more = {story.working(story.until - ONE_DAY * back) for back in BETWEEN}
    for day in sorted({*days.values(), *more}):
        shows = {one for one in days if days[one] == day} or ({FIRST, LAST} if day > first else {0})
        for provider in story.city.providers if day in days.values() else story.city.providers[:1]:
            rows = _rows(provider, day)
            _attach(rows, loose if day > story.until - ONE_DAY * LOOSE else ())
            for one in chosen:
                if one.provider == provider and shows <= set(one.fault.shows):
                    _spoil(rows, one.fault, one.line, day)
            _hand_in(story, provider, rows, day)
        for one in chosen:
            if days[one.fault.shows[0]] == day:
                _pursue(story, one.fault, one.line, day)
    return Discrepancy.objects.count()


def _loose(story: Story) -> list[str]:
    """Disks of the first provider, long in use, that no machine holds any more (10.2)."""
    found = Service.objects.filter(
        sku__startswith="S-DISK", closed_on=None, trial=False, contract__provider=story.city.providers[0]
    )
    found = (
        found.filter(opened_on__lt=story.until - ONE_DAY * 2 * LOOSE)
        .exclude(instances="")
        .exclude(instances__startswith="yb-")
    )
    return [row.number for row in free(found.select_related("contract").order_by("-quantity"))[:LOOSES]]


def _attach(rows: dict[str, dict[str, Any]], loose: Collection[str]) -> None:
    """Each disk is held by a machine, each balancer has machines behind it."""
    for key, row in rows.items():
        if row["sku"].startswith("S-DISK"):
            row["attached_to"] = "无" if key in loose else f"{row['instance_id']}-host"
        elif row["sku"] == "N-SLB":
            row["back_ends"] = "2"


def _metered(story: Story, opened: date) -> None:
    """A system whose traffic is paid by use, up to an approved ceiling."""
    held = Service.objects.filter(lane="covered", closed_on=None, trial=False)
    old = held.filter(opened_on__lt=story.earlier(opened, 30)).exclude(unit=story.city.units[-1]).order_by("pk").first()
    if old is not None:
        lines = [LineInput("第 1 行", "U-TRAFFIC", Decimal(2000), purpose="公网出口流量")]
        apply(story, old.system, story.earlier(opened, TO_OPEN), "in_service", lines)


def _rows(provider: Organisation, day: date) -> dict[str, dict[str, Any]]:
    """The inventory as approved, by the line that each row belongs to."""
    return {line.key: _row(line) for line in _running(provider, day)}


def _running(provider: Organisation, day: date) -> Iterator[Held]:
    for line in held_by(provider, on=day):
        if not (line.over(day) or line.pending(day) or line.once or (line.ends_on and line.ends_on <= day)):
            yield line


def _row(line: Held, **more: Any) -> dict[str, Any]:
    quantity = "" if line.metered else f"{line.quantity.normalize():f}"
    instance = line.instances[0] if line.instances else f"i-{line.key.lower()}"
    return {
        "instance_id": instance, "name": f"{line.system.lower()}-{line.key[-4:]}", "sku": line.sku, "quantity": quantity,
        "state": "运行", "service": line.key, "system": line.system, **more,
    }  # fmt: skip


def _hand_in(story: Story, provider: Organisation, rows: dict[str, dict[str, Any]], day: date) -> InventoryRun:
    at = story.moment(day, 9)
    return runs.compare(
        provider=provider, raws=list(enumerate(rows.values(), 2)), as_of=day, source="sheet",
        actor=story.actor(provider, "monitor", at), at=at,
    )  # fmt: skip


# ---- the faults --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chosen:
    """A fault on a line of a provider's ledger."""

    fault: Fault
    provider: Organisation
    line: Held


def _chosen(story: Story, days: dict[int, date], loose: Collection[str]) -> list[Chosen]:
    """A line for each fault, the first provider's and of another system where there is one; no line, no fault."""
    usable = [(provider, line) for provider in story.city.providers for line in held_by(provider, on=days[FIRST])
              if not line.under_way and not line.pending(days[FIRST]) and line.key not in loose]  # fmt: skip
    own = set(story.city.units[0].systems.values_list("code", flat=True))
    found: list[Chosen] = []
    for fault in FAULTS:
        used = {one.line.system for one in found}
        fitting = [one for one in usable if _suits(fault, one[1], days[fault.shows[0]], own)]
        for one in sorted(fitting, key=lambda one: one[1].system in used)[:1]:
            found.append(Chosen(fault, *one))
            usable.remove(one)
    return found


def _suits(fault: Fault, line: Held, day: date, own: set[str]) -> bool:
    if fault.kind == "released":
        return line.over(day) and line.quantity > ZERO
    if fault.kind == "overstayed":
        return line.ends_on is not None and line.ends_on <= day and not line.over(day)
    if fault.kind == "above_ceiling":
        return line.metered
    stays = not line.over(day) and line.ends_on is None and line.closed_on is None
    if not stays or line.metered or line.once:
        return False
    if fault.on == "case" and fault.kind == "changed":
        return open_involvements(Service.objects.filter(number=line.key)).filter(case__kind="change").exists()
    return line.system in own if fault.on == "unit" else line.system not in own


def _spoil(rows: dict[str, dict[str, Any]], fault: Fault, line: Held, day: date) -> None:
    """Make the inventory differ from the ledger in this one thing."""
    if fault.kind == "absent":
        rows.pop(line.key, None)
    elif fault.kind == "unapproved":
        since = (day - ONE_DAY * 12).isoformat()
        key, system = _stranger(line), line.system if fault.steps else ""
        rows[key] = _row(line, instance_id=key, service="", sku="C-GPU-A30", quantity="1", system=system, since=since)
    elif fault.kind == "above_ceiling":
        rows[line.key] = _row(line, quantity=f"{line.quantity * 13 / 10:f}")
    else:
        more = 0 if fault.kind in ("released", "overstayed") else 2
        rows[line.key] = _row(line, quantity=f"{line.quantity + more:f}")


def _stranger(line: Held) -> str:
    """The instance that nobody approved."""
    return f"i-9{line.key[-4:]}77"


def _pursue(story: Story, fault: Fault, line: Held, day: date) -> None:
    """What the parties do about it, a working day for each."""
    key = _stranger(line) if fault.kind == "unapproved" else line.key
    case = Discrepancy.objects.filter(difference=fault.kind, key=key).order_by("-pk").first()
    for name in fault.steps if case else ():
        assert case is not None
        day = story.later(day, 1)
        _take(story, case, name, day)
        case.refresh_from_db()


def _take(story: Story, case: Discrepancy, name: str, day: date) -> None:
    at = story.moment(day, 10)
    assert case.provider is not None
    side, role = (case.provider, "delivery") if case.owner == "provider" or name == "correct" else (case.unit, "head")
    actor = story.actor(story.city.centre, "reviewer", at) if name in CENTRE else story.actor(side, role, at)
    sent: dict[str, Any] = {"opinion": WORDS[name]}
    if name in ("match", "convert"):
        linked = next((one.number for one in candidates(case) if _serves(name, case, one.number)), "")
        if not linked:
            return
        sent["linked"] = linked
    if name == "rectify":
        sent["article"] = ARTICLES[case.difference]
    if name == "correct":
        sent["paper"] = store(
            content=paper("清单更正依据"), filename="清单更正依据.pdf", kind="evidence", person_id=actor.person_id, at=at,
            jurisdiction_id=case.jurisdiction_id, case_id=case.pk,
        )  # fmt: skip
    doors.take(case, name, sent=sent, actor=actor, at=at)


def _serves(name: str, case: Discrepancy, number: str) -> bool:
    facts, rule = linked_facts(case, {"case": number}), case_explains if name == "match" else case_takes_over
    return rule(facts, parameters_on(case.found_on, case.jurisdiction_id)).holds
