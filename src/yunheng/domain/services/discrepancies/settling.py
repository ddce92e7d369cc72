"""After a comparison: differences that are new become cases, known ones go on, those that are gone are closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.discrepancies.subjects import Subject, Subjects
from yunheng.domain.services.inventories.reading import Listed
from yunheng.domain.services.models import Condition, Discrepancy, InventoryRun, Service
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.operations import advance, open_case
from yunheng.law.ch2_use.art09_difference_kinds import KINDS, Difference
from yunheng.law.ch2_use.art09_outcome import Outcome
from yunheng.law.kernel.citation import art

MOST_NEW, MOST_ROWS = 5000, 50  # cases of one run; rows kept as evidence of one difference
Rows = Mapping[str, Listed]


def settle(run: InventoryRun, outcome: Outcome, rows: Rows, *, at: datetime) -> dict[str, int]:
    """How many differences are new, go on, came back and are gone."""
    known = {(case.difference, case.key): case for case in _open(run.provider_id)}
    for found in outcome.differences:
        _renamed(found, known)
    new = [found for found in outcome.differences if (found.kind, found.key) not in known]
    if len(new) > MOST_NEW:
        words = f"清单与台账有 {len(new):,} 项新差异，多半是服务编号、系统编码没有标注"
        raise Refusal(words, cite=art(9, 1), todo="核对标注后重新报送；平台启用前已有的，先办理存量登记")
    subjects = Subjects(run, outcome.differences)
    counts: Counter[str] = Counter()
    still = {("", key) for key in (*outcome.under_way, *outcome.unevaluated)}
    for found in outcome.differences:
        held = known.get((found.kind, found.key))
        subject = subjects.of(found)
        if held is None:
            _found(run, found, subject, rows, at)
            counts["new"] += 1
        else:
            counts["again" if _seen_again(held, run, found, subject, rows, at) else "continuing"] += 1
            still.add((held.difference, held.key))
    for (kind, key), case in known.items():
        if (kind, key) in still or ("", key) in still or _approved_since(case, outcome):
            continue
        _gone(case, run, outcome.belongs.get(key, key), at)
        counts["gone"] += 1
    _tell(run, at)
    return {name: counts[name] for name in ("new", "continuing", "again", "gone")}


def _renamed(found: Difference, known: dict[tuple[str, str], Discrepancy]) -> None:
    """What a service is charged with goes on with its successor (R-023)."""
    for before in found.held.also if found.held else ():
        case = known.pop((found.kind, before), None)
        if case is not None:
            case.key = found.key
            case.save(update_fields=["key"])
            known[found.kind, found.key] = case


def _open(provider_id: int) -> list[Discrepancy]:
    found = Discrepancy.objects.filter(provider_id=provider_id).exclude(state="closed")
    return list(found.select_related("linked", "unit", "seen_in", "service"))


def _found(run: InventoryRun, found: Difference, subject: Subject, rows: Rows, at: datetime) -> None:
    known, shown = KINDS[found.kind], frozen(found, subject, rows)
    case = Discrepancy(
        kind="discrepancy", unit=subject.unit, provider_id=run.provider_id, system_id=subject.system_id, lane=subject.lane,
        title=f"{known.zh}：{subject.name}"[:120], difference=found.kind, key=found.key, owner=known.owner,
        article=known.cite.key, found_on=run.as_of, found_in=run, seen_in=run, service_id=subject.service_id,
        evidence=shown | {"run": run.number}, latest=shown | {"run": run.number},
        runs_from=found.unpayable_from(run.as_of),
    )  # fmt: skip
    if case.owner == "user_unit" and case.unit.kind != "user_unit":
        case.owner = "provider"  # nobody knows whose it is: who runs it says so
    open_case(case, actor=CLOCK, at=at)


def _seen_again(
    case: Discrepancy, run: InventoryRun, found: Difference, subject: Subject, rows: Rows, at: datetime
) -> bool:
    """Still there: the age runs on. What was said to be corrected or taken over, and is not, is found again."""
    case.seen_in, case.latest = run, frozen(found, subject, rows) | {"run": run.number}
    case.save(update_fields=["seen_in", "latest"])
    over = case.linked is not None and case.linked.procedure.state(case.linked.state).final
    if case.state == "corrected" or (case.state == "converted" and over):
        advance(case, "reappear", actor=CLOCK, at=at, data={"run": run.number})
        return True
    return False


def _approved_since(case: Discrepancy, outcome: Outcome) -> bool:
    """Whether it is only covered by an approval on its way: it goes on until that has effect, for it cures nothing yet."""
    waiting = case.state == "converted" and case.linked is not None
    if waiting and case.linked and not case.linked.procedure.state(case.linked.state).final:
        return True
    return "#" in outcome.belongs.get(case.key, "")


def _gone(case: Discrepancy, run: InventoryRun, line: str, at: datetime) -> None:
    """Close it; where the ledger has it from a day after the finding, that day ends what ran unapproved."""
    effect = _effect_of(case, line)
    later = effect is not None and effect > case.found_on
    case.outcome = "converted" if case.state == "converted" or later else "vanished"
    if case.runs_from:
        case.runs_to = max(case.runs_from, effect or run.as_of)
    case.save(update_fields=["outcome", "runs_to"])
    advance(case, "vanish", actor=CLOCK, at=at, data={"run": run.number, "as_of": f"{run.as_of}"})


def _effect_of(case: Discrepancy, line: str) -> date | None:
    """From which day the ledger has what was seen: an opening, or the last change of the line it was seen on."""
    if case.difference == "unapproved":
        found = Service.objects.filter(jurisdiction_id=case.jurisdiction_id, number=line)
        return found.values_list("opened_on", flat=True).first()
    if case.difference == "changed" and case.service is not None:
        changed = Condition.objects.filter(service=case.service, kind__in=("quantity", "sku"))
        return changed.filter(on__gt=case.found_on).order_by("-on").values_list("on", flat=True).first()
    return None


def frozen(found: Difference, subject: Subject, rows: Rows) -> dict[str, Any]:
    """What was seen and what the ledger says, as plain JSON."""
    shown = [rows[row.instance] for row in found.seen[:MOST_ROWS]]
    return {
        "rows": [_row(row) for row in shown],
        "rows_count": len(found.seen),
        "total": f"{found.total.normalize():f}",
        "ledger": subject.ledger,
    }


def _row(row: Listed) -> dict[str, Any]:
    names = ("no", "instance_id", "name", "sku", "spec", "state", "service", "system", "addresses")
    quantity = "" if row.quantity is None else f"{row.quantity.normalize():f}"
    since = row.since.isoformat() if row.since else ""
    return {**{name: getattr(row, name) for name in names}, "quantity": quantity, "since": since}


def _tell(run: InventoryRun, at: datetime) -> None:
    """One notice to each party that has something to explain, not one per difference."""
    turns: dict[int, int] = defaultdict(int)
    for case in Discrepancy.objects.filter(found_in=run).only("owner", "unit", "provider"):
        turns[case.unit_id if case.owner == "user_unit" else case.provider_id or 0] += 1
    for organisation_id, count in turns.items():
        notices.tell(
            organisation_ids=[organisation_id], subject=f"清单核对：{count} 项差异待你说明", at=at, cite=art(9, 1).key,
            text=f"{run.as_of} 的资源清单（{run.number}）与台账核对，有 {count} 项差异由{Organisation.objects.get(pk=organisation_id).short_name}说明。",
        )  # fmt: skip
