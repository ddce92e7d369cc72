"""What a confirmed line of a case becomes in the ledger: a service, a trial with its end, a service for a period (7, 12)."""

from __future__ import annotations

from datetime import date

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Application, ResourceLine, Service, Temporary
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art07_trial import trial_stops_on
from yunheng.law.ch2_use.art12_consent import UNPROVEN
from yunheng.law.ch2_use.art12_period import ENDED
from yunheng.law.kernel.citation import art


def open_service(*, case: Application, line: ResourceLine) -> Service:
    """Enter a confirmed line of an application: it is charged from the agreed day (7.1, 15.1).

    A trial gets its end with its beginning; a formal service takes the place of the trial of its product (7.2).
    """
    assert line.agreed_day is not None
    assert line.opened is not None
    made = ledger.enter(
        case=case, contract=case.contract, sku=line.sku, name=line.name, measure=line.unit, spec=line.opened_spec,
        quantity=line.opened, lane=case.lane, opened_on=line.charge_from or line.agreed_day, trial=line.trial,
        line=line, instances=line.instances,
    )  # fmt: skip
    if made.trial:
        p = parameters_on(made.opened_on, made.jurisdiction_id)
        ledger.close(made, on=trial_stops_on(made.opened_on, p), cite=art(7, 2))
    else:
        _convert(made, on=line.agreed_day)
    return made


def _convert(formal: Service, *, on: date) -> None:
    """Trials of the same product end on the day of the formal service, and what was temporary before it (7.2, 12.2)."""
    running = Service.objects.filter(system=formal.system, sku=formal.sku, opened_on__lte=on).exclude(closed_on__lte=on)
    for trial in running.filter(trial=True).exclude(case=formal.case):
        ledger.close(trial, on=on, cite=art(7, 2))
    for case in Temporary.objects.filter(formal=formal.case_id):
        for service in running.filter(pk__in=[held.pk for held in case.services]):
            ledger.close(service, on=on, cite=art(12, 2))


def open_for_period(*, case: Temporary, line: ResourceLine) -> Service:
    """Enter a confirmed line of a temporary service: it runs until its release, the fund's part has its end (12.1)."""
    assert line.agreed_day is not None
    assert line.opened is not None
    made = ledger.enter(
        case=case, contract=case.contract, sku=line.sku, name=line.name, measure=line.unit, spec=line.opened_spec,
        quantity=line.opened, lane="covered", opened_on=line.agreed_day, line=line, instances=line.instances,
    )  # fmt: skip
    end_period(made, case=case)
    if case.unproven_at is not None:
        unprove(made, case=case)
    return made


def end_period(service: Service, *, case: Temporary) -> None:
    """Put the first day past the period into the ledger, in the place of an earlier one; what ended earlier, has."""
    assert case.ends_on is not None
    service.conditions.filter(kind="lane", rule=ENDED).delete()
    ledger.forget(service)
    if service.runs_on(case.ends_on):
        ledger.set_condition(service, kind="lane", on=case.ends_on, value="own", case=case, rule=ENDED)


def unprove(service: Service, *, case: Temporary) -> None:
    """The paper of an oral consent did not come: the unit pays from the first day (12.1, R-019)."""
    if service.runs_on(service.opened_on):
        ledger.set_condition(service, kind="lane", on=service.opened_on, value="own", case=case, rule=UNPROVEN)


def period_ends_on(service: Service) -> date | None:
    """From when a temporary service may not run; None for what is no temporary service (12)."""
    days = [row.on for row in service.conditions.all() if row.kind == "lane" and row.rule == ENDED]
    return min(days, default=None)
