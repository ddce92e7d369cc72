"""`yunheng export package`: the ledger of a jurisdiction as a sealed settlement package."""

from __future__ import annotations

import tempfile
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from yunheng.domain.billing import packages
from yunheng.domain.billing.engine.errors import BadInput
from yunheng.domain.billing.engine.package import period_of
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Jurisdiction


class Command(BaseCommand):
    help = "从台账导出结算包：文件夹，或以.zip结尾的文件"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["package"], help="导出什么")
        parser.add_argument("--from", dest="start", required=True, help="计费期间的第一天，例如2026-01-01")
        parser.add_argument("--to", dest="end", required=True, help="计费期间之后的第一天（不含）")
        parser.add_argument("--out", required=True, type=Path, help="写到哪里；不能是已有的文件夹")
        parser.add_argument("--jurisdiction", default="", help="区划代码；只有一个时可以省略")
        parser.add_argument("--contract", default="", help="合同编号；省略时为全部合同")

    def handle(self, *args: Any, **given: Any) -> None:
        out: Path = given["out"]
        if out.exists() or not out.absolute().parent.is_dir():
            raise CommandError(f"不能写到{out}：请给出已有文件夹中尚不存在的名称", returncode=2)
        place = _one(Jurisdiction.objects.filter(code=given["jurisdiction"]) if given["jurisdiction"]
                     else Jurisdiction.objects.filter(services__isnull=False).distinct(), "区划")  # fmt: skip
        contract = None
        if given["contract"]:
            contract = _one(Contract.objects.filter(jurisdiction=place, number=given["contract"]), "合同")
        try:
            period = period_of(given["start"], given["end"], file="参数", names=("--from", "--to"))
            with tempfile.TemporaryDirectory(prefix="yunheng-export-", dir=out.absolute().parent) as name:
                folder = Path(name) / "package"
                totals = packages.export(
                    folder, jurisdiction=place, period=period, created_at=timezone.now(), contract=contract
                )
                _placed(folder, out)
        except BadInput as error:
            raise CommandError("\n".join(str(mistake) for mistake in error.mistakes), returncode=2) from error
        self.stdout.write(f"{out}：{totals.lines:,}行，市级统筹{totals.fund:,.2f}元，单位自付{totals.unit:,.2f}元")


def _one(found: Any, what: str) -> Any:
    rows = list(found[:2])
    if len(rows) != 1:
        raise CommandError(f"没有这个{what}" if not rows else f"有几个{what}，请写明是哪一个", returncode=2)
    return rows[0]


def _placed(folder: Path, out: Path) -> None:
    """Move the finished package to its place, packed when the name says so."""
    if out.suffix != ".zip":
        folder.rename(out)
        return
    packed = folder.with_name("package.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    packed.rename(out)
