"""The platform's own database: a year of 20,000 services into stored lines, and a page of a long statement.

Runs in a process of its own with an empty SQLite database that it throws away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
TURNS = 15
AT = datetime(2027, 1, 11, 2, tzinfo=UTC)


def measure(services: int = 20_000, lines: int = 100_000) -> dict[str, float]:
    """Seconds for the year of the city, and milliseconds for a page of a statement of 100 and of ``lines`` lines."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "YUNHENG_DEMO": "1",
            "YUNHENG_DEBUG": "1",
            "YUNHENG_HOME": home,
            "DJANGO_SETTINGS_MODULE": "yunheng.config.settings",
        }
        environment["PYTHONPATH"] = f"{ROOT / 'src'}:{ROOT}"
        subprocess.run([sys.executable, "-m", "yunheng", "manage", "migrate", "-v0"], env=environment, check=True)
        command = [sys.executable, "-m", "benchmarks.city", str(services), str(lines)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        found: dict[str, float] = json.loads(done.stdout)
        return found


def run(services: int, lines: int) -> dict[str, float]:
    """Fill the ledger, accrue the year, open the pages."""
    import django

    django.setup()
    from tests.cast import assemble
    from yunheng.domain.billing.models import AccrualLine
    from yunheng.domain.billing.operations import accrue
    from yunheng.domain.services.models import Condition, Service
    from yunheng.law.kernel.period import year_of

    cast = assemble()
    Service.objects.bulk_create(
        Service(
            jurisdiction=cast.city, number=f"S-2026-{n:06d}", unit=cast.education, system=cast.system,
            contract=cast.contract, sku="C-ECS-4C16G", name="云主机", quantity=Decimal(1 + n % 8), lane="covered",
            opened_on=date(2026, 1, 1 + n % 28),
        )
        for n in range(services)
    )  # fmt: skip
    changed = Service.objects.filter(pk__in=[pk for pk in Service.objects.values_list("pk", flat=True) if pk % 5 == 0])
    Condition.objects.bulk_create(
        Condition(service=s, on=date(2026, 7, 11), kind="quantity", value="9") for s in changed
    )
    start = time.perf_counter()
    accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    seconds = time.perf_counter() - start
    return {"services": services, "city_lines": AccrualLine.objects.count(), "city": seconds, **pages(cast, lines)}


def pages(cast: object, lines: int) -> dict[str, float]:
    """Milliseconds (median) to open the first page of a short and of a long statement, each of its own year.

    They are opened in turns: what else the machine does meanwhile, and what the long one left in its caches when it was
    stored, is the same for both.
    """
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(cast.person("zhou"))  # type: ignore[attr-defined]
    addresses = {
        name: _statement(cast, year, count)
        for name, year, count in (("page_100", 2026, 100), ("page_long", 2027, lines))
    }
    taken: dict[str, list[float]] = {name: [] for name in addresses}
    for turn in range(TURNS + 1):
        for name, address in addresses.items():
            start = time.perf_counter()
            answer = client.get(address)
            assert answer.status_code == 200, answer.status_code
            if turn:  # the first one compiles templates
                taken[name].append(time.perf_counter() - start)
    return {name: median(seconds) * 1000 for name, seconds in taken.items()}


def _statement(cast: object, year: int, count: int) -> str:
    """Store a statement of ``count`` lines and say where its lines are read."""
    from yunheng.domain.billing.models import Settlement, StatementLine
    from yunheng.domain.billing.settlement.statements import STORED
    from yunheng.domain.billing.storage import insert_rows
    from yunheng.domain.services.models import Service
    from yunheng.foundation.workflow.operations import open_case

    service = Service.objects.earliest("pk")
    case = Settlement(
        kind="settlement", unit=cast.bureau, provider=cast.provider, contract=cast.contract, lane="covered",  # type: ignore[attr-defined]
        title=f"{year}年度结算", period_from=date(year, 1, 1), period_to=date(year + 1, 1, 1),
    )  # fmt: skip
    open_case(case, actor=cast.actor("zhou"), at=AT)  # type: ignore[attr-defined]
    Settlement.objects.filter(pk=case.pk).update(state="compared")
    insert_rows(StatementLine, STORED, (
        (case.pk, no, None, False, False, service.pk, service.unit_id, service.system_id, service.number, service.sku,
         f"{year}-01-01", f"{year}-02-01", 31, "1", "320", "fund", "326.14", "")
        for no in range(1, count + 1)
    ))  # fmt: skip
    return f"/settlements/{case.number}/lines"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
