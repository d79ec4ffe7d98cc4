from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "commerce.hosting"

    def ready(self) -> None:
        from commerce.catalog.modules import modules_from
        from commerce.hosting import (
            emails,
            handlers,  # noqa: F401 - registers them
            modules,
        )

        emails.register()
        modules_from(modules.names)
