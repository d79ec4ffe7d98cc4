"""A gateway on whose pages clients pay: from start to booking, whatever the network does (payments.md 2, 3 and 5)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments import start_payment
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.manual import assign_unallocated_payment
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import (
    CheckoutSession,
    PaymentCard,
    PaymentReport,
    RequestRefusedError,
)
from commerce.payments.handlers import poll_soon
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from commerce.site_settings.actions import set_setting
from commerce.site_settings.models import SiteSetting
from tests import make
from tests.doubles.gateway import FakeGateway, FakeProvider
from tests.make.payments import switch_on_bank_transfer

pytestmark = pytest.mark.usefixtures("proven", "provider")
CTX = Context(make.AT, SYSTEM)
MINUTE = timedelta(minutes=1)


def begin(invoice: Invoice) -> tuple[Attempt, CheckoutSession]:
    invoice.refresh_from_db()
    back = "https://shop.example/{}".format
    return start_payment.start_payment(
        invoice=invoice, gateway="fake", created_by=None, return_url=back, ctx=CTX
    )


def after(minutes: int) -> None:
    """The worker runs what is due by then."""
    run_due_jobs(at=make.AT + minutes * MINUTE)


def hear(reference: str) -> None:
    apply_payment_report(
        gateway="fake", report=registry.get_gateway("fake").fetch(reference), ctx=CTX
    )


def stands(attempt: Attempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    return attempt.status, Invoice.objects.get(pk=attempt.invoice_id).status


def test_it_cannot_be_on_without_its_secret_which_is_never_stored_as_typed() -> None:
    assert "s3cret" not in str(SiteSetting.objects.get(pk="gateway.fake.token").value)
    assert registry.get_gateway("fake").settings == {"token": "s3cret"}
    set_setting(key="gateway.fake.enabled", value="off", ctx=CTX)
    SiteSetting.objects.filter(pk="gateway.fake.token").delete()
    with pytest.raises(BusinessError, match="Token"):
        set_setting(key="gateway.fake.enabled", value="on", ctx=CTX)


def test_it_cannot_be_on_with_a_secret_that_its_provider_does_not_know() -> None:
    set_setting(key="gateway.fake.enabled", value="off", ctx=CTX)
    set_setting(key="gateway.fake.token", value="wrong", ctx=CTX)
    with pytest.raises(BusinessError, match="not right"):
        set_setting(key="gateway.fake.enabled", value="on", ctx=CTX)


def test_pages_and_transactions_do_not_ask_whether_the_secret_is_right(
    provider: FakeProvider,
) -> None:
    """``offered`` called ``test``, over the network, for each page and under the locks of ``start_attempt``."""
    provider.calls.clear()
    assert [way.slug for way in registry.offered_gateways("EUR", 100)] == ["fake"]
    assert provider.calls == []


@pytest.mark.parametrize(
    ("code", "amount", "there"),
    [("JPY", 1236, 1236), ("EUR", 1236, 1236), ("KWD", 12_360, 12_360), ("ISK", 1236, 123_600)],
)
def test_amounts_arrive_exactly_and_come_back_so(
    provider: FakeProvider, code: str, amount: int, there: int
) -> None:
    """M4; the provider counts crowns of Iceland in hundredths, and we do not."""
    if code != "EUR":
        make.make_currency(code)
    client = make.make_client(currency_code=code)
    lines = [DraftLine("Starter", amount * 5 // 6, make.VAT)]
    attempt, started = begin(make.make_invoice(client, lines=lines, currency_code=code))
    [sent] = provider.sessions.values()
    assert (sent.amount, sent.currency) == (there, code)
    assert sent.back == f"https://shop.example/{attempt.pk}"
    assert started.redirect_url == f"https://pay.example.net/{attempt.idempotency_key}"
    provider.pay(started.reference)
    hear(started.reference)
    booked = Payment.objects.get()
    assert (booked.amount, booked.currency_id, booked.invoice.status) == (amount, code, "paid")
    assert (booked.method, booked.card_brand, booked.card_last4) == ("card", "visa", "4242")
    assert booked.card_country == "FR"


def test_what_is_no_country_is_not_kept_of_a_card(provider: FakeProvider) -> None:
    attempt, started = begin(make.make_invoice(make.make_client()))
    provider.pay(started.reference, card=PaymentCard("paypal", "", country="C2"))
    hear(started.reference)
    booked = Payment.objects.get(attempt=attempt)
    assert (booked.card_last4, booked.card_country) == ("", "")


@pytest.mark.parametrize(
    ("code", "amount"), [("EUR", 49), ("EUR", 0), ("KWD", 12_345), ("HUF", 1250)]
)
def test_what_the_gateway_cannot_take_to_the_last_unit_is_not_offered(
    code: str, amount: int
) -> None:
    """Below its least, between its steps, or in decimals that it does not count."""
    assert registry.offered_gateways(code, amount) == []


@pytest.mark.parametrize("misbehave", ["silent", "lost"])
def test_a_start_without_an_answer_is_repeated_with_the_same_key(
    provider: FakeProvider, misbehave: str
) -> None:
    """It was a page of error 500."""
    invoice = make.make_invoice()
    getattr(provider, misbehave).append("start")
    with pytest.raises(BusinessError, match="Try again in a few minutes"):
        begin(invoice)
    attempt, started = begin(invoice)
    assert list(provider.sessions) == [started.reference]
    assert stands(attempt) == ("open", "unpaid")
    assert Attempt.objects.count() == 1


def test_what_ends_an_attempt_over_an_old_amount_is_said_in_the_language_of_the_client(
    provider: FakeProvider,
) -> None:
    """It was English for everybody."""
    set_setting(key="locale.enabled", value="en,de", ctx=CTX)
    invoice = make.make_invoice()
    Client.objects.filter(pk=invoice.client_id).update(locale="de")
    provider.silent.append("start")
    with pytest.raises(BusinessError, match="Try again in a few minutes"):
        begin(invoice)
    make.make_payment(invoice, gateway="manual", amount=200)
    new, _ = begin(invoice)
    old = Attempt.objects.exclude(pk=new.pk).get()
    assert (old.status, new.amount) == ("failed", 1000)
    assert old.failure.startswith("Der Betrag")


def test_one_that_the_gateway_does_not_know_is_asked_about_until_it_does(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key of another mode was set for a while: the job parked within minutes, and nobody asked any more."""
    attempt, started = begin(make.make_invoice())
    ask = FakeGateway.fetch

    def refuse(_me: FakeGateway, _reference: str) -> PaymentReport:
        raise RequestRefusedError("404", "No such payment")

    monkeypatch.setattr(FakeGateway, "fetch", refuse)
    poll_soon(attempt=attempt, at=make.AT)
    for minutes in (0, 1, 16, 61, 24 * 60, 3 * 24 * 60):
        after(minutes)
    assert not Job.objects.filter(status="parked").exists()
    monkeypatch.setattr(FakeGateway, "fetch", ask)
    provider.pay(started.reference)
    after(5 * 24 * 60)
    assert stands(attempt) == ("succeeded", "paid")


def test_one_that_was_paid_before_its_amount_changed_is_booked(provider: FakeProvider) -> None:
    """It raised "The amount has changed", and the money was nowhere."""
    invoice = make.make_invoice()
    old, started = begin(invoice)
    provider.pay(started.reference)
    make.make_payment(invoice, gateway="manual", amount=200)
    again, _ = begin(invoice)
    assert (again.pk, again.status) == (old.pk, "succeeded")
    booked = Payment.objects.get(gateway="fake")
    assert (booked.amount, booked.attempt_id) == (1200, old.pk)
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_an_old_amount_that_cannot_be_closed_now_is_not_paid_beside(provider: FakeProvider) -> None:
    invoice = make.make_invoice()
    old, _ = begin(invoice)
    make.make_payment(invoice, gateway="manual", amount=200)
    provider.silent.append("close")
    with pytest.raises(BusinessError, match="Try again in a few minutes"):
        begin(invoice)
    assert stands(old) == ("open", "unpaid")
    new, _ = begin(invoice)
    assert (stands(old)[0], new.amount) == ("closed", 1000)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "http://pay.example.net", "javascript:alert(1)//"]
)
def test_a_client_is_sent_to_hosts_of_the_gateway_only(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeGateway, "leads_to", elsewhere)
    with pytest.raises(BusinessError, match="The payment provider returned an unexpected address"):
        begin(make.make_invoice())


def test_a_failure_after_the_success_is_ignored_and_a_success_after_a_failure_booked(
    provider: FakeProvider,
) -> None:
    """R5."""
    attempt, started = begin(make.make_invoice())
    provider.decline(started.reference, "Your bank said no.")
    hear(started.reference)
    assert stands(attempt) == ("failed", "unpaid")
    assert attempt.failure == "Your bank said no."
    provider.pay(started.reference)
    hear(started.reference)
    assert stands(attempt) == ("succeeded", "paid")
    provider.decline(started.reference, "Too late.")
    for _ in range(2):
        hear(started.reference)
    assert stands(attempt) == ("succeeded", "paid")
    assert Payment.objects.count() == 1


def test_money_in_another_currency_ends_its_attempt_and_the_client_may_pay_anew(
    provider: FakeProvider,
) -> None:
    """It stayed open, over money that could not be booked, and each new try led there until it expired."""
    invoice = make.make_invoice()
    attempt, started = begin(invoice)
    provider.pay(started.reference, currency="USD")
    for _ in range(2):
        hear(started.reference)
    assert stands(attempt) == ("failed", "unpaid")
    assert "different currency" in attempt.failure
    kept = UnallocatedPayment.objects.get()
    assert (kept.reason, kept.amount, kept.currency_code) == ("currency", 1200, "USD")
    again, anew = begin(invoice)
    assert again != attempt
    provider.pay(anew.reference)
    hear(anew.reference)
    assert stands(again) == ("succeeded", "paid")


def test_money_from_where_it_is_tomorrow_already_is_booked_today() -> None:
    """It was refused, as a day in the future that somebody had typed."""
    attempt, started = begin(make.make_invoice())
    tomorrow = make.AT.date() + timedelta(days=1)
    apply_payment_report(
        gateway="fake",
        report=PaymentReport("paid", started.reference, "t-1", 1200, "EUR", received_on=tomorrow),
        ctx=CTX,
    )
    assert stands(attempt) == ("succeeded", "paid")
    assert Payment.objects.get().received_on == make.AT.date()


def test_money_that_staff_assigned_meanwhile_is_found_by_a_report_that_comes_again() -> None:
    """R2; it was refused as "booked as a payment already"."""
    invoice = make.make_invoice()
    fact = PaymentReport("paid", "of nobody", "t-9", 1200, "EUR")
    apply_payment_report(gateway="fake", report=fact, ctx=CTX)
    booked = assign_unallocated_payment(
        unallocated=UnallocatedPayment.objects.get(), to=invoice, ctx=CTX
    )
    apply_payment_report(gateway="fake", report=fact, ctx=CTX)
    assert (Payment.objects.get(), UnallocatedPayment.objects.get().status) == (booked, "assigned")


class TestOfWhomNobodyHears:
    """Lost events (payments.md 2.8)."""

    def test_the_gateway_is_asked_after_15_minutes_and_then_until_it_knows(
        self, provider: FakeProvider
    ) -> None:
        attempt, started = begin(make.make_invoice())
        for minutes in (0, 14, 15, 30, 59):
            after(minutes)
        assert provider.calls.count("fetch") == 1
        provider.pay(started.reference)
        after(60)
        assert stands(attempt) == ("succeeded", "paid")
        after(600)
        assert provider.calls.count("fetch") == 2
        assert not Job.objects.exclude(status__in=["succeeded", "dropped"]).exists()

    @pytest.mark.parametrize("expired_first", [True, False])
    def test_what_is_pending_when_its_time_is_over_is_closed_there(
        self, provider: FakeProvider, *, expired_first: bool
    ) -> None:
        attempt, started = begin(make.make_invoice())
        if expired_first:
            expire_attempts(ctx=Context(make.AT + 60 * MINUTE, SYSTEM))
        after(15)
        after(60)
        assert provider.sessions[started.reference].state == "closed"
        assert stands(attempt) == ("expired" if expired_first else "closed", "unpaid")

    def test_one_that_was_paid_in_its_last_minute_is_booked_after_it_expired(
        self, provider: FakeProvider
    ) -> None:
        attempt, started = begin(make.make_invoice())
        after(15)
        provider.pay(started.reference)
        expire_attempts(ctx=Context(make.AT + 60 * MINUTE, SYSTEM))
        after(60)
        assert stands(attempt) == ("succeeded", "paid")

    def test_a_gateway_that_is_down_is_asked_until_it_is_back(self, provider: FakeProvider) -> None:
        """O5: the work waits, and nothing parks."""
        attempt, started = begin(make.make_invoice())
        provider.pay(started.reference)
        provider.silent += ["fetch"] * 4
        for minutes in (15, 60, 120, 180):
            after(minutes)
        assert stands(attempt) == ("open", "unpaid")
        after(240)
        assert stands(attempt) == ("succeeded", "paid")


@pytest.mark.parametrize("was_paid", [False, True])
def test_a_session_is_closed_once_the_invoice_is_paid_otherwise(
    provider: FakeProvider, *, was_paid: bool
) -> None:
    """It could be paid for an hour more; what was paid there before it could be closed is credit."""
    invoice = make.make_invoice()
    attempt, started = begin(invoice)
    if was_paid:
        provider.pay(started.reference)
    make.make_payment(invoice, gateway="manual")
    after(0)
    assert stands(attempt) == ("succeeded" if was_paid else "closed", "paid")
    assert provider.sessions[started.reference].state == ("paid" if was_paid else "closed")
    assert credit_balance(invoice.client_id, "EUR") == (1200 if was_paid else 0)


def test_a_session_of_an_invoice_that_was_voided_is_closed_at_the_next_look(
    provider: FakeProvider,
) -> None:
    invoice = make.make_invoice()
    attempt, started = begin(invoice)
    void_invoice(invoice=invoice, reason="mistake", ctx=CTX)
    provider.silent.append("fetch")
    after(15)
    after(60)
    assert stands(attempt) == ("closed", "cancelled")
    assert provider.sessions[started.reference].state == "closed"


def test_a_bank_transfer_is_asked_of_nobody() -> None:
    switch_on_bank_transfer()
    start_payment.start_payment(
        invoice=make.make_invoice(),
        gateway="bank_transfer",
        created_by=None,
        return_url=str,
        ctx=CTX,
    )
    assert not Job.objects.filter(action="attempt.follow").exists()
