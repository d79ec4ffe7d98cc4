from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "commerce.domains"

    def ready(self) -> None:
        from commerce.domains import handlers  # noqa: F401 - registers them
