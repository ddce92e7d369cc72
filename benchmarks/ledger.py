"""A random city of any size, the same for the same number: a package in which every condition of charging occurs."""

from __future__ import annotations

from pathlib import Path

import duckdb

# Every draw is a hash of the row and a word: no state, so the tables agree with each other whatever their order.
MACROS = """
CREATE MACRO draw(key, word, sides) AS CAST(hash(concat(key, ' ', word)) % CAST(sides AS UBIGINT) AS INTEGER);
CREATE MACRO day(number) AS DATE '2024-11-01' + CAST(number AS INTEGER);
"""

# fmt: off
TABLES = {
    "contracts": """
        SELECT 'HT-' || i AS contract_id, 'P-' || (i % 3) AS provider,
               ['annual_actual', 'annual_365', 'month_30', 'calendar_month'][i % 4 + 1] AS proration,
               CASE WHEN i % 5 = 0 THEN 'true' ELSE 'false' END AS charge_suspended
        FROM range(20) AS t(i)""",
    "prices": """
        SELECT 'HT-' || c AS contract_id, 'SKU-' || k AS sku, '台' AS unit,
               CASE WHEN k < 30 THEN 'month' WHEN k < 34 THEN 'year' WHEN k < 37 THEN 'day' WHEN k < 39 THEN 'use'
                    ELSE 'once' END AS per,
               CAST(1 + draw(c * 100 + k, 'price' || half, 400000) / 100 AS DECIMAL(15, 2)) AS unit_price,
               CASE half WHEN 0 THEN DATE '2020-01-01' ELSE DATE '2025-07-16' END AS valid_from,
               CASE WHEN half = 0 AND k % 3 = 0 THEN DATE '2025-07-16' END AS valid_to
        FROM range(20) AS t(c), range(40) AS u(k), range(2) AS v(half)
        WHERE half = 0 OR k % 3 = 0""",
    "services": """
        SELECT 'S-' || lpad(CAST(i AS VARCHAR), 8, '0') AS service_id, 'U-' || (i % 60) AS unit_id,
               'X-' || (i % 900) AS system_id, 'HT-' || draw(i, 'contract', 20) AS contract_id,
               'SKU-' || draw(i, 'sku', 40) AS sku, 1 + draw(i, 'quantity', 64) AS quantity,
               CASE WHEN draw(i, 'lane', 5) = 0 THEN 'own' ELSE 'covered' END AS lane,
               day(draw(i, 'opened', 120) - CASE WHEN draw(i, 'old', 4) > 0 THEN 120 ELSE 0 END) AS opened_on,
               CASE WHEN draw(i, 'closes', 8) = 0 THEN day(180 + draw(i, 'closed', 240)) END AS closed_on,
               CASE WHEN draw(i, 'trial', 20) = 0 THEN 'true' ELSE 'false' END AS trial
        FROM range({services}) AS t(i)""",
    "conditions": """
        SELECT service_id, day(on_day) AS "on", kind, value, CASE WHEN kind = 'lane' THEN 'art10.3' ELSE '' END AS rule
        FROM (SELECT 'S-' || lpad(CAST(i AS VARCHAR), 8, '0') AS service_id, 121 + draw(i, 'on' || n, 59) AS on_day,
                     ['quantity', 'quantity', 'sku', 'lane', 'suspended', 'suspended'][n + 1] AS kind,
                     CASE n WHEN 2 THEN 'SKU-' || draw(i, 'new', 30) WHEN 3 THEN 'own' WHEN 4 THEN 'true'
                            WHEN 5 THEN 'false' ELSE CAST(1 + draw(i, 'more' || n, 64) AS VARCHAR) END AS value
              FROM range({services}) AS t(i), range(6) AS u(n)
              WHERE draw(i, 'changes' || n // 4, 10) < [2, 1, 1, 1, 1, 1][n + 1]) AS drawn
        QUALIFY row_number() OVER (PARTITION BY service_id, kind, on_day ORDER BY value) = 1""",
    "migrations": """
        SELECT 'S-' || lpad(CAST(i AS VARCHAR), 8, '0') AS source, 'S-' || lpad(CAST(i + 1 AS VARCHAR), 8, '0') AS target,
               CASE WHEN draw(i, 'cause', 2) = 0 THEN 'platform' ELSE 'unit' END AS cause,
               CASE WHEN draw(i, 'done', 4) > 0 THEN day(200 + draw(i, 'confirmed', 100)) END AS confirmed_on
        FROM range({services} - 1) AS t(i)
        WHERE draw(i, 'moves', 30) = 0""",
    "usage": """
        SELECT service_id, day(121 + n * 59 // {records}) AS "on", draw(service_id, 'use' || n, 900000) AS quantity
        FROM (SELECT service_id FROM services WHERE sku IN ('SKU-37', 'SKU-38')), range({records}) AS t(n)""",
}
# fmt: on


def write(folder: Path, *, services: int, records: int = 30, form: str = "parquet") -> Path:
    """Write the package of ``services`` services (parquet or csv) into ``folder`` once; returns the folder."""
    if folder.exists():
        return folder
    building = folder.with_name(folder.name + ".new")
    building.mkdir(parents=True)
    con = duckdb.connect()
    con.execute(MACROS)
    for name, statement in TABLES.items():
        con.execute(f"CREATE TABLE {name} AS {statement.format(services=services, records=records)}")
        con.execute(f"COPY {name} TO '{building / name}.{form}' (FORMAT {form})")
    return building.rename(folder)
