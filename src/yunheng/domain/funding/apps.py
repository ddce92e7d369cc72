from django.apps import AppConfig


class FundingConfig(AppConfig):
    name = "yunheng.domain.funding"
    label = "funding"
    verbose_name = "资金保障"
