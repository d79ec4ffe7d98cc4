from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "commerce.payments"

    def ready(self) -> None:
        from commerce.payments import (
            asking,  # noqa: F401 - registers its jobs
            gateways,
            shortages,  # noqa: F401 - as above
        )

        gateways.register()
