"""program.sql on Apache Spark: the same text over many machines, for a city that one machine no longer holds.

The prepared tables go to the cluster as parquet and the lines come back as parquet, through a folder that every node
sees. Memory, cores and the like are Spark's own settings (spark-defaults.conf, PYSPARK_SUBMIT_ARGS).
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template
from threading import Timer
from uuid import uuid4

import duckdb
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext, version
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import Observation, SparkSession
from pyspark.sql.functions import count, lit

from yunheng.domain.billing.engine.errors import refuse
from yunheng.domain.billing.engine.program import RESULTS, TABLES, Dialect, words
from yunheng.domain.billing.engine.steps import steps
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period

# 38 digits are enough for the largest use (10^22 millionths) at the largest price (10^15), and a 39th is an error.
# `div` would answer in 64 bits and `/` alone would round. Without its remainder n is a multiple of d: the quotient is
# whole, and with at most 28 digits it stays below the 32 that Spark keeps before the point.
SPARK = Dialect(
    "DECIMAL(38, 0)",
    ", true",
    "CREATE OR REPLACE TEMPORARY FUNCTION whole(n DECIMAL(38, 0), d DECIMAL(38, 0)) RETURNS DECIMAL(38, 0) "
    "RETURN CAST((n - n % d) / d AS DECIMAL(38, 0))",
)
EXACT = {"spark.sql.ansi.enabled": "true", "spark.sql.decimalOperations.allowPrecisionLoss": "true"}
CACHED = {"paid", "priced"}  # steps that others read twice and that cost more than their place in memory
SHARE = 10_000  # services for one task
KNOCK, PATIENCE = 5, 120  # seconds for a master to answer, and for a worker to finish the first task
MASTER = re.compile(r"local.*|yarn|k8s://.+|spark://[^,]+:[0-9]+(,[^,]+:[0-9]+)*")
HERE = re.compile(r"local|spark://(127\.|localhost)")
SHARED = "YUNHENG_SPARK_SHARED"


def run(con: duckdb.DuckDBPyConnection, *, period: Period, terms: Terms, scratch: Path, master: str = "") -> None:
    """Make the tables ``line`` and ``unpriced`` as the program does. Raises BadInput when the cluster cannot."""
    with session(master) as spark, _shared(scratch, master) as folder, _told("没有算完"):
        for key, value in EXACT.items():
            spark.conf.set(key, value)
        _hand_over(con, spark, folder)
        _compute(con, spark, folder, words(SPARK, period=period, terms=terms))


@contextmanager
def session(master: str = "") -> Iterator[SparkSession]:
    """A session on the cluster that ends here; or beside one that runs already (spark-submit, a notebook)."""
    running = SparkSession.getActiveSession()
    if running:
        yield running.newSession()
        return
    master = master or "local[*]"
    _java()
    _knock(master)
    hint = f"没能在“{master}”上运行（需要Java 17或更高版本，集群版本应与pyspark {version.__version__}一致）"
    with _told(hint), _context(master), SparkSession.builder.getOrCreate() as spark:
        _first_task(spark)
        yield spark


# ---- the cluster ------------------------------------------------------------------------------------------------


def _java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which(f"{home}/bin/java" if home else "java"):
        raise refuse("Spark", "找不到Java；请安装Java 17或更高版本（Debian：openjdk-17-jre-headless），或设JAVA_HOME")


def _knock(master: str) -> None:
    """One of the masters must answer; Spark itself would try for a minute and then say nothing of use."""
    if not MASTER.fullmatch(master):
        raise refuse("Spark", f"集群地址“{master}”应为spark://主机:端口、yarn、k8s://…或local[*]")
    if not master.startswith("spark://"):
        return
    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), KNOCK).close()
            return
        except (OSError, OverflowError) as error:
            reason = error
    raise refuse("Spark", f"连不上集群“{master}”（{reason}）；请检查地址、端口和网络") from reason


def _context(master: str) -> SparkContext:
    """Spark's end of this process; what runs on this machine alone is not to be reached from another."""
    settings = {"spark.app.name": "yunheng", "spark.master": master, "spark.ui.enabled": "false"}
    settings |= {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    settings["spark.sql.warehouse.dir"] = f"file://{tempfile.gettempdir()}"  # else an empty folder where we stand
    if HERE.match(master):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    conf = SparkConf().setAll(list(settings.items()))
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True  # repeats each error that is raised anyway
    logging.getLogger("py4j").setLevel(logging.WARNING)
    gateway = SparkContext._gateway or launch_gateway(conf, {"stderr": subprocess.DEVNULL})
    return SparkContext(conf=conf, gateway=gateway)


def _first_task(spark: SparkSession) -> None:
    """A master without free workers takes the program and lets it wait for ever: so one row first, with a limit."""
    limit = Timer(PATIENCE, spark.sparkContext.cancelAllJobs)
    limit.start()
    try:
        with _told(f"{PATIENCE}秒内没有工作节点完成第一个任务；请检查集群是否有空闲的工作节点"):
            spark.range(1).count()
    finally:
        limit.cancel()


@contextmanager
def _told(sentence: str) -> Iterator[None]:
    """What Spark raises becomes a refusal: nothing has been written, and the package may be rated elsewhere."""
    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        reasons = (line for line in f"{error}".splitlines() if line and not line.startswith("An error occurred while"))
        raise refuse("Spark", f"{sentence}：{next(reasons, type(error).__name__).removeprefix(': ')}") from error


# ---- the work ---------------------------------------------------------------------------------------------------


@contextmanager
def _shared(scratch: Path, master: str) -> Iterator[Path]:
    """A folder of this run alone, which every node of the cluster sees under the same name."""
    place = os.environ.get(SHARED, "")
    if not place and not HERE.match(master or "local"):
        raise refuse("Spark", f"请设{SHARED}为本机与集群各节点都能以同一路径读写的文件夹")
    folder = Path(place or scratch).absolute() / f"yunheng-{uuid4().hex}"
    try:
        folder.mkdir()
    except OSError as error:
        raise refuse("Spark", f"不能写入共享文件夹“{folder.parent}”（{error.strerror}）") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hand_over(con: duckdb.DuckDBPyConnection, spark: SparkSession, folder: Path) -> None:
    """The prepared tables as views; parquet knows no 128-bit integer and would make a rounded DOUBLE of it."""
    for name in TABLES:
        file, described = folder / f"{name}.parquet", con.execute(f"DESCRIBE {name}").fetchall()
        columns = (f"CAST({c} AS {SPARK.integer}) AS {c}" if kind == "HUGEINT" else c for c, kind, *_ in described)
        place = str(file).replace("'", "''")
        con.execute(f"COPY (SELECT {', '.join(columns)} FROM {name}) TO '{place}'")
        spark.read.parquet(f"file://{file}").createOrReplaceTempView(name)
    spark.conf.set("spark.sql.shuffle.partitions", _rows(con, "service") // SHARE + 1)


def _compute(con: duckdb.DuckDBPyConnection, spark: SparkSession, folder: Path, given: Mapping[str, object]) -> None:
    with ExitStack() as afterwards:
        spark.sql(SPARK.whole)
        for name, statement in steps("program.sql"):
            step = spark.sql(Template(statement).substitute(given))
            if name in CACHED:
                afterwards.callback(step.persist().unpersist)
            step.createOrReplaceTempView(name)
        for name in RESULTS:
            _take_back(con, spark, folder, name)


def _take_back(con: duckdb.DuckDBPyConnection, spark: SparkSession, folder: Path, name: str) -> None:
    """A result as a table of ours. A node that does not see the folder loses its part without a word: so we count."""
    computed = Observation()
    spark.table(name).observe(computed, count(lit(1)).alias("rows")).write.parquet(f"file://{folder}/{name}")
    columns = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in RESULTS[name].items())
    back = f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM read_parquet($1)"
    con.execute(back, [f"{folder}/{name}/*.parquet"])
    if _rows(con, name) != computed.get["rows"]:
        raise refuse("Spark", f"取回的结果不完整：请确认{SHARED}在集群各节点上是同一个文件夹")


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)
