"""A small city with everything that a FOCUS file tells apart, and ways to read such a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb

from tests.engine.packages import write

CITY = {
    "contracts": ["HT-1,云甲科技,,", "HT/2,云乙,calendar_month,"],
    "prices": [
        "HT-1,ECS,台,month,320,2020-01-01,2026-07-01",
        "HT-1,ECS,台,month,300,2026-07-01,",
        "HT-1,OSS,GB,use,0.12,2020-01-01,",
        "HT-1,SETUP,次,once,5000,2020-01-01,",
        "HT/2,DB,,year,12000,2020-01-01,",
    ],
    "services": [
        "S-1,教育局,X-1,HT-1,ECS,2,covered,2026-03-17,,",
        "S-2,教育局,X-1,HT-1,OSS,1,covered,2026-01-01,,",
        "S-3,教育局,X-1,HT-1,SETUP,1,own,2026-02-10,,",
        "S-4,卫健委,X-2,HT-1,ECS,1,covered,2026-05-10,2026-07-01,true",
        "S-5,卫健委,X-2,HT-1,ECS,1,covered,2026-01-01,2026-09-01,",
        "S-6,卫健委,X-2,HT-1,ECS,1,covered,2026-08-01,,",
        "S-7,卫健委,X-3,HT/2,DB,1,own,2026-01-01,,",
    ],
    "migrations": ["S-5,S-6,platform,2026-08-15"],
    "usage": ["S-2,2026-02-03,1000.5", "S-2,2026-02-28,200"],
}
CATALOG = ["ECS,云主机,Compute,Virtual Machines,云主机实例", "OSS,对象存储,Storage,,"]


def city(folder: Path, catalog: list[str] = CATALOG) -> Path:
    package = write(folder, CITY)
    header = "sku,name,service_category,service_subcategory,resource_type"
    (package / "catalog.csv").write_text("\n".join([header, *catalog]) + "\n", "utf-8")
    return package


Row = dict[str, Any]


def typed(path: Path) -> list[Row]:
    """The rows of a parquet file, moments in UTC."""
    con = duckdb.connect()
    found = con.execute(f"SET TimeZone = 'UTC'; FROM read_parquet('{path}')")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def texts(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(rows: list[Row], service: str, *, free: bool = False) -> list[Row]:
    return [row for row in rows if row["ResourceId"] == service and (row["x_FundingMode"] == "none") is free]
