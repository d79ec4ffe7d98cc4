from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "commerce.billing"

    def ready(self) -> None:
        from commerce.billing.guards import register_guards

        register_guards()
