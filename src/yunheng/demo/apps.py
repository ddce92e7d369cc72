from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "yunheng.demo"
    label = "demo"
