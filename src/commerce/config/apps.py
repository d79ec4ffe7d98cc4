from django.apps import AppConfig

from commerce.kit.errors import add_error_tables


class ConfigConfig(AppConfig):
    name = "commerce.config"

    def ready(self) -> None:
        from commerce import reactions, wiring
        from commerce.backoffice.bulk import jobs  # noqa: F401 - registers its handler
        from commerce.backoffice.dashboard import digest_jobs  # noqa: F401 - registers its handler
        from commerce.backoffice.system import export_jobs  # noqa: F401 - registers its handler
        from commerce.config import checks, deploy_checks, test_mode  # noqa: F401 - registers them

        reactions.register()
        wiring.connect()
        add_error_tables("commerce.config.errors")
