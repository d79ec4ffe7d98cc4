from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "commerce.domains"

    def ready(self) -> None:
        from commerce.domains import (
            emails,
            handlers,  # noqa: F401 - registers them
            registrars,
            selling,
        )
        from commerce.preferences.conditions import must_hold

        emails.register()
        for key in selling.NEEDED:
            must_hold(key, selling.check_cleared)
        must_hold("domains.registrar", registrars.check_known)
