from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "yunheng.domain.billing"
    label = "billing"
    verbose_name = "计费"
