"""Orders for reading (catalog-and-orders.md 8): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.orders.models import Order, OrderItem, SalesQuote
from commerce.presentation.labels import CYCLE_LABELS
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    RecordAmount,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    plain_fields,
)


def _staff_name(order: Order) -> str | None:
    return str(order.placed_by_staff) if order.placed_by_staff else None


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
        RecordField(
            "placed_by_staff",
            STAFF,
            _("Placed for the client by"),
            source=_staff_name,
            reads="placed_by_staff_id",
        ),
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
        RecordField("discount_reason", STAFF, _("Reason for the discount"), ends="erasure"),
    ),
    apart="id product_id group_discount promo_discount stock_taken auth_code has_own_nameservers",
)


def _maker(quote: SalesQuote) -> str | None:
    return str(quote.made_by) if quote.made_by else None


def _recipient(quote: SalesQuote) -> str:
    return quote.recipient


SALES_QUOTE_FIELDS = RecordFields(
    SalesQuote,
    (
        RecordField("id", EXPORT),
        RecordField("number", EXPORT, _("Quote"), source="number", reads="first_id"),
        RecordField("version", EXPORT, _("Version")),
        RecordInstant("created_at", EXPORT, _("Date"), order="pk"),
        RecordStatus("status", EXPORT | AUDIT, of="sales_quote"),
        RecordField("recipient", STAFF, _("For"), source=_recipient, reads="client_id"),
        RecordField("name", STAFF, ends="erasure retention"),
        RecordField("email", STAFF, _("Email"), ends="erasure retention"),
        RecordField("country", STAFF),
        RecordAmount("total", EXPORT | AUDIT, _("Total")),
        RecordDay("valid_until", EXPORT, _("Valid until")),
        RecordField("promo_code", EXPORT, _("Promo code"), ends="erasure retention"),
        RecordField("note", EXPORT, _("Note to the client"), ends="erasure retention"),
        RecordInstant("sent_at", EXPORT, _("Sent")),
        RecordInstant("ended_at", EXPORT, _("Answered")),
        RecordField("made_by", STAFF, _("Made by"), source=_maker, reads="made_by_id"),
        RecordField("order", EXPORT, _("Order"), source="order__number", reads="order_id"),
        RecordField("accepted_by", EXPORT, _("Accepted by"), source="accepted_by__email"),
    ),
    apart="locale cart_lines frozen_prices changed_at",
)
