from django.apps import AppConfig


class SystemsConfig(AppConfig):
    name = "yunheng.domain.systems"
    label = "systems"
    verbose_name = "政务信息系统"
