"""billing.md 8 "Plan change": what pays a request; money that is too little, too late, or more than is needed."""

from datetime import date, timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.credit.actions import add_credit, remove_credit
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import CreditNote, Invoice
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.hosting.actions.states import suspend_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests.billing.changes.test_plan_changes import (
    CTX,
    TENTH,
    ask,
    events,
    large,
    prefer,
    service,
)
from tests.make.plan_changes import pay_request, rate_from

__all__ = ["service"]
# Credit


def test_credit_pays_first_where_it_was_ticked(service: Service) -> None:
    add_credit(client=service.client, currency_code="EUR", amount=2500, ctx=CTX)
    change = ask(service, use_credit=True)
    assert (change.status, credit_balance(service.client_id, "EUR")) == ("applied", 500)
    assert change.invoice is not None
    assert change.invoice.credit_applied == 4000


def test_credit_that_was_not_ticked_stays(service: Service) -> None:
    add_credit(client=service.client, currency_code="EUR", amount=2500, ctx=CTX)
    change = ask(service)
    assert (change.status, amount_to_pay(change)) == ("awaiting_payment", 2000)
    pay_request(change, 2000, TENTH)
    assert (change.status, credit_balance(service.client_id, "EUR")) == ("applied", 2500)


def test_credit_is_not_reserved_and_what_is_gone_is_asked_for(service: Service) -> None:
    add_credit(client=service.client, currency_code="EUR", amount=500, ctx=CTX)
    change = ask(service, use_credit=True)
    assert amount_to_pay(change) == 1500
    remove_credit(client=service.client, currency_code="EUR", amount=500, ctx=CTX)
    assert pay_request(change, 1500, TENTH) is None
    assert (change.status, amount_to_pay(change)) == ("awaiting_payment", 500)
    pay_request(change, 500, TENTH)
    assert (change.status, credit_balance(service.client_id, "EUR")) == ("applied", 0)


# Money


def test_less_than_due_is_credit_at_once_and_the_rest_is_asked_for(service: Service) -> None:
    change = ask(service)
    assert pay_request(change, 700, TENTH) is None
    assert (credit_balance(service.client_id, "EUR"), amount_to_pay(change)) == (700, 1300)
    pay_request(change, 1300, TENTH)
    assert (change.status, credit_balance(service.client_id, "EUR")) == ("applied", 0)
    assert change.invoice is not None
    kinds = change.invoice.settlement_entries.order_by("pk").values_list("kind", "amount")
    assert list(kinds) == [("credit", 2000), ("credit", 700), ("payment", 1300)]


def test_days_that_passed_make_it_cheaper_and_the_rest_is_credit(service: Service) -> None:
    change = ask(service)
    pay_request(change, 2000, TENTH + timedelta(days=2))
    assert (change.status, change.credit, change.charge, change.total) == (
        "applied",
        1800,
        3600,
        1800,
    )
    assert credit_balance(service.client_id, "EUR") == 200


def test_with_another_cycle_days_that_passed_are_given_back_as_long_as_a_transfer_takes(
    service: Service,
) -> None:
    """It is dearer by each day; whoever paid what was asked gets the plan, from the day of the money on."""
    change = ask(service, "annually")
    assert change.total == 58_000
    pay_request(change, 58_000, TENTH + timedelta(days=5))
    service.refresh_from_db()
    assert (change.status, change.credit, change.total) == ("applied", 2000, 58_000)
    assert (service.anchor_date, service.next_due_date) == (date(2026, 4, 23), date(2027, 4, 23))


def test_after_more_days_the_rest_is_asked_for(service: Service) -> None:
    change = ask(service, "annually")
    assert pay_request(change, 58_000, TENTH + timedelta(days=7)) is None
    # 13 of 30 days are left then; the figures are those of the day
    assert (change.status, change.total, amount_to_pay(change)) == (
        "awaiting_payment",
        60_000 - 1300,
        700,
    )


def test_money_after_the_end_is_credit(service: Service) -> None:
    change = ask(service)
    actions.withdraw_plan_change(change=change, ctx=CTX)
    assert pay_request(change, 2000, TENTH) is None
    assert credit_balance(service.client_id, "EUR") == 2000


def test_money_that_comes_twice_changes_once(service: Service) -> None:
    change = ask(service)
    first = pay_request(change, 2000, TENTH)
    assert pay_request(change, 2000, TENTH) == first
    assert credit_balance(service.client_id, "EUR") == 2000
    assert Invoice.objects.filter(kind="plan_change").count() == 1


@pytest.mark.parametrize("what", ["price", "rate", "case", "product", "suspended", "renewed"])
def test_what_is_not_as_it_was_confirmed_lapses_and_the_money_is_credit(
    service: Service, what: str
) -> None:
    change = ask(service)
    at = Context(TENTH, SYSTEM)
    if what == "price":
        set_price(product=large(), currency_code="EUR", billing_cycle="monthly", price=5999, ctx=at)
    elif what == "rate":
        prefer("company.country", "DE")
        rate_from(date(2020, 1, 1), 19_000)
    elif what == "case":
        Client.objects.filter(pk=service.client_id).update(tax_exempt=True)
    elif what == "product":
        Product.objects.filter(name="Large").update(status="retired")
    elif what == "suspended":
        suspend_service(service=service, suspension_reason="staff", ctx=at)
    else:
        later = Invoice.objects.filter(subjects__service=service)
        later.update(status="unpaid", amount_due=1, paid_at=None)
    assert pay_request(change, 2000, TENTH) is None
    service.refresh_from_db()
    assert (change.status, service.amount) == ("lapsed", 3000)
    assert credit_balance(service.client_id, "EUR") == 2000
    assert CreditNote.objects.count() == 0
    assert {"plan_change_lapsed", "plan_change_not_carried_out"} <= set(events())
