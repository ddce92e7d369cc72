"""From files to typed tables. The quick way reads and types in one pass; what is wrong is looked for only then."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from yunheng.domain.billing.engine.errors import BadInput, Mistake
from yunheng.domain.billing.engine.layout import CONDITIONS, FACTS, Column, Table
from yunheng.domain.billing.engine.package import Package
from yunheng.domain.billing.engine.steps import steps

Say = Callable[[str], None]
QUANTITY_OF_CONDITION = Column("value", "number").sql
SHOWN = 60  # letters of a wrong value that a message repeats


def read_facts(con: duckdb.DuckDBPyConnection, package: Package, say: Say) -> None:
    """Load every file but the lines, and check all of it. Raises BadInput with every mistake found."""
    mistakes: list[Mistake] = []
    for table in FACTS:
        mistakes += read(con, package, table, say)
    if mistakes:
        raise BadInput(mistakes)
    say("核对各文件之间的关系")
    check(con, "checks.sql")


def check(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Run the checks of a file beside this module. Raises BadInput with every row that one of them gives."""
    mistakes = [
        Mistake(f"{name}.csv", row, reason)
        for name, statement in steps(text)
        for row, reason in con.execute(statement).fetchall()
    ]
    if mistakes:
        raise BadInput(sorted(mistakes, key=lambda m: (m.file, m.row or 0)))


def read(con: duckdb.DuckDBPyConnection, package: Package, table: Table, say: Say) -> list[Mistake]:
    """Load one file as the table of its name; returns what is malformed in it."""
    path = package.path(table)
    if path is None:
        if table.required:
            return [Mistake(table.file, None, "缺少这个文件")]
        nothing = ", ".join(f'CAST(NULL AS VARCHAR) AS "{column.name}"' for column in table.columns)
        _create(con, table, f"(SELECT {nothing} LIMIT 0)")
        return []
    if path.suffix == ".parquet":
        source, mistakes = _parquet(con, path, table)
    else:
        source, mistakes = _csv(path, table, package.scratch)
    if mistakes:
        return mistakes
    try:
        _create(con, table, source)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        found = list(_broken_rows(path)) or [Mistake(path.name, None, f"无法读取：{_first_line(error)}")]
        normal = package.scratch / f"{table.name}.normal.csv"
        if found[0].row is not None or path.suffix != ".csv" or normal.exists():
            return found
        _normalise(path, normal)
        source, _ = _csv(normal, table, package.scratch)
        _create(con, table, source)
    say(f"读取{path.name}：{_count(con, table):,}行")
    return _malformed(con, table, source, path)


def _create(con: duckdb.DuckDBPyConnection, table: Table, source: str) -> None:
    typed = [f'{column.sql} AS "{column.name}"' for column in table.columns]
    if table is CONDITIONS:
        typed.append(f"CASE WHEN kind = 'quantity' THEN {QUANTITY_OF_CONDITION} END AS quantity")
    con.execute(f"CREATE OR REPLACE TABLE {table.name} AS SELECT {', '.join(typed)} FROM {source}")


def _count(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    row = con.execute(f"SELECT count(*) FROM {table.name}").fetchone()
    assert row
    return int(row[0])


# ---- CSV and parquet --------------------------------------------------------------------------------------------


def _csv(path: Path, table: Table, scratch: Path) -> tuple[str, list[Mistake]]:
    """The relation that reads the file as text, or what is wrong with its header."""
    if path.stat().st_size == 0:
        return "", [Mistake(path.name, None, "文件为空（0字节）；没有内容时也应有表头")]
    try:
        header = next(_rows(path), [])
    except (UnicodeDecodeError, csv.Error) as error:
        return "", [_broken(path, 1, error)]
    mistakes = _header(path.name, header, table)
    columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in _unique(header))
    options = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', strict_mode = true"
    return f"read_csv({_quoted(str(path))}, {options}, max_line_size = 4194304, columns = {{{columns}}})", mistakes


def _parquet(con: duckdb.DuckDBPyConnection, path: Path, table: Table) -> tuple[str, list[Mistake]]:
    """The same of a parquet file; whatever the types of its columns, they are read as text."""
    try:
        header = [
            row[0] for row in con.execute(f"DESCRIBE SELECT * FROM read_parquet({_quoted(str(path))})").fetchall()
        ]
    except duckdb.Error as error:
        return "", [Mistake(path.name, None, f"不是完整的parquet文件：{_first_line(error)}")]
    mistakes = _header(path.name, header, table)
    texts = ", ".join(f'nullif(CAST("{c.name}" AS VARCHAR), \'\') AS "{c.name}"' for c in table.columns)
    return f"(SELECT {texts} FROM read_parquet({_quoted(str(path))}))", mistakes


def _header(file: str, header: list[str], table: Table) -> list[Mistake]:
    mistakes = [Mistake(file, 1, f"缺少“{column.name}”列") for column in table.columns if column.name not in header]
    named = [name for name in header if any(name == column.name for column in table.columns)]
    return mistakes + [Mistake(file, 1, f"“{name}”列重复") for name in sorted({n for n in named if named.count(n) > 1})]


def _unique(header: list[str]) -> Iterator[str]:
    """Names for all columns; those that are ignored may be called like another, but for the letters' case."""
    seen: set[str] = set()
    for place, name in enumerate(header):
        fresh = name if name and name.lower() not in seen else f"{name} {place}"
        seen.add(fresh.lower())
        yield fresh


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


# ---- What is wrong ----------------------------------------------------------------------------------------------


def _malformed(con: duckdb.DuckDBPyConnection, table: Table, source: str, path: Path) -> list[Mistake]:
    """Every field whose typed value is NULL, by rows."""
    columns = [column for column in table.columns if column.kind != "name" or not column.optional]
    counted = ", ".join(f'count(*) - count("{column.name}")' for column in columns)
    missing = con.execute(f"SELECT {counted} FROM {table.name}").fetchone() or ()
    mistakes = []
    for column, number in zip(columns, missing, strict=True):
        if not number:
            continue
        texts = con.execute(
            f'SELECT t.rowid + 2, s."{column.name}" FROM {table.name} AS t POSITIONAL JOIN '
            f'(SELECT "{column.name}" FROM {source}) AS s WHERE t."{column.name}" IS NULL'
        ).fetchall()
        mistakes += [Mistake(path.name, row, _wrong(column, text)) for row, text in texts]
    return sorted(mistakes, key=lambda mistake: mistake.row or 0)


def _wrong(column: Column, text: str | None) -> str:
    if not text:
        return f"{column.name}不能为空"
    return f"{column.name}“{text[:SHOWN]}{'…' if len(text) > SHOWN else ''}”{column.expected}"


def _rows(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, strict=True)


def _broken_rows(path: Path) -> Iterator[Mistake]:
    """Read a CSV file slowly to name the rows that are no rows; nothing for another kind of file."""
    if path.suffix != ".csv":
        return
    number, width = 1, 0
    try:
        for number, row in enumerate(_rows(path), 1):
            width = width or len(row)
            if row and len(row) != width:
                yield Mistake(path.name, number, f"应有{width}列，实际{len(row)}列")
    except (UnicodeDecodeError, csv.Error) as error:
        yield _broken(path, number + 1, error)


def _broken(path: Path, row: int, error: Exception) -> Mistake:
    if isinstance(error, UnicodeDecodeError):
        row = _line_of_bad_bytes(path)
        return Mistake(path.name, row, "不是UTF-8编码；请以UTF-8保存为CSV")
    return Mistake(path.name, row, "引号不成对，无法分列")


def _line_of_bad_bytes(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def _normalise(path: Path, to: Path) -> None:
    """Write the same rows once more, with one kind of line end throughout."""
    with to.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(row for row in _rows(path) if row)
