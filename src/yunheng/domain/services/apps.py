from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "yunheng.domain.services"
    label = "services"
    verbose_name = "云服务"
