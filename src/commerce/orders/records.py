"""Orders for reading (catalog-and-orders.md 8): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.orders.models import Order, OrderItem
from commerce.presentation.labels import CYCLE_LABELS
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    RecordAmount,
    RecordChoice,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    plain_fields,
)

ORDER_FIELDS = RecordFields(
    Order,
    (
        RecordField("id", EXPORT | API),
        RecordField("number", STAFF, _("Order"), reads="id"),
        RecordInstant("created_at", EXPORT | API, _("Date"), order="pk"),
        RecordStatus("status", EXPORT | API | AUDIT, of="order"),
        RecordField("on_hold", STAFF, _("On hold")),
        RecordField("hold_reason", STAFF, ends="erasure"),
        *OF_CLIENT,
        RecordField("placed_by", EXPORT, _("Placed by"), source="placed_by__email"),
        RecordAmount("subtotal", EXPORT | API, _("Subtotal")),
        RecordAmount("discount", EXPORT | API, _("Discount")),
        RecordField("promo_code", EXPORT | API, _("Promo code")),
        RecordAmount("tax", EXPORT | API, _("Tax"), source="tax_amount"),
        RecordAmount("total", EXPORT | API | AUDIT, _("Total")),
        RecordField("invoice", EXPORT | API, source="invoice__number"),
        RecordField("address", EXPORT, _("From address"), ends="erasure"),
        RecordField("user_agent", EXPORT, ends="erasure"),
        RecordInstant("activated_at", STAFF, _("First active")),
        RecordField("notes", AUDIT, _("Notes"), ends="erasure"),
    ),
    apart="idempotency_key changed_at version",
)


def _options(item: OrderItem) -> dict[str, str]:
    return {one["name"]: one["value"] for one in item.options}


def _option_words(options: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in options.items())


_OF_ORDER = "order__currency_id"

ORDER_ITEM_FIELDS = RecordFields(
    OrderItem,
    (
        RecordField("order", EXPORT, source="order__number", reads="order_id"),
        RecordField("position", EXPORT | API),
        *plain_fields("action term_years registrant extra_fields", EXPORT),
        RecordField("product", EXPORT | API, _("Product"), source="product_name"),
        RecordField("domain", EXPORT | API, _("Domain"), ends="stays"),
        RecordField("options", EXPORT, _("Options"), source=_options, show=_option_words),
        RecordField("qty", EXPORT | API, _("Quantity")),
        RecordChoice("billing_cycle", EXPORT | API, _("Billing cycle"), labels=CYCLE_LABELS),
        RecordAmount("unit_amount", EXPORT | API, _("Unit price"), currency=_OF_ORDER),
        RecordAmount("list_amount", STAFF, _("List price"), currency=_OF_ORDER),
        RecordAmount("setup_fee", EXPORT | API, _("Setup fee"), currency=_OF_ORDER),
        RecordField("price_reason", STAFF, _("Reason for the price"), ends="erasure"),
    ),
    apart="id product_id group_discount promo_discount stock_taken auth_code has_own_nameservers",
)
