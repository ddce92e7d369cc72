from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "yunheng.interfaces.api"
    label = "api"
