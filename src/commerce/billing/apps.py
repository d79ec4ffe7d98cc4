from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "commerce.billing"

    def ready(self) -> None:
        from commerce.billing import emails
        from commerce.billing.documents import working
        from commerce.billing.guards import register_guards
        from commerce.billing.tax import ready as tax

        register_guards()
        emails.register()
        tax.register()
        working.register()
