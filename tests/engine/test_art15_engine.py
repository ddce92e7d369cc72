"""Article 15: one meaning, two carriers. The program and the pure module agree, and with a brute force of days."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks import ledger
from tests.engine.packages import YEAR, City, cities, write
from tests.law import brute_force
from tests.law.accounts import periods
from yunheng.domain.billing.engine.errors import BadInput
from yunheng.domain.billing.engine.layout import LINES
from yunheng.domain.billing.engine.rating import Carrier, rate
from yunheng.law.kernel.period import Period

MANY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lines_of(package: Path, period: Period = YEAR, engine: str = "duckdb") -> list[dict[str, str]]:
    """The lines that an engine writes for a package."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "lines.csv"
        rate(package, out, period=period, by=Carrier(engine))
        with out.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def refused(package: Path, period: Period, engine: str) -> list[str]:
    """The sentences with which an engine refuses a package; the bytes of its lines when it does not."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "lines.csv"
        try:
            rate(package, out, period=period, by=Carrier(engine))
        except BadInput as error:
            assert not out.exists()
            return [str(mistake) for mistake in error.mistakes]
        return out.read_text("utf-8").splitlines()


def by_days(city: City, period: Period) -> tuple[list[tuple[str, ...]], set[tuple[str, str, date]]]:
    """Every line and every missing price, worked out a day at a time."""
    rows: list[tuple[str, ...]] = []
    gaps: set[tuple[str, str, date]] = set()
    for account in city.accounts():
        found, missing = brute_force.charge(account, period.start, period.end)
        s = account.service
        gaps |= {(s.service_id, sku, day) for sku, day in missing}
        rows += [
            (s.service_id, s.unit_id, s.system_id, s.contract_id, r.sku, f"{r.start}", f"{r.end}", str((r.end - r.start).days),
             plain(r.quantity), plain(r.unit_price), r.per, r.payer, r.rule, f"{r.amount:.2f}")
            for r in found
        ]  # fmt: skip
    return rows, gaps


def plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@given(city=cities(), period=periods())
@MANY
def test_every_city_is_charged_as_a_day_at_a_time_says(city: City, period: Period) -> None:
    with tempfile.TemporaryDirectory() as name:
        package = city.write(Path(name) / "city")
        expected, gaps = by_days(city, period)
        if gaps:
            told = refused(package, period, "duckdb")
            assert all("没有价格" in sentence for sentence in told)
            assert {(s, k) for s, k, _ in gaps} == {tuple(t.split("“")[n].split("”")[0] for n in (1, 2)) for t in told}
            return
        assert [tuple(line.values()) for line in lines_of(package, period)] == expected


@given(city=cities(size=12), period=periods())
@MANY
def test_the_program_and_the_law_agree_to_the_byte(city: City, period: Period) -> None:
    with tempfile.TemporaryDirectory() as name:
        package = city.write(Path(name) / "city")
        assert refused(package, period, "duckdb") == refused(package, period, "reference")


@given(city=cities(size=4))
@settings(max_examples=15, deadline=None)
def test_one_service_alone_owes_what_it_owes_in_the_city(city: City) -> None:
    priced = [p for p in city.prices if p.sku == "SETUP"] + [
        replace(p, valid_from=date(2000, 1, 1), valid_to=None)
        for p in {(p.contract_id, p.sku): p for p in city.prices if p.sku != "SETUP"}.values()
    ]
    whole, alone = replace(city, prices=priced), city.services[0].service_id
    moved = {n for m in city.migrations if alone in (m.source, m.target) for n in (m.source, m.target)} | {alone}
    part = replace(
        whole,
        services=[s for s in city.services if s.service_id in moved],
        conditions=[c for c in city.conditions if c[0] in moved],
        usage=[u for u in city.usage if u[0] in moved],
        migrations=[m for m in city.migrations if alone in (m.source, m.target)],
    )
    leap = Period(date(2024, 1, 1), date(2025, 1, 1))
    with tempfile.TemporaryDirectory() as name:
        told = [refused(c.write(Path(name) / str(n)), leap, "duckdb") for n, c in enumerate((whole, part))]
    mine = [[line for line in lines if line.startswith(f"{alone},") or f"“{alone}”" in line] for lines in told]
    if all(lines[0] == told[0][0] for lines in told):
        assert mine[0] == mine[1]


def test_thousands_of_services_with_every_condition(tmp_path: Path) -> None:
    package = ledger.write(tmp_path / "city", services=2_000, form="csv")
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    found = lines_of(package, year)
    assert found == lines_of(package, year, "reference")
    rules = {line["rule"] for line in found}
    assert rules == {"art15.1", "art13-uncovered", "art10.3", "art7.2-extension", "art15.2-parallel"}
    assert {line["per"] for line in found} == {"month", "year", "day", "use", "once"}


def test_the_check_by_hand(tmp_path: Path) -> None:
    expected = {"annual_actual": "3050.99", "annual_365": "3050.99", "month_30": "3093.35", "calendar_month": "3034.84"}
    for proration, total in expected.items():
        package = write(tmp_path / proration, contracts=[f"HT-1,云甲,{proration},"])
        assert total == str(sum(Decimal(line["amount"]) for line in lines_of(package)))


def test_the_lines_are_written_to_the_letter(tmp_path: Path) -> None:
    services = [
        'S-2,"单位,甲",系统,HT-1,ECS,0.5,own,2026-12-30,,',
        "S-10,U-1,X-1,HT-1,ECS,500.000,covered,2026-12-31,,",
        "服-1,U-1,X-1,HT-1,ECS,1,covered,2027-01-01,,",
    ]
    package = write(tmp_path / "p", services=services)
    rate(package, tmp_path / "lines.csv", period=YEAR)
    assert (tmp_path / "lines.csv").read_bytes().decode() == (
        ",".join(c.name for c in LINES.columns) + "\n"
        "S-10,U-1,X-1,HT-1,ECS,2026-12-31,2027-01-01,1,500,320,month,fund,art15.1,5260.27\n"
        'S-2,"单位,甲",系统,HT-1,ECS,2026-12-30,2027-01-01,2,0.5,320,month,unit,art13-uncovered,10.52\n'
    )


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_the_largest_numbers_stay_exact(tmp_path: Path, engine: str) -> None:
    package = write(
        tmp_path / "p",
        contracts=["HT-1,云甲,month_30,"],
        prices=["HT-1,ECS,台,month,999999999.999999,2020-01-01,", "HT-1,OSS,GB,use,999999999.999999,2020-01-01,"],
        services=[
            "S-1,U-1,X-1,HT-1,ECS,999999999.999999,covered,2026-01-01,2026-02-01,",
            "S-2,U-1,X-1,HT-1,OSS,1,covered,2026-01-01,2026-02-01,",
        ],
        usage=["S-2,2026-01-05,999999999.999999"] * 1000,
    )
    most = Decimal("999999999.999999")
    exact, used = (most * most * 31 / 30, most * most * 1000)
    found = [Decimal(line["amount"]) for line in lines_of(package, engine=engine)]
    assert [abs(found[0] - exact) <= Decimal("0.005"), found[1]] == [True, used.quantize(Decimal("0.01"))]


def test_no_services_no_lines(tmp_path: Path) -> None:
    package = write(tmp_path / "p", services=[])
    found = rate(package, tmp_path / "lines.csv", period=YEAR)
    assert (found.lines, found.all) == (0, Decimal("0.00"))
    assert (tmp_path / "lines.csv").read_text() == ",".join(c.name for c in LINES.columns) + "\n"


def test_opened_and_closed_on_one_day_is_no_line_and_no_error(tmp_path: Path) -> None:
    package = write(tmp_path / "p", services=["S-1,U-1,X-1,HT-1,ECS,1,covered,2026-03-17,2026-03-17,"], prices=[])
    assert lines_of(package) == []


@pytest.mark.parametrize("written", ["\ufeff", "\r\n", "mixed", "blank", "extra", "parquet"])
def test_how_the_files_are_written_does_not_matter(tmp_path: Path, written: str) -> None:
    plainly, folder = write(tmp_path / "a"), write(tmp_path / "b")
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        if written == "\ufeff":
            text = written + text
        elif written == "\r\n":
            text = text.replace("\n", "\r\n")
        elif written == "mixed":
            text = text.replace("\n", "\r\n", 1)
        elif written == "blank":
            text += "\n\n"
        elif written == "extra":
            text = "".join(f"甲{n},{row},乙,丙\n" for n, row in enumerate(text.splitlines()))
        path.write_bytes(text.encode())
        if written == "parquet":
            duckdb.sql(f"COPY (FROM read_csv('{path}', all_varchar = true)) TO '{path.with_suffix('.parquet')}'")
            path.unlink()
    assert lines_of(folder) == lines_of(plainly)


def test_cutting_the_year_changes_no_line_but_for_the_cut(tmp_path: Path) -> None:
    package = ledger.write(tmp_path / "city", services=300, form="csv")
    year, cut = Period(date(2025, 1, 1), date(2026, 1, 1)), date(2025, 8, 1)
    halves = [lines_of(package, Period(year.start, cut)), lines_of(package, Period(cut, year.end))]
    key = ("service_id", "from", "sku")
    joined = sorted(halves[0] + halves[1], key=lambda line: [line[name] for name in key])
    assert joined == lines_of(package, year)
