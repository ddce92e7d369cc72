from django.apps import AppConfig


class OptimizationConfig(AppConfig):
    name = "yunheng.domain.optimization"
    label = "optimization"
    verbose_name = "资源优化"

    def ready(self) -> None:
        """Each procedure ties its steps to its operations when all tables are known."""
        from yunheng.domain.optimization import acts  # noqa: F401
        from yunheng.domain.optimization.calendar import acts as calendar_acts  # noqa: F401
