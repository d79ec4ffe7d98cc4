"""A payment that its payer only approved: a job captures it, while it is wanted, once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from threading import Lock

import pytest
from django.db import connection

from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import stop_invoice
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments import start_payment
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import PaymentReport, PaymentRequest
from commerce.payments.handlers import poll_soon
from commerce.payments.models import Attempt, Payment
from tests import make
from tests.doubles import gateway
from tests.doubles.gateway import FAKE_PROVIDER, FakeGateway, FakeProvider
from tests.flows.test_races import WORKERS, at_once
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver

CTX = Context(make.AT, SYSTEM)
BACK = "https://shop.example/{}".format
_one = Lock()


class ApprovingGateway(FakeGateway):
    """The same gateway, whose payers approve and which takes the money when it is told so."""

    def capture(self, attempt: PaymentRequest, approved: PaymentReport) -> PaymentReport:
        with FAKE_PROVIDER.call("capture"), _one:
            made = FAKE_PROVIDER.sessions[approved.reference]
            if made.state == "approved":
                FAKE_PROVIDER.pay(approved.reference)
        return self._fact(approved.reference)

    def close(self, reference: str) -> PaymentReport:
        with FAKE_PROVIDER.call("close"), _one:
            made = FAKE_PROVIDER.sessions[reference]
            if made.state in ("pending", "approved"):
                made.state = "closed"
        return self._fact(reference)


@pytest.fixture
def provider(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeProvider]:
    request.getfixturevalue("proven")
    monkeypatch.setattr(gateway, "FakeGateway", ApprovingGateway)
    with gateway.fake_gateway_on() as made, clock.freeze_time(make.AT):
        yield made


def begin(invoice: Invoice) -> Attempt:
    invoice.refresh_from_db()
    return start_payment.start_payment(
        invoice=invoice, gateway="fake", created_by=None, return_url=BACK, ctx=CTX
    )[0]


def approve(attempt: Attempt) -> None:
    FAKE_PROVIDER.sessions[attempt.reference or ""].state = "approved"


def come_back(attempt: Attempt) -> None:
    poll_soon(attempt=attempt, at=make.AT)
    run_jobs_but_documents(at=make.AT)


def hear(attempt: Attempt) -> None:
    assert deliver(FAKE_PROVIDER.notice(attempt.reference or "")).status == 200
    run_jobs_but_documents(at=make.AT)


def poll(attempt: Attempt) -> None:
    run_jobs_but_documents(at=make.AT + timedelta(minutes=16))


def stands(attempt: Attempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    assert attempt.invoice is not None
    return attempt.status, Invoice.objects.get(pk=attempt.invoice.pk).status


@pytest.mark.django_db
@pytest.mark.parametrize("told", [come_back, hear, poll])
def test_whoever_tells_of_it_first_has_it_captured(
    provider: FakeProvider, told: Callable[[Attempt], None]
) -> None:
    attempt = begin(make.make_invoice())
    approve(attempt)
    told(attempt)
    assert stands(attempt) == ("succeeded", "paid")
    assert provider.calls.count("capture") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["silent", "lost"])
def test_a_capture_without_an_answer_is_made_good_by_the_poll(
    provider: FakeProvider, kind: str
) -> None:
    attempt = begin(make.make_invoice())
    approve(attempt)
    getattr(provider, kind).append("capture")
    come_back(attempt)
    assert stands(attempt) == ("open", "unpaid")
    poll(attempt)
    assert stands(attempt) == ("succeeded", "paid")


def another_amount(attempt: Attempt) -> None:
    FAKE_PROVIDER.sessions[attempt.reference or ""].amount += 1


def another_currency(attempt: Attempt) -> None:
    FAKE_PROVIDER.sessions[attempt.reference or ""].currency = "USD"


def paid_otherwise(attempt: Attempt) -> None:
    assert attempt.invoice is not None
    make.make_payment(attempt.invoice, gateway="manual")


def expired(attempt: Attempt) -> None:
    expire_attempts(ctx=Context(make.AT + timedelta(hours=2), SYSTEM))


def closed(attempt: Attempt) -> None:
    report = registry.get_gateway("fake").close(attempt.reference or "")
    apply_payment_report(gateway="fake", report=report, ctx=CTX)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [another_amount, another_currency, paid_otherwise, expired, closed]
)
def test_what_is_not_wanted_any_more_is_not_captured_whoever_tells_of_it(
    provider: FakeProvider, change: Callable[[Attempt], None]
) -> None:
    attempt = begin(make.make_invoice())
    change(attempt)
    approve(attempt)
    for told in (hear, come_back, poll):
        told(attempt)
    run_jobs_but_documents(at=make.AT + timedelta(days=2))
    assert "capture" not in provider.calls
    assert not Payment.objects.filter(gateway="fake").exists()


def paid_in_part(attempt: Attempt) -> None:
    assert attempt.invoice is not None
    make.make_payment(attempt.invoice, gateway="manual", amount=200)


def under_review(attempt: Attempt) -> None:
    assert attempt.invoice is not None
    stop_invoice(invoice=attempt.invoice, ctx=Context(make.AT, SYSTEM))


@pytest.mark.django_db
@pytest.mark.parametrize("change", [paid_otherwise, paid_in_part, under_review, closed])
def test_what_changes_while_the_gateway_is_asked_is_not_captured(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, change: Callable[[Attempt], None]
) -> None:
    """Asking takes up to 20 seconds: the invoice was looked at as it had been before."""
    attempt = begin(make.make_invoice())
    approve(attempt)
    ask = ApprovingGateway.fetch

    def fetch(me: ApprovingGateway, reference: str) -> PaymentReport:
        report = ask(me, reference)
        monkeypatch.setattr(ApprovingGateway, "fetch", ask)
        change(attempt)
        return report

    monkeypatch.setattr(ApprovingGateway, "fetch", fetch)
    come_back(attempt)
    assert "capture" not in provider.calls
    assert stands(attempt)[0] == "closed"


@pytest.mark.django_db
def test_the_approved_charge_of_a_saved_account_is_closed_and_never_captured_later(
    provider: FakeProvider,
) -> None:
    """It was captured again daily, also after its owner had removed the account."""
    attempt = begin(make.make_invoice())
    Attempt.objects.update(kind="off_session", expires_at=None)
    approve(attempt)
    poll(attempt)
    assert (stands(attempt), "capture" in provider.calls) == (("closed", "unpaid"), False)


RACES = pytest.mark.skipif(connection.vendor == "sqlite", reason="its writers wait for each other")


@RACES
@pytest.mark.django_db(transaction=True)
def test_captured_by_20_at_once_it_is_booked_once(provider: FakeProvider) -> None:
    attempt = begin(make.make_invoice())
    approve(attempt)
    ways = [partial(told, attempt) for told in (come_back, hear, poll)]
    assert at_once([ways[n % 3] for n in range(WORKERS)]) == [None] * WORKERS
    assert stands(attempt) == ("succeeded", "paid")
    assert Payment.objects.count() == 1


@RACES
@pytest.mark.django_db(transaction=True)
def test_of_a_capture_and_a_new_amount_at_once_no_money_is_lost(provider: FakeProvider) -> None:
    """Captured first, it is booked, over whatever attempt; closed first, it is never captured."""
    for _ in range(5):
        invoice = make.make_invoice()
        old = begin(invoice)
        approve(old)
        make.make_payment(invoice, gateway="manual", amount=200)

        ways: list[Callable[[], object]] = [partial(begin, invoice), partial(come_back, old)]
        at_once([*ways, partial(hear, old)])
        run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
        was_taken = provider.sessions[old.reference or ""].state == "paid"
        booked = Payment.objects.filter(attempt=old).exists()
        assert (stands(old)[0], booked) == (("succeeded", True) if was_taken else ("closed", False))
        owed = Invoice.objects.get(pk=invoice.pk).amount_due
        assert owed == (0 if was_taken else 1000)
        assert credit_balance(invoice.client_id, "EUR") == (200 if was_taken else 0)
