"""billing.md 8: the days that a service paid for since its last change, and nobody else's."""

from datetime import timedelta

import pytest
from commerce.billing.changes.plan_changes.paid_days import paid_days

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import PlanChange
from commerce.catalog.models import ProductGroup
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.billing.changes.test_credit_back import (
    CTX,
    balance,
    bought,
    change,
    group,
    invoices,
    notes,
    offered,
    plan,
    rates,
    renewed,
    wish,
)

pytestmark = pytest.mark.django_db
__all__ = ["group", "rates"]
AT = make.AT


def test_a_change_of_another_service_changes_nothing_of_what_this_one_paid(
    group: ProductGroup,
) -> None:
    small, big, free = plan(group, 1000), plan(group, 20_000), plan(group, 0)
    first, second = bought(wish(small, qty=2))
    change(second, big)
    [other] = bought(wish(small))
    change(other, big)
    assert offered(first, free).net == -1000
    change(first, free)
    assert notes(first)[-1] == ("order", 1190)


def test_a_period_that_was_paid_ahead_and_given_back_counts_once(group: ProductGroup) -> None:
    small, big, free = plan(group, 3000), plan(group, 6000), plan(group, 0)
    [service] = bought(wish(small))
    at = AT + timedelta(days=25)
    renewed(service, at)
    assert change(service, big, at).figures_shown[:2] == (3500, 7000)  # 5 days of 30, and a month
    assert change(service, free, at).figures_shown[:2] == (7000, 0)
    assert change(service, big, at + timedelta(days=1)).figures_shown[:2] == (0, 6800)


def test_a_renewal_after_a_change_is_paid_beside_what_the_change_bought(
    group: ProductGroup,
) -> None:
    small, big, free = plan(group, 3000), plan(group, 6000), plan(group, 0)
    [service] = bought(wish(small))
    change(service, big, AT + timedelta(days=10))
    at = AT + timedelta(days=25)
    renewed(service, at)
    service.refresh_from_db()
    days = [one.days.start.isoformat() for one in paid_days(service, at.date(), inclusive=False)]
    assert days == ["2026-04-18", "2026-05-08"]
    # 40.00 for the 20 days from the change on, of which 5 are left, and a month.
    assert change(service, free, at).figures_shown[:2] == (1000 + 6000, 0)
    assert sorted(notes(service)) == [("plan_change", 1190), ("renewal", 7140)]


def test_what_was_credited_of_a_change_since_is_not_given_back_again(group: ProductGroup) -> None:
    small, big, free = plan(group, 1000), plan(group, 5000), plan(group, 0)
    [service] = bought(wish(small))
    change(service, big)  # 10.00 given back, 50.00 charged: 40.00 paid
    ctx = Context(AT + timedelta(hours=1), SYSTEM)
    credit_invoice(invoice=invoices(service)[-1], amount=1190, reason="Sorry", ctx=ctx)
    before = balance(service)
    offer = change(service, free, ctx.at + timedelta(hours=1))
    assert offer.figures.credit == 4000
    assert balance(service) - before == 4760
    assert sum(total for _kind, total in notes(service)) == 5950  # all that was ever paid


def test_of_a_change_that_was_credited_in_full_only_what_the_order_paid_is_given_back(
    group: ProductGroup,
) -> None:
    set_setting(key="tax.prices_include_tax", value="on", ctx=CTX)
    small, big, free = plan(group, 1190), plan(group, 5950), plan(group, 0)
    [service] = bought(wish(small))
    change(service, big)
    ctx = Context(AT + timedelta(hours=1), SYSTEM)
    credit_invoice(invoice=invoices(service)[-1], reason="Sorry", ctx=ctx)
    offer = offered(service, free, ctx.at)
    assert offer.figures.credit == 1190
    assert PlanChange.objects.get().status == "applied"
