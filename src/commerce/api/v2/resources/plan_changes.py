"""``GET /plan-changes`` and ``GET /plan-changes/{id}``: changes of services to other plans (billing.md 8)."""

from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from django.db.models import OuterRef, Subquery
from msgspec import Meta, Struct

from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Cycle,
    Day,
    Id,
    Instant,
    text_or_null,
    whole_second,
    whole_second_or_null,
)
from commerce.api.v2.reading.bound import bound_as
from commerce.api.v2.reading.field_types import DERIVED, Url, status_choices, url_field
from commerce.api.v2.reading.filters import ChoiceFilter, IdFilter
from commerce.api.v2.reading.resource import Resource
from commerce.billing.changes.plan_changes.actions.paying import request_url
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus, credit_that_pays
from commerce.billing.models import CreditAccount
from commerce.billing.models import PlanChange as PlanChangeModel


class PaymentRequest(Struct, frozen=True):
    """What is asked for, before a change is made."""

    amount: Annotated[
        Amount, Meta(description="What is to be paid, in minor units, less the credit that pays.")
    ]
    currency_code: CurrencyCode
    reference: Annotated[
        str | None,
        Meta(description="What a bank transfer for it should say.", examples=["RF15PC0000000001"]),
    ]
    url: Annotated[
        str | None,
        Meta(
            description="The page on which it is paid, signed in; null in the answer of a dry run.",
            examples=["https://billing.example.com/client/plan-changes/17/pay"],
        ),
    ]
    expires_on: Annotated[
        Day | None, Meta(description="The last day on which it can be paid; then it lapses.")
    ]


_BALANCE = Subquery(
    CreditAccount.objects.filter(
        client=OuterRef("client"), currency=OuterRef("service__currency")
    ).values("balance")
)


class _Asked(NamedTuple):
    """What says what a request asks for."""

    pk: int
    status: str
    total: int | None
    uses_credit: bool
    paid_to_credit: int
    balance: int | None
    currency_code: str
    reference: str | None
    last_day: date | None


def _payment_request(*columns: Any) -> PaymentRequest | None:
    """While it waits for its payment; as ``amount_to_pay`` counts."""
    asked = _Asked(*columns)
    if asked.status != PlanChangeStatus.AWAITING_PAYMENT:
        return None
    credit = credit_that_pays(
        asked.balance or 0, uses_credit=asked.uses_credit, paid_to_credit=asked.paid_to_credit
    )
    return PaymentRequest(
        max((asked.total or 0) - credit, 0),
        asked.currency_code,
        asked.reference,
        request_url(asked.pk),
        asked.last_day,
    )


class PlanChange(Struct, frozen=True):
    """A service moves to another product or billing cycle."""

    id: Annotated[Id, api_field("pk", story=[17])]
    service_id: Annotated[
        Id, api_field("service_id", story=[1042], description="The service whose plan changes.")
    ]
    status: Annotated[
        Literal["pending", "awaiting_payment", "applied", "rejected", "withdrawn", "lapsed"],
        api_field(
            "status",
            story=["awaiting_payment"],
            description="Where it stands: `pending` waits for the company, `awaiting_payment` for its payment; "
            "`lapsed` was not paid in time, or not possible any more as it was asked for.",
        ),
    ]
    product_id: Annotated[
        Id, api_field("product_id", story=[8], description="The product that it leads to.")
    ]
    billing_cycle: Annotated[
        Cycle, api_field("billing_cycle", story=["monthly"], description="The cycle from then on.")
    ]
    amount: Annotated[
        Amount,
        api_field(
            "amount",
            story=[3900],
            description="What each period costs from then on, before tax unless prices include it.",
        ),
    ]
    credit: Annotated[
        Amount,
        api_field("credit", story=[820], description="Given back for unused time, with tax."),
    ]
    charge: Annotated[
        Amount,
        api_field("charge", story=[3260], description="Charged for the new plan, with tax."),
    ]
    difference: Annotated[
        Amount | None,
        api_field(
            "total",
            story=[2440],
            description="Charge less credit: to be paid above 0, and credit to the account below it.",
        ),
    ]
    currency_code: Annotated[CurrencyCode, api_field("service__currency_id", story=["EUR"])]
    payment_request: Annotated[
        PaymentRequest | None,
        api_field(
            *("pk", "status", "total", "uses_credit", "paid_to_credit"),
            *(_BALANCE, "service__currency_id", "reference", "last_day"),
            show=_payment_request,
            story=[
                {
                    "amount": 2440,
                    "currency_code": "EUR",
                    "reference": "RF15PC0000000001",
                    "url": "https://billing.example.com/client/plan-changes/17/pay",
                    "expires_on": "2026-04-22",
                }
            ],
            description="What is to be paid until when; null unless the status is `awaiting_payment`.",
            extra_json_schema=DERIVED,
        ),
    ]
    invoice_id: Annotated[
        Id | None,
        api_field("invoice_id", story=[None], description="The invoice of the charge, once made."),
    ]
    note: Annotated[
        str | None,
        api_field(
            "note",
            show=text_or_null,
            story=[None],
            description="What the company says about it.",
            examples=["We cannot move this server."],
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-08T14:33:10Z"],
            description="When it was asked for.",
        ),
    ]
    finished_at: Annotated[
        Instant | None,
        api_field(
            "ended_at",
            show=whole_second_or_null,
            story=[None],
            description="When it was applied, or ended without that; null before.",
        ),
    ]
    url: Annotated[
        Url,
        url_field("/client/plan-changes/", "https://billing.example.com/client/plan-changes/17"),
    ]


PLAN_CHANGES = Resource(
    path="/api/v2/plan-changes",
    scope="services:read",
    name="plan changes",
    queryset=lambda: PlanChangeModel.objects.for_client(TOKEN_CLIENT),
    list_struct=PlanChange,
    row_struct=PlanChange,
    own_filters={
        "status": ChoiceFilter(
            "status", "Only those with this status.", status_choices([*PlanChangeStatus])
        ),
        "service_id": IdFilter("service_id", "Only those of this service."),
    },
    bound=bound_as(BoundKind.SERVICE, "service_id"),
    is_versioned=False,
)
