from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "commerce.billing"

    def ready(self) -> None:
        from commerce.billing import emails, price_emails
        from commerce.billing.actions import numbers
        from commerce.billing.actions.issuing import mark_sent
        from commerce.billing.daily import dunning
        from commerce.billing.documents import working
        from commerce.billing.guards import register_guards
        from commerce.billing.tax import ready as tax
        from commerce.hosting import provisioning
        from commerce.preferences.actions import must_hold

        register_guards()
        emails.register(sent=mark_sent)
        price_emails.register()
        tax.register()
        must_hold("billing.invoice_start_number", numbers.keep_start)
        working.register()
        provisioning.holds_if("overdue", dunning.still_overdue)
