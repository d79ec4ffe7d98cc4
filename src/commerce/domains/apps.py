from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "commerce.domains"

    def ready(self) -> None:
        from commerce.domains import handlers, selling  # noqa: F401 - handlers registers them
        from commerce.preferences.conditions import must_hold

        for key in selling.NEEDED:
            must_hold(key, selling.check_cleared)
