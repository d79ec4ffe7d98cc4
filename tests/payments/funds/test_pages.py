"""Paying several invoices and adding funds, as a client does it (portal.md 3, payments.md 9)."""

import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.billing.models import CreditAccount, Invoice
from commerce.billing.periods.actions.dunning import stop_invoice
from commerce.catalog.models import Currency
from commerce.kit.context import SYSTEM, Context
from commerce.payments.models import Attempt, Payment
from commerce.site_settings.actions import set_setting
from tests.doubles.gateway import FakeProvider
from tests.make.browser import HttpsTestClient
from tests.make.cards import keep
from tests.make.jobs import run_jobs_but_documents
from tests.make.people import AT
from tests.make.records import make_invoice, make_payment
from tests.payments.funds.conftest import several
from tests.portal.conftest import PortalCast, _still, cast

__all__ = ["_still", "cast"]
pytestmark = [pytest.mark.usefixtures("proven", "_still")]
PAY, ADD = "/client/invoices/pay", "/client/credit/add"


@pytest.fixture
def invoices(cast: PortalCast) -> list[Invoice]:
    return several(cast.client, 8, 2, 5)


@pytest.fixture
def bob(cast: PortalCast, provider: FakeProvider) -> HttpsTestClient:
    Currency.objects.filter(pk="USD").update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)
    return cast.browse(cast.bob)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def keys(invoices: list[Invoice]) -> list[str]:
    return [str(each.pk) for each in invoices]


def test_all_are_ticked_and_the_sum_is_shown(bob: HttpsTestClient, invoices: list[Invoice]) -> None:
    answer = bob.get(PAY)
    page = answer.content.decode()
    assert page.count('name="invoice"') == page.count(" checked>") == 3
    assert "€36.00" in text(answer)
    assert "form-action 'self' https://pay.example.net;" in answer["Content-Security-Policy"]


def test_the_button_without_a_script_counts_what_is_ticked(
    bob: HttpsTestClient, invoices: list[Invoice]
) -> None:
    answer = bob.post(PAY, {"currency": "EUR", "invoice": keys(invoices[:2])}, follow=False)
    assert (answer.status_code, "€24.00" in text(answer)) == (200, True)
    assert answer.content.decode().count(" checked>") == 2
    assert not Attempt.objects.exists()


def test_from_the_ticks_to_the_booked_payment(
    bob: HttpsTestClient, invoices: list[Invoice], provider: FakeProvider
) -> None:
    ticked = {"currency": "EUR", "invoice": keys(invoices[:2]), "gateway": "fake"}
    sent = bob.post(PAY, ticked, follow=False)
    attempt = Attempt.objects.get()
    assert sent["Location"] == f"https://pay.example.net/{attempt.idempotency_key}"
    assert bob.post(PAY, ticked, follow=False)["Location"] == sent["Location"]
    [session] = provider.sessions.values()
    back = f"/client/payments/{attempt.pk}/return"
    assert session.back.endswith(back)
    provider.pay(session.reference)
    waiting = bob.get(back)
    assert "Confirming your payment" in text(waiting)
    assert waiting["Refresh"].endswith("?look=1")
    run_jobs_but_documents(at=AT)
    assert "We received your payment" in text(bob.get(back))
    assert [each.amount_due for each in Invoice.objects.order_by("pk")] == [0, 0, 1200]
    shown = text(bob.get(f"/client/invoices/{invoices[0].pk}"))
    assert "€12.00" in shown
    assert "€24.00" not in shown


def test_a_saved_card_pays_what_is_ticked_if_that_is_what_was_shown(
    bob: HttpsTestClient, invoices: list[Invoice], provider: FakeProvider
) -> None:
    """Without a script the sum on the page is that of all."""
    card = keep(invoices[0].client)
    page = bob.get(PAY).content.decode()
    assert 0 < page.index(card.name) < page.index('value="fake"')
    assert 'name="amount" value="3600"' in page
    ticked = {"currency": "EUR", "invoice": keys(invoices[:2]), "card": card.pk}
    answer = bob.post(PAY, {**ticked, "amount": 3600}, follow=False)
    assert "The total has changed. Check it before you pay." in text(answer)
    assert 'name="amount" value="2400"' in answer.content.decode()
    assert not Attempt.objects.exists()
    sent = bob.post(PAY, {**ticked, "amount": 2400}, follow=False)
    attempt = Attempt.objects.get()
    assert sent["Location"] == f"/client/payments/{attempt.pk}/return"
    run_jobs_but_documents(at=AT)
    assert "We received your payment" in text(bob.get(sent["Location"]))
    assert [each.amount_due for each in Invoice.objects.order_by("pk")] == [0, 0, 1200]
    single = {"invoice": keys(invoices[2:]), "card": card.pk, "amount": 1200}
    sent = bob.post(PAY, single, follow=False)
    assert sent["Location"].startswith(f"/client/invoices/{invoices[2].pk}/return/")


def test_a_saved_card_adds_funds_at_once(
    bob: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    card = keep(cast.client)
    page = bob.get(ADD).content.decode()
    assert 0 < page.index(card.name) < page.index('value="fake"')
    wanted = {"amount": "25.00", "currency": "EUR", "card": card.pk}
    sent = bob.post(ADD, wanted, follow=False)
    attempt = Attempt.objects.get()
    assert (attempt.amount, attempt.purpose, attempt.kind) == (2500, "top_up", "off_session")
    assert sent["Location"] == f"/client/payments/{attempt.pk}/return"
    assert bob.post(ADD, wanted, follow=False)["Location"] == ADD
    run_jobs_but_documents(at=AT)
    assert "We received your payment" in text(bob.get(sent["Location"]))
    assert CreditAccount.objects.get().balance == 2500
    assert bob.post(ADD, wanted | {"card": 0}, follow=False)["Location"] == ADD
    assert bob.post(ADD, wanted | {"amount": "1.00"}, follow=False).status_code == 303
    assert Attempt.objects.count() == 1


def test_a_single_tick_leads_to_the_page_of_that_invoice(
    bob: HttpsTestClient, invoices: list[Invoice]
) -> None:
    ticked = {"invoice": keys(invoices[1:2]), "gateway": "fake"}
    answer = bob.post(PAY, ticked, follow=False)
    assert answer["Location"] == f"/client/invoices/{invoices[1].pk}/pay"


def test_nothing_ticked_says_so(bob: HttpsTestClient, invoices: list[Invoice]) -> None:
    answer = bob.post(PAY, {"gateway": "fake"}, follow=False)
    assert (answer.status_code, "Select at least one invoice" in text(answer)) == (422, True)


def test_an_invoice_that_was_paid_meanwhile_or_is_another_client_s_is_not_taken(
    bob: HttpsTestClient, cast: PortalCast, invoices: list[Invoice]
) -> None:
    make_payment(invoices[0])
    others = [make_invoice(cast.foreign)]
    for ticked in (invoices[:2], [*invoices[1:], *others]):
        answer = bob.post(PAY, {"invoice": keys(ticked), "gateway": "fake"}, follow=False)
        assert "Your unpaid invoices have changed" in text(answer)
    assert not Attempt.objects.exists()


def test_what_is_under_review_cannot_be_ticked_and_stands_apart(
    bob: HttpsTestClient, invoices: list[Invoice]
) -> None:
    stop_invoice(invoice=invoices[0], ctx=Context(AT, SYSTEM))
    answer = bob.get(PAY)
    assert answer.content.decode().count('name="invoice"') == 2
    assert "Under review €12.00" in text(answer)
    for page in ("/client/invoices", "/client/dashboard"):
        shown = text(bob.get(page))
        assert "€24.00 €12.00 under review Pay all" in shown


def test_pay_all_is_offered_where_two_can_be_paid_together(
    bob: HttpsTestClient, cast: PortalCast, invoices: list[Invoice]
) -> None:
    pages = ("/client/invoices", "/client/dashboard")
    assert all("Pay all" in text(bob.get(page)) for page in pages)
    tess = cast.browse(cast.tess)
    assert all("Pay all" not in text(tess.get(page)) for page in pages)
    for each in invoices[:2]:
        make_payment(each)
    assert all("Pay all" not in text(bob.get(page)) for page in pages)
    set_setting(key="gateway.fake.enabled", value="off", ctx=Context(AT, SYSTEM))
    several(cast.client, 9)
    assert all("Pay all" not in text(bob.get(page)) for page in pages)


def test_of_more_invoices_than_are_paid_at_once_the_page_says_which_and_nothing_promises_all(
    bob: HttpsTestClient, invoices: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = ("/client/invoices", "/client/dashboard")
    monkeypatch.setattr("commerce.portal.billing.pay_together.MAX_TOGETHER", 3)
    assert "due first" not in text(bob.get(PAY))
    assert all("Pay all" in text(bob.get(page)) for page in pages)
    monkeypatch.setattr("commerce.portal.billing.pay_together.MAX_TOGETHER", 2)
    shown = text(bob.get(PAY))
    assert "Only the 2 invoices due first are shown." in shown
    assert "€24.00" in shown
    for page in pages:
        offered = text(bob.get(page))
        assert ("Pay all" in offered, "Pay invoices" in offered) == (False, True)


def test_without_open_invoices_there_is_nothing_to_pay(bob: HttpsTestClient) -> None:
    assert bob.get(PAY, follow=False)["Location"] == "/client/invoices"


def test_a_long_list_costs_the_same_queries(
    bob: HttpsTestClient, cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    several(cast.client, *range(1, 29))
    bob.get(PAY)
    with django_assert_num_queries(7):
        assert bob.get(PAY).content.decode().count('name="invoice"') == 28


def test_without_the_right_neither_page_is_there(cast: PortalCast, provider: FakeProvider) -> None:
    tess = cast.browse(cast.tess)
    assert [tess.get(page).status_code for page in (PAY, ADD)] == [403, 403]


def test_funds_from_the_form_to_the_receipt(bob: HttpsTestClient, provider: FakeProvider) -> None:
    assert "Add funds" in text(bob.get("/client/credit"))
    assert "From €5.00 to €1,000.00" in text(bob.get(ADD))
    sent = bob.post(ADD, {"amount": "25.00", "currency": "EUR", "gateway": "fake"}, follow=False)
    attempt = Attempt.objects.get()
    assert sent["Location"] == f"https://pay.example.net/{attempt.idempotency_key}"
    provider.pay(attempt.reference or "")
    bob.get(f"/client/payments/{attempt.pk}/return")
    run_jobs_but_documents(at=AT)
    assert "We received your payment" in text(bob.get(f"/client/payments/{attempt.pk}/return"))
    assert CreditAccount.objects.get().balance == 2500
    page = bob.get("/client/credit")
    assert "Funds added" in text(page)
    receipt = f"/client/payments/{Payment.objects.get().pk}/receipt"
    assert receipt in page.content.decode()
    answer = bob.get(receipt)
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"amount": "4.99"}, "from 5.00 EUR to 1000.00 EUR"),
        ({"amount": "1000.01"}, "from 5.00 EUR to 1000.00 EUR"),
        ({"amount": "ten"}, "Enter"),
        ({"amount": ""}, "required"),
        ({"currency": "XXX"}, "valid choice"),
        ({"gateway": "bank_transfer"}, "isn't available"),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_begins(
    bob: HttpsTestClient, typed: dict[str, str], problem: str
) -> None:
    values = {"amount": "25", "currency": "EUR", "gateway": "fake"} | typed
    answer = bob.post(ADD, values, follow=False)
    assert answer.status_code == 422
    assert problem in text(answer).replace("&#x27;", "'")
    assert not Attempt.objects.exists()


def test_adding_funds_is_not_offered_where_it_is_off(bob: HttpsTestClient) -> None:
    set_setting(key="payments.topup_max", value="0", ctx=Context(AT, SYSTEM))
    assert "Add funds" not in text(bob.get("/client/credit"))
    assert bob.get(ADD, follow=False)["Location"] == "/client/credit"


def test_nobody_else_sees_the_payment_or_its_receipt(
    bob: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    bob.post(ADD, {"amount": "25", "currency": "EUR", "gateway": "fake"}, follow=False)
    attempt = Attempt.objects.get()
    provider.pay(attempt.reference or "")
    bob.get(f"/client/payments/{attempt.pk}/return")
    run_jobs_but_documents(at=AT)
    charlie = cast.browse(cast.charlie, cast.foreign)
    pk = Payment.objects.get().pk
    for page in (
        f"/client/payments/{attempt.pk}",
        f"/client/payments/{attempt.pk}/return",
        f"/client/payments/{pk}/receipt",
    ):
        assert charlie.get(page).status_code == 404
    assert bob.get(f"/client/payments/{attempt.pk}", follow=False).status_code == 303
