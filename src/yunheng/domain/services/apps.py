from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "yunheng.domain.services"
    label = "services"
    verbose_name = "云服务"

    def ready(self) -> None:
        """Each procedure ties its steps to its operations when all tables are known."""
        from yunheng.domain.services import application_acts  # noqa: F401
        from yunheng.domain.services.agreement import acts as agreement_acts  # noqa: F401
        from yunheng.domain.services.change import acts as change_acts  # noqa: F401
        from yunheng.domain.services.coverage import acts as coverage_acts  # noqa: F401
        from yunheng.domain.services.discrepancies import acts as discrepancy_acts  # noqa: F401
        from yunheng.domain.services.exit import acts as exit_acts  # noqa: F401
        from yunheng.domain.services.migration import acts as migration_acts  # noqa: F401
        from yunheng.domain.services.registrations import acts as registration_acts  # noqa: F401
        from yunheng.domain.services.release import acts as release_acts  # noqa: F401
        from yunheng.domain.services.succession import acts as succession_acts  # noqa: F401
        from yunheng.domain.services.temporary import acts as temporary_acts  # noqa: F401
