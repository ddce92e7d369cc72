"""A settlement package on disk: a folder, or the same as .zip with its files at the root."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from yunheng.domain.billing.engine.errors import BadInput, Mistake, refuse
from yunheng.domain.billing.engine.layout import CATALOG, FACTS, FIRST_DAY, FORMAT, LAST_DAY, LINES, MANIFEST, Table
from yunheng.foundation.crypto import sm3_of_file
from yunheng.law.kernel.period import Period

SUFFIXES = (".csv", ".parquet")
KNOWN = (MANIFEST, *(f"{table.name}{suffix}" for table in (*FACTS, LINES, CATALOG) for suffix in SUFFIXES))


@dataclass(frozen=True)
class Package:
    """The unpacked files. ``scratch`` is a folder for what the work needs on the side; it goes with the package."""

    folder: Path
    scratch: Path

    def path(self, table: Table) -> Path | None:
        """The file of a table, CSV before parquet; None when there is none."""
        found = (self.folder / f"{table.name}{suffix}" for suffix in SUFFIXES)
        return next((path for path in found if path.is_file()), None)


@contextmanager
def opened(source: Path) -> Iterator[Package]:
    """Open a package. Raises BadInput when it is neither a folder nor a whole .zip."""
    with tempfile.TemporaryDirectory(prefix="yunheng-") as name:
        scratch = Path(name)
        if source.is_dir():
            yield Package(source, scratch)
        elif source.is_file():
            yield Package(_unpacked(source, scratch / "package"), scratch)
        else:
            raise refuse(str(source), "找不到这个结算包；请给出文件夹或.zip文件")


def _unpacked(source: Path, folder: Path) -> Path:
    """The known files of an archive, copied out; anything else in it is left where it is."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                if entry.filename in KNOWN:
                    with archive.open(entry) as packed, (folder / entry.filename).open("wb") as file:
                        shutil.copyfileobj(packed, file, 1 << 20)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise refuse(source.name, f"不是完整的.zip文件，无法展开（{error}）；请重新取得该文件") from error
    return folder


@dataclass(frozen=True)
class Manifest:
    """What the package says of itself: its period and the SM3 digest of each of its files."""

    period: Period
    digests: dict[str, str]
    about: dict[str, Any]


def seal(folder: Path, *, jurisdiction: str, period: Period, created_at: datetime) -> None:
    """Write manifest.json over the files of a folder as they are now."""
    digests = {}
    for path in sorted(folder.iterdir()):
        if path.name in KNOWN[1:]:
            with path.open("rb") as file:
                digests[path.name] = sm3_of_file(file)
    about = {
        "format": FORMAT,
        "jurisdiction": jurisdiction,
        "period_from": f"{period.start}",
        "period_to": f"{period.end}",
        "created_at": created_at.isoformat(timespec="seconds"),
        "files": digests,
    }
    (folder / MANIFEST).write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", "utf-8")


def manifest_of(package: Package) -> Manifest:
    """Read manifest.json. Raises BadInput when it is missing or says too little."""
    path = package.folder / MANIFEST
    if not path.is_file():
        raise refuse(MANIFEST, "结算包没有清单，无法核验；清单由导出结算包时生成")
    try:
        about = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise refuse(MANIFEST, f"不是UTF-8编码的JSON：{error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise refuse(MANIFEST, f"format应为“{FORMAT}”")
    files = about.get("files")
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise refuse(MANIFEST, "files应列出各文件的SM3摘要")
    period = period_of(about.get("period_from"), about.get("period_to"), file=MANIFEST)
    return Manifest(period, {str(name): digest for name, digest in files.items()}, about)


def period_of(
    start: object, end: object, *, file: str, names: tuple[str, str] = ("period_from", "period_to")
) -> Period:
    """The period between two days as people write them. Raises BadInput naming the one that is wrong."""
    days, mistakes = [], []
    for name, text in zip(names, (start, end), strict=True):
        day = day_of(text)
        if day is None:
            mistakes.append(
                Mistake(file, None, f"{name}“{text}”不是{FIRST_DAY}至{LAST_DAY}之间的日期（格式2026-01-31）")
            )
        else:
            days.append(day)
    if not mistakes and days[1] <= days[0]:
        mistakes.append(Mistake(file, None, f"{names[1]}{days[1]}应晚于{names[0]}{days[0]}"))
    if mistakes:
        raise BadInput(mistakes)
    return Period(*days)


def day_of(text: object) -> date | None:
    """The day written as 2026-01-31 within the range of packages, else None."""
    if not isinstance(text, str):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if f"{day}" == text and FIRST_DAY <= text <= LAST_DAY else None


def stale(package: Package, manifest: Manifest) -> list[Mistake]:
    """Where the files are not those that were sealed: changed, missing, or added."""
    found = {path.name: path for path in sorted(package.folder.iterdir()) if path.name in KNOWN[1:]}
    mistakes = [Mistake(name, None, "清单列有此文件，结算包内没有") for name in manifest.digests if name not in found]
    for name, path in found.items():
        sealed = manifest.digests.get(name)
        if sealed is None:
            if path.stem != CATALOG.name:  # whoever exports may add one
                mistakes.append(Mistake(name, None, "清单没有列出此文件"))
            continue
        with path.open("rb") as file:
            actual = sm3_of_file(file)
        if actual != sealed.lower():
            mistakes.append(Mistake(name, None, f"SM3摘要不符：清单{sealed}，实际{actual}"))
    return mistakes
