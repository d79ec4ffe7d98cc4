"""A gateway refuses our key: staff hear of it from whatever asked, and no client loses a try by it (payments.md 7)."""

from collections.abc import Callable

import pytest

from commerce.billing.models import Invoice
from commerce.jobs.manual import drop_job, finish_manually
from commerce.jobs.models import Job
from commerce.kit.errors import BusinessError
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.models import Attempt, Payment
from commerce.payments.start_payment import start_card_setup
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import CTX, DAY, FIRST, at, keep, night, status, told, tries, work
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver
from tests.payments.test_redirect import begin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


@pytest.fixture(autouse=True)
def _staff(provider: FakeProvider) -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)


def test_a_charge_that_the_gateway_did_not_take_is_no_try_and_the_next_run_makes_it(
    invoice: Invoice, provider: FakeProvider
) -> None:
    """It read as silence: staff were asked whether a charge was made that never went out, and the try was lost."""
    provider.refuses_key.append("charge_saved")
    night(FIRST)
    assert (tries(invoice), told("payment_failed")) == ([], [])
    assert (Attempt.objects.get().status, Job.objects.get(action="attempt.charge").status) == (
        "failed",
        "succeeded",
    )
    [mail] = told("gateway_key_refused")
    assert mail.recipient == "staff@example.net"
    night(FIRST + DAY)
    assert (tries(invoice), status(invoice)) == ([(1, 2, "succeeded")], "paid")


def test_a_key_that_is_refused_after_silence_says_nothing_of_the_charge_before(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.lost.append("charge_saved")
    night(FIRST)
    provider.refuses_key.append("charge_saved")
    work(FIRST, minutes=5)
    assert (tries(invoice), len(told("gateway_key_refused"))) == ([(1, 1, "open")], 1)
    work(FIRST, minutes=60)
    assert (tries(invoice), status(invoice)) == ([(1, 1, "succeeded")], "paid")


def a_poll(provider: FakeProvider) -> None:
    begin(make.make_invoice())


def a_setup(provider: FakeProvider) -> None:
    start_card_setup(
        client=make.make_client(),
        gateway="fake",
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=CTX,
    )


def a_removed_card(provider: FakeProvider) -> None:
    remove_card(card=keep(make.make_client()), ctx=CTX)


def a_refund(provider: FakeProvider) -> None:
    payment = make.make_payment(gateway="fake")
    refund_payment(
        method="gateway", payment=payment, amount=500, reason="asked", idempotency_key="r", ctx=CTX
    )


def a_message(provider: FakeProvider) -> None:
    assert deliver(provider.notice(begin(make.make_invoice())[1].reference)).status == 200


@pytest.mark.parametrize(
    ("call", "made"),
    [
        ("fetch", a_poll),
        ("fetch", a_message),
        ("fetch_card_setup", a_setup),
        ("remove_card", a_removed_card),
        ("refund", a_refund),
        ("fetch_refund", a_refund),
    ],
)
def test_staff_hear_of_it_from_each_job_that_asks(
    provider: FakeProvider, call: str, made: Callable[[FakeProvider], None]
) -> None:
    made(provider)
    provider.refuses_key += [call] * 9
    for minutes in (0, 20, 70):
        run_jobs_but_documents(at=at(make.AT.date(), minutes).at)
    assert len(told("gateway_key_refused")) == 1


class TestDropping:
    """A charge or a refund that was dropped stayed under way for ever, and nothing else could be tried."""

    def test_a_charge_without_an_answer_is_looked_at_by_staff_before_it_ends(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        provider.silent += ["charge_saved"] * 100
        night(FIRST)
        job = Job.objects.get(action="attempt.charge")
        with pytest.raises(BusinessError, match="can't be discarded"):
            drop_job(job=job, reason="too long", ctx=at(FIRST))
        work(FIRST, minutes=24 * 60)
        job.refresh_from_db()
        assert job.status == "parked"
        with pytest.raises(BusinessError, match="can't be discarded"):
            drop_job(job=job, reason="too long", ctx=at(FIRST))
        finish_manually(job=job, reason="it did not", ctx=at(FIRST, 24 * 60))
        provider.silent.clear()
        night(FIRST + DAY)
        assert tries(invoice) == [(1, 1, "failed"), (2, 2, "succeeded")]

    def test_a_refund_is_not_dropped_either(self, provider: FakeProvider) -> None:
        a_refund(provider)
        with pytest.raises(BusinessError, match="can't be discarded"):
            drop_job(job=Job.objects.get(action="refund.send"), reason="no", ctx=CTX)
        run_jobs_but_documents(at=make.AT)
        assert (list(provider.refunds.values()), Payment.objects.count()) == ([500], 1)
