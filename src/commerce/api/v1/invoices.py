"""``GET /invoices`` and ``GET /invoices/{id}``."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, JSONArray
from msgspec import Meta, Struct

from commerce.api.read.compiled import TOKEN_CLIENT, JsonRows
from commerce.api.read.resource import (
    ApiResource,
    ResourceRow,
    ResourceShape,
    shown_status_by_stored,
    to_api_instant,
)
from commerce.api.v1.field_types import Amount, CurrencyCode, Day, Id, Instant
from commerce.billing.models import Invoice as InvoiceModel
from commerce.billing.models import InvoiceLine
from commerce.payments.models import Payment as PaymentModel

STATUSES = {
    "unpaid": ("unpaid",),
    "paid": ("paid",),
    "overdue": ("overdue",),
    "cancelled": ("cancelled", "refunded"),
}
_OUTSIDE = shown_status_by_stored(STATUSES)


class Invoice(Struct, frozen=True):
    """A numbered claim on the client."""

    id: Id
    invoice_number: Annotated[
        str,
        Meta(
            description="Number on the document, unique in its installation.", examples=["INV-0305"]
        ),
    ]
    status: Annotated[
        Literal["unpaid", "paid", "overdue", "cancelled"],
        Meta(description="Where it stands; a refunded invoice is shown as cancelled."),
    ]
    subtotal: Annotated[Amount, Meta(description="Before tax, in minor units.")]
    tax_amount: Annotated[Amount, Meta(description="Tax of all lines, in minor units.")]
    total: Annotated[Amount, Meta(description="With tax, in minor units.")]
    amount_due: Annotated[
        Amount, Meta(description="What is left to pay, in minor units; 0 when paid or cancelled.")
    ]
    currency_code: CurrencyCode
    due_date: Annotated[Day, Meta(description="Last day on which it is on time.")]
    paid_at: Annotated[
        Instant | None, Meta(description="When nothing was left to pay; null before that.")
    ]
    created_at: Annotated[Instant, Meta(description="When it was issued.")]


class Line(Struct, frozen=True):
    """One line of an invoice."""

    description: Annotated[
        str,
        Meta(description="What is charged.", examples=["Business hosting, acme.example"]),
    ]
    quantity: Annotated[
        int | Decimal,
        Meta(description="How many; a number of at most three decimals.", examples=[1, 2.5]),
    ]
    unit_amount: Annotated[
        Amount, Meta(description="Price of one, as it was sold, in minor units.")
    ]
    amount: Annotated[Amount, Meta(description="The line before tax, in minor units.")]
    tax_amount: Annotated[Amount, Meta(description="Tax of the line, in minor units.")]
    tax_rate: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]+\.[0-9]{2,3}$",
            description="Tax in percent as text: two decimals, a third where needed.",
            examples=["20.00", "8.875"],
        ),
    ]


class Payment(Struct, frozen=True):
    """Money that was booked for an invoice."""

    id: Id
    gateway: Annotated[
        str, Meta(description="Key of the way it was paid.", examples=["bank_transfer"])
    ]
    amount: Annotated[Amount, Meta(description="As received, in minor units.")]
    currency_code: Annotated[
        CurrencyCode, Meta(description="ISO 4217 code of the amount of this payment.")
    ]
    paid_at: Annotated[Instant, Meta(description="When it was booked.")]


class InvoiceDetail(Invoice, frozen=True):
    """One invoice with its lines and payments."""

    credit_applied: Annotated[Amount, Meta(description="Credit used for it, in minor units.")]
    notes: Annotated[
        str | None,
        Meta(description="Text for the client.", examples=["Thank you for your order."]),
    ]
    items: Annotated[list[Line], Meta(description="Its lines, in their order.")]
    payments: Annotated[
        list[Payment], Meta(description="Payments for it that are completed, disputed or refunded.")
    ]


def _listed(row: ResourceRow) -> Invoice:
    (pk, number, status, subtotal, tax, total, amount_due, currency, due, paid, issued) = row
    return Invoice(
        pk,
        number,
        _OUTSIDE[status],
        subtotal,
        tax,
        total,
        amount_due,
        currency,
        due,
        to_api_instant(paid),
        to_api_instant(issued),
    )


def _detailed(row: ResourceRow) -> InvoiceDetail:
    (pk, number, status, subtotal, tax, total, amount_due, currency, due, paid, issued) = row[:11]
    credit, notes, lines, payments = row[11:15]
    return InvoiceDetail(
        pk,
        number,
        _OUTSIDE[status],
        subtotal,
        tax,
        total,
        amount_due,
        currency,
        due,
        to_api_instant(paid),
        to_api_instant(issued),
        credit,
        notes or None,
        [_line(*line[1:]) for line in sorted(msgspec.json.decode(lines or "[]"))],
        [_payment(*payment) for payment in sorted(msgspec.json.decode(payments or "[]"))],
    )


def _line(text: str, milli: int, unit: int, amount: int, tax: int, rate_milli: int) -> Line:
    return Line(
        text, quantity_from_milli(milli), unit, amount, tax, rate_text_from_milli(rate_milli)
    )


def quantity_from_milli(milli: int) -> int | Decimal:
    """Thousandths as the number that they are: a whole one as an integer."""
    whole, rest = divmod(milli, 1000)
    return Decimal(milli).scaleb(-3).normalize() if rest else whole


def rate_text_from_milli(milli: int) -> str:
    """Thousandths of a percent with two decimals, a third where needed."""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".removesuffix("0") if rest % 10 == 0 else f"{whole}.{rest:03d}"


def _payment(pk: int, gateway: str, amount: int, currency: str, booked_at: str) -> Payment:
    at = datetime.fromisoformat(booked_at)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return Payment(pk, gateway, amount, currency, at.replace(microsecond=0))


def _gathered(rows: Any, *columns: str) -> Any:
    """The rows of another table that belong to an invoice, as one column of JSON."""
    return Subquery(
        rows.order_by()
        .values("invoice")
        .annotate(gathered=Cast(JsonRows(JSONArray(*columns)), TextField()))
        .values("gathered")
    )


_LISTED = (
    "number",
    "status",
    "subtotal",
    "tax_amount",
    "total",
    "amount_due",
    "currency_id",
    "due_date",
    "paid_at",
    "issued_at",
)

INVOICES = ApiResource(
    path="/api/v1/invoices",
    scope="invoices:read",
    summary="invoices",
    queryset=lambda: InvoiceModel.objects.for_client(TOKEN_CLIENT),
    statuses=STATUSES,
    list_shape=ResourceShape(Invoice, _LISTED, _listed),
    row_shape=ResourceShape(
        InvoiceDetail,
        (
            *_LISTED,
            "credit_applied",
            "notes",
            _gathered(
                InvoiceLine.objects.filter(invoice=OuterRef("pk")),
                "position",
                "description",
                "quantity_milli",
                "unit_amount",
                "amount",
                "tax_amount",
                "tax_rate_milli",
            ),
            _gathered(
                PaymentModel.objects.for_client(TOKEN_CLIENT)
                .filter(invoice=OuterRef("pk"))
                .listed_on_invoices(),
                "pk",
                "gateway",
                "amount",
                "currency_id",
                "booked_at",
            ),
        ),
        _detailed,
    ),
    order_column="issued_at",
)
