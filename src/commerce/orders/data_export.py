"""What an export of a client's data has of their services, domains, zones and orders (accounts.md 10)."""

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.dns.models import Zone
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.hosting.records import SERVICE_FIELDS
from commerce.orders.models import Order, OrderItem


def service_rows() -> tuple[ExportedRows, ...]:
    """Services, domains with their contacts, zones with the versions of their records."""
    return (
        ExportedRows("services.json", Service.objects.for_client, SERVICE_FIELDS),
        ExportedRows(
            "domains.json",
            Domain.objects.for_client,
            "id domain_name status registration_date expiry_date next_due_date term_years recurring_amount"
            " currency_id auto_renew whois_privacy is_locked ns1 ns2 ns3 ns4 contacts created_at".split(),
        ),
        ExportedRows(
            "zones.json",
            Zone.objects.for_client,
            "name status dnssec versions__number versions__made_at versions__records".split(),
        ),
    )


def order_rows() -> tuple[ExportedRows, ...]:
    """Orders and their items, without authorization codes."""
    return (
        ExportedRows(
            "orders.json",
            Order.objects.for_client,
            "id status currency_id promo_code invoice__number address user_agent created_at".split(),
        ),
        ExportedRows(
            "order_items.json",
            lambda pk: OrderItem.objects.filter(order__client_id=pk),
            "order_id action product_name billing_cycle domain registrant extra_fields".split(),
        ),
    )
