"""Reads a trace into the relations that the rules are asked about, whatever layout it came in.

    hourly(resource, metric, hour, mean, p95, max, n)     hour: UTC, without zone
    daily(resource, metric, day, max)                     day: local
    capacity(resource, vcpu, memory, since, until)        memory: GiB, 0 when it plays no part; until: absent = now

Layouts: our own roll-ups (a folder with hourly/, daily/ and capacity.parquet), the hourly and the five-minute parquet
of the Bitbrains trace, and its original CSV files. That trace stamps seconds where its header says milliseconds; its
rows without cores are of a machine that is off; duplicates of a time stamp count once. Its memory is what the
hypervisor calls active, which is no ground for any rule: it is not read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from yunheng.domain.optimization.engine.errors import BadTrace

Connection = duckdb.DuckDBPyConnection
HOURLY = {"vm", "hour", "n", "cores", "cpu_mean", "cpu_p95", "cpu_max", "disk_w_kbs", "net_rx_kbs", "net_tx_kbs"}
SAMPLES = {"vm", "ts", "cores", "cpu_pct", "disk_w_kbs", "net_rx_kbs", "net_tx_kbs"}
OWN = {"resource", "metric", "hour", "mean", "p95", "max", "n"}
CSV_COLUMNS = (
    "ts", "cores", "cpu_cap_mhz", "cpu_mhz", "cpu_pct", "mem_prov_kb", "mem_used_kb",
    "disk_r_kbs", "disk_w_kbs", "net_rx_kbs", "net_tx_kbs",
)  # fmt: skip

FROM_SAMPLES = """
CREATE TABLE trace AS
WITH once AS (
    SELECT DISTINCT ON (vm, ts) * FROM samples ORDER BY ALL
)
SELECT vm, date_trunc('hour', make_timestamp(ts * 1000000)) AS hour, count(*) AS n, max(cores) AS cores,
       avg(cpu_pct) AS cpu_mean, quantile_disc(cpu_pct, 0.95) AS cpu_p95, max(cpu_pct) AS cpu_max,
       avg(disk_w_kbs) AS disk_w_kbs, avg(net_rx_kbs) AS net_rx_kbs, avg(net_tx_kbs) AS net_tx_kbs
FROM once WHERE isfinite(cpu_pct) GROUP BY vm, hour
"""
FROM_TRACE = """
CREATE TABLE heard AS
SELECT vm::VARCHAR AS resource, hour, cores::INTEGER AS vcpu, n::INTEGER AS n, cpu_mean::DOUBLE AS cpu_mean,
       cpu_p95::DOUBLE AS cpu_p95, cpu_max::DOUBLE AS cpu_max, (net_rx_kbs + net_tx_kbs)::DOUBLE * 1000 AS network,
       disk_w_kbs::DOUBLE * 1000 AS disk
FROM trace WHERE cores > 0 AND n > 0 AND isfinite(cpu_p95);

CREATE TABLE hourly AS
SELECT resource, 'cpu.utilization' AS metric, hour, cpu_mean AS mean, cpu_p95 AS p95, cpu_max AS max, n FROM heard
UNION ALL
SELECT resource, 'network.bytes', hour, network, network, network, n FROM heard
UNION ALL
SELECT resource, 'disk.write', hour, disk, disk, disk, n FROM heard;

CREATE TABLE capacity AS
WITH marked AS (
    SELECT resource, hour, vcpu, vcpu IS DISTINCT FROM lag(vcpu) OVER (PARTITION BY resource ORDER BY hour) AS resized
    FROM heard
)
SELECT resource, vcpu, 0 AS memory, hour AS since,
       lead(hour) OVER (PARTITION BY resource ORDER BY hour) AS until
FROM marked WHERE resized;
"""
DAILY = """
CREATE TABLE daily AS
SELECT resource, metric, timezone(?, timezone('UTC', hour))::DATE AS day, max(max) AS max
FROM hourly WHERE isfinite(max) GROUP BY 1, 2, 3
"""


def open_trace(path: Path, *, zone: ZoneInfo) -> Connection:
    """The relations of a trace, in memory. Raises BadTrace with what was found and what is expected."""
    if not path.exists():
        raise BadTrace(f"没有{path}", "请给出一个文件或文件夹")
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    try:
        _read(db, path)
        if not _has(db, "daily"):
            db.execute(DAILY, [zone.key])
        found = db.execute("SELECT count(*) FROM hourly").fetchone()
    except duckdb.Error as error:
        db.close()
        reason = str(error).splitlines()[0]
        raise BadTrace(f"读不了{path}：{reason}", "请核对文件格式，见docs/backtest.md") from error
    if not found or not found[0]:
        raise BadTrace(f"{path}中没有可用的数据", "请核对文件内容")
    return db


def _read(db: Connection, path: Path) -> None:
    if path.is_dir() and (path / "hourly").is_dir():
        return _read_own(db, path)
    if parquet := _files(path, "*.parquet"):
        _read_parquet(db, parquet)
    elif csv := _files(path, "*.csv*"):
        _read_csv(db, csv)
    else:
        raise _unknown(path)
    db.execute(FROM_TRACE)
    return None


def _files(path: Path, pattern: str) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob(pattern))
    return [path] if path.match(pattern) else []


def _read_own(db: Connection, path: Path) -> None:
    for name in ("hourly", "daily"):
        if (path / name).is_dir():
            files = _quoted(path / name / "**" / "*.parquet")
            db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)")
    if missing := OWN - _columns(db, "hourly"):
        raise BadTrace(f"hourly缺少列{'、'.join(sorted(missing))}", "请核对汇总文件的列，见docs/backtest.md")
    if not (path / "capacity.parquet").is_file():
        raise BadTrace("缺少capacity.parquet", "请给出各资源的规格及其起止时间")
    db.execute("CREATE TABLE capacity AS SELECT * FROM read_parquet(?)", [str(path / "capacity.parquet")])


def _read_csv(db: Connection, files: list[Path]) -> None:
    """The original files: ``;`` and a tab between the columns, one file a machine and month, named by the machine."""
    columns = ", ".join(f"trim({name})::DOUBLE AS {name}" for name in CSV_COLUMNS if name != "ts")
    names = ", ".join(f"'{name}': 'VARCHAR'" for name in CSV_COLUMNS)
    db.execute(
        f"""CREATE TABLE samples AS
        SELECT regexp_extract(filename, '([0-9A-Za-z]+)\\.csv', 1) AS vm, trim(ts)::BIGINT AS ts, {columns}
        FROM read_csv(?, delim = ';', header = true, filename = true, columns = {{{names}}})""",
        [[str(file) for file in files]],
    )
    db.execute(FROM_SAMPLES)


def _read_parquet(db: Connection, files: list[Path]) -> None:
    columns = {file: _columns(db, f"read_parquet('{_quoted(file)}')") for file in files}
    for wanted, name in ((HOURLY, "stamped"), (SAMPLES, "samples")):
        if chosen := [str(file) for file, found in columns.items() if wanted <= found]:
            db.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet(?)", [chosen])
            break
    else:
        raise _unknown(files[0])
    if _has(db, "samples"):
        db.execute(FROM_SAMPLES)
        return
    zoned = "timezone('UTC', hour)" if _type(db, "stamped", "hour") == "TIMESTAMP WITH TIME ZONE" else "hour::TIMESTAMP"
    db.execute(f"CREATE VIEW trace AS SELECT * REPLACE ({zoned} AS hour) FROM stamped")


def _unknown(path: Path) -> BadTrace:
    return BadTrace(f"{path}不是认得的格式", "请给出按小时或按5分钟的轨迹，或本平台的汇总文件夹，见docs/backtest.md")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _columns(db: Connection, table: str) -> set[str]:
    return {row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}


def _type(db: Connection, table: str, column: str) -> str:
    return next(row[1] for row in db.execute(f"DESCRIBE {table}").fetchall() if row[0] == column)


def _has(db: Connection, table: str) -> bool:
    found = db.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = ?", [table]).fetchone()
    return bool(found and found[0])


def midnight(day: datetime, zone: ZoneInfo) -> datetime:
    """The start of a local day as the UTC time stamp without zone that the relations use."""
    return day.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
