from collections.abc import Sequence

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError


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
        from commerce.preferences.conditions import must_hold

        register_guards()
        emails.register(sent=mark_sent)
        price_emails.register()
        tax.register()
        must_hold("billing.invoice_start_number", numbers.keep_start)
        working.register()
        provisioning.holds_if("overdue", dunning.still_overdue)
        checks.register(_seller_is_known, checks.Tags.database)


def _seller_is_known(
    app_configs: object, databases: Sequence[str] | None, **_: object
) -> list[checks.CheckMessage]:
    """Whoever cannot be named in an e-invoice sends plain PDFs, and may not notice."""
    from commerce.billing.documents.look import missing_of_seller

    try:
        missing = missing_of_seller() if databases else []
    except DatabaseError:  # no tables yet: ``migrate`` runs the checks too
        return []
    if not missing:
        return []
    return [
        checks.Warning(
            f"E-invoices cannot say who sells: {' or '.join(missing)} is empty.",
            hint=f"`commerce setting set {missing[0]} …`; until then documents are plain PDFs.",
            id="commerce.W202",
        )
    ]
