"""Build the demonstration city, or show its logins."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from yunheng.demo.calendar import LOCAL
from yunheng.demo.people import City, settle
from yunheng.demo.story import SYSTEMS, live
from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.operations import issue_token
from yunheng.foundation.calendars.operations import seed


class Command(BaseCommand):
    """建立演示城市。只在演示模式下可用。"""

    help = "建立演示城市（演示模式）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until", type=date.fromisoformat, help="生活到哪一天，缺省为今天")
        parser.add_argument("--systems", type=int, default=SYSTEMS, help=f"最多多少个系统，缺省 {SYSTEMS}")
        parser.add_argument("--if-empty", action="store_true", help="已有数据时不做任何事")
        parser.add_argument("--logins", action="store_true", help="只显示演示账号")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("演示城市只在演示模式下建立：设置 YUNHENG_DEMO=1")
        if options["logins"]:
            self._show()
            return
        if Organisation.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("数据库里已有单位，演示城市只能建立在空数据库上：先 make demo 重建，或加 --if-empty")
        self._build(options["until"] or timezone.localdate(), options["systems"])
        self._show()

    def _build(self, until: date, most: int) -> None:
        at = datetime(2025, 1, 2, 9, tzinfo=LOCAL)
        with transaction.atomic():
            city = settle(at)
            seed(jurisdiction_id=city.place.pk, at=at)
            self.stdout.write(f"单位 {Organisation.objects.count()} 个")
            live(city, until=until, say=self.stdout.write, most=most)
            _keep(city, until)

    def _show(self) -> None:
        path = Path(settings.HOME) / "demo-logins.json"
        if not path.exists():
            return
        kept = json.loads(path.read_text("utf-8"))
        self.stdout.write(f"演示账号（密码均为 {kept['logins'][0]['password']}）：")
        for one in kept["logins"]:
            self.stdout.write(f"  {one['username']:<10} {one['person']}　{one['organisation']} · {one['role']}")


def _keep(city: City, until: date) -> None:
    """Write the logins, and a token each for a unit and a provider, where the login page finds them."""
    at = datetime(until.year, until.month, until.day, 9, tzinfo=LOCAL)
    year = until.replace(year=until.year + 1, day=1)
    tokens = {
        "用户单位": issue_token(person=city.who(city.units[0], "head"), label="演示", valid_to=year, at=at),
        "云服务商": issue_token(person=city.who(city.providers[0], "delivery"), label="演示", valid_to=year, at=at),
    }
    path = Path(settings.HOME) / "demo-logins.json"
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps({"logins": city.logins, "tokens": tokens}, ensure_ascii=False, indent=1), "utf-8")
