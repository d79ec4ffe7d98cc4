"""Each number of invariants.md 2: a second row, behind the back of the actions, is refused by the database itself."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

import pytest
from django.db import IntegrityError, models, transaction

from commerce.accounts.models import ClientGroup
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import (
    BilledPeriod,
    CancellationRequest,
    CreditEntry,
    LateFee,
    PlanChange,
    SettlementEntry,
    TaxRule,
)
from commerce.catalog.actions.currencies import make_default_currency
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Currency, GroupPrice, OptionPrice
from commerce.domains.models import Tld, TldPrice
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import OrderUnit, PromoUse
from commerce.payments.models import (
    Attempt,
    AutopayTry,
    Refund,
    TransferNotice,
    UnallocatedPayment,
)
from tests import make
from tests.audit import first_rows as rows
from tests.make.payments import dispute_payment
from tests.make.records import make_credit_note, make_domain_item, make_required_option

CTX = Context(make.AT, SYSTEM)
type Values = dict[str, Any]


def of_payments(model: type[models.Model], **values: Any) -> models.Model:
    row = rows.of_payments(model)
    model._default_manager.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


def a_ledger_row() -> models.Model:
    add_credit(client=make.make_client(), currency_code="EUR", amount=500, ctx=CTX)
    return CreditEntry.objects.get()


def a_settlement() -> models.Model:
    make.make_payment()
    return SettlementEntry.objects.get()


def an_order_unit() -> models.Model:
    make.make_order()
    return OrderUnit.objects.get()


def a_domain_unit() -> models.Model:
    make.make_order(items=[make_domain_item()])
    return OrderUnit.objects.get()


def a_domain_period() -> models.Model:
    return BilledPeriod.objects.create(
        domain=make.make_domain(),
        invoice=make.make_invoice(),
        period_start=date(2027, 4, 8),
        period_end=date(2028, 4, 8),
        created_at=make.AT,
    )


def a_promo_use() -> models.Model:
    promo = create_promo(code="SPRING", percent=1000, ctx=CTX)
    order = make.make_order()
    return PromoUse.objects.create(promo=promo, order=order, client=order.client)


def a_price() -> models.Model:
    return make.make_product().prices.get()


def a_group_price() -> models.Model:
    return GroupPrice.objects.create(
        group=ClientGroup.objects.create(name="Friends"),
        product=make.make_product(),
        currency_id="EUR",
        billing_cycle="monthly",
        price=400,
    )


def an_option_price() -> models.Model:
    make_required_option(make.make_product(), "checkbox", 100)
    return OptionPrice.objects.get()


def a_tld_price() -> models.Model:
    tld = Tld.objects.create(tld="com")
    return TldPrice.objects.create(tld=tld, currency_id="EUR", register=1000, renew=1200)


def a_tax_rule() -> models.Model:
    return TaxRule.objects.create(
        country="DE", rate_milli=19000, category="S", name="VAT", valid_from=date(2026, 1, 1)
    )


def a_default_currency() -> models.Model:
    make_default_currency(currency=Currency.objects.get(pk="EUR"), ctx=CTX)
    return Currency.objects.get(pk="EUR")


def a_token() -> models.Model:
    return make.make_token()[0]


def an_account(**values: Any) -> models.Model:
    return make.make_service(server=make.make_server(), username="acme", **values)


def an_account_with_remote_id() -> models.Model:
    row = an_account()
    Service.objects.filter(pk=row.pk).update(remote_id="17")
    return row


def a_late_fee() -> models.Model:
    return LateFee.objects.create(late_invoice=make.make_invoice(), invoice=make.make_invoice())


def asked(model: type[models.Model], **values: Any) -> Callable[[], models.Model]:
    return lambda: rows.asked(model, **values)


CHANGE: Values = {"amount": 1, "credit": 0, "charge": 1, "billing_cycle": "monthly"}
KEYS: dict[str, tuple[Callable[[], models.Model], Values, Values]] = {
    "U1 payment": (make.make_payment, {}, {"transaction_id": "other"}),
    "U1 unallocated payment": (
        lambda: of_payments(UnallocatedPayment),
        {},
        {"transaction_id": "other"},
    ),
    "U2 gateway event": (rows.a_gateway_event, {}, {"event_id": "other"}),
    "U3 reference of an attempt": (
        lambda: of_payments(Attempt, reference="pi_1", status="failed"),
        {"idempotency_key": "other"},
        {"reference": "pi_2"},
    ),
    "U3 key of an attempt": (
        lambda: of_payments(Attempt, status="failed"),
        {},
        {"idempotency_key": "other"},
    ),
    "U3 live attempt": (
        lambda: of_payments(Attempt, status="open"),
        {"idempotency_key": "other"},
        {"status": "failed"},
    ),
    "U3 live off-session attempt": (
        lambda: of_payments(Attempt, status="open", kind="off_session"),
        {"idempotency_key": "other"},
        {"status": "failed"},
    ),
    "U3 number of an autopay try": (
        lambda: AutopayTry.objects.create(
            invoice=(attempt := cast(Attempt, rows.of_payments(Attempt))).invoice,
            number=1,
            day=make.AT.date(),
            attempt=attempt,
        ),
        {},
        {"number": 2},
    ),
    "U4 key of a refund": (lambda: of_payments(Refund), {}, {"idempotency_key": "other"}),
    "U4 reference of a refund": (
        lambda: of_payments(Refund, method="gateway", reference="re_1"),
        {"idempotency_key": "other"},
        {"reference": "re_2"},
    ),
    "U4 reference of a dispute": (
        lambda: dispute_payment(payment=make.make_payment(), reason="unknown", ctx=CTX),
        {},
        {"reference": "dp_2"},
    ),
    "U5 period": (rows.a_period, {"status": "paid", "ended_at": make.AT}, {"status": "released"}),
    "U5 open period": (
        rows.a_period,
        {"period_start": date(2026, 6, 8), "period_end": date(2026, 7, 8)},
        {"status": "paid", "ended_at": make.AT},
    ),
    "U5 period of a domain": (
        a_domain_period,
        {"status": "paid", "ended_at": make.AT},
        {"status": "released"},
    ),
    "U5 open period of a domain": (
        a_domain_period,
        {"period_start": date(2028, 4, 8), "period_end": date(2029, 4, 8)},
        {"status": "paid", "ended_at": make.AT},
    ),
    "U6 ledger": (a_ledger_row, {"balance": 1000}, {"source": "other"}),
    "U6 settlement": (a_settlement, {}, {"source": "other"}),
    "U7 invoice number": (
        make.make_invoice,
        {"payment_reference": None},
        {"number": "INV-9999"},
    ),
    "U7 payment reference": (make.make_invoice, {"number": "INV-9999"}, {"payment_reference": "R"}),
    "U7 credit note number": (lambda: make_credit_note(amount=333), {}, {"number": "CN-9999"}),
    "U8 order": (make.make_order, {"invoice_id": None}, {"idempotency_key": "other"}),
    "U8 unit": (an_order_unit, {"service_id": 0}, {"number": 2}),
    "U8 service of one unit": (an_order_unit, {"number": 2}, {"service_id": 0}),
    "U8 domain of an order item": (
        a_domain_unit,
        {"number": 2, "domain_id": 0},
        {"domain_id": None, "service_id": 0},
    ),
    "U8 order item of a domain": (a_domain_unit, {"item_id": 0}, {"domain_id": 0}),
    "U9 provisioning key": (make.make_service, {}, {"provisioning_key": "other"}),
    "U9 live name": (make.make_domain, {}, {"domain_name": "other.example"}),
    "U9 account": (an_account, {"provisioning_key": "other"}, {"username": "other"}),
    "U9 account by its remote id": (
        an_account_with_remote_id,
        {"provisioning_key": "other", "username": "other"},
        {"remote_id": "other"},
    ),
    "U10 job": (rows.a_job, {}, {"idempotency_key": "other"}),
    "U11 reminder": (rows.a_reminder, {}, {"step": 2}),
    "U11 late fee": (a_late_fee, {"invoice_id": 0}, {"late_invoice_id": 0}),
    "U11 mail": (rows.a_mail, {"recipient": "A@example.org"}, {"idempotency_key": "2"}),
    "U12 cancellation": (
        asked(CancellationRequest, kind="immediate", reason="Too dear"),
        {},
        {"status": "withdrawn"},
    ),
    "U12 plan change": (asked(PlanChange, **CHANGE), {}, {"status": "withdrawn"}),
    "U12 transfer notice": (lambda: of_payments(TransferNotice), {}, {"status": "lapsed"}),
    "U13 user": (make.make_user, {}, {"email": "other@example.com"}),
    "U13 membership": (lambda: make.make_member(make.make_client()), {}, {"user_id": 0}),
    "U13 invitation": (rows.an_invitation, {"token_hash": "1" * 64}, {"status": "declined"}),
    "U14 hash": (a_token, {"name": "other"}, {"token_hash": "2" * 64}),
    "U14 live name": (a_token, {"token_hash": "2" * 64}, {"name": "other"}),
    "U15 promo code": (a_promo_use, {}, {"order_id": 0}),
    "U16 price": (
        a_price,
        {},
        {"billing_cycle": "annually"},
    ),
    "U16 group price": (a_group_price, {}, {"billing_cycle": "annually"}),
    "U16 option price": (an_option_price, {}, {"billing_cycle": "annually"}),
    "U16 TLD price": (a_tld_price, {}, {"currency_id": "USD"}),
    "U16 tax rule": (a_tax_rule, {}, {"valid_from": date(2027, 1, 1)}),
    "U16 default currency": (a_default_currency, {"code": "XAU"}, {"is_default": False}),
}
"""By number: how a row is made, what a second one has to have of its own besides, and what makes it another."""


def insert(row: models.Model, values: Values) -> None:
    """The same row once more, with other values; foreign keys to nobody (0) are looked at only at the commit."""
    again = cast(Any, type(row)._default_manager.get(pk=row.pk))
    again.pk = values.get("code")
    for name, value in values.items():
        setattr(again, name, value)
    again.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize(("maker", "besides", "another"), KEYS.values(), ids=KEYS)
def test_a_second_row_is_refused(
    maker: Callable[[], models.Model], besides: Values, another: Values
) -> None:
    """With another key the same row is taken, so that it is this key that the database refused."""
    row = maker()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(row, besides)
    with transaction.atomic():
        insert(row, besides | another)
        transaction.set_rollback(True)
