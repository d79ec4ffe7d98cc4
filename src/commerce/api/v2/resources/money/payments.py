"""``GET /payments`` and ``GET /payments/{id}``: money that came, what it paid and what went back of it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, override

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import In
from msgspec import Struct

from commerce.api.read.fields import LinkedRows, api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Day,
    Id,
    Instant,
    instant_in_json,
    text_or_null,
    whole_second,
    whole_second_or_null,
)
from commerce.api.v2.reading.field_types import status_choices
from commerce.api.v2.reading.filters import (
    ChoiceFilter,
    DayFilter,
    IdFilter,
    TextFilter,
    range_filters,
)
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.includes import CLIENT
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import SettlementEntry
from commerce.payments.models import Payment as PaymentModel
from commerce.payments.models import PaymentShare
from commerce.payments.models import Refund as RefundModel
from commerce.payments.rules import PaymentStatus


class PaidInvoice(Struct, frozen=True):
    """An invoice that a payment went to."""

    invoice_id: Annotated[Id, api_field("invoice_id", story=[305], description="The invoice.")]
    invoice_number: Annotated[
        str,
        api_field(
            "invoice__number",
            description="Number on the document.",
            examples=["INV-0305"],
        ),
    ]
    amount: Annotated[
        Amount,
        api_field(
            "amount", story=[2000], description="What it has of the payment, in minor units."
        ),
    ]


class Refund(Struct, frozen=True):
    """Money of a payment on its way back."""

    id: Annotated[Id, api_field("pk", story=[9])]
    amount: Annotated[
        Amount, api_field("amount", story=[500], description="How much, in minor units.")
    ]
    destination: Annotated[
        Literal["gateway", "credit"],
        api_field(
            "method",
            story=["gateway"],
            description="Where it goes: back the way it came, or to the credit balance.",
        ),
    ]
    status: Annotated[
        Literal["requested", "accepted", "succeeded", "failed"],
        api_field("status", story=["succeeded"], description="How far it is."),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=instant_in_json,
            story=["2026-04-20T09:30:00Z"],
            description="When it was begun.",
        ),
    ]


class PaymentDetail(Struct, frozen=True):
    """Money that came from the client, or is on its way."""

    id: Annotated[Id, api_field("pk", story=[412, 371])]
    status: Annotated[
        Literal["pending", "completed", "failed", "refunded", "disputed", "reversed"],
        api_field(
            "status",
            story=["completed", "refunded"],
            description="Where it stands. `refunded`: all of it went back. `reversed`: the bank took it back.",
        ),
    ]
    amount: Annotated[
        Amount, api_field("amount", story=[2000, 5760], description="As received, in minor units.")
    ]
    currency_code: Annotated[CurrencyCode, api_field("currency_id", story=["GBP", "GBP"])]
    gateway: Annotated[
        str,
        api_field(
            "gateway",
            story=["stripe", "bank_transfer"],
            description="Key of the way it came.",
            examples=["stripe"],
        ),
    ]
    method: Annotated[
        Literal["bank_transfer", "cash", "check", "card", "other"] | None,
        api_field(
            "method",
            show=text_or_null,
            story=[None, "bank_transfer"],
            description="How it was paid, where that was recorded; otherwise null.",
        ),
    ]
    card_brand: Annotated[
        str | None,
        api_field(
            "card_brand",
            show=text_or_null,
            story=["visa", None],
            description="Brand of the card or account that paid, if one did.",
            examples=["visa"],
        ),
    ]
    card_last4: Annotated[
        str | None,
        api_field(
            "card_last4",
            show=text_or_null,
            story=["4242", None],
            description="Its last four digits.",
            examples=["4242"],
        ),
    ]
    transaction_id: Annotated[
        str,
        api_field(
            "transaction_id",
            story=["pi_3PqXyz", "2025-11-30/118"],
            description="What the gateway or bank calls it; the receipt has it, too.",
            examples=["pi_3PqXyz"],
        ),
    ]
    received_on: Annotated[
        Day,
        api_field(
            "received_on", story=["2026-04-09", "2025-11-30"], description="Day it was received."
        ),
    ]
    paid_at: Annotated[
        Instant | None,
        api_field(
            "booked_at",
            show=whole_second_or_null,
            story=["2026-04-09T08:02:45Z", "2025-11-30T10:00:00Z"],
            description="When it was booked; null while it is pending or has failed.",
        ),
    ]
    invoices: Annotated[
        list[PaidInvoice],
        api_rows(
            PaidInvoice,
            SettlementEntry.objects.filter(
                kind=SettlementKind.PAYMENT,
                source=Concat(Value("payment:"), Cast(OuterRef("pk"), CharField())),
            ),
            parent="source",
            order="invoice_id",
            linked=LinkedRows(
                PaymentShare.objects.filter(payment=OuterRef("pk")), parent="payment", columns={}
            ),
            story=[1, 0],
            description="The invoices that it went to. What none of them has became credit.",
        ),
    ]
    refunds: Annotated[
        list[Refund],
        api_rows(
            Refund,
            RefundModel.objects.for_client(TOKEN_CLIENT).filter(payment=OuterRef("pk")),
            parent="payment",
            order="pk",
            story=[0, 1],
            description="What went back of it, or is to.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-09T08:02:40Z", "2025-11-30T10:00:00Z"],
            description="When it became known.",
        ),
    ]


@dataclass(frozen=True, eq=False)
class PaidInvoiceFilter(IdFilter):
    """Payments for one of these invoices, alone or among several."""

    @override
    def condition(self, name: str, shape: int) -> Q:
        alone = super().condition(name, shape)
        (of_invoice,) = alone.children
        assert isinstance(of_invoice, In)
        places: Any = of_invoice.rhs
        shares = PaymentShare.objects.filter(payment=OuterRef("pk"))
        return alone | Q(Exists(shares.filter(In(F("invoice_id"), places))))


PAYMENTS = Resource(
    path="/api/v2/payments",
    scope="payments:read",
    name="payments",
    queryset=lambda: PaymentModel.objects.for_client(TOKEN_CLIENT),
    list_struct=PaymentDetail,
    row_struct=PaymentDetail,
    own_filters={
        "status": ChoiceFilter(
            "status", "Only those with this status.", status_choices([*PaymentStatus])
        ),
        "invoice_id": PaidInvoiceFilter("invoice_id", "Only those for this invoice."),
        "currency_code": TextFilter("currency_id", "Only those in this currency.", str.upper),
        "gateway": TextFilter("gateway", "Only those that came this way."),
        **range_filters("received", "received_on", "were received", DayFilter),
    },
    includes={"client": CLIENT},
    is_versioned=False,
)
