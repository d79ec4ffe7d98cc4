"""`/client/services` and one service."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.models import Client
from commerce.hosting.actions.editing import schedule_service_end
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT
from tests.make.records import make_item, make_order, make_product, make_server, make_service
from tests.make.repricing import announce_price_change, make_service_with_dearer_product
from tests.portal.conftest import PortalCast


def fill(client: Client, number: int) -> None:
    """Services of as many products: what is read for each row shows in the count of queries."""
    for n in range(number):
        make_service(client, domain=f"site{n}.example", at=AT + timedelta(minutes=n))


def test_a_full_page_costs_the_same_queries_as_a_single_service(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(cast.client, 27)
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 number of services, 6 one page with products,
    # 7 their open invoices, 8 tax rules, 9 signs of currencies
    with django_assert_num_queries(9):
        page = web.get("/client/services").content.decode()
    assert page.count('class="row-link"') == 25
    assert "1–25 of 27" in page


def test_one_service_with_its_order_costs_fifteen_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_order(cast.client, items=[make_item()])
    service = order.items.get().units.get().service
    assert service is not None
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients,
    # 5 the service with its product, group, server, account, order and invoice, 6 its invoices,
    # 7 which of them is open, 8 what is being done with its account, 9 tax rules, 10 and 11 charges under way,
    # 12 the card that autopay charges, 13 the cards that there are, 14 credit that could pay it, 15 signs of currencies
    with django_assert_num_queries(16):
        page = web.get(f"/client/services/{service.pk}").content.decode()
    assert f'href="/client/orders/{order.pk}"' in page
    assert f'href="/client/invoices/{order.invoice_id}"' in page
    assert f"Pay invoice {order.invoice.number} so we can set this up." in page


def test_an_announced_price_is_told_with_its_day(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    service = make_service_with_dearer_product(client=cast.client)
    announce_price_change(service)
    web = cast.browse(cast.tess)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the service, 6 what is being done with it,
    # 7 its announced price, 8 a change of plan, 9 a cancellation, 10 to 14 whether the plan can be changed,
    # 15 tax rules, 16 how amounts are written
    with django_assert_num_queries(17):
        page = web.get(f"/client/services/{service.pk}").content.decode()
    assert '<dt>From <time class="nowrap" datetime="2026-05-08">' in page
    assert "€9.00" in page
    assert "€5.00" in page
    schedule_service_end(service=service, ends_on=date(2026, 5, 8), ctx=Context(AT, SYSTEM))
    assert "9.00" not in web.get(f"/client/services/{service.pk}").content.decode()


def test_the_newest_stands_first(cast: PortalCast) -> None:
    fill(cast.client, 3)
    page = cast.browse(cast.alice).get("/client/services").content.decode()
    assert page.index("site2.example") < page.index("site1.example") < page.index("site0.example")


def test_the_filter_knows_each_status_of_ours(cast: PortalCast) -> None:
    statuses = ["active", "suspended", "pending", "cancelled", "terminated"]
    for status in statuses:
        make_service(cast.client, status, label=f"It is {status}")
    web = cast.browse(cast.alice)
    for status in statuses:
        page = web.get("/client/services", {"status": status}).content.decode()
        assert page.count('class="row-link"') == 1
        assert f"It is {status}" in page


@pytest.mark.parametrize(
    "query",
    ["Plan Äpfel", "apples", "apples.example", "12.34", "12.34 eur", "2026-05-08", "Quarterly"],
)
def test_the_search_looks_into_the_columns_shown(cast: PortalCast, query: str) -> None:
    product = make_product(name="Plan Äpfel")
    found = make_service(
        cast.client,
        product=product,
        label="My apples",
        domain="apples.example",
        amount=1234,
        billing_cycle="quarterly",
    )
    other = make_service(cast.client, label="Pears", amount=999)
    if query == "2026-05-08":
        found, other = other, found  # the monthly one is due then
    page = cast.browse(cast.alice).get("/client/services", {"q": query}).content.decode()
    assert f'href="/client/services/{found.pk}"' in page
    assert f'href="/client/services/{other.pk}"' not in page


def test_the_list_says_what_is_not_running_and_links_the_open_invoice(cast: PortalCast) -> None:
    make_service(cast.client, "suspended", label="Off")
    make_service(cast.client, "pending", label="New")
    ordered = make_order(cast.client)
    assert ordered.invoice is not None
    page = cast.browse(cast.alice).get("/client/services").content.decode()
    for words in ("Unpaid invoice", "We're setting this up", "Waiting for payment"):
        assert page.count(words) == 1
    number = f"Invoice {ordered.invoice.number} due"
    assert f'<a href="/client/invoices/{ordered.invoice_id}">{number}' in page
    assert number not in cast.browse(cast.tess).get("/client/services").content.decode()


def test_a_service_whose_period_is_not_paid_says_until_when_it_is(cast: PortalCast) -> None:
    service = make_service(cast.client, "suspended")
    type(service).objects.filter(pk=service.pk).update(next_due_date=AT.date())
    page = cast.browse(cast.tess).get("/client/services").content.decode()
    assert 'Paid until <time class="nowrap" datetime="2026-04-07">' in page


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [
        ("suspended", "overdue", "because an invoice is overdue. Pay it to restore"),
        ("suspended", "staff", "We suspended this service on"),
        ("suspended", "fraud", "We suspended this service on"),
        ("cancelled", "", "It won't renew."),
        ("terminated", "", "We terminated this service"),
        ("pending", "", "We're setting this up. We'll email you when it's ready."),
    ],
)
def test_a_status_is_told_in_plain_words(
    cast: PortalCast, status: str, cause: str, words: str
) -> None:
    service = make_service(cast.client, status, cause=cause)
    page = cast.browse(cast.alice).get(f"/client/services/{service.pk}").content.decode()
    assert words in page


def test_a_service_tells_where_it_runs_and_what_was_chosen_but_not_what_staff_noted(
    cast: PortalCast,
) -> None:
    server = make_server(hostname="web9.example.net")
    options = [{"name": "Backup", "value": "Daily", "amount": 250}]
    service = make_service(cast.client, server=server, username="acme9", options=options)
    type(service).objects.filter(pk=service.pk).update(notes="bad payer")
    day = AT.date() + timedelta(days=20)
    schedule_service_end(service=service, ends_on=day, ctx=Context(AT, SYSTEM))
    page = cast.browse(cast.alice).get(f"/client/services/{service.pk}").content.decode()
    for words in ("web9.example.net", "acme9", "Backup", "Daily", "2.50", "This service ends on"):
        assert words in page
    assert "bad payer" not in page


def test_the_page_of_a_service_printed_the_marks_of_its_description(cast: PortalCast) -> None:
    text = "For **busy** sites <script>alert(1)</script>"
    service = make_service(cast.client, product=make_product(description=text))
    page = cast.browse(cast.alice).get(f"/client/services/{service.pk}").content.decode()
    assert "For <strong>busy</strong> sites" in page
    assert "<script>alert" not in page


def test_a_hosting_service_says_where_it_runs_and_how_it_is_paid(cast: PortalCast) -> None:
    for number in (1, 2):
        key = f"domains.ns{number}"
        set_setting(key=key, value=f"ns{number}.example.net", ctx=Context(AT, SYSTEM))
    product = make_product(kind="hosting", module="manual", package="gold-5")
    web = cast.browse(cast.alice)
    service = make_service(cast.client, product=product, domain="nora.example")
    page = web.get(f"/client/services/{service.pk}").content.decode()
    for words in ("gold-5", "ns1.example.net", "ns2.example.net", "You pay each invoice yourself."):
        assert words in page
    other = make_service(cast.client, product=make_product(kind="other"), domain="nora.example")
    assert "ns1.example.net" not in web.get(f"/client/services/{other.pk}").content.decode()


@pytest.mark.parametrize("status", ["active", "terminated"])
def test_a_service_is_renamed_until_it_has_ended(cast: PortalCast, *, status: str) -> None:
    service = make_service(cast.client, status, label="Old")
    web, path = cast.browse(cast.alice), f"/client/services/{service.pk}"
    live = status == "active"
    assert (f'href="{path}/rename"' in web.get(path).content.decode()) is live
    assert web.get(f"{path}/rename").status_code == (200 if live else 303)
    answer = web.post(f"{path}/rename", {"label": "  My  shop "})
    assert (answer.status_code, answer["Location"]) == (303, path)
    service.refresh_from_db()
    assert service.label == ("My shop" if live else "Old")


@pytest.mark.parametrize("label", ["", "  ", "x" * 101])
def test_a_name_that_cannot_be_comes_back_with_the_form(cast: PortalCast, *, label: str) -> None:
    service = make_service(cast.client, label="Old")
    web, path = cast.browse(cast.alice), f"/client/services/{service.pk}/rename"
    answer = web.post(path, {"label": label})
    assert answer.status_code == 422
    assert f'value="{label}"' in answer.content.decode() or not label.strip()
    service.refresh_from_db()
    assert service.label == "Old"
