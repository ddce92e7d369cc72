"""The pure module of Article 15 on a package: one service after the other, in the words of the law."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from yunheng.domain.billing.engine.layout import FOREVER
from yunheng.domain.billing.engine.program import RESULTS, day_of, number_of
from yunheng.law.ch3_funding import art15_facts as law
from yunheng.law.ch3_funding.art15_charging import Line, Unpriced, charge
from yunheng.law.kernel.period import Period

Rows = dict[Any, list[Any]]


def accounts(con: duckdb.DuckDBPyConnection, only: str = "") -> Iterator[tuple[int, law.Account]]:
    """Every service with its number and the facts that decide what it owes; ``only`` names a table with a column sid."""
    among = f"WHERE s.sid IN (SELECT sid FROM {only})" if only else ""
    conditions = _grouped(con, "SELECT sid, on_day, kind, value, rule, quantity FROM condition ORDER BY sid, on_day")
    used = _grouped(con, "SELECT sid, on_day, quantity FROM used ORDER BY sid, on_day")
    moves = _moves(con)
    prices = {key: tuple(_price(row) for row in rows) for key, rows in _grouped(con, _PRICES).items()}
    services = con.cursor().execute(_SERVICES.format(among=among))
    while batch := services.fetchmany(10_000):
        for row in batch:
            sid, contract = row[0], law.Contract(row[4], row[11], row[12], row[13])
            yield (
                sid,
                law.Account(
                    law.Service(
                        row[1],
                        row[2],
                        row[3],
                        row[4],
                        row[5],
                        _number(row[6]),
                        row[7],
                        day_of(row[8]),
                        _end(row[9]),
                        row[10],
                    ),
                    contract,
                    prices.get(row[4], ()),
                    tuple(_condition(c) for c in conditions.get(sid, ())),
                    moves.get(sid, ()),
                    tuple(law.Usage(day_of(u[1]), _number(u[2])) for u in used.get(sid, ())),
                ),
            )


_PRICES = "SELECT contract_id, sku, per, unit_price, valid_from, valid_to, unit FROM prices ORDER BY contract_id, rowid"
_SERVICES = """
    SELECT s.sid, s.service_id, s.unit_id, s.system_id, s.contract_id, s.sku, s.quantity, s.lane, s.opened_on,
           s.closed_on, s.trial, c.provider, s.proration, s.charge_suspended
    FROM service AS s JOIN contracts AS c USING (contract_id) {among} ORDER BY s.sid
"""


def run(
    con: duckdb.DuckDBPyConnection, *, period: Period, terms: law.Terms, scratch: Path, say: Callable[[str], None]
) -> None:
    """Make the tables ``line`` and ``unpriced`` as the program does."""
    path, gaps = scratch / "line.csv", []
    con.execute("CREATE OR REPLACE TABLE unpriced (sid BIGINT)")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        for number, (sid, account) in enumerate(accounts(con), 1):
            charged = charge(account, period=period, terms=terms)
            if charged.gaps:
                gaps.append((sid,))
            else:
                rows.writerows(_written(sid, line) for line in charged.lines)
            if number % 50_000 == 0:
                say(f"已计算{number:,}项服务")
    if gaps:
        con.executemany("INSERT INTO unpriced VALUES (?)", gaps)
    con.execute(
        f"CREATE OR REPLACE TABLE line AS FROM read_csv('{path}', auto_detect = false, delim = ',', quote = '\"', "
        f"escape = '\"', columns = {RESULTS['line']})"
    )


def unpriced(con: duckdb.DuckDBPyConnection, *, period: Period, terms: law.Terms) -> Iterator[Unpriced]:
    """What lacks a price, by service, product and days, of the services in the table of that name."""
    for _, account in accounts(con, only="unpriced"):
        yield from charge(account, period=period, terms=terms).gaps


def _written(sid: int, line: Line) -> tuple[object, ...]:
    return (
        sid, line.sku, line.payer, line.rule, line.per, number_of(line.period.start), number_of(line.period.end),
        line.days, int(line.quantity.scaleb(6)), int(line.unit_price.scaleb(6)), int(line.amount.scaleb(2)),
    )  # fmt: skip


def _grouped(con: duckdb.DuckDBPyConnection, statement: str) -> Rows:
    return {key: list(rows) for key, rows in groupby(con.execute(statement).fetchall(), key=itemgetter(0))}


def _moves(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[law.Migration, ...]]:
    found: dict[int, list[law.Migration]] = defaultdict(list)
    for source, target, a, b, cause, opened, confirmed in con.execute(
        "SELECT m.source, m.target, a.service_id, b.service_id, m.cause, b.opened_on, m.confirmed_on "
        "FROM migration AS m JOIN service AS a ON a.sid = m.source JOIN service AS b ON b.sid = m.target"
    ).fetchall():
        move = law.Migration(a, b, cause, day_of(opened), _end(confirmed))
        found[source].append(move)
        found[target].append(move)
    return {sid: tuple(moves) for sid, moves in found.items()}


def _price(row: tuple[Any, ...]) -> law.Price:
    contract_id, sku, per, unit_price, since, until, unit = row
    return law.Price(contract_id, sku, per, _number(unit_price), day_of(since), _end(until), unit)


def _condition(row: tuple[Any, ...]) -> law.Condition:
    _, on, kind, value, rule, quantity = row
    typed = {"quantity": lambda: _number(quantity), "suspended": lambda: value == "true"}.get(kind, lambda: value)()
    return law.Condition(day_of(on), kind, typed, rule or "")


def _number(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)


def _end(number: int) -> date | None:
    return None if number == FOREVER else day_of(number)
