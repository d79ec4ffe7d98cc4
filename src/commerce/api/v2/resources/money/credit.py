"""``GET /credit``, ``GET /credit-entries`` and ``GET /credit-entries/{id}``: money that the client has with the
company, and each movement of it."""

from typing import Annotated, Literal

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat
from msgspec import Struct

from commerce.accounts.models import Client
from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Amount, CurrencyCode, Id, Instant, whole_second
from commerce.api.v2.reading.field_types import status_choices
from commerce.api.v2.reading.filters import ChoiceFilter, TextFilter
from commerce.api.v2.reading.resource import Resource
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditAccount, SettlementEntry
from commerce.billing.models import CreditEntry as CreditEntryModel


class CreditBalance(Struct, frozen=True):
    """What there is in one currency."""

    currency_code: Annotated[CurrencyCode, api_field("currency_id", story=["GBP"])]
    balance: Annotated[
        Amount, api_field("balance", story=[352], description="What is left, in minor units.")
    ]


class CreditBalances(Struct, frozen=True):
    """Money that the client has with the company; it pays invoices in its currency."""

    balances: Annotated[
        list[CreditBalance],
        api_rows(
            CreditBalance,
            CreditAccount.objects.filter(client=OuterRef("pk")),
            parent="client",
            order="currency_id",
            story=[1],
            description="One for each currency in which there ever was credit.",
        ),
    ]


CREDIT = Resource(
    path="/api/v2/credit",
    scope="payments:read",
    name="credit",
    queryset=lambda: Client.objects.for_client(TOKEN_CLIENT),
    row_struct=CreditBalances,
    is_versioned=False,
)

_BY_STAFF = (CreditReason.STAFF_ADD, CreditReason.STAFF_REMOVE)
"""Reasons whose note was written for the client."""
_INVOICE = Subquery(
    SettlementEntry.objects.filter(
        kind=SettlementKind.CREDIT,
        source=Concat(Value("credit:"), Cast(OuterRef("pk"), CharField())),
    ).values("invoice_id")[:1]
)


def _note(reason: str, note: str) -> str | None:
    return note if note and reason in _BY_STAFF else None


class CreditEntry(Struct, frozen=True):
    """One movement of credit; it never changes."""

    id: Annotated[Id, api_field("pk", story=[77, 70])]
    currency_code: Annotated[CurrencyCode, api_field("account__currency_id", story=["GBP", "GBP"])]
    reason: Annotated[
        Literal[
            "overpayment",
            "late_payment",
            "top_up",
            "refund_to_credit",
            "downgrade",
            "staff_add",
            "returned",
            "applied",
            "staff_remove",
            "payout",
            "paid_back",
            "reversal",
            "top_up_refund",
        ],
        api_field("reason", story=["applied", "top_up"], description="Why it moved."),
    ]
    amount: Annotated[
        Amount,
        api_field(
            "amount",
            story=[-352, 704],
            description="How much, in minor units; below 0 where it was used or taken.",
        ),
    ]
    balance: Annotated[
        Amount,
        api_field(
            "balance", story=[352, 704], description="What there was after it, in minor units."
        ),
    ]
    invoice_id: Annotated[
        Id | None,
        api_field(_INVOICE, story=[305, None], description="The invoice that it was used for."),
    ]
    note: Annotated[
        str | None,
        api_field(
            "reason",
            "note",
            show=_note,
            story=[None, None],
            description="What the company wrote about an adjustment.",
            examples=["For the outage in March"],
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "at",
            show=whole_second,
            story=["2026-04-08T14:33:10Z", "2026-04-02T10:00:00Z"],
            description="When it moved.",
        ),
    ]


CREDIT_ENTRIES = Resource(
    path="/api/v2/credit-entries",
    scope="payments:read",
    name="credit entries",
    queryset=lambda: CreditEntryModel.objects.filter(
        account__in=CreditAccount.objects.for_client(TOKEN_CLIENT)
    ),
    list_struct=CreditEntry,
    row_struct=CreditEntry,
    own_filters={
        "reason": ChoiceFilter(
            "reason", "Only those for these reasons.", status_choices([*CreditReason])
        ),
        "currency_code": TextFilter(
            "account__currency_id", "Only those in this currency.", str.upper
        ),
    },
    created_column="at",
    is_versioned=False,
)
