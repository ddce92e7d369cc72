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
        from yunheng.demo import feeding, reporting
        from yunheng.interfaces.jobs.tasks import JOBS

        JOBS.insert(0, ("演示城市的插件心跳", timedelta(hours=1), reporting.report))
        JOBS.insert(0, ("演示城市的使用数据", timedelta(minutes=1), feeding.report))
