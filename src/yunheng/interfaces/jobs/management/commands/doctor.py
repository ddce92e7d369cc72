"""Everything that must hold, asked of the data as it is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from yunheng.domain.parties.models import Jurisdiction
from yunheng.domain.services import invariants as ledger
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.workflow import invariants as workflow


class Command(BaseCommand):
    """逐项核对台账、流程、义务与审计链。"""

    help = "逐项核对台账、流程、义务与审计链；有不符的，逐条列出并以 1 退出"

    def handle(self, *args: Any, **options: Any) -> None:
        found = [("审计链", sentence) for sentence in broken_links()]
        for place in Jurisdiction.objects.order_by("code"):
            found += [(f"{place.name}办件与义务", s) for s in workflow.broken(jurisdiction_id=place.pk)]
            found += [(f"{place.name}台账", s) for s in ledger.broken(jurisdiction_id=place.pk)]
        for where, sentence in found:
            self.stdout.write(f"{where}：{sentence}")
        if found:
            raise CommandError(f"共 {len(found)} 处不符", returncode=1)
        self.stdout.write("全部相符")
