"""Article 15: the program on a cluster of two workers says to the byte what it says in the process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from benchmarks import ledger
from tests.engine.packages import YEAR, City, cities, joined, write
from tests.engine.test_art15_engine import by_days
from tests.support.spark import BRIEF, cluster
from yunheng.domain.billing.engine.errors import BadInput
from yunheng.domain.billing.engine.rating import Carrier, rate
from yunheng.law.kernel.period import Period

pyspark = pytest.importorskip("pyspark", reason='no Spark here: pip install "yunheng[spark]", or YUNHENG_TEST_EXTRAS=1')
if not shutil.which("java"):
    pytest.skip("no Java here: sudo apt-get install openjdk-17-jre-headless", allow_module_level=True)

pytestmark = pytest.mark.slow
LEDGER, LEAP = Period(date(2025, 1, 1), date(2026, 1, 1)), Period(date(2024, 1, 1), date(2025, 1, 1))
MOST = "999999999.999999"


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home, folder = Path(pyspark.__file__).parent, tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", BRIEF)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        with cluster(home, folder, workers=2) as address:
            yield address


@pytest.fixture(scope="module")
def spark(master: str) -> Iterator[Any]:
    """A session on both workers; the carrier of this process joins it instead of starting one for each package."""
    from yunheng.domain.billing.engine.spark import session

    with session(master) as running:
        assert running._jsc.sc().getExecutorMemoryStatus().size() == 1 + 2  # this process, and one on each worker
        yield running


def written(package: Path, period: Period, engine: str) -> str:
    """The lines that an engine writes, or the sentences with which it refuses."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "lines.csv"
        try:
            rate(package, out, period=period, by=Carrier(engine))
        except BadInput as error:
            return str(error)
        return out.read_text("utf-8")


def agreed(package: Path, period: Period) -> str:
    """What all three say."""
    said = {engine: written(package, period, engine) for engine in ("spark", "duckdb", "reference")}
    assert said["spark"] == said["duckdb"] == said["reference"]
    return said["spark"]


def yunheng(package: Path, out: Path, period: Period, master: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    command = [sys.executable, "-m", "yunheng", "rate", str(package), "--out", str(out), "--engine", "spark"]
    command += ["--from", f"{period.start}", "--to", f"{period.end}", "--master", master]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=os.environ | path)


def test_the_command_line_on_a_cluster(tmp_path: Path, master: str) -> None:
    package, out = ledger.write(tmp_path / "city", services=500, form="csv"), tmp_path / "lines.csv"
    done = yunheng(package, out, LEDGER, master)
    assert done.returncode == 0, done.stderr
    assert "合计" in done.stdout
    assert out.read_text("utf-8") == written(package, LEDGER, "duckdb") == written(package, LEDGER, "reference")


def drawn(count: int) -> list[City]:
    """Cities of every kind, the same each time: Spark takes seconds for each package, however small it is."""
    found: list[City] = []

    @given(city=cities())
    @settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate], deadline=None)
    def draw(city: City) -> None:
        found.append(city)

    draw()
    return found


def test_any_city_is_charged_alike(spark: Any, tmp_path: Path) -> None:
    some = drawn(150)
    priced = [city for city in some if not by_days(city, LEAP)[1]]
    assert len(agreed(joined(priced).write(tmp_path / "priced"), LEAP).splitlines()) > 100
    assert "没有价格" in agreed(joined(some).write(tmp_path / "some"), LEAP)


def test_the_largest_numbers_stay_exact(spark: Any, tmp_path: Path) -> None:
    package = write(
        tmp_path / "p",
        contracts=["HT-1,云甲,month_30,"],
        prices=[f"HT-1,ECS,台,month,{MOST},2020-01-01,", f"HT-1,OSS,GB,use,{MOST},2020-01-01,"],
        services=[
            f"S-1,U-1,X-1,HT-1,ECS,{MOST},covered,2026-01-01,2026-02-01,",
            "S-2,U-1,X-1,HT-1,OSS,1,covered,2026-01-01,2026-02-01,",
        ],
        usage=[f"S-2,2026-01-05,{MOST}"] * 1000,
    )
    assert len(agreed(package, YEAR).splitlines()) == 3


def test_whole_division_is_exact_to_the_last_of_38_digits(spark: Any) -> None:
    from yunheng.domain.billing.engine.spark import SPARK

    ten = 10**10
    divisors = [2 * parts * ten for parts in (1, 28, 30, 365, 366)]
    pairs = [(n, d) for d in divisors for m in (1, 7, 10**17, 10**38 // d) for n in (m * d - 1, m * d, m * d + d // 2)]
    pairs += [(2 * 10**22 * 999_999_999_999_999 + ten, 2 * ten), (10**38 - 1, 2 * ten)]
    rows = ", ".join(
        f"(CAST('{n}' AS {SPARK.integer}), CAST('{d}' AS {SPARK.integer}))" for n, d in pairs if n < 10**38
    )
    spark.sql(SPARK.whole)
    for n, d, found in spark.sql(f"SELECT n, d, whole(n, d) FROM VALUES {rows} AS pairs(n, d)").collect():
        assert (n, d, int(found)) == (n, d, int(n) // int(d))


def test_a_missing_price_is_refused_in_the_same_words(spark: Any, tmp_path: Path) -> None:
    package = write(tmp_path / "p", prices=["HT-1,ECS,台,month,320,2020-01-01,2026-07-01"])
    assert "服务“S-1”的“ECS”在2026-07-01至2027-01-01（不含）没有价格" in agreed(package, YEAR)


def test_a_leap_year(spark: Any, tmp_path: Path) -> None:
    prorations = ("annual_actual", "annual_365", "month_30", "calendar_month")
    package = write(
        tmp_path / "p",
        contracts=[f"HT-{n},云甲,{proration}," for n, proration in enumerate(prorations)],
        prices=[f"HT-{n},{per},台,{per},320.01,2020-01-01," for n in range(4) for per in ("month", "year", "day")],
        services=[
            f"S-{n}-{per},U-1,X-1,HT-{n},{per},3,covered,2024-02-29,,"
            for n in range(4)
            for per in ("month", "year", "day")
        ],
    )
    lines = agreed(package, LEAP).splitlines()
    assert len(lines) == 1 + 4 * 3 * 11
    assert [line.rsplit(",", 1)[1] for line in lines if "2024-02-29" in line and "month" in line] == [
        "31.48", "31.56", "32.00", "33.10",
    ]  # fmt: skip


def test_a_number_too_large_fails_loudly(spark: Any) -> None:
    from yunheng.domain.billing.engine import spark as carrier

    nines = f"CAST('{'9' * 38}' AS {carrier.SPARK.integer})"
    fresh = spark.newSession()
    for key, value in carrier.EXACT.items():
        fresh.conf.set(key, value)
    fresh.sql(carrier.SPARK.whole)
    for term in (f"2 * {nines}", f"whole({nines}, 1)", f"sum({nines})"):
        with pytest.raises(BadInput, match="没有算完"), carrier._told("没有算完"):
            fresh.sql(f"SELECT {term} FROM VALUES (1), (2) AS t(n)").collect()


def test_a_part_that_a_node_kept_for_itself_is_missed(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder is not shared, a node writes its lines to its own disk, and Spark finds nothing wrong."""
    monkeypatch.setattr("yunheng.domain.billing.engine.spark._rows", lambda con, table: 0)
    assert "取回的结果不完整" in written(write(tmp_path / "p"), YEAR, "spark")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("spark://127.0.0.1:1", "连不上集群“spark://127.0.0.1:1”"),
        ("127.0.0.1:7077", "集群地址“127.0.0.1:7077”应为spark://主机:端口"),
    ],
    ids=["silent", "no address"],
)
def test_a_cluster_that_is_not_there_is_told_in_words(tmp_path: Path, address: str, told: str) -> None:
    done = yunheng(write(tmp_path / "p"), tmp_path / "lines.csv", YEAR, address)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert told in done.stderr


def test_without_java_the_refusal_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    done = yunheng(write(tmp_path / "p"), tmp_path / "lines.csv", YEAR, "local[2]")
    assert done.returncode == 2
    assert "找不到Java；请安装Java 17" in done.stderr
