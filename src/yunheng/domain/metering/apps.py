from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "yunheng.domain.metering"
    label = "metering"
    verbose_name = "资源计量"

    def ready(self) -> None:
        from yunheng.domain.metering import acts  # noqa: F401
