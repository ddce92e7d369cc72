"""Specification of charging, 5: bad input is refused as a whole, every mistake named with file, row and reason."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.engine.packages import GOOD, HEADERS, YEAR, sealed, write
from yunheng.domain.billing import engine
from yunheng.domain.billing.engine.errors import BadInput
from yunheng.domain.billing.engine.rating import Carrier, rate, verify

TWO = [*GOOD["services"], "S-2,U-1,X-1,HT-1,ECS,1,covered,2026-01-01,2026-06-01,"]
SERVICE, PRICE = "S-1,U-1,X-1,HT-1,ECS,{0},covered,{1},{2},{3}", "HT-1,ECS,台,{0},{1},{2},{3}"


def service(quantity: str = "1", opened: str = "2026-03-17", closed: str = "", trial: str = "") -> list[str]:
    return [SERVICE.format(quantity, opened, closed, trial)]


def price(per: str = "month", amount: str = "320", since: str = "2020-01-01", until: str = "") -> list[str]:
    return [PRICE.format(per, amount, since, until)]


# fmt: off
WRONG: dict[str, tuple[dict[str, list[str]], list[str]]] = {
    "contract of a price unknown": ({"prices": ["HT-9,ECS,台,month,320,2020-01-01,", *price()]}, ["prices.csv 第2行：合同“HT-9”不在"]),
    "contract of a service unknown": ({"services": [*TWO, "S-3,U,X,HT-9,ECS,1,own,2026-01-01,,"]}, ["services.csv 第4行：合同“HT-9”不在"]),
    "service of a condition unknown": ({"conditions": ["S-9,2026-04-01,quantity,2,"]}, ["conditions.csv 第2行：服务“S-9”不在"]),
    "source unknown": ({"migrations": ["S-9,S-1,unit,"]}, ["migrations.csv 第2行：源服务“S-9”不在"]),
    "target unknown": ({"migrations": ["S-1,S-9,unit,"]}, ["migrations.csv 第2行：目标服务“S-9”不在"]),
    "service of use unknown": ({"usage": ["S-9,2026-04-01,2"]}, ["usage.csv 第2行：服务“S-9”不在"]),
    "contract twice": ({"contracts": GOOD["contracts"] * 2}, ["contracts.csv 第3行：合同“HT-1”重复"]),
    "service twice": ({"services": GOOD["services"] * 2}, ["services.csv 第3行：服务“S-1”重复"]),
    "migration twice": ({"services": TWO, "migrations": ["S-1,S-2,unit,", "S-1,S-2,platform,2026-04-01"]}, ["migrations.csv 第3行：“S-1”到“S-2”的迁移重复"]),
    "onto itself": ({"migrations": ["S-1,S-1,unit,"]}, ["migrations.csv 第2行：源服务与目标服务相同"]),
    "prices overlap": ({"prices": price(until="2026-05-01") + price(since="2026-04-30")}, ["prices.csv 第3行：合同“HT-1”的“ECS”与第2行的价格期间重叠"]),
    "a price within an open one": ({"prices": price() + price(since="2026-04-30", until="2026-05-01")}, ["prices.csv 第3行：合同“HT-1”的“ECS”与第2行"]),
    "price ends when it begins": ({"prices": price(until="2020-01-01")}, ["prices.csv 第2行：valid_to应晚于valid_from"]),
    "two quantities on a day": ({"conditions": ["S-1,2026-04-01,quantity,2,", "S-1,2026-04-01,quantity,3,"]}, ["conditions.csv 第3行：服务“S-1”同一日已有不同的quantity条件（第2行）"]),
    "two lanes by rule": ({"conditions": ["S-1,2026-04-01,lane,own,art10.3", "S-1,2026-04-01,lane,own,"]}, ["conditions.csv 第3行：服务“S-1”同一日已有不同的lane"]),
    "condition before the life": ({"conditions": ["S-1,2026-03-16,quantity,2,"]}, ["conditions.csv 第2行：不在服务“S-1”的期间内"]),
    "condition on the closing day": ({"services": service(closed="2026-06-01"), "conditions": ["S-1,2026-06-01,quantity,2,"]}, ["conditions.csv 第2行：不在服务“S-1”的期间内"]),
    "condition of a service without days": ({"services": service(closed="2026-03-17"), "conditions": ["S-1,2026-03-17,quantity,2,"]}, ["conditions.csv 第2行：不在"]),
    "use after the life": ({"services": service(closed="2026-06-01"), "usage": ["S-1,2026-06-01,2"]}, ["usage.csv 第2行：不在服务“S-1”的期间内"]),
    "closing before the opening": ({"services": service(closed="2026-03-16")}, ["services.csv 第2行：closed_on早于opened_on"]),
    "negative": ({"services": service("-1")}, ["services.csv 第2行：quantity“-1”不是合格的数"]),
    "plus": ({"services": service("+1")}, ["services.csv 第2行：quantity“+1”不是合格的数"]),
    "exponent": ({"services": service("1e3")}, ["services.csv 第2行：quantity“1e3”不是合格的数"]),
    "ten digits": ({"services": service("1000000000")}, ["services.csv 第2行：quantity“1000000000”不是"]),
    "seven decimals": ({"prices": price(amount="0.0000001")}, ["prices.csv 第2行：unit_price“0.0000001”不是"]),
    "no digit after the point": ({"prices": price(amount="1.")}, ["prices.csv 第2行：unit_price“1.”不是"]),
    "a space": ({"prices": price(amount=" 1")}, ["prices.csv 第2行：unit_price“ 1”不是"]),
    "a full-width digit": ({"prices": price(amount="１")}, ["prices.csv 第2行：unit_price“１”不是"]),
    "quantity of a condition": ({"conditions": ["S-1,2026-04-01,quantity,二,"]}, ["conditions.csv 第2行：value“二”不是合格的数"]),
    "lane of a condition": ({"conditions": ["S-1,2026-04-01,lane,fund,"]}, ["conditions.csv 第2行：value“fund”：保障方式只能是"]),
    "suspension": ({"conditions": ["S-1,2026-04-01,suspended,yes,"]}, ["conditions.csv 第2行：value“yes”：暂停只能是"]),
    "impossible day": ({"services": service(opened="2026-02-29")}, ["services.csv 第2行：opened_on“2026-02-29”不是"]),
    "a day otherwise written": ({"services": service(opened="2026/3/17")}, ["services.csv 第2行：opened_on“2026/3/17”不是"]),
    "a day with an hour": ({"services": service(opened="2026-03-17 00:00:00")}, ["services.csv 第2行：opened_on"]),
    "1989": ({"prices": price(since="1989-12-31")}, ["prices.csv 第2行：valid_from“1989-12-31”不是1990-01-01至2199-12-31"]),
    "2200": ({"prices": price(until="2200-01-01")}, ["prices.csv 第2行：valid_to“2200-01-01”不是"]),
    "proration unknown": ({"contracts": ["HT-1,云甲,month_31,"]}, ["contracts.csv 第2行：proration“month_31”只能是annual_actual、annual_365、month_30、calendar_month"]),
    "boolean unknown": ({"contracts": ["HT-1,云甲,,是"]}, ["contracts.csv 第2行：charge_suspended“是”只能是true、false"]),
    "trial unknown": ({"services": service(trial="TRUE")}, ["services.csv 第2行：trial“TRUE”只能是"]),
    "per unknown": ({"prices": price(per="hour")}, ["prices.csv 第2行：per“hour”只能是"]),
    "lane unknown": ({"services": ["S-1,U-1,X-1,HT-1,ECS,1,fund,2026-03-17,,"]}, ["services.csv 第2行：lane“fund”只能是covered、own"]),
    "kind unknown": ({"conditions": ["S-1,2026-04-01,price,2,"]}, ["conditions.csv 第2行：kind“price”只能是"]),
    "cause unknown": ({"services": TWO, "migrations": ["S-1,S-2,provider,"]}, ["migrations.csv 第2行：cause“provider”只能是"]),
    "empty": ({"services": ["S-1,,X-1,HT-1,,1,covered,2026-03-17,,"]}, ["services.csv 第2行：unit_id不能为空", "services.csv 第2行：sku不能为空"]),
    "empty provider": ({"contracts": ["HT-1,,,"]}, ["contracts.csv 第2行：provider不能为空"]),
    "too few columns": ({"services": [*GOOD["services"], "S-2,U-1"]}, ["services.csv 第3行：应有10列，实际2列"]),
    "too many columns": ({"services": ["S-1,U-1,X-1,HT-1,ECS,1,covered,2026-03-17,,,9"]}, ["services.csv 第2行：应有10列，实际11列"]),
    "a quote that is not closed": ({"services": ['S-1,"U-1,X-1,HT-1,ECS,1,covered,2026-03-17,,']}, ["services.csv 第2行：引号不成对"]),
    "two mistakes at once": ({"services": service("x"), "prices": price(per="hour")}, ["prices.csv 第2行：per“hour”", "services.csv 第2行：quantity“x”"]),
}
# fmt: on


@pytest.mark.parametrize("what", WRONG)
def test_every_mistake_is_named_with_file_row_and_reason(tmp_path: Path, what: str) -> None:
    changed, expected = WRONG[what]
    package, out = write(tmp_path / "p", {**GOOD, **changed}), tmp_path / "lines.csv"
    with pytest.raises(BadInput) as refused:
        rate(package, out, period=YEAR)
    told = [str(mistake) for mistake in refused.value.mistakes]
    assert len(told) == len(expected), told
    for sentence, start in zip(told, expected, strict=True):
        assert sentence.startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_package_that_is_good_is_not_refused(tmp_path: Path) -> None:
    conditions = ["S-1,2026-04-01,quantity,1,", "S-1,2026-04-01,quantity,1.0,x", "S-1,2026-03-17,suspended,true,"]
    prices = price(until="2026-05-01") + price(since="2026-05-01")
    package = write(tmp_path / "p", services=TWO, conditions=conditions, prices=prices, migrations=["S-1,S-2,unit,"])
    assert rate(package, tmp_path / "lines.csv", period=YEAR).lines == 5


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_a_missing_price_is_named_by_service_product_and_days(tmp_path: Path, engine: str) -> None:
    package = write(tmp_path / "p", services=TWO, prices=price(until="2026-05-01") + price(since="2026-05-11"))
    with pytest.raises(BadInput) as refused:
        rate(package, tmp_path / "lines.csv", period=YEAR, by=Carrier(engine))
    assert [str(mistake) for mistake in refused.value.mistakes] == [
        f"prices.csv：服务“{name}”的“ECS”在2026-05-01至2026-05-11（不含）没有价格，整份账单不能计算"
        for name in ("S-1", "S-2")
    ]


@pytest.mark.parametrize(("sum_of", "refused"), [(10_000_000, False), (10_000_001, True)])
def test_use_beyond_what_128_bits_hold_is_refused(tmp_path: Path, sum_of: int, *, refused: bool) -> None:
    """10,000,000 records of the largest number are 10^22 millionths less 10^7; the bound is 10^22."""
    package = write(tmp_path / "p", prices=price(per="use"))
    record = "S-1,2026-04-01,999999999.999999\n"
    with (package / "usage.csv").open("w") as file:
        file.write(HEADERS["usage"] + "\n")
        file.writelines(record * 100_000 for _ in range(sum_of // 100_000))
        file.write(record * (sum_of % 100_000))
    if not refused:
        assert rate(package, tmp_path / "lines.csv", period=YEAR).lines == 1
        return
    with pytest.raises(BadInput, match="用量累计过大"):
        rate(package, tmp_path / "lines.csv", period=YEAR)


@pytest.mark.parametrize("name", ["contracts", "prices", "services"])
def test_a_file_that_must_be_there(tmp_path: Path, name: str) -> None:
    package = write(tmp_path / "p")
    (package / f"{name}.csv").unlink()
    with pytest.raises(BadInput, match=f"{name}.csv：缺少这个文件"):
        rate(package, tmp_path / "lines.csv", period=YEAR)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "usage.csv：文件为空（0字节）"),
        (b"service_id,on\n", "usage.csv 第1行：缺少“quantity”列"),
        (b"service_id,on,quantity,on\n", "usage.csv 第1行：“on”列重复"),
        (b"service_id,on,quantity\nS-1,2026-04-01,1\nS-\xff,2026-04-01,1\n", "usage.csv 第3行：不是UTF-8编码"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, told: str) -> None:
    package = write(tmp_path / "p")
    (package / "usage.csv").write_bytes(content)
    with pytest.raises(BadInput) as refused:
        rate(package, tmp_path / "lines.csv", period=YEAR)
    assert [str(mistake)[: len(told)] for mistake in refused.value.mistakes] == [told]


def test_a_half_written_zip(tmp_path: Path) -> None:
    package = write(tmp_path / "p")
    whole, half = tmp_path / "whole.zip", tmp_path / "half.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for path in package.iterdir():
            archive.write(path, path.name)
    assert rate(whole, tmp_path / "lines.csv", period=YEAR).lines == 10
    half.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(BadInput, match=r"half\.zip：不是完整的\.zip文件"):
        rate(half, tmp_path / "lines.csv", period=YEAR)


def yunheng(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as a third party runs it: no settings, no database, no environment at all."""
    command = [sys.executable, "-m", "yunheng", *map(str, words)]
    source = str(Path(__file__).parents[2] / "src")
    return subprocess.run(
        command, env={"PYTHONPATH": source, "PYTHONUTF8": "1"}, capture_output=True, text=True, check=False
    )


def test_the_command_rates_and_tells_totals(tmp_path: Path) -> None:
    done = yunheng(
        "rate", write(tmp_path / "p"), "--from", "2026-01-01", "--to", "2027-01-01", "--out", tmp_path / "l.csv"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["市级统筹3,050.99元", "单位自付0.00元", "合计3,050.99元"]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-01-01", "2026-01-01", "--to2026-01-01应晚于--from2026-01-01"),
        ("2026-13-01", "2027-01-01", "--from“2026-13-01”不是"),
        ("2026-01-01", "2200-01-01", "--to“2200-01-01”不是"),
    ],
)
def test_the_command_refuses_a_period(tmp_path: Path, start: str, end: str, told: str) -> None:
    done = yunheng("rate", write(tmp_path / "p"), "--from", start, "--to", end, "--out", tmp_path / "l.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (tmp_path / "l.csv").exists()


# ---- verify -----------------------------------------------------------------------------------------------------


def rated(folder: Path) -> Path:
    package = write(folder, services=TWO)
    rate(package, package / "lines.csv", period=YEAR)
    return sealed(package)


def changed(package: Path, name: str, old: str, new: str) -> None:
    path = package / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_package_as_it_was_sealed_holds(tmp_path: Path) -> None:
    done = yunheng("verify", rated(tmp_path / "p"))
    assert done.returncode == 0, done
    assert done.stdout.splitlines()[0] == "一致：15行"


def test_one_changed_digit_of_an_amount(tmp_path: Path) -> None:
    package = rated(tmp_path / "p")
    changed(package, "lines.csv", "326.14", "326.15")
    found = verify(package)
    assert [m.file for m in found.stale] == ["lines.csv"]
    assert [(str(d.stated), str(d.recomputed), str(d.difference)) for d in found.differences] == [
        ("326.15", "326.14", "-0.01")
    ]
    assert yunheng("verify", package).returncode == 1
    sealed(package)
    assert verify(package).stale == ()
    assert not verify(package).holds


def test_one_changed_byte_of_a_fact(tmp_path: Path) -> None:
    package = rated(tmp_path / "p")
    changed(package, "contracts.csv", "云甲", "云乙")
    found = verify(package)
    assert ([m.file for m in found.stale], found.differences) == (["contracts.csv"], ())
    assert not found.holds


def test_a_doubled_line_a_missing_line_and_another_payer(tmp_path: Path) -> None:
    package = rated(tmp_path / "p")
    rows = (package / "lines.csv").read_text("utf-8").splitlines()
    rows[3] = rows[3].replace("fund,art15.1", "unit,art13-uncovered")
    (package / "lines.csv").write_text("\n".join([*rows[:-1], rows[1]]) + "\n", "utf-8")
    told = [str(difference) for difference in verify(sealed(package)).differences]
    assert len(told) == 3
    assert "重算无此行" in told[0]
    assert "（承担方 fund→unit；" not in told[1]
    assert "承担方 unit→fund；规则 art13-uncovered→art15.1" in told[1]
    assert "列账缺此行" in told[2]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("S-9,U-1,X-1,HT-1,ECS,2026-01-01,2026-02-01,31,1,320,month,fund,art15.1,1.00", "服务“S-9”不在services.csv中"),
        (
            "S-1,U-1,X-1,HT-9,ECS,2026-01-01,2026-02-01,31,1,320,month,fund,art15.1,1.00",
            "合同“HT-9”不在contracts.csv中",
        ),
        ("S-1,U-1,X-1,HT-1,ECS,2026-01-01,2026-02-01,31,1,320,month,fund,art15.1,1.0", "amount“1.0”不是合格的金额"),
        ("S-1,U-1,X-1,HT-1,ECS,2026-01-01,2026-02-01,31,1,320,month,city,art15.1,1.00", "payer“city”只能是fund、unit"),
    ],
)
def test_lines_that_are_bad_input(tmp_path: Path, row: str, told: str) -> None:
    package = rated(tmp_path / "p")
    with (package / "lines.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    with pytest.raises(BadInput) as refused:
        verify(sealed(package))
    assert str(refused.value.mistakes[0]).startswith(f"lines.csv 第17行：{told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "不是UTF-8编码的JSON"),
        ("[]", "format应为"),
        ('{"format": "yunheng-package/1"}', "files应列出"),
        ('{"format": "yunheng-package/1", "files": {}, "period_from": "2026-01-01"}', "period_to“None”不是"),
    ],
)
def test_a_manifest_that_says_too_little(tmp_path: Path, text: str, told: str) -> None:
    package = rated(tmp_path / "p")
    (package / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=told):
        verify(package)


def test_a_package_without_manifest_or_lines_cannot_be_verified(tmp_path: Path) -> None:
    package = rated(tmp_path / "p")
    (package / "lines.csv").unlink()
    assert yunheng("verify", package).returncode == 2
    (package / "manifest.json").unlink()
    assert "manifest.json：结算包没有清单" in yunheng("verify", package).stderr


def test_a_file_that_was_added_or_taken_away_is_stale(tmp_path: Path) -> None:
    package = write(tmp_path / "p", services=TWO, usage=["S-1,2026-04-01,1"])
    rate(package, package / "lines.csv", period=YEAR)
    sealed(package)
    (package / "usage.csv").unlink()
    write(package, {}, migrations=[])
    told = {m.file: m.reason for m in verify(package).stale}
    assert told == {"usage.csv": "清单列有此文件，结算包内没有", "migrations.csv": "清单没有列出此文件"}


def test_without_spark_the_refusal_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yunheng.domain.billing.engine.spark", None)
    monkeypatch.delattr(engine, "spark", raising=False)
    with pytest.raises(BadInput, match=r'请执行 pip install "yunheng\[spark\]"'):
        rate(write(tmp_path / "p"), tmp_path / "lines.csv", period=YEAR, by=Carrier("spark"))
    assert not (tmp_path / "lines.csv").exists()
