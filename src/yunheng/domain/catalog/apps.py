from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "yunheng.domain.catalog"
    label = "catalog"
    verbose_name = "服务目录"
