from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "yunheng.interfaces.jobs"
    label = "jobs"
