from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings


class DemoConfig(AppConfig):
    name = "yunheng.demo"
    label = "demo"

    def ready(self) -> None:
        """The machines of the city go on reporting while the demonstration stays open, before releases are judged."""
        if not settings.DEMO:
            return
        from yunheng.demo.reporting import report
        from yunheng.interfaces.jobs.tasks import JOBS

        JOBS.insert(0, ("演示城市的监控上报", timedelta(hours=1), report))
