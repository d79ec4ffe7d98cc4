"""PayPal accounts that clients agreed to save: kept, charged at night, never twice."""

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.job_names import CHARGE_SAVED_CARD
from commerce.payments.models import Attempt, CardSetup, SavedCard
from tests import make
from tests.doubles.paypal import PayPalWorld
from tests.make.cards import DAY, FIRST, at, night, status, told, tries, work
from tests.payments.gateways.paypal.steps import CREATE, Payer, hear, run

pytestmark = pytest.mark.usefixtures("proven", "world")


def test_one_is_saved_alone_on_paypals_page_or_not(payer: Payer, world: PayPalWorld) -> None:
    add = "/client/payment-methods/add"
    form = {"gateway": "paypal", "consent": "on"}
    assert payer.web.post(add, form)["Location"].startswith("https://www.sandbox.paypal.com/")
    setup = CardSetup.objects.get()
    result = f"/client/payment-methods/return/{setup.pk}"
    left = payer.web.get(f"{result}?canceled=1").content.decode()
    assert "Payment method not saved" in left
    world.account.approve_setup(setup.reference or "")
    payer.web.get(result)
    run()
    assert "Payment method saved" in payer.web.get(result).content.decode()
    assert SavedCard.objects.get().name == "PayPal al•••@example.com"


def saved(payer: Payer, world: PayPalWorld) -> SavedCard:
    """An account that was kept while its owner paid."""
    order = payer.start(save_card="on")
    world.account.approve(order)
    payer.back()
    run()
    return SavedCard.objects.get()


def test_it_is_kept_with_consent_and_charged_at_night(payer: Payer, world: PayPalWorld) -> None:
    card = saved(payer, world)
    assert (card.name, card.is_default) == ("PayPal al•••@example.com", True)
    assert card.consent_text
    page = payer.web.get("/client/payment-methods").content.decode()
    assert "PayPal al•••@example.com" in page
    invoice = make.make_invoice(card.client)
    world.fails(CREATE, "lost")
    night(FIRST)
    work(FIRST, 180)
    assert (status(invoice), len(world.account.captures)) == ("paid", 2)
    assert tries(invoice) == [(1, 1, "succeeded")]


def test_one_that_is_held_back_and_then_not_known_is_never_charged_again(
    payer: Payer, world: PayPalWorld
) -> None:
    """An app of the other mode was set: the charge was closed, and the invoice charged once more."""
    card = saved(payer, world)
    world.account.capture_status = "PENDING"
    invoice = make.make_invoice(card.client)
    night(FIRST)
    assert tries(invoice) == [(1, 1, "open")]
    known, world.account.orders = world.account.orders, {}
    capture = next(iter(reversed(world.account.captures.values())))
    with clock.freeze_time(at(FIRST).at):
        hear(world, "PAYMENT.CAPTURE.PENDING", capture)
    for day in range(1, 9):
        night(FIRST + day * DAY)
    assert (tries(invoice), len(world.account.captures)) == ([(1, 1, "open")], 2)
    world.account.orders = known
    capture["status"] = "COMPLETED"
    night(FIRST + 10 * DAY)
    assert (tries(invoice), status(invoice)) == ([(1, 1, "succeeded")], "paid")


def test_a_decline_of_what_paypal_leaves_to_us_is_told_and_tried_again_by_schedule(
    payer: Payer, world: PayPalWorld
) -> None:
    card = saved(payer, world)
    world.account.leaves_charges = "APPROVED"
    world.account.declines[card.token] = "INSTRUMENT_DECLINED"
    invoice = make.make_invoice(card.client)
    night(FIRST)
    assert (tries(invoice), len(told("payment_failed"))) == ([(1, 1, "failed")], 1)
    set_autopay(client=card.client, on=False, ctx=at(FIRST))
    world.account.declines.clear()
    for minutes in (20, 70, 400, 1600):
        work(FIRST, minutes)
    assert (status(invoice), len(world.account.captures)) == ("unpaid", 1)


def test_one_that_its_owner_cancelled_at_paypal_is_charged_no_more(
    payer: Payer, world: PayPalWorld
) -> None:
    card = saved(payer, world)
    invoice = make.make_invoice(card.client)
    world.account.declines[card.token] = "AGREEMENT_ALREADY_CANCELLED"
    night(FIRST)
    card.refresh_from_db()
    assert card.stopped_at is not None
    assert (status(invoice), len(told("payment_failed"))) == ("unpaid", 1)


@pytest.mark.parametrize("what", ["card removed", "autopay off", "paid"])
@pytest.mark.parametrize("kind", ["silent", "lost"])
def test_a_charge_without_an_answer_is_never_sent_once_it_is_not_due(
    payer: Payer, world: PayPalWorld, what: str, kind: str
) -> None:
    """Unless the first one had arrived, the second was a new charge."""
    card = saved(payer, world)
    invoice = make.make_invoice(card.client)
    world.fails(CREATE, kind)
    night(FIRST)
    if what == "paid":
        make.make_payment(invoice, gateway="manual")
    elif what == "autopay off":
        set_autopay(client=card.client, on=False, ctx=at(FIRST))
    else:
        remove_card(card=card, ctx=at(FIRST))
    sent = world.calls(CREATE)
    for minutes in (2, 60, 290, 400):
        work(FIRST, minutes)
    assert (world.calls(CREATE), tries(invoice)) == (sent, [(1, 1, "open")])
    assert len(world.account.captures) == (2 if kind == "lost" else 1)
    assert (card.token in world.account.tokens) == (what != "card removed")
    assert "Look there" in Job.objects.get(action=CHARGE_SAVED_CARD, status="parked").error


def test_a_charge_without_an_answer_is_sent_again_for_five_hours_only(
    payer: Payer, world: PayPalWorld
) -> None:
    """PayPal forgets its key after six: then staff look there."""
    card = saved(payer, world)
    invoice = make.make_invoice(card.client)
    world.fails(CREATE, "silent", times=100)
    night(FIRST)
    for minutes in range(60, 900, 60):
        work(FIRST, minutes)
    sent = world.calls(CREATE)
    world.server.faults.clear()
    for minutes in range(900, 1300, 60):
        work(FIRST, minutes)
    assert (world.calls(CREATE), status(invoice)) == (sent, "unpaid")
    assert Attempt.objects.latest("pk").status == "open"
