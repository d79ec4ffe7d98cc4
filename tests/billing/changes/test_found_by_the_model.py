"""What the second model of plan changes (``tests/model``) found: the smallest case of each."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from commerce.billing.changes.plan_changes.rules import give_back
from commerce.billing.invoices.credit_note_rules import RemainingShare
from tests import make
from tests.make.plan_changes import ask, bought, wish
from tests.make.renewals import renew_services_of

pytestmark = pytest.mark.django_db


def test_a_request_of_a_free_service_is_open_for_as_long_as_an_invoice() -> None:
    """No renewal is issued that could come first: its free periods pass."""
    group = make.make_group()
    free = make.make_product(name="Free", group=group, prices=[("EUR", "monthly", 0)])
    large = make.make_product(name="Large", group=group, prices=[("EUR", "monthly", 6000)])
    [service] = bought(wish(free))
    change = ask(service, large, make.AT + timedelta(days=29))
    assert (service.next_due_date, change.last_day) == (date(2026, 5, 8), date(2026, 5, 21))
    assert renew_services_of(service.client, make.AT + timedelta(days=30)).waived == 1
    change.refresh_from_db()
    assert change.status == "awaiting_payment"


def test_no_more_is_given_back_than_an_invoice_holds() -> None:
    """Notes of staff are rounded for each unit: of 0.01 that is left one has 0.02 and the other one -0.01."""
    parts = [RemainingShare(n, n, "item", ("S", 20_000), net, 0) for n, net in enumerate((3, -1))]
    given = give_back(parts, Fraction(1), 20_000, prices_include_tax=False, most=1)
    assert sum(part.gross for part in given) == 1
    assert give_back(parts, Fraction(1), 20_000, prices_include_tax=False, most=0) == []
