"""The clock of the platform: runs the jobs when they are due, until told to stop."""

from __future__ import annotations

import logging
import signal
from argparse import ArgumentParser
from datetime import datetime
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from yunheng.interfaces.jobs.tasks import JOBS

log = logging.getLogger("yunheng.worker")
TICK = 15  # seconds


class Command(BaseCommand):
    """到时办理：发送邮件、失效、计提。"""

    help = "后台按时办理的事项"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="每项办一遍即结束")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        last: dict[str, datetime] = {}
        while not stop.is_set():
            self._round(last)
            if options["once"] or stop.wait(TICK):
                return

    def _round(self, last: dict[str, datetime]) -> None:
        """One round; a job that fails is logged and tried again next time, the others go on."""
        close_old_connections()
        for name, every, job in JOBS:
            at = timezone.now()
            if name in last and at - last[name] < every:
                continue
            last[name] = at
            try:
                count = job(at)
            except Exception:
                log.exception("%s 没有办成，下一轮再试", name)
                continue
            if count:
                self.stdout.write(f"{name} {count} 项")
