"""What is done by the clock. Every job may run twice, late, or after a week of silence, and ends the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.timezone import localdate

from yunheng.domain.billing import use_missing
from yunheng.domain.billing.models import Accrual, Settlement
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.billing.settlement.comparing import adjust_late
from yunheng.domain.metering.integrity import look_at_tokens, look_at_values
from yunheng.domain.metering.operations import compact_all
from yunheng.domain.metering.silence import watch
from yunheng.domain.optimization.daily import detect_all
from yunheng.domain.optimization.reporting import open_due
from yunheng.domain.optimization.timing import keep_time as keep_suggestions
from yunheng.domain.parties.digests import send_digests
from yunheng.domain.parties.models import Jurisdiction
from yunheng.domain.services.coverage.prefilling import prefill_due, tell_unfit
from yunheng.domain.services.inventories.connected import compare_all
from yunheng.domain.services.migration.operations import run_due
from yunheng.domain.services.models import Service
from yunheng.domain.services.release.operations import evaluate_all
from yunheng.domain.services.succession.operations import take_effect_all
from yunheng.domain.services.temporary import clock as temporary_clock
from yunheng.domain.services.trial import keep_time
from yunheng.foundation.notices.delivering import deliver_due
from yunheng.foundation.notices.outbox import send_due
from yunheng.foundation.workflow import reminders
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import NotOpen
from yunheng.foundation.workflow.models import Case, parameters_on
from yunheng.foundation.workflow.operations import advance
from yunheng.foundation.workflow.queries import concrete
from yunheng.law.kernel.machine import MACHINES
from yunheng.law.kernel.period import month_of
from yunheng.law.kernel.terms import Calendar, due_on


def mails(at: datetime) -> int:
    """Send what waits in the outbox."""
    return send_due(at=at)


def events(at: datetime) -> int:
    """Send the events that wait for the machines of organisations."""
    return deliver_due(at=at)


def lapses(at: datetime) -> int:
    """Let returned cases lapse that nobody answered, of every procedure that knows it (6.2, 9.1)."""
    today, count = localdate(at), 0
    kinds = [machine.kind for machine in MACHINES.values() if machine.find("returned", "lapse")]
    for case in Case.objects.filter(state="returned", kind__in=kinds):
        term = parameters_on(today, case.jurisdiction_id)["returned_lapse"]
        if today > due_on(localdate(case.moved_at), term, _NO_HOLIDAYS):
            try:
                advance(concrete(case), "lapse", actor=CLOCK, at=at)
            except NotOpen:  # somebody resubmitted it meanwhile; the others go on
                continue
            count += 1
    return count


def accruals(at: datetime) -> int:
    """Accrue every complete month that is missing, for each jurisdiction with services (15.1)."""
    count = 0
    for place in Jurisdiction.objects.filter(services__isnull=False).distinct():
        first = Service.objects.filter(jurisdiction=place).order_by("opened_on").values_list("opened_on", flat=True)[0]
        known = set(Accrual.objects.filter(jurisdiction=place).values_list("month", flat=True))
        month = month_of(first)
        while month.end <= localdate(at):
            if month.start not in known:
                accrue_month(jurisdiction_id=place.pk, month=month.start, at=at)
                count += 1
            month = month_of(month.end)
    return count


def use_tables(at: datetime) -> int:
    """Tell providers what use of last month they have not handed in (15.1)."""
    return use_missing.remind(at=at)


def trials(at: datetime) -> int:
    """Remind of free trials that are near their end, and say which have stopped (7.2)."""
    return keep_time(at=at)


def temporaries(at: datetime) -> int:
    """End temporary services whose period is over, before anybody is told that their end is late (12)."""
    return temporary_clock.keep_time(at=at)


def late_adjustments(at: datetime) -> int:
    """Compare what is settled with the ledger as it is now; later facts become adjustment lines (15.1, 16)."""
    return sum(len(adjust_late(case, at=at)) for case in Settlement.objects.filter(state="settled").order_by("pk"))


def late(at: datetime) -> int:
    """Tell holder and centre of what is past its last day."""
    return reminders.tell_late(at=at)


def near(at: datetime) -> int:
    """Tell what is near its end, or waits as long as its procedure watches."""
    return reminders.remind(at=at)


def digests(at: datetime) -> int:
    """Send the digest of the week from its first working day on."""
    return send_digests(at=at)


def releases(at: datetime) -> int:
    """Open and shut the gates of releases as evidence comes in or runs out (8)."""
    return evaluate_all(at=at)


def successions(at: datetime) -> int:
    """Let the signed successions take effect whose day has come (R-023)."""
    return take_effect_all(at=at)


def coverage(at: datetime) -> int:
    """Draw up requests for systems that can be covered now, and tell the bureau of those that cannot any more (13.2)."""
    return prefill_due(at=at) + tell_unfit(at=at)


_NO_HOLIDAYS = Calendar()  # calendar days need no arrangement


def inventories(at: datetime) -> int:
    """Read the inventory of every provider that has a connector, and compare it with the ledger (9.1)."""
    return compare_all(at=at)


def migrations(at: datetime) -> int:
    """Count the days of both nodes as soon as the new ones are open (15.2)."""
    return run_due(at=at)


def metering(at: datetime) -> int:
    """Bring what was measured into the store and its roll-ups (10.2)."""
    return compact_all(at=at)


def plugins(at: datetime) -> int:
    """Look for plug-ins that fell silent while their instances run, and for tokens that others use (8, 24.1.4)."""
    return watch(at=at) + look_at_tokens(at=at)


def values(at: datetime) -> int:
    """Look for plug-ins whose values stand still (8, 24.1.4)."""
    return look_at_values(at=at)


def advice(at: datetime) -> int:
    """Judge what was measured of every machine once a day (10.2)."""
    return detect_all(at=at)


def suggestions(at: datetime) -> int:
    """See what units filed or did by themselves, and whose term is over (10)."""
    return keep_suggestions(at=at)


def monthly_reports(at: datetime) -> int:
    """Draft last month's report of every provider (10.3)."""
    return open_due(at=at)


# name, how often, job; the demonstration city adds its own
JOBS: list[tuple[str, timedelta, Callable[[datetime], int]]] = [
    ("发送邮件", timedelta(seconds=30), mails),
    ("推送事件", timedelta(seconds=15), events),
    ("退回补正失效", timedelta(hours=1), lapses),
    ("临时服务届满", timedelta(minutes=15), temporaries),
    ("超期通知", timedelta(hours=1), late),
    ("到期前提醒", timedelta(hours=1), near),
    ("工作周报", timedelta(hours=1), digests),
    ("核对发布条件", timedelta(minutes=15), releases),
    ("承继生效", timedelta(hours=1), successions),
    ("预填统筹申请", timedelta(days=1), coverage),
    ("迁移开始并行", timedelta(hours=1), migrations),
    ("汇总监测数据", timedelta(minutes=10), metering),
    ("核对插件上报", timedelta(minutes=15), plugins),
    ("核查监测数据", timedelta(days=1), values),
    ("判断资源使用", timedelta(days=1), advice),
    ("优化建议时限", timedelta(hours=1), suggestions),
    ("起草优化月报", timedelta(days=1), monthly_reports),
    ("读取资源清单", timedelta(days=1), inventories),
    ("试用到期停止", timedelta(hours=1), trials),
    ("计提月度费用", timedelta(hours=1), accruals),
    ("提醒报送用量", timedelta(days=1), use_tables),
    ("结算后调整", timedelta(days=1), late_adjustments),
]
