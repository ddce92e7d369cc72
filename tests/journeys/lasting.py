"""How a temporary service comes to each of its states: short acts of the cast, shared by the tests of article 12."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.cast import Cast, moment, sign_undertaking
from tests.journeys.changes import PDF
from yunheng.domain.services.models import Service, Temporary
from yunheng.domain.services.temporary import clock
from yunheng.domain.services.temporary import operations as do
from yunheng.foundation.calendars.models import CalendarYear
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK

AT = moment("2026-05-09 10:00")
UNTIL = date(2026, 5, 31)
BY = {
    "pass_to_head": "chen", "submit": "luo", "withdraw": "luo", "resubmit": "luo", "verify": "zhou", "return": "zhou",
    "reject": "zhou", "report_opened": "sun", "dispute_day": "luo", "dispute_resources": "luo", "mediate": "wu",
    "cancel": "zhou", "supply_consent": "luo", "ask_extension": "luo", "extend": "zhou", "decline_extension": "zhou",
    "end_coverage": "zhou", "convert": "luo", "end": "luo", "release": "sun", "drop_lines": "luo",
}  # fmt: skip
OPENED = ("submit", "verify", "report_opened")
RUNS = (*OPENED, "confirm_opening")


def paper(cast: Cast) -> Attachment:
    """The document of the city government."""
    return store(
        content=PDF, filename="同意函.pdf", kind="consent", jurisdiction_id=cast.city.pk,
        person_id=cast.person("luo").pk, at=AT,
    )  # fmt: skip


def prepare(cast: Cast) -> None:
    """The working calendar and the undertaking, unless they are there."""
    if not CalendarYear.objects.exists():
        seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    sign_undertaking(cast)


def draft(
    cast: Cast, *, oral: bool = False, at: str = "2026-05-09 10:00", until: date = UNTIL, **more: Any
) -> Temporary:
    """A complete draft for the system of the education bureau: 2 hosts, 100 GB; from its day to ``until``."""
    prepare(cast)
    chen, when = cast.actor("chen"), moment(at)
    case = do.create(system="JY-001", actor=chen, at=when)
    sent: dict[str, Any] = {
        "level": "city", "purpose": "全市防汛应急指挥", "from_on": at[:10], "until": f"{until}",
        "consent": "oral" if oral else "written",
    }  # fmt: skip
    if oral:
        sent |= {"oral_by": "市政府值班室", "oral_on": at[:10], "oral_time": "8:40", "oral_line": "值班电话"}
    else:
        sent |= {"consent_number": "府办函〔2026〕12号", "consent_on": at[:10], "paper": paper(cast)}
    doors.edit(case, "request", sent=sent | more, actor=chen, at=when)
    rows = [{"sku": "C-ECS-4C16G", "quantity": "2"}, {"sku": "S-DISK-SSD", "quantity": "100"}]
    doors.edit(case, "list", sent={"lines": rows}, actor=chen, at=when)
    case.refresh_from_db()
    return case


def carried(cast: Cast, case: Any, step: str, day: str = "2026-05-09") -> dict[str, Any]:
    """What each step carries."""
    sent: dict[str, Any] = {
        "verify": {"contract": cast.contract.number},
        "release": {"day": day},
        "confirm_opening": {"day": day, "lines": _of(case, "reported")},
        "mediate": {"day": day},
        "mediate_at_bureau": {"day": day},
        "dispute_resources": {"lines": _of(case, "reported")},
        "drop_lines": {"lines": _of(case, "pending", "reported")[-1:]},
    }.get(step, {})
    if step == "verify" and case.consent == "oral":
        sent |= {"oral_by": case.oral_by, "oral_on": f"{case.oral_on}", "oral_time": "8:40", "oral_line": "值班电话"}
    if step == "report_opened":
        rows = [line for line in case.lines.all() if line.status == "pending"]
        sent["reports"] = [
            {"key": f"{n.no}", "quantity": f"{n.granted:f}", "actual_on": day, "instances": f"i-{n.no}"} for n in rows
        ]
    if step == "supply_consent":
        sent |= {"number": "府办函〔2026〕13号", "on": day, "paper": paper(cast)}
    if step in ("ask_extension", "extend"):
        sent |= {"until": "2026-06-15", "number": "府办函〔2026〕20号", "on": day}
    if step == "ask_extension":
        sent["paper"] = paper(cast)
    return sent


def _of(case: Temporary, *statuses: str) -> list[str]:
    return [f"{line.no}" for line in case.lines.all() if line.status in statuses]


def step(cast: Cast, case: Temporary, name: str, at: str = "2026-05-09 10:00", **more: Any) -> Temporary:
    """The step by whom its row names; a joint confirmation by both."""
    for who in ("luo", "sun") if name == "confirm_opening" else (BY[name],):
        sent = {"opinion": "理由", **carried(cast, case, name, at[:10]), **more}
        doors.take(case, name, sent=sent, actor=cast.actor(who, moment(at)), at=moment(at))
    return case


def taken(cast: Cast, *names: str, oral: bool = False) -> Temporary:
    """A draft taken through steps, all on the day of these tests."""
    case = draft(cast, oral=oral)
    for name in names:
        step(cast, case, name)
    return case


def partly(cast: Cast, *names: str, confirm: bool = False) -> Temporary:
    """Only the first of both lines is reported as opened, or confirmed."""
    case = taken(cast, *OPENED[:2])
    if confirm:
        step(cast, case, "report_opened")
        step(cast, case, "confirm_opening", lines=["1"])
    else:
        step(cast, case, "report_opened", reports=carried(cast, case, "report_opened")["reports"][:1])
    for name in names:
        step(cast, case, name)
    return case


def asked(cast: Cast) -> Temporary:
    """An extension waits for the bureau."""
    return taken(cast, *RUNS, "ask_extension")


def overdue(cast: Cast, *names: str) -> Temporary:
    """The paper of an oral consent has not come, and the clock has said so."""
    case = taken(cast, *names, oral=True)
    Temporary.objects.filter(pk=case.pk).update(notified_on=date(2026, 4, 29))
    do.mark_overdue(case, at=AT)
    return case


def gone(cast: Cast, *names: str) -> Temporary:
    """Everything of it has ended in another way, as by an exit."""
    case = taken(cast, *RUNS, *names)
    Service.objects.filter(case_id=case.pk).update(closed_on=AT.date())
    return case


def lapsed(cast: Cast) -> Temporary:
    case = taken(cast, "submit", "return")
    lapse(case, moment("2026-08-20 10:00"))
    return case


def lapse(case: Temporary, at: Any) -> Any:
    from yunheng.foundation.workflow.operations import advance

    return advance(case, "lapse", actor=CLOCK, at=at)


BY_CLOCK = {
    "lapse": lapse,
    "mark_overdue": lambda case, at: do.mark_overdue(case, at=at),
    "expire": lambda case, at: clock.expire(case, at=at),
    "finish": lambda case, at: clock.finish(case, at=at),
}
