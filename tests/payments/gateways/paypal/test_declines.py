"""What PayPal does not take: since the payer must choose something else, or since our own account is not in order."""

from datetime import timedelta

import pytest

from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.payments.handlers import POLL_SECONDS
from commerce.payments.job_names import CHARGE_REFUSED
from commerce.payments.models import Attempt, SavedCard
from tests import make
from tests.doubles.paypal import PayPalWorld
from tests.make.cards import FIRST, night, status
from tests.make.jobs import run_jobs_but_documents
from tests.payments.gateways.paypal.steps import Payer, hear, run
from tests.payments.gateways.paypal.test_payments import CAPTURE

pytestmark = pytest.mark.usefixtures("proven", "world")


def jobs_of_staff() -> list[str]:
    """What staff are asked to look at."""
    parked = Job.objects.filter(action=CHARGE_REFUSED, status="parked")
    return [job.error for job in parked]


def test_a_decline_sends_them_back_to_choose_something_else(
    payer: Payer, world: PayPalWorld
) -> None:
    order = payer.start()
    world.account.approve(order)
    world.account.declines[order] = "INSTRUMENT_DECLINED"
    payer.back()
    run()
    assert "PayPal declined the payment" in payer.back(look=3)
    for _ in range(3):  # their page asks again; nothing else was approved
        with clock.freeze_time(clock.now() + timedelta(seconds=POLL_SECONDS)):
            payer.back(look=3)
            run_jobs_but_documents(at=clock.now())
    assert world.calls(CAPTURE) == 1
    assert payer.start() == order
    world.account.approve(order)
    hear(world, "CHECKOUT.ORDER.APPROVED", world.account.orders[order])
    run(1)
    assert payer.state == ("succeeded", "paid")


def test_a_capture_that_is_refused_for_our_sake_blames_no_payer_and_staff_are_told_once(
    payer: Payer, world: PayPalWorld
) -> None:
    order = payer.start()
    world.account.approve(order)
    world.account.declines[order] = "PAYEE_ACCOUNT_RESTRICTED"
    for _ in range(2):
        payer.back()
        run()
    page = payer.back(look=3)
    assert "The payment provider refused this request. Try another payment method." in page
    assert "PayPal declined" not in page
    [text] = jobs_of_staff()
    assert "paypal refuses to take 12.00 EUR for INV-0001" in text
    assert "It says PAYEE_ACCOUNT_RESTRICTED" in text
    assert payer.start() == order  # by then it may be mended
    with clock.freeze_time(clock.now() + timedelta(seconds=POLL_SECONDS)):
        payer.back()
        run_jobs_but_documents(at=clock.now())
    assert payer.state == ("succeeded", "paid")


def test_a_charge_that_is_refused_for_our_sake_blames_no_bank(
    payer: Payer, world: PayPalWorld
) -> None:
    order = payer.start(save_card="on")
    world.account.approve(order)
    payer.back()
    run()
    card = SavedCard.objects.get()
    invoice = make.make_invoice(card.client)
    world.account.declines[card.token] = "PERMISSION_DENIED"
    night(FIRST)
    attempt = Attempt.objects.latest("pk")
    assert (attempt.status, status(invoice)) == ("failed", "unpaid")
    assert attempt.failure.startswith("The payment provider refused this request.")
    assert len(jobs_of_staff()) == 1
    card.refresh_from_db()
    assert card.stopped_at is None
