from django.apps import AppConfig


class OptimizationConfig(AppConfig):
    name = "yunheng.domain.optimization"
    label = "optimization"
    verbose_name = "资源优化"

    def ready(self) -> None:
        """The procedure ties its steps to its operations when all tables are known."""
        from yunheng.domain.optimization import acts  # noqa: F401
