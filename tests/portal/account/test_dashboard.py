"""`/client/dashboard`: how things stand."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.models import User
from commerce.billing.invoices.rules import DraftLine
from commerce.domains.registration import request_renewal
from commerce.hosting.actions.editing import schedule_service_end
from commerce.kit.context import SYSTEM, Context
from commerce.portal.account import dashboard
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import (
    VAT,
    make_currency,
    make_domain,
    make_invoice,
    make_order,
    make_payment,
    make_service,
)
from tests.make.repricing import announce_price_change, make_service_with_dearer_product
from tests.portal.conftest import PortalCast

TODAY = AT.date()


def test_a_full_dashboard_costs_twenty_eight_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        make_service(cast.client)
        make_domain(cast.client, expiry_date=TODAY + timedelta(days=9))
        make_invoice(cast.client)
    switch_on_bank_transfer()
    for _ in range(2):
        make_service(cast.client, "pending")
        make_invoice(cast.client, "overdue")
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 second factor,
    # 6 renewals, 7 number of active services, 8 open invoices of the renewals, 9 being set up, 10 announced prices,
    # 11 charges of services, 12 outstanding by currency, 13 what is to be paid, 14 recent invoices,
    # 15 expiring domains, 16 number of active domains, 17 charges of domains, 18 signs of currencies,
    # 19 plan changes to pay, 20 tax rules, 21 the card that autopay charges, 22 the cards that there are,
    # 23 and 24 credit, which is used first and has a tile, 25 whether today's charges are made,
    # 26 and 27 charges under way
    with django_assert_num_queries(28):
        page = web.get("/client/dashboard").content.decode()
    assert page.count('href="/client/services/') == 5 + 2
    assert page.count('href="/client/invoices/') == 5 + 2
    assert page.count('href="/client/domains/') == 5
    assert "View all services" in page
    assert "View all domains" in page


def test_a_renewal_is_listed_at_the_price_that_it_will_have(cast: PortalCast) -> None:
    announce_price_change(make_service_with_dearer_product(client=cast.client))
    page = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    assert "€9.00" in page
    assert "€5.00" not in page


def test_client_leads_to_it(cast: PortalCast) -> None:
    assert cast.browse(cast.alice).get("/client")["Location"] == "/client/dashboard"


def test_sums_are_never_over_several_currencies(cast: PortalCast) -> None:
    make_currency("JPY")
    part = make_invoice(cast.client, lines=[DraftLine("A", 10000, VAT)])
    make_payment(part, amount=2000)
    make_invoice(cast.client, "overdue", lines=[DraftLine("B", 500, VAT)])
    make_invoice(cast.client, lines=[DraftLine("C", 500, VAT)], currency_code="JPY")
    make_invoice(cast.client, "paid", lines=[DraftLine("D", 7777, VAT)])
    page = cast.browse(cast.bob).get("/client/dashboard").content.decode()
    assert "€106.00" in page
    assert "600\N{NO-BREAK SPACE}JPY" in page
    assert "2 unpaid" in page
    assert "1 overdue" in page
    assert "Amount due: <" in page


def test_renewals_are_those_of_the_next_30_days_that_will_happen(cast: PortalCast) -> None:
    make_service(cast.client, label="In a month")  # 8 April to 8 May
    make_service(cast.client, label="In a year", billing_cycle="annually")
    make_service(cast.client, "cancelled", label="Gone")
    ending = make_service(cast.client, label="Ends then")
    day = TODAY + timedelta(days=30)
    schedule_service_end(service=ending, ends_on=day, ctx=Context(AT, SYSTEM))
    page = cast.browse(cast.alice).get("/client/dashboard").content.decode()
    assert "In a month" in page
    for label in ("In a year", "Gone", "Ends then"):
        assert label not in page


def test_what_was_due_already_was_left_out(cast: PortalCast) -> None:
    """It said that nothing renews while renewals of last week were unpaid."""
    late = make_service(cast.client, label="Late")
    type(late).objects.filter(pk=late.pk).update(next_due_date=TODAY - timedelta(days=4))
    page = cast.browse(cast.alice).get("/client/dashboard").content.decode()
    assert "Late" in page
    assert "Paid until" in page


def test_what_has_expired_does_not_renew_by_itself(cast: PortalCast) -> None:
    make_domain(cast.client, "expired", expiry_date=TODAY - timedelta(days=9), auto_renew=True)
    page = cast.browse(cast.alice).get("/client/dashboard").content.decode()
    assert "Auto-renew is on" not in page
    assert ">Expired</span>" in page


def test_a_part_without_the_right_is_left_out(cast: PortalCast) -> None:
    make_invoice(cast.client, "overdue")
    make_service(cast.client)
    page = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    assert "Active services" in page
    assert "nvoice" not in page


def test_it_names_what_needs_attention(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    assert "Two-factor authentication is off" in web.get("/client/dashboard").content.decode()
    assert "Confirm your email" not in web.get("/client/dashboard").content.decode()
    User.objects.filter(pk=cast.alice.pk).update(email_verified_at=None)
    assert "Confirm your email address" in web.get("/client/dashboard").content.decode()


def test_what_is_being_set_up_is_told_in_plain_words(cast: PortalCast) -> None:
    waits = make_service(cast.client, "pending", label="Plain")
    make_order(cast.client)  # waits for its payment, which is another thing
    web = cast.browse(cast.alice)
    page = web.get("/client/dashboard").content.decode()
    assert page.count("We're setting up") == 1
    link = f'<a href="/client/services/{waits.pk}">'
    assert f"We're setting up Plain. We'll email you when it's ready. {link}" in page
    for _ in range(3):
        make_service(cast.client, "pending")
    page = web.get("/client/dashboard").content.decode()
    assert page.count("We're setting up") == 1
    assert 'href="/client/services?status=pending"' in page


def test_each_overdue_invoice_has_its_button_where_it_can_be_paid(cast: PortalCast) -> None:
    late = [make_invoice(cast.client, "overdue") for _ in range(4)]
    web = cast.browse(cast.alice)
    page = web.get("/client/dashboard").content.decode()
    assert ("/pay" in page, "View invoice" in page) == (False, True)
    switch_on_bank_transfer()
    page = web.get("/client/dashboard").content.decode()
    paths = [f'href="/client/invoices/{each.pk}/pay"' in page for each in late]
    assert paths == [True, True, True, False]
    assert "4 invoices are overdue" in page


def test_the_renewals_of_a_client_are_found_by_an_index_of_his(cast: PortalCast) -> None:
    """Among 50,000 services of one client, or half a million of others, six rows are read in their order."""
    with CaptureQueriesContext(connection) as seen:
        cast.browse(cast.tess).get("/client/dashboard")
    (renewals,) = [one["sql"] for one in seen if '"renews_at"' in one["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which would rather read a table of a page
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        lite = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(lite + renewals)
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "service_running_of_client" in plan
    assert "SORT" not in plan.upper().replace("B-TREE", "SORT")


def test_an_invoice_that_is_due_soon_has_its_button_before_it_is_late(cast: PortalCast) -> None:
    soon = make_invoice(cast.client, due_date=TODAY + timedelta(days=7))
    later = make_invoice(cast.client, due_date=TODAY + timedelta(days=8))
    switch_on_bank_transfer()
    page = cast.browse(cast.alice).get("/client/dashboard").content.decode()
    assert f'href="/client/invoices/{soon.pk}/pay"' in page
    assert f'href="/client/invoices/{later.pk}/pay"' not in page


def test_a_domain_that_will_lapse_is_named_with_its_button(cast: PortalCast) -> None:
    day = TODAY + timedelta(days=9)
    make_domain(cast.client, domain_name="renews.example", expiry_date=day)
    lapses = make_domain(cast.client, domain_name="lapses.example", expiry_date=day)
    type(lapses).objects.filter(pk=lapses.pk).update(auto_renew=False)
    page = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    assert page.count("Auto-renew is off, so it won't renew.") == 1
    assert "lapses.example expires" in page
    assert f'href="/client/domains/{lapses.pk}/renew">Renew now</a>' in page
    type(cast.client).objects.filter(pk=cast.client.pk).update(status="suspended")
    page = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    assert f'href="/client/domains/{lapses.pk}">View domain</a>' in page
    request_renewal(domain=lapses, idempotency_key="1", ctx=Context(AT, SYSTEM))
    assert "won't renew" not in cast.browse(cast.alice).get("/client/dashboard").content.decode()


def test_a_new_client_is_shown_the_first_steps_that_the_member_may_take(cast: PortalCast) -> None:
    page = cast.browse(cast.alice).get("/client/dashboard").content.decode()
    for words in ("Get started", "View plans", "View profile", "Create API token"):
        assert words in page
    make_service(cast.client, "cancelled")
    assert "Get started" not in cast.browse(cast.alice).get("/client/dashboard").content.decode()


def test_charges_to_come_are_a_table_by_month_and_currency(cast: PortalCast) -> None:
    make_service(cast.client, amount=500)  # monthly, from 8 May on
    make_service(cast.client, amount=12000, billing_cycle="annually")  # beyond the months shown
    make_service(cast.client, amount=900, currency_code="USD", billing_cycle="quarterly")
    make_service(cast.client, amount=7700, billing_cycle="one_time")
    ending = make_service(cast.client, amount=4400)
    schedule_service_end(service=ending, ends_on=date(2026, 5, 8), ctx=Context(AT, SYSTEM))
    page = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    euros, dollars = page.split('<table class="bars">')[1:]
    assert euros.count("€5.00") == 5
    assert '<th scope="row">Apr 2026</th>' in euros
    assert dollars.count("$9.00") == 1
    for average in ("€15.00", "$3.00"):
        assert f'<p class="figure-value"><span class="money nowrap">{average}</span>' in page


def test_of_thousands_of_services_no_charges_are_summed(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        make_service(cast.client)
    web = cast.browse(cast.alice)
    for most, shown in ((2, True), (1, False)):
        monkeypatch.setattr(dashboard, "MAX_SUMMED", most)
        page = web.get("/client/dashboard").content.decode()
        assert ("Upcoming charges" in page) is shown
        assert '<span class="figure-value">2</span>' in page
