from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "commerce.payments"

    def ready(self) -> None:
        from commerce.payments import gateways

        gateways.register()
