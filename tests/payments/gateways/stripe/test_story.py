"""Stripe from end to end: the client pays, Stripe's messages come to our door in any order and more than once."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.billing.models import Invoice
from commerce.demo.stripe_double.account import StripeObject
from commerce.demo.stripe_double.disputes import open_dispute
from commerce.demo.stripe_double.payment_intents import confirm_payment
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments import start_payment
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.models import Attempt, GatewayCustomer, GatewayEvent, Payment, SavedCard
from commerce.payments.start_payment import start_card_setup
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.stripe import StripeWorld
from tests.make.cards import DAY, FIRST, at, night, status, told, tries, work
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver

pytestmark = pytest.mark.usefixtures("proven")
CTX = Context(make.AT, SYSTEM)
VISA, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"
BACK = "https://shop.example/{}".format


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.freeze_time(make.AT):
        yield


def begin(invoice: Invoice, *, save_card: bool = False) -> Attempt:
    invoice.refresh_from_db()
    return start_payment.start_payment(
        invoice=invoice,
        gateway="stripe",
        created_by=None,
        return_url=BACK,
        save_card=save_card,
        ctx=CTX,
    )[0]


def hear(world: StripeWorld, *events: StripeObject) -> None:
    for event in events:
        assert deliver(world.message(event), "stripe").status == 200
    run_jobs_but_documents(at=clock.now())


def events_of(world: StripeWorld, reference: str) -> list[StripeObject]:
    """All that Stripe has to tell of a payment, in the order in which it happened."""
    return [
        event
        for event in reversed(world.all_of("event"))
        if reference
        in (event["data"]["object"]["id"], event["data"]["object"].get("payment_intent"))
    ]


def test_a_client_pays_after_a_decline_and_their_bank_and_the_card_is_kept(
    world: StripeWorld,
) -> None:
    client = make.make_client()
    invoice = make.make_invoice(client)
    attempt = begin(invoice, save_card=True)
    reference = attempt.reference or ""
    world.confirm(reference, DECLINED)
    hear(world, world.event("payment_intent.payment_failed"))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.failure) == ("open", "Your card was declined.")
    world.answer_bank(world.confirm(reference, ASKS), "pass")
    hear(world, *events_of(world, reference))
    payment = Payment.objects.get()
    assert (payment.amount, payment.invoice.status, payment.fee) == (1200, "paid", 43)
    assert (payment.transaction_id, payment.card_last4) == (reference, "3155")
    card = SavedCard.objects.get()
    assert (card.client_id, card.is_default, card.last4) == (client.pk, True, "3155")
    customer = GatewayCustomer.objects.get(client=client).reference
    assert world.double.account.objects[card.token]["customer"] == customer


def test_a_decline_is_told_in_the_language_of_the_client(world: StripeWorld) -> None:
    set_setting(key="locale.enabled", value="en,de", ctx=CTX)
    attempt = begin(make.make_invoice(make.make_client(locale="de")))
    world.confirm(attempt.reference or "", "4000000000009995")
    hear(world, world.event("payment_intent.payment_failed"))
    attempt.refresh_from_db()
    assert attempt.failure == "Ihre Karte ist nicht ausreichend gedeckt."


@pytest.mark.parametrize("seed", range(5))
def test_messages_in_any_order_and_number_come_to_the_same_books(
    world: StripeWorld, seed: int
) -> None:
    """Declined, asked by the bank, paid: told at random, twice or more, by Stripe and by our own looks."""
    invoice = make.make_invoice()
    attempt = begin(invoice)
    reference = attempt.reference or ""
    world.confirm(reference, DECLINED)
    asked = world.confirm(reference, ASKS)
    world.answer_bank(asked, "pass")
    chance = random.Random(seed)  # noqa: S311 - the same each time
    told = events_of(world, reference) * 3
    chance.shuffle(told)
    for event in told:
        assert deliver(world.message(event), "stripe").status == 200
        if chance.random() < 0.5:
            run_jobs_but_documents(at=make.AT)
    run_jobs_but_documents(at=make.AT)
    attempt.refresh_from_db()
    invoice.refresh_from_db()
    assert (attempt.status, invoice.status, invoice.amount_due) == ("succeeded", "paid", 0)
    assert Payment.objects.get().amount == 1200
    assert {event.status for event in GatewayEvent.objects.all()} <= {"processed", "ignored"}


def test_no_message_comes_at_all_and_the_poll_finds_the_money(world: StripeWorld) -> None:
    """The webhook was never set up at Stripe, or is switched off."""
    invoice = make.make_invoice()
    world.confirm(begin(invoice).reference or "", VISA)
    run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_stripe_is_down_while_its_message_is_processed_and_the_money_comes_later(
    world: StripeWorld,
) -> None:
    invoice = make.make_invoice()
    world.confirm(begin(invoice).reference or "", VISA)
    for kind in ("silent", "error", "rate_limited"):
        world.fails("GET /v1/payment_intents/{id}", kind)
    hear(world, world.event("payment_intent.succeeded"))
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"
    for minutes in itertools.accumulate((10, 60, 600)):
        run_jobs_but_documents(at=make.AT + timedelta(minutes=minutes))
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    assert Payment.objects.count() == 1


@pytest.fixture
def saved(world: StripeWorld) -> SavedCard:
    """A card that a client saved on the page of their payment methods."""
    client = make.make_client()
    setup, _ = start_card_setup(
        client=client, gateway="stripe", created_by=None, return_url=BACK, ctx=CTX
    )
    world.confirm(setup.reference or "", VISA)
    hear(world, world.event("setup_intent.succeeded"))
    return SavedCard.objects.get()


class TestAutopay:
    def test_the_card_is_charged_at_night_and_the_message_about_it_changes_nothing(
        self, world: StripeWorld, saved: SavedCard
    ) -> None:
        invoice = make.make_invoice(saved.client)
        night(FIRST)
        payment = Payment.objects.get()
        assert (payment.amount, payment.card_last4, status(invoice)) == (1200, "4242", "paid")
        with clock.freeze_time(at(FIRST).at):
            hear(world, *events_of(world, payment.transaction_id))
        assert Payment.objects.count() == 1

    def test_an_answer_that_is_lost_is_asked_for_again_and_charged_once(
        self, world: StripeWorld, saved: SavedCard
    ) -> None:
        """The message about it comes first, of a payment that has no name here yet."""
        invoice = make.make_invoice(saved.client)
        world.fails("POST /v1/payment_intents", "lost")
        night(FIRST)
        assert status(invoice) == "unpaid"
        work(FIRST, 180)
        assert (status(invoice), len(world.all_of("charge"))) == ("paid", 1)

    def test_a_charge_that_is_not_due_any_more_is_found_though_the_clock_of_stripe_is_late(
        self, world: StripeWorld, saved: SavedCard
    ) -> None:
        """Stripe counts whole seconds, too: it was taken for one never made, and the card could be charged again."""
        invoice = make.make_invoice(saved.client)
        world.fails("POST /v1/payment_intents", "lost")
        with clock.freeze_time(at(FIRST).at - timedelta(seconds=1)):
            night(FIRST)
        set_autopay(client=saved.client, on=False, ctx=at(FIRST))
        work(FIRST, 5)
        assert (tries(invoice), status(invoice)) == ([(1, 1, "succeeded")], "paid")
        assert len(world.all_of("charge")) == 1

    def test_a_charge_of_another_installation_is_not_taken_for_ours(
        self, world: StripeWorld, saved: SavedCard
    ) -> None:
        """It counts its attempts as we do, and shares the account."""
        invoice = make.make_invoice(saved.client)
        world.fails("POST /v1/payment_intents", "lost")
        night(FIRST)
        [theirs] = world.all_of("payment_intent")
        theirs["metadata"]["key"] = "theirs"
        set_autopay(client=saved.client, on=False, ctx=at(FIRST))
        work(FIRST, 5)
        assert (tries(invoice), status(invoice)) == ([(1, 1, "closed")], "unpaid")

    def test_a_decline_whose_answer_was_lost_is_found_though_it_is_not_due_any_more(
        self, world: StripeWorld, saved: SavedCard
    ) -> None:
        invoice = make.make_invoice(saved.client)
        world.double.account.card_numbers[saved.token] = "4000000000009979"
        world.fails("POST /v1/payment_intents", "lost")
        night(FIRST)
        set_autopay(client=saved.client, on=False, ctx=at(FIRST))
        work(FIRST, 5)
        work(FIRST, 6)
        saved.refresh_from_db()
        assert (tries(invoice), saved.stopped_at is not None) == ([(1, 1, "failed")], True)
        assert len(told("payment_failed")) == 1

    @pytest.mark.parametrize(
        ("number", "tried", "stopped"),
        [("4000000000009995", 2, False), ("4000000000009979", 1, True)],
    )
    def test_a_decline_says_whether_the_card_is_tried_again(
        self, world: StripeWorld, saved: SavedCard, number: str, tried: int, *, stopped: bool
    ) -> None:
        invoice = make.make_invoice(saved.client)
        world.double.account.card_numbers[saved.token] = number
        for day in (FIRST, FIRST + DAY):
            night(day)
        saved.refresh_from_db()
        assert [result for _, _, result in tries(invoice)] == ["failed"] * tried
        assert (saved.stopped_at is not None) == stopped
        assert len(told("payment_failed")) == 1
        assert Payment.objects.count() == 0

    def test_a_bank_that_wants_to_see_the_client_has_them_mailed(
        self, world: StripeWorld, saved: SavedCard
    ) -> None:
        invoice = make.make_invoice(saved.client)
        world.double.account.card_numbers[saved.token] = "4000002760003184"
        night(FIRST)
        assert len(told("payment_action_required")) == 1
        with clock.freeze_time(at(FIRST).at):
            world.answer_bank(world.confirm(begin(invoice).reference or "", ASKS), "pass")
            hear(world, world.event("payment_intent.succeeded"))
        assert (status(invoice), Payment.objects.count()) == ("paid", 1)


def test_a_card_is_saved_alone_and_forgotten_at_stripe_when_it_is_removed(
    world: StripeWorld,
) -> None:
    client = make.make_client()
    setup, _ = start_card_setup(
        client=client, gateway="stripe", created_by=None, return_url=BACK, ctx=CTX
    )
    world.answer_bank(world.confirm(setup.reference or "", ASKS), "pass")
    hear(world, world.event("setup_intent.succeeded"), world.event("setup_intent.succeeded"))
    card = SavedCard.objects.get()
    assert (card.last4, card.is_default) == ("3155", True)
    remove_card(card=card, ctx=CTX)
    run_jobs_but_documents(at=make.AT + timedelta(minutes=2))
    assert world.double.account.objects[card.token]["customer"] is None


def test_a_card_that_is_removed_at_stripe_is_charged_no_more(
    world: StripeWorld, saved: SavedCard
) -> None:
    headers = {"Authorization": f"Bearer {world.double.account.secret_key}"}
    world.browser.post(f"/v1/payment_methods/{saved.token}/detach", headers=headers)
    hear(world, world.event("payment_method.detached"))
    saved.refresh_from_db()
    assert saved.removed_at is not None


@pytest.mark.parametrize("save_card", [False, True])
def test_a_saved_card_chosen_on_the_page_is_charged_no_more_once_that_payment_is_disputed(
    world: StripeWorld, saved: SavedCard, *, save_card: bool
) -> None:
    """Without the tick nobody knew which card had paid, and it was charged for the next invoice."""
    attempt = begin(make.make_invoice(saved.client), save_card=save_card)
    account = world.double.account
    intent = account.get("payment_intent", attempt.reference or "")
    confirm_payment(account, intent, {"payment_method": saved.token})
    hear(world, *events_of(world, attempt.reference or ""))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.saved_card) == ("succeeded", saved)
    open_dispute(account, account.get("charge", intent["latest_charge"]))
    hear(world, world.event("charge.dispute.created"))
    saved.refresh_from_db()
    assert saved.stopped_at is not None
    following = make.make_invoice(saved.client)
    night(FIRST)
    assert (tries(following), SavedCard.objects.count()) == ([], 1)
