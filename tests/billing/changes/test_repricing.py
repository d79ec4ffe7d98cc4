"""catalog-and-orders.md 3: what services and domains cost at a re-price, and which are left out."""

from datetime import date, datetime
from typing import Any

import pytest

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.accounts.actions.clients import close_client
from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.models import Invoice, PriceChange
from commerce.billing.periods.actions.domain_renewals import renew_domains
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_group_price
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.domains.actions.states import cancel_domain, mark_domain_transferred_away
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT
from tests.make.repricing import (
    announce_price_change,
    make_service_with_dearer_product,
    make_tld,
    price_mails,
    renew_and_pay,
    reprice,
)

pytestmark = pytest.mark.django_db
AT = make.AT
MAY, JUNE, JULY = date(2026, 5, 8), date(2026, 6, 8), date(2026, 7, 8)


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"status": "pending"}, "There is no next billing period."),
        ({"status": "cancelled"}, "There is no next billing period."),
        ({"status": "terminated"}, "There is no next billing period."),
        ({"billing_cycle": "one_time"}, "One-time items don't renew."),
    ],
)
def test_what_has_no_next_period_is_left_out(over: dict[str, Any], why: str) -> None:
    assert str(reprice(make_service_with_dearer_product(**over)).blocked_reason) == why


def test_what_the_catalog_has_no_price_for_is_left_out() -> None:
    service = make.make_service(billing_cycle="annually")
    assert (
        str(reprice(service).blocked_reason)
        == "The product has no price in this currency and billing cycle."
    )
    options = [{"name": "Rebate", "value": "1", "amount": -600}]
    cheap = make_service_with_dearer_product(amount=0, options=options, price=500)
    assert "The selected options can't bring the price below zero" in str(
        reprice(cheap).blocked_reason
    )
    closed = make_service_with_dearer_product()
    close_client(client=closed.client, reason="left", ctx=Context(AT, SYSTEM))
    assert str(reprice(closed).blocked_reason) == "The client's account is closed."
    assert not PriceChange.objects.exists()


@pytest.mark.parametrize(("code", "text"), [("JPY", "900"), ("EUR", "9.00"), ("KWD", "0.900")])
def test_m4_every_currency(code: str, text: str) -> None:
    make.make_currency(code)
    service = make_service_with_dearer_product(currency_code=code)
    announce_price_change(service)
    deliver_all(AT)
    assert text in price_mails()[0].text
    invoice = renew_and_pay(service, RENEWED_AT)
    assert (invoice.total, invoice.currency_id) == (900, code)


def test_prices_with_tax_stay_prices_with_tax() -> None:
    from commerce.billing.tax.actions import add_tax_rule

    for key, value in (("tax.prices_include_tax", "on"), ("company.country", "DE")):
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    add_tax_rule(
        country="DE",
        rate=19_000,
        category="S",
        name="VAT",
        valid_from=date(2020, 1, 1),
        ctx=Context(AT, SYSTEM),
    )
    service = make_service_with_dearer_product(1190, client=make.make_client(country="DE"))
    announce_price_change(service)
    invoice = renew_and_pay(service, RENEWED_AT)
    assert (invoice.total, invoice.subtotal, invoice.tax_amount) == (1190, 1000, 190)


def grouped(**over: Any) -> Service:
    """A service of a client in a group, which takes 10 % off."""
    ctx = Context(AT, SYSTEM)
    group = create_client_group(name="Friends", discount=1000, ctx=ctx)
    client = make.make_client()
    set_client_group(client=client, group=group, ctx=ctx)
    return make_service_with_dearer_product(client=client, **over)


def test_the_percentage_of_a_group_and_its_own_price_are_kept() -> None:
    service = grouped()
    change = announce_price_change(service)
    assert (change.amount, change.price_parts["group_discount"]) == (810, 90)
    group = service.client.group
    assert group is not None
    set_group_price(
        group=group,
        product=service.product,
        currency_code="EUR",
        billing_cycle="monthly",
        price=700,
        ctx=Context(AT, SYSTEM),
    )
    change = announce_price_change(service)
    assert (change.amount, change.price_parts["group_discount"]) == (700, 0)


@pytest.mark.parametrize(
    ("over", "amount"),
    [({"percent": 2000}, 720), ({"amounts": {"EUR": 5000}}, 850), ({}, 850)],
)
def test_a_recurring_promo_stays_even_when_its_code_is_off(
    over: dict[str, Any], amount: int
) -> None:
    """A percentage of the new price; of an amount over several units, or of a code that is gone, what it took off."""
    service = make_service_with_dearer_product(amount=450)
    parts = {"base": 500, "group_discount": 0, "promo_discount": 50, "promo_code": "SPRING"}
    Service.objects.filter(pk=service.pk).update(price_parts=parts)
    if over:
        promo = create_promo(code="SPRING", recurring=True, ctx=Context(AT, SYSTEM), **over)
        change_promo(promo=promo, is_active=False, ctx=Context(AT, SYSTEM))
    change = announce_price_change(service)
    assert (change.amount, change.price_parts["promo_code"]) == (amount, "SPRING")
    lines = renew_and_pay(service, RENEWED_AT).lines.order_by("position")
    assert [line.amount for line in lines] == [900, amount - 900]


def test_options_get_the_price_of_today_where_they_are_still_sold() -> None:
    options = [
        {"name": "Memory", "value": "8 GB", "amount": 100},
        {"name": "IPs", "value": "3 × IPv4", "amount": 300},
        {"name": "Backup", "value": "Yes", "amount": 50},
    ]
    service = make_service_with_dearer_product(amount=950, options=options)
    ctx = Context(AT, SYSTEM)
    group = create_option_group(name="Extras", products=[service.product], ctx=ctx)
    for name, kind, value, price in (
        ("Memory", "dropdown", "8 GB", 150),
        ("IPs", "quantity", "IPv4", 120),
    ):
        option = create_option(group=group, name=name, kind=kind, values=[value], ctx=ctx)
        set_option_price(
            value=option.values.get(),
            currency_code="EUR",
            billing_cycle="monthly",
            price=price,
            ctx=ctx,
        )
    change = announce_price_change(service)
    assert [one["amount"] for one in change.options] == [150, 360, 50]
    assert change.amount == 900 + 150 + 360 + 50
    lines = renew_and_pay(service, RENEWED_AT).lines.order_by("position")
    assert [line.amount for line in lines] == [900, 150, 360, 50]
    service.refresh_from_db()
    assert service.options == change.options


def test_a_domain_is_repriced_by_its_term() -> None:
    make_tld()
    domain = make.make_domain(term_years=2, recurring_amount=2400, expiry_date=date(2027, 4, 8))
    change = announce_price_change(domain)
    assert (change.old_amount, change.amount, change.from_date) == (2400, 3000, date(2027, 4, 8))
    domain.refresh_from_db()
    assert domain.recurring_amount == 2400
    at = datetime.fromisoformat("2027-03-10T12:00Z")
    [made] = renew_domains(client_id=domain.client_id, day=at.date(), ctx=Context(at, SYSTEM))
    assert Invoice.objects.get(pk=made).total == 3000
    domain.refresh_from_db()
    assert domain.recurring_amount == 3000
    assert PriceChange.objects.get().status == "applied"
    deliver_all(AT)
    assert domain.domain_name in price_mails()[0].subject
    assert str(reprice(domain, at).blocked_reason) == "The price is already this amount."
    assert_proven(at)


def test_a_term_that_is_invoiced_or_too_near_keeps_its_price() -> None:
    make_tld()
    domain = make.make_domain(expiry_date=date(2026, 5, 7))
    change = announce_price_change(domain)
    assert change.from_date == date(2027, 5, 7)
    [made] = renew_domains(client_id=domain.client_id, day=AT.date(), ctx=Context(AT, SYSTEM))
    assert Invoice.objects.get(pk=made).total == 1200
    assert PriceChange.objects.get().status == "planned"


def test_a_domain_that_goes_takes_its_new_price_along() -> None:
    make_tld()
    for gone in (mark_domain_transferred_away, cancel_domain):
        domain = make.make_domain()
        announce_price_change(domain)
        gone(domain=domain, ctx=Context(AT, SYSTEM))
        run_all_jobs(AT)
        assert domain.price_changes.get().status == "dropped"


@pytest.mark.parametrize("status", ["pending", "pending_transfer", "redemption", "fraud"])
def test_a_domain_without_a_term_to_come_is_left_out(status: str) -> None:
    make_tld()
    assert (
        str(reprice(make.make_domain(status=status)).blocked_reason)
        == "There is no next billing period."
    )


def test_a_domain_whose_tld_has_no_renewal_price_is_left_out() -> None:
    make_tld(renew_price=None)
    assert (
        str(reprice(make.make_domain()).blocked_reason)
        == "The TLD has no renewal price in this currency."
    )


def test_a_service_with_dates_of_its_own_is_left_out_and_the_others_go_on() -> None:
    client = make.make_client()
    odd, good = (
        make_service_with_dearer_product(client=client),
        make_service_with_dearer_product(client=client),
    )
    Service.objects.filter(pk=odd.pk).update(next_due_date=date(2026, 4, 20))
    ids = [odd.pk, good.pk]
    found = reprice_client(client_id=client.pk, services=ids, ctx=Context(AT, SYSTEM))
    assert [str(one.blocked_reason or "") for one in found] == [
        "No billing period starts on the next due date.",
        "",
    ]


def test_services_of_others_are_not_touched() -> None:
    service, other = make_service_with_dearer_product(), make.make_client()
    assert reprice_client(client_id=other.pk, services=[service.pk], ctx=Context(AT, SYSTEM)) == []
