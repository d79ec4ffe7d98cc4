"""``GET /invoices`` and ``GET /invoices/{id}``."""

from decimal import Decimal
from typing import Annotated, Literal

from django.db.models import OuterRef
from msgspec import Struct

from commerce.api.read.fields import LinkedRows, api_field, api_rows
from commerce.api.read.resource import ApiResource
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Day,
    Id,
    Instant,
    instant_in_json,
    status_shown,
    text_or_null,
    whole_second,
    whole_second_or_null,
)
from commerce.billing.models import Invoice as InvoiceModel
from commerce.billing.models import InvoiceLine
from commerce.payments.models import Payment as PaymentModel

STATUSES = {
    "unpaid": ("unpaid",),
    "paid": ("paid",),
    "overdue": ("overdue",),
    "cancelled": ("cancelled", "refunded"),
}


class Invoice(Struct, frozen=True):
    """A numbered claim on the client."""

    id: Annotated[Id, api_field("pk", story=[305, 219])]
    invoice_number: Annotated[
        str,
        api_field(
            "number",
            story=["INV-0305", "INV-0219"],
            description="Number on the document, unique in its installation.",
            examples=["INV-0305"],
        ),
    ]
    status: Annotated[
        Literal["unpaid", "paid", "overdue", "cancelled"],
        api_field(
            "status",
            show=status_shown(STATUSES),
            story=["paid", "cancelled"],
            description="Where it stands; a refunded invoice is shown as `cancelled`.",
        ),
    ]
    subtotal: Annotated[
        Amount,
        api_field("subtotal", story=[1960, 4800], description="Before tax, in minor units."),
    ]
    tax_amount: Annotated[
        Amount,
        api_field("tax_amount", story=[392, 960], description="Tax of all lines, in minor units."),
    ]
    total: Annotated[
        Amount, api_field("total", story=[2352, 5760], description="With tax, in minor units.")
    ]
    amount_due: Annotated[
        Amount,
        api_field(
            "amount_due",
            story=[0, 0],
            description="What is left to pay, in minor units; 0 when paid or canceled.",
        ),
    ]
    currency_code: Annotated[CurrencyCode, api_field("currency_id", story=["GBP", "GBP"])]
    due_date: Annotated[
        Day,
        api_field(
            "due_date",
            story=["2026-04-22", "2025-11-17"],
            description="Last day on which it is on time.",
        ),
    ]
    paid_at: Annotated[
        Instant | None,
        api_field(
            "paid_at",
            show=whole_second_or_null,
            story=["2026-04-09T08:02:45Z", None],
            description="When nothing was left to pay; null before that.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "issued_at",
            show=whole_second,
            story=["2026-04-08T14:33:10Z", "2025-11-03T09:15:00Z"],
            description="When it was issued.",
        ),
    ]


def quantity_from_milli(milli: int) -> int | Decimal:
    """Thousandths as the number that they are: a whole one as an integer."""
    whole, rest = divmod(milli, 1000)
    return Decimal(milli).scaleb(-3).normalize() if rest else whole


def rate_text_from_milli(milli: int) -> str:
    """Thousandths of a percent with two decimals, a third where needed."""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".removesuffix("0") if rest % 10 == 0 else f"{whole}.{rest:03d}"


class Line(Struct, frozen=True):
    """One line of an invoice."""

    description: Annotated[
        str,
        api_field(
            "description",
            story=[
                "Business, monthly (billing starts on activation)",
                "Business: Backups, Daily",
                "Business: WELCOME20",
                "Domain registration: acme.example (1 year)",
            ],
            description="What is charged.",
            examples=["Business hosting, acme.example"],
        ),
    ]
    quantity: Annotated[
        int | Decimal,
        api_field(
            "quantity_milli",
            show=quantity_from_milli,
            story=[1, 1, 1, 1],
            description="How many; a number of at most three decimals.",
            examples=[1, 2.5],
        ),
    ]
    unit_amount: Annotated[
        Amount,
        api_field(
            "unit_amount",
            story=[1000, 200, -240, 1000],
            description="Price of one, as it was sold, in minor units.",
        ),
    ]
    amount: Annotated[
        Amount,
        api_field(
            "amount",
            story=[1000, 200, -240, 1000],
            description="The line before tax, in minor units.",
        ),
    ]
    tax_amount: Annotated[
        Amount,
        api_field(
            "tax_amount",
            story=[200, 40, -48, 200],
            description="Tax of the line, in minor units.",
        ),
    ]
    tax_rate: Annotated[
        str,
        api_field(
            "tax_rate_milli",
            show=rate_text_from_milli,
            story=["20.00", "20.00", "20.00", "20.00"],
            pattern=r"^[0-9]+\.[0-9]{2,3}$",
            description="Tax in percent as text: two decimals, a third where needed.",
            examples=["20.00", "8.875"],
        ),
    ]


LISTED_PAYMENTS = PaymentModel.objects.for_client(TOKEN_CLIENT).listed_on_invoices()


class Payment(Struct, frozen=True):
    """Money that was booked for an invoice."""

    id: Annotated[Id, api_field("pk", story=[412])]
    gateway: Annotated[
        str,
        api_field(
            "gateway",
            description="Key of the way it was paid.",
            examples=["bank_transfer"],
        ),
    ]
    amount: Annotated[
        Amount,
        api_field(
            "amount",
            story=[2000],
            description="As received, in minor units; of a payment for several invoices, this one's share.",
        ),
    ]
    currency_code: Annotated[
        CurrencyCode,
        api_field(
            "currency_id",
            story=["GBP"],
            description="ISO 4217 code of the amount of this payment.",
        ),
    ]
    paid_at: Annotated[
        Instant,
        api_field(
            "booked_at",
            show=instant_in_json,
            story=["2026-04-09T08:02:45Z"],
            description="When it was booked.",
        ),
    ]


class InvoiceDetail(Invoice, frozen=True):
    """One invoice with its lines and payments."""

    credit_applied: Annotated[
        Amount,
        api_field("credit_applied", story=[352], description="Credit used for it, in minor units."),
    ]
    notes: Annotated[
        str | None,
        api_field(
            "notes",
            show=text_or_null,
            story=[None],
            description="Text for the client.",
            examples=["Thank you for your order."],
        ),
    ]
    items: Annotated[
        list[Line],
        api_rows(
            Line,
            InvoiceLine.objects.filter(invoice=OuterRef("pk")),
            parent="invoice",
            order="position",
            story=[4],
            description="Its lines, in their order.",
        ),
    ]
    payments: Annotated[
        list[Payment],
        api_rows(
            Payment,
            LISTED_PAYMENTS.filter(invoice=OuterRef("pk")),
            parent="invoice",
            order="pk",
            linked=LinkedRows(
                LISTED_PAYMENTS.filter(shares__invoice=OuterRef("pk")),
                parent="shares__invoice",
                columns={"amount": "shares__amount"},
            ),
            story=[1],
            description="Payments for it that are completed, disputed or refunded.",
        ),
    ]


INVOICES = ApiResource(
    path="/api/v1/invoices",
    scope="invoices:read",
    summary="invoices",
    queryset=lambda: InvoiceModel.objects.for_client(TOKEN_CLIENT),
    statuses=STATUSES,
    list_struct=Invoice,
    row_struct=InvoiceDetail,
    order_column="issued_at",
)
