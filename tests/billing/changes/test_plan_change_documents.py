"""billing.md 8 "Plan change": how what is given back and what is charged are taxed, and their documents."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.offers import plan_change_blocked_reason
from commerce.billing.changes.plan_changes.rules import PlanTotals
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import CreditNote, Invoice, LineShare, PlanChange
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.models import ProductGroup
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.billing.changes.test_unused_time import (
    AT,
    CTX,
    FIFTEENTH,
    TENTH,
    balance,
    group,
    last_invoice,
    order_of,
    rates,
)
from tests.make.plan_changes import (
    bought,
    change,
    notes_of,
    offered,
    plan,
    rate_from,
    wish,
)

__all__ = ["group", "rates"]
pytestmark = pytest.mark.django_db


# How it is taxed


@pytest.mark.parametrize("later", [21_000, 16_000])
def test_what_is_given_back_has_the_rate_at_which_it_was_paid(
    group: ProductGroup, later: int
) -> None:
    small, big, free = plan(group, 1000), plan(group, 3000), plan(group, 0)
    [service] = bought(wish(small))
    rate_from(FIFTEENTH.date(), later)
    done = change(service, big, FIFTEENTH)
    assert done.total == 1500 + 15 * later // 1000 - 595
    assert change(service, free, FIFTEENTH).total == -(1500 + 15 * later // 1000)
    assert notes_of(service) == [("order", 500, 95), ("plan_change", 1500, 15 * later // 1000)]


def test_two_changes_over_a_change_of_the_rate_gave_back_the_wrong_rate(
    group: ProductGroup,
) -> None:
    """Money M1: 55.54 were given back at 19 % in place of 35.00 and 16 %."""
    small, big, tiny = plan(group, 5000), plan(group, 7000), plan(group, 400)
    [service] = bought(wish(small))
    second, fifteenth = AT + timedelta(days=2), AT + timedelta(days=15)
    rate_from(second.date(), 16_000)
    change(service, big, second)
    done = change(service, tiny, fifteenth)
    assert (done.credit, done.charge, done.total) == (4060, 232, -3828)
    assert notes_of(service)[-1] == ("plan_change", 3500, 560)


def test_between_a_taxed_and_an_untaxed_plan_nothing_is_lost(group: ProductGroup) -> None:
    """Money M2: every page of plans failed, or what was paid was offered in part only."""
    set_setting(key="company.country", value="FR", ctx=CTX)
    rate_from(date(2020, 1, 1), 19_000, "hosting", country="FR")
    taxed = plan(group, 1000)
    other = create_product(name="Other", group=group, tax_kind="other", ctx=CTX)
    for code, price in (("EUR", 3000),):
        set_price(product=other, currency_code=code, billing_cycle="monthly", price=price, ctx=CTX)
    client = make.make_client(country="FR")
    [service] = bought(wish(taxed), client=client)
    done = change(service, other)
    assert (done.credit, done.charge) == (1190, 3000)
    assert last_invoice(service).tax_groups.get().category == "O"
    back = change(service, taxed)
    assert (back.credit, back.charge, balance(service)) == (3000, 1190, 1810)


def test_a_buyer_who_becomes_exempt_gets_the_old_tax_back(group: ProductGroup) -> None:
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(big))
    Client.objects.filter(pk=service.client_id).update(tax_exempt=True)
    done = change(service, small)
    assert (done.total, notes_of(service)) == (1000 - 3570, [("order", 3000, 570)])
    assert last_invoice(service).tax_amount == 0


@pytest.mark.parametrize("status", ["export", "exempt"])
def test_a_buyer_at_rate_0_pays_and_gets_back_inclusive_prices_less_the_home_rate_once(
    group: ProductGroup, status: str
) -> None:
    set_setting(key="tax.prices_include_tax", value="on", ctx=CTX)
    rate_from(date(2021, 1, 1), 20_000)
    client = make.make_client()
    values: dict[str, Any] = {"country": "US"} if status == "export" else {"tax_exempt": True}
    Client.objects.filter(pk=client.pk).update(**values)
    client.refresh_from_db()
    small, big = plan(group, 1200), plan(group, 2400)
    [service] = bought(wish(small), client=client)
    assert offered(service, big).totals == PlanTotals(1000, 2000, 1000)


def test_with_prices_that_include_tax_half_the_days_are_half_the_price(
    group: ProductGroup,
) -> None:
    set_setting(key="tax.prices_include_tax", value="on", ctx=CTX)
    small, big = plan(group, 1000), plan(group, 2000)
    [service] = bought(wish(small))
    assert offered(service, big, FIFTEENTH).totals == PlanTotals(500, 1000, 500)


# Documents


def test_there_is_no_document_over_nothing(group: ProductGroup) -> None:
    small, free = plan(group, 1000), plan(group, 0)
    [service] = bought(wish(small))
    done = change(service, free)
    assert (done.invoice, Invoice.objects.count(), CreditNote.objects.count()) == (None, 1, 1)
    change(service, small)
    assert CreditNote.objects.count() == 1  # nothing was paid for the free plan


def test_notes_leave_their_invoice_paid_also_when_they_cover_it(group: ProductGroup) -> None:
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(small))
    change(service, big)
    order = order_of(service)
    assert (order.status, order.credit_notes.get().total) == ("paid", order.total)


def test_the_credit_of_the_notes_pays_the_invoice_whatever_the_setting_says(
    group: ProductGroup,
) -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(big))
    add_credit(client=service.client, currency_code="EUR", amount=500, ctx=CTX)
    change(service, small)
    assert last_invoice(service).status == "paid"
    assert balance(service) == 500 + 2380


def test_a_note_has_the_buyer_of_its_invoice(group: ProductGroup) -> None:
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(small))
    before = order_of(service).buyer
    Client.objects.filter(pk=service.client_id).update(company="Somebody else")
    change(service, big)
    assert CreditNote.objects.get().buyer == before != last_invoice(service).buyer


def test_shares_sum_to_their_lines_and_are_frozen_with_them(group: ProductGroup) -> None:
    small, big = plan(group, 1001, setup=500), plan(group, 3000)
    [first, _second] = bought(wish(small, qty=2))
    change(first, big, TENTH)
    for invoice in Invoice.objects.all():
        for line in invoice.lines.all():
            shares = line.line_shares.filter(credit_line=None)
            assert sum(share.net for share in shares) == line.amount
            assert sum(share.tax for share in shares) == line.tax_amount
    share = LineShare.objects.order_by("pk").first()
    for forbidden in (
        lambda: LineShare.objects.filter(pk=share.pk).update(net=1),
        lambda: LineShare.objects.filter(pk=share.pk).delete(),
        lambda: LineShare.objects.create(line=share.line, net=1, tax=0),
    ):
        with (
            pytest.raises(IntegrityError, match="shares of issued documents"),
            transaction.atomic(),
        ):
            forbidden()


def test_a_service_of_a_netted_document_waits_until_its_days_are_over(
    group: ProductGroup,
) -> None:
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(small))
    done = change(service, big)
    PlanChange.objects.filter(pk=done.pk).update(netted_until=date(2026, 5, 8))
    last_day = datetime(2026, 5, 7, 12, tzinfo=UTC)
    blocked = plan_change_blocked_reason(service, Context(last_day, SYSTEM))
    assert str(blocked) == "This plan can be changed from May 8, 2026."
    assert (
        plan_change_blocked_reason(service, Context(last_day + timedelta(days=1), SYSTEM)) is None
    )
