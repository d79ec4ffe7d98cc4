"""Paying on the pages of a gateway, as a client sees it: pay page, redirect, result page (payments.md 3)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from tests.doubles.gateway import FakeProvider
from tests.make.people import AT
from tests.make.records import make_invoice, make_order, make_payment
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.usefixtures("proven")


class RedirectPayment:
    """Bob, on his way to pay an invoice."""

    def __init__(self, cast: PortalCast) -> None:
        self.invoice = make_invoice(cast.client)
        self.web, self.path = cast.browse(cast.bob), f"/client/invoices/{self.invoice.pk}"

    def press(self) -> Any:
        return self.web.post(f"{self.path}/pay/fake", follow=False)

    @property
    def attempt(self) -> Attempt:
        return Attempt.objects.latest("pk")

    def back(self, query: str = "") -> str:
        """How the result page looks again by itself, if it does."""
        answer = self.web.get(f"{self.path}/return/{self.attempt.pk}{query}")
        return str(answer.get("Refresh", ""))

    def page(self) -> str:
        return self.web.get(f"{self.path}/return/{self.attempt.pk}").content.decode()


@pytest.fixture
def way(cast: PortalCast, provider: FakeProvider) -> RedirectPayment:
    return RedirectPayment(cast)


def work(minutes: int = 0) -> None:
    run_due_jobs(at=AT + timedelta(minutes=minutes))


def test_from_the_pay_page_to_the_booked_payment(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    """Its forms may lead to the gateway's host: the browser stopped them there."""
    answer = way.web.get(f"{way.path}/pay")
    assert "form-action 'self' https://pay.example.net;" in answer["Content-Security-Policy"]
    assert "Fake" in answer.content.decode()
    sent = way.press()
    assert sent.status_code == 303
    assert sent["Location"] == f"https://pay.example.net/{way.attempt.idempotency_key}"
    [session] = provider.sessions.values()
    assert session.back.endswith(f"{way.path}/return/{way.attempt.pk}")
    provider.pay(session.reference)

    assert "Confirming your payment" in way.page()
    work()
    assert "We received your payment" in way.page()
    assert (Payment.objects.get().amount, Payment.objects.get().attempt) == (1200, way.attempt)
    way.invoice.refresh_from_db()
    assert way.invoice.status == "paid"
    assert way.press()["Location"] == way.path
    assert "already paid" in way.web.get(way.path).content.decode()


def test_what_the_browser_says_is_only_a_hint_to_look(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    """X19: back without having paid, whatever the address claims."""
    way.press()
    for query in ("?status=paid", "?paid=1&amount=1200&reference=x"):
        way.back(query)
    work()
    assert "Confirming your payment" in way.page()
    assert not Payment.objects.exists()


def test_the_page_looks_again_for_two_minutes_and_asks_the_gateway_now_and_then(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    way.press()
    assert way.back() == f"2; url={way.path}/return/{way.attempt.pk}?look=1"
    for look in range(1, 24):
        assert (
            way.back(f"?look={look}")
            == f"5; url={way.path}/return/{way.attempt.pk}?look={look + 1}"
        )
    assert way.back("?look=24") == ""
    assert (
        "We'll email you if the payment goes through."
        in way.web.get(f"{way.path}/return/{way.attempt.pk}?look=24").content.decode()
    )
    assert Job.objects.filter(action="attempt.poll").count() == 1


def test_a_decline_is_told_in_plain_words_and_can_be_tried_again(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    way.press()
    provider.decline(next(iter(provider.sessions)), "Your bank said no.")
    way.page()
    work()
    page = way.page()
    assert "Payment failed" in page
    assert "Your bank said no." in page
    assert f'href="{way.path}/pay"' in page
    first = way.attempt
    assert way.press().status_code == 303
    assert way.attempt != first


def test_a_silent_gateway_is_a_sentence_and_no_crash(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    """O5; it was an error 500."""
    provider.silent.append("start")
    answer = way.press()
    assert answer["Location"] == f"{way.path}/pay"
    assert "Fake isn&#x27;t responding" in way.web.get(answer["Location"]).content.decode()
    assert way.press()["Location"].startswith("https://pay.example.net/")
    provider.silent.append("fetch")
    way.page()
    run_due_jobs(at=AT)
    assert "Confirming your payment" in way.page()


def test_a_reply_that_is_lost_after_the_money_was_taken_pays_once(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    way.press()
    provider.pay(next(iter(provider.sessions)))
    provider.lost.append("fetch")
    way.page()
    work()
    assert not Payment.objects.exists()
    work(15)
    assert Payment.objects.get().invoice.status == "paid"


def test_pressed_twice_it_is_one_session_and_one_attempt(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    assert way.press()["Location"] == way.press()["Location"]
    assert (Attempt.objects.count(), len(provider.sessions)) == (1, 1)


def test_pressed_while_the_payment_is_on_its_way_it_leads_to_its_result(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    """It led back to the choice without a word, where the client paid by something else as well."""
    way.press()
    provider.sessions[way.attempt.reference or ""].state = "processing"
    answer = way.press()
    assert answer["Location"] == f"{way.path}/return/{way.attempt.pk}"
    assert "Confirming your payment" in way.page()


def test_money_in_another_currency_is_told_and_kept(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    way.press()
    provider.pay(next(iter(provider.sessions)), currency="USD")
    way.page()
    work()
    assert "in a different currency" in way.page()
    assert UnallocatedPayment.objects.get().invoice == way.invoice
    assert way.press().status_code == 303


def test_an_old_session_that_was_paid_leads_to_its_result(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    """The result page was reached by no test."""
    way.press()
    old = way.attempt
    provider.pay(old.reference or "")
    make_payment(way.invoice, gateway="manual", amount=200)
    answer = way.press()
    assert answer["Location"] == f"{way.path}/return/{old.pk}"
    assert "We received your payment" in way.page()


def test_a_return_after_the_attempt_expired_still_asks(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    way.press()
    provider.pay(way.attempt.reference or "")
    expire_attempts(ctx=Context(AT + timedelta(minutes=60), SYSTEM))
    assert "Confirming your payment" in way.page()
    work()
    assert "We received your payment" in way.page()


def test_a_page_of_the_gateway_s_own_is_not_shown_here(
    way: RedirectPayment, provider: FakeProvider
) -> None:
    """GET showed the account for bank transfers, whatever gateway was named."""
    assert way.web.get(f"{way.path}/pay/fake")["Location"] == f"{way.path}/pay"


def test_others_see_nothing_of_the_result(
    cast: PortalCast, way: RedirectPayment, provider: FakeProvider
) -> None:
    way.press()
    url = f"{way.path}/return/{way.attempt.pk}"
    assert cast.browse(cast.charlie, cast.foreign).get(url).status_code == 404
    assert not Job.objects.filter(action="attempt.poll").exists()


def test_the_payment_of_an_order_leads_to_what_was_bought(
    way: RedirectPayment, provider: FakeProvider, cast: PortalCast
) -> None:
    """Its page looks again while something is set up."""
    order = make_order(cast.client)
    assert order.invoice is not None
    way.path = f"/client/invoices/{order.invoice.pk}"
    way.press()
    provider.pay(way.attempt.reference or "")
    way.page()
    work()
    answer = way.web.get(f"{way.path}/return/{way.attempt.pk}")
    assert (answer.status_code, answer["Location"]) == (303, f"/client/orders/{order.pk}?look=1")
    shown = way.web.get(answer["Location"])
    assert "Thank you. We received your payment." in shown.content.decode()
    assert "setting up your order" in shown.content.decode()
    assert shown["Refresh"] == f"5; url=/client/orders/{order.pk}?look=2"
