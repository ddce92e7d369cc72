from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "yunheng.foundation.notices"
    label = "notices"
    verbose_name = "通知"
