"""Lines that somebody states, beside those that the law gives: every difference, to the fen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from yunheng.domain.billing.engine import lines
from yunheng.domain.billing.engine.errors import BadInput, Mistake
from yunheng.domain.billing.engine.layout import LINES
from yunheng.domain.billing.engine.lines import Totals
from yunheng.domain.billing.engine.program import day_of

ZERO = Decimal("0.00")
COMPARED = (
    ("unit_id", "单位"), ("system_id", "系统"), ("contract_id", "合同"), ("to", "止"), ("days", "天数"),
    ("quantity", "数量"), ("unit_price", "单价"), ("per", "计价"), ("payer", "承担方"), ("rule", "规则"), ("amount", "金额"),
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One line that is not as it should be. ``what`` names columns with stated and recomputed value."""

    service_id: str
    from_on: str
    sku: str
    row: int | None
    stated: Decimal | None
    recomputed: Decimal | None
    what: tuple[tuple[str, str, str], ...] = ()

    @property
    def difference(self) -> Decimal:
        """Recomputed less stated, in yuan."""
        return (self.recomputed or ZERO) - (self.stated or ZERO)

    def __str__(self) -> str:
        where = f"lines.csv 第{self.row}行 " if self.row else ""
        line = f"{where}服务{self.service_id} {self.from_on} {self.sku}"
        if self.recomputed is None:
            return f"{line}：列账{self.stated}，重算无此行，差{self.difference}"
        if self.stated is None:
            return f"{line}：列账缺此行，重算{self.recomputed}，差{self.difference}"
        told = "；".join(f"{name} {stated}→{now}" for name, stated, now in self.what if name != "金额")
        return f"{line}：列账{self.stated}，重算{self.recomputed}，差{self.difference}{f'（{told}）' if told else ''}"


def check_names(con: duckdb.DuckDBPyConnection) -> None:
    """Raise BadInput for stated lines of services or contracts that the package does not know."""
    rows = con.execute(
        "SELECT rowid + 2, '服务“' || service_id || '”不在services.csv中' FROM lines ANTI JOIN services USING (service_id) "
        "UNION ALL SELECT rowid + 2, '合同“' || contract_id || '”不在contracts.csv中' FROM lines ANTI JOIN contracts "
        "USING (contract_id) ORDER BY 1"
    ).fetchall()
    if rows:
        raise BadInput(Mistake(LINES.file, row, reason) for row, reason in rows)


def stated_totals(con: duckdb.DuckDBPyConnection) -> Totals:
    """The sums of the lines as stated."""
    return lines.totals(con, "(SELECT payer, amount AS fen FROM lines)")


_JOINED = """
    WITH mine AS (SELECT s.service_id, s.unit_id, s.system_id, s.contract_id, l.sku, l.from_day AS "from",
                         l.to_day AS "to", l.days, l.quantity, l.unit_price, l.per, l.payer, l.rule, l.fen AS amount
                  FROM line AS l JOIN service AS s USING (sid)),
         theirs AS (SELECT *, rowid + 2 AS row,
                           row_number() OVER (PARTITION BY service_id, "from", sku ORDER BY rowid) AS copy
                    FROM lines)
    SELECT coalesce(t.service_id, m.service_id), coalesce(t."from", m."from"), coalesce(t.sku, m.sku), t.row, {pairs}
    FROM theirs AS t
    FULL JOIN mine AS m ON t.service_id = m.service_id AND t."from" = m."from" AND t.sku = m.sku AND t.copy = 1
    WHERE {unlike}
    ORDER BY 1, 2, 3, 4
"""


def differences(con: duckdb.DuckDBPyConnection) -> Iterator[Difference]:
    """Every line of ``lines`` (stated) that differs from ``line`` (recomputed), is too many, or lacks."""
    names = [name for name, _ in COMPARED]
    pairs = ", ".join(f't."{name}", m."{name}"' for name in names)
    unlike = " OR ".join(f't."{name}" IS DISTINCT FROM m."{name}"' for name in names)
    found = con.execute(_JOINED.format(pairs=pairs, unlike=unlike))
    while rows := found.fetchmany(10_000):
        for service_id, from_day, sku, row, *values in rows:
            pairs_of = list(zip(COMPARED, values[::2], values[1::2], strict=True))
            stated, now = values[-2], values[-1]
            both = stated is not None and now is not None
            yield Difference(
                service_id,
                _text("from", from_day),
                sku,
                row,
                None if stated is None else Decimal(stated).scaleb(-2),
                None if now is None else Decimal(now).scaleb(-2),
                tuple((zh, _text(name, a), _text(name, b)) for (name, zh), a, b in pairs_of if a != b) if both else (),
            )


def _text(name: str, value: object) -> str:

    if name in ("from", "to") and isinstance(value, int):
        return f"{day_of(value)}"
    if name in ("quantity", "unit_price") and isinstance(value, int):
        text = f"{Decimal(value).scaleb(-6):f}"
        return text.rstrip("0").rstrip(".")
    if name == "amount" and isinstance(value, int):
        return f"{Decimal(value).scaleb(-2)}"
    return str(value)
