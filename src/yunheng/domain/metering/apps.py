from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "yunheng.domain.metering"
    label = "metering"
    verbose_name = "资源计量"
