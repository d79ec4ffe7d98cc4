from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "commerce.hosting"

    def ready(self) -> None:
        from commerce.hosting import (
            emails,
            handlers,  # noqa: F401 - registers them
        )

        emails.register()
