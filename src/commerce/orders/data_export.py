"""What an export of a client's data has of their services, domains, zones and orders (accounts.md 10)."""

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.records.zones import ZONE_FIELDS, ZONE_VERSION_FIELDS
from commerce.domains.models import Domain
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.orders.models import Order, OrderItem, SalesQuote
from commerce.orders.records import ORDER_FIELDS, ORDER_ITEM_FIELDS, SALES_QUOTE_FIELDS
from commerce.orders.rules import QuoteStatus


def service_rows() -> tuple[ExportedRows, ...]:
    """Services, domains with their contacts, zones with the versions of their records."""
    return (
        ExportedRows("services.json", Service.objects.for_client, SERVICE_FIELDS),
        ExportedRows("domains.json", Domain.objects.for_client, DOMAIN_FIELDS),
        ExportedRows("zones.json", Zone.objects.for_client, ZONE_FIELDS),
        ExportedRows(
            "zone_versions.json",
            lambda pk: ZoneVersion.objects.filter(zone__client_id=pk),
            ZONE_VERSION_FIELDS,
        ),
    )


def order_rows() -> tuple[ExportedRows, ...]:
    """Orders and their items, without authorization codes, and quotes that were sent."""
    return (
        ExportedRows("orders.json", Order.objects.for_client, ORDER_FIELDS),
        ExportedRows(
            "order_items.json",
            lambda pk: OrderItem.objects.filter(order__client_id=pk),
            ORDER_ITEM_FIELDS,
        ),
        ExportedRows(
            "quotes.json",
            lambda pk: SalesQuote.objects.for_client(pk).exclude(status=QuoteStatus.DRAFT),
            SALES_QUOTE_FIELDS,
        ),
    )
