from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "yunheng.domain.parties"
    label = "parties"
    verbose_name = "各方"
