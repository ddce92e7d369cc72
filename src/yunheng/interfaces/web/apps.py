from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages for people: a desk for every party, the parts they are made of, the reading room."""

    name = "yunheng.interfaces.web"
    label = "web"
    verbose_name = "网页"
