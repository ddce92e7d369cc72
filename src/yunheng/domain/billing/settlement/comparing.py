"""The recomputation beside the statement: differences explained, adjustment lines that name what they correct."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum

from yunheng.domain.billing.engine import lines as writing
from yunheng.domain.billing.engine import reference
from yunheng.domain.billing.engine.layout import LINES
from yunheng.domain.billing.engine.package import seal
from yunheng.domain.billing.models import Difference, Settlement, StatementLine, UnitPart
from yunheng.domain.billing.queries import terms_of
from yunheng.domain.billing.runs import Run, run
from yunheng.domain.services.models import Service
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.documents.operations import keep
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.models import Event, Participant
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.ch3_funding.art15_charging import charge
from yunheng.law.ch3_funding.art15_facts import Account, Terms
from yunheng.law.ch3_funding.art16_differences import Entry, Pair, explain, paired
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.period import Period

ZERO = Decimal("0.00")
STATEMENT = (
    "no",
    "corrects",
    "service_number",
    "sku",
    "from_on",
    "to_on",
    "days",
    "quantity",
    "unit_price",
    "payer",
    "amount",
    "reason",
)


@transaction.atomic
def compare(case: Settlement, *, at: datetime) -> None:
    """Recompute the year from the ledger as it is now and replace the differences; park it where a price lacks.

    Running it twice changes nothing. The first time it moves the case from issued to compared.
    """
    case = Settlement.objects.select_for_update(of=("self",)).select_related("contract", "jurisdiction").get(pk=case.pk)
    terms = terms_of(jurisdiction_id=case.jurisdiction_id, month=case.period_from)
    with run(jurisdiction=case.jurisdiction, period=case.period, terms=terms, contract=case.contract) as (
        done,
        services,
    ):
        case.parked = done.held
        if not case.parked:
            own = {number: service for number, service in services.items() if service.contract_id == case.contract_id}
            pairs = list(paired(stated_entries(case), due_entries(done, own)))
            _replace(case, pairs, own, _accounts(done, pairs), terms)
            case.compared, case.compared_at = _summary(pairs), at
            case.package, case.package_digest = _package(case, done, at)
    case.save(update_fields=["parked", "compared", "compared_at", "package", "package_digest"])
    refresh_parts(case)
    if case.state == "issued" and not case.parked:
        advance(case, "recompute", actor=CLOCK, at=at, data=case.compared | {"package": case.package_digest})


def stated_entries(case: Settlement) -> list[Entry]:
    """The statement as adjusted: an adjustment counts with the line that it corrects, else for itself."""
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    rows = list(case.lines.order_by("no"))
    for row in rows:
        sums[row.corrects_id or row.pk][row.payer == "unit"] += row.amount
    return [
        Entry(r.service_number, r.sku, Period(r.from_on, r.to_on), r.quantity, r.unit_price, (sums[r.pk][0], sums[r.pk][1]), key=r.pk)
        for r in rows
        if r.corrects_id is None
    ]  # fmt: skip


def due_entries(done: Run, own: dict[str, Service]) -> list[Entry]:
    """What the law gives for the contract's services."""
    entries = []
    for number, sku, start, end, _, quantity, price, _, payer, rule, amount in done.rows():
        if number in own:
            money = Decimal(amount)
            sums = (money, ZERO) if payer == "fund" else (ZERO, money)
            period = Period(date.fromisoformat(start), date.fromisoformat(end))
            entries.append(Entry(number, sku, period, Decimal(quantity), Decimal(price), sums, rule))
    return entries


def _accounts(done: Run, pairs: Iterable[Pair]) -> dict[str, Account]:
    """The facts of the services that differ, for the reasons."""
    differing = sorted({(pair.entry.service_id,) for pair in pairs if pair.kind != "same"})
    done.con.execute("CREATE OR REPLACE TABLE differing (service_id VARCHAR)")
    if differing:
        done.con.executemany("INSERT INTO differing VALUES (?)", differing)
    done.con.execute("CREATE OR REPLACE TABLE explained AS SELECT sid FROM service JOIN differing USING (service_id)")
    return {account.service.service_id: account for _, account in reference.accounts(done.con, only="explained")}


def _replace(
    case: Settlement, pairs: list[Pair], own: dict[str, Service], accounts: dict[str, Account], terms: Terms
) -> None:
    case.differences.all().delete()
    Difference.objects.bulk_create(
        [_difference(case, pair, own, accounts, terms) for pair in pairs if pair.kind != "same"], batch_size=500
    )


def _difference(
    case: Settlement, pair: Pair, own: dict[str, Service], accounts: dict[str, Account], terms: Terms
) -> Difference:
    shown, stated, account = pair.entry, pair.stated, accounts.get(pair.entry.service_id)
    pieces = charge(account, period=shown.period, terms=terms).uncharged if account and not pair.due else ()
    why = explain(pair, account, pieces)
    service, right = own.get(shown.service_id), pair.due[0] if pair.due else shown
    return Difference(
        settlement=case, kind=pair.kind, line_id=stated.key if stated else None, service=service,
        unit_id=service.unit_id if service else None, service_number=shown.service_id, sku=shown.sku,
        from_on=shown.period.start, to_on=shown.period.end, quantity=right.quantity, unit_price=right.unit_price,
        stated_fund=stated.sums[0] if stated else ZERO, stated_unit=stated.sums[1] if stated else ZERO,
        due_fund=pair.sums[0], due_unit=pair.sums[1], reason=why.sentence, cite=why.cite.key, reading=why.reading,
    )  # fmt: skip


def _summary(pairs: list[Pair]) -> dict[str, object]:
    kinds: Counter[str] = Counter(pair.kind for pair in pairs)
    stated = [sum((p.stated.sums[n] for p in pairs if p.stated), ZERO) for n in (0, 1)]
    due = [sum((p.sums[n] for p in pairs), ZERO) for n in (0, 1)]
    return {
        **{kind: kinds[kind] for kind in ("same", "amount", "payer", "missing", "absent")},
        "stated_fund": f"{stated[0]}", "stated_unit": f"{stated[1]}", "due_fund": f"{due[0]}", "due_unit": f"{due[1]}",
    }  # fmt: skip


def _package(case: Settlement, done: Run, at: datetime) -> tuple[str, str]:
    """Seal what was computed together with the statement, and keep it as a .zip; its place and its digest."""
    writing.write(done.con, done.folder / LINES.file)
    with (done.folder / "statement.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(STATEMENT)
        out.writerows(
            case.lines.order_by("no").values_list(*["corrects__no" if n == "corrects" else n for n in STATEMENT])
        )
    seal(done.folder, jurisdiction=case.jurisdiction.code, period=case.period, created_at=at)
    packed = done.folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(done.folder.iterdir()):
            archive.write(path, path.name)
    content = packed.read_bytes()
    return keep(content), sm3(content)


def package_of(case: Settlement) -> bytes:
    """The package as it was kept. Raises Refusal when there is none, or when it is no longer the same."""
    path = Path(settings.MEDIA_ROOT) / case.package
    content = path.read_bytes() if case.package and path.is_file() else b""
    if not content or sm3(content) != case.package_digest:
        raise Refusal("结算包不存在或与登记的摘要不符", todo="重新复算，或从备份恢复")
    return content


def refresh_parts(case: Settlement) -> None:
    """Each unit's sums; a part whose sums have changed is to be confirmed anew."""
    rows = case.lines.exclude(unit=None).order_by().values("unit_id", "payer").annotate(sum=Sum("amount"))
    sums: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for row in rows:
        sums[row["unit_id"]][row["payer"]] = row["sum"]
    for unit_id in case.differences.exclude(unit=None).order_by().values_list("unit_id", flat=True).distinct():
        sums.setdefault(unit_id, {})
    known = {part.unit_id: part for part in case.parts.all()}
    for unit_id, of in sums.items():
        part = known.get(unit_id) or UnitPart(settlement=case, unit_id=unit_id)
        fund, own = of.get("fund", ZERO), of.get("unit", ZERO)
        if (part.fund, part.own) != (fund, own) or not part.pk:
            part.fund, part.own, part.confirmed_at = fund, own, None
            part.save()
        Participant.objects.get_or_create(case_id=case.pk, organisation_id=unit_id)


# ---- adjustment lines -------------------------------------------------------------------------------------------


@transaction.atomic
def adjust(
    case: Settlement, *, actor: Actor, at: datetime, chosen: Iterable[int] | None = None, version: int | None = None
) -> Event:
    """The provider issues adjustment lines for the differences ``chosen`` (all, where absent), naming the lines (16)."""
    locked, _ = begin(case, "adjust", actor=actor, version=version)
    found = locked.differences.all() if chosen is None else locked.differences.filter(pk__in=list(chosen))
    made = write_adjustments(locked, found)
    if not made:
        raise Refusal("没有选中的差异", cite=art(16), todo="选择要调整的差异行")
    data = {"lines": [line.no for line in made], "amount": f"{sum((line.amount for line in made), ZERO)}"}
    event = advance(case, "adjust", actor=actor, at=at, data=data)
    compare(case, at=at)
    case.refresh_from_db()
    return event


def write_adjustments(
    case: Settlement, differences: Iterable[Difference], *, late: bool = False
) -> list[StatementLine]:
    """One line per payer whose sum changes: the difference of rounded amounts, with the values that are right."""
    last = case.lines.aggregate(last=Max("no"))["last"] or 0
    made = []
    for difference in differences:
        changes = (
            ("fund", difference.due_fund - difference.stated_fund),
            ("unit", difference.due_unit - difference.stated_unit),
        )
        for payer, amount in changes:
            if amount:
                last += 1
                made.append(_adjustment(case, difference, last, payer, amount, late=late))
    return StatementLine.objects.bulk_create(made, batch_size=500)


def _adjustment(case: Settlement, d: Difference, no: int, payer: str, amount: Decimal, *, late: bool) -> StatementLine:
    return StatementLine(
        settlement=case, no=no, corrects_id=d.line_id, adjustment=True, late=late, service_id=d.service_id,
        unit_id=d.unit_id, system_id=d.service.system_id if d.service else None, service_number=d.service_number,
        sku=d.sku, from_on=d.from_on, to_on=d.to_on, days=(d.to_on - d.from_on).days, quantity=d.quantity,
        unit_price=d.unit_price, payer=payer, amount=amount, reason=d.reason,
    )  # fmt: skip


@transaction.atomic
def adjust_late(case: Settlement, *, at: datetime) -> list[StatementLine]:
    """After the settlement: what later facts change becomes adjustment lines, carried into the contract's next one.

    Nothing that was issued, accounted or paid is touched; running it twice changes nothing.
    """
    locked = (
        Settlement.objects.select_for_update(of=("self",)).select_related("contract", "jurisdiction").get(pk=case.pk)
    )
    if locked.state != "settled":
        raise Refusal(f"{locked.state_zh}的结算在其中出具调整行", cite=art(16))
    terms = terms_of(jurisdiction_id=locked.jurisdiction_id, month=locked.period_from)
    with run(jurisdiction=locked.jurisdiction, period=locked.period, terms=terms, contract=locked.contract) as (
        done,
        services,
    ):
        if done.held:
            return []
        own = {number: service for number, service in services.items() if service.contract_id == locked.contract_id}
        pairs = [p for p in paired(stated_entries(locked), due_entries(done, own)) if p.kind != "same"]
        accounts = _accounts(done, pairs)
    made = write_adjustments(locked, [_difference(locked, pair, own, accounts, terms) for pair in pairs], late=True)
    if made:
        body = {"lines": [line.no for line in made], "amount": f"{sum((line.amount for line in made), ZERO)}"}
        audit.write(kind="settlement.late", subject=locked.number, at=at, body=body)
    return made
