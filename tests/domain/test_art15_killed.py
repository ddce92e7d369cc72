"""A run of the city that is killed leaves what was there; the next one completes (15.1). A process of its own, killed for real."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow

PRELUDE = """
import os, signal
import django
django.setup()
from datetime import date
from tests.cast import assemble, moment, serving
from yunheng.domain.billing import operations
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.parties.models import Jurisdiction
from yunheng.domain.services.models import Condition, Service
from yunheng.law.kernel.period import year_of
AT = moment("2027-01-05 09:00")
def accrue():
    operations.accrue(jurisdiction_id=Jurisdiction.objects.get(code="520100").pk, period=year_of(2026), at=AT)
def tell():
    print(sorted(map(str, AccrualLine.objects.values_list("from_on", "amount"))))
"""
FIRST = "serving(assemble()); accrue(); tell()"
KILLED = """
Condition.objects.create(service=Service.objects.get(sku="C-ECS-4C16G"), on=date(2026, 8, 3), kind="quantity", value="6")
whole = operations.insert_rows
def half(model, columns, rows):
    for number, row in enumerate(rows):
        whole(model, columns, [row])
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
operations.insert_rows = half
accrue()
"""


def run(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PYTHONUTF8": "1", "YUNHENG_DEMO": "1",
        "YUNHENG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "yunheng.config.settings",
    }  # fmt: skip
    command = [sys.executable, "-c", PRELUDE + script]
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_killed_run_leaves_the_previous_lines_whole_and_the_next_one_completes(tmp_path: Path) -> None:
    with (
        sqlite3.connect(connection.settings_dict["NAME"]) as tables,
        sqlite3.connect(tmp_path / "yunheng.sqlite3") as to,
    ):
        tables.backup(to)  # without migrating again
    first = run(tmp_path, FIRST)
    assert first.stdout.count("Decimal") == 16, first.stderr
    killed = run(tmp_path, KILLED)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left, after, again = run(tmp_path, "tell(); accrue(); tell(); accrue(); tell()").stdout.splitlines()
    assert left == first.stdout.strip()
    assert after.count("Decimal") == 17
    assert after == again != left
