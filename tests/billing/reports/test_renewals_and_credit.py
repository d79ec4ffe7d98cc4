"""What renews next, and what clients have as credit, against books that were made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.credit.actions import add_credit, remove_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.reports.credit import CreditOfCurrency, credit_movements, largest_balances
from commerce.billing.reports.renewals import RenewalsDue, renewals_due, services_renewing
from commerce.domains.actions.editing import set_auto_renew
from commerce.hosting.actions.editing import schedule_service_end
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.renewals import make_renewal

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 8)
CTX = Context(make.AT, SYSTEM)


def test_what_is_due_within_30_days_renews() -> None:
    make.make_service(amount=5_00, at=datetime(2026, 3, 8, 12, tzinfo=UTC))  # due today
    make.make_service(amount=7_00)  # due 8 May, in 30 days
    make.make_service(amount=7_50, at=make.AT + timedelta(days=1))  # due 9 May
    make.make_service(status="suspended", amount=1_00)  # is billed, too
    make.make_service(status="cancelled", amount=90_00)
    make.make_service(billing_cycle="one_time", amount=90_00)
    make.make_service(amount=2_00, currency_code="USD")
    ends = make.make_service(amount=80_00)
    assert ends.next_due_date is not None
    schedule_service_end(service=ends, ends_on=ends.next_due_date, ctx=CTX)
    soon = {"expiry_date": TODAY + timedelta(days=20)}
    make.make_domain(recurring_amount=12_00, **soon)
    make.make_domain(recurring_amount=90_00)  # in a year
    set_auto_renew(domain=make.make_domain(recurring_amount=90_00, **soon), enabled=False, ctx=CTX)
    assert renewals_due(TODAY) == {
        "EUR": RenewalsDue(services=3, services_amount=13_00, domains=1, domains_amount=12_00),
        "USD": RenewalsDue(services=1, services_amount=2_00),
    }
    assert [row.amount for row in services_renewing(TODAY)[:2]] == [5_00, 7_00]


def test_what_is_billed_already_counts_by_its_next_period_and_what_is_late_counts_too() -> None:
    make_renewal(amount=5_00)  # its next period is billed, and due at another time
    late = make.make_service(amount=7_00, at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    make.make_service(amount=0)
    assert [(row.pk, row.due) for row in services_renewing(TODAY)] == [(late.pk, date(2026, 4, 1))]
    assert renewals_due(TODAY)["EUR"] == RenewalsDue(services=1, services_amount=7_00)


def test_an_announced_price_is_what_the_next_period_costs() -> None:
    row = make.make_service(amount=7_00)  # of a product that costs 5.00 today
    reprice_client(client_id=row.client_id, services=[row.pk], ctx=CTX)
    assert renewals_due(TODAY)["EUR"].services_amount == 5_00


def test_credit_is_told_by_its_reasons() -> None:
    client, other = make.make_client(), make.make_client()

    def add(whom: object, amount: int, day: int, code: str = "EUR") -> None:
        at = datetime(2026, 4, day, 12, tzinfo=UTC)
        add_credit(client=whom, currency_code=code, amount=amount, ctx=Context(at, SYSTEM))

    add(client, 10_00, 1)
    add(client, 5_00, 10)
    add(other, 2_00, 11)
    add(other, 7_00, 12, "USD")
    at = datetime(2026, 4, 20, 12, tzinfo=UTC)
    remove_credit(client=client, currency_code="EUR", amount=4_00, ctx=Context(at, SYSTEM))
    add(client, 1_00, 30)
    first, last = date(2026, 4, 2), date(2026, 4, 29)
    moved = {CreditReason.STAFF_ADD: 7_00, CreditReason.STAFF_REMOVE: -4_00}
    found = credit_movements(first, last)
    assert found == {
        "EUR": CreditOfCurrency(10_00, moved, clients=2),
        "USD": CreditOfCurrency(0, {CreditReason.STAFF_ADD: 7_00}, clients=1),
    }
    assert found["EUR"].closing == 13_00
    rows = largest_balances("EUR", 5)
    assert [(row.client, row.balance) for row in rows] == [(client, 12_00), (other, 2_00)]
