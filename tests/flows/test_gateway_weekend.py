"""Stripe with the key of another account, of the other mode, and with one that has expired: no card stops by it, no
attempt is closed, and the right key mends it.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.daily_steps import DAILY_STEPS
from commerce.demo.stripe_double.account import StripeAccount
from commerce.jobs.models import Job, RemoteState
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import NeedsConfirmation
from commerce.mail.models import OutgoingMail
from commerce.payments.gateways.accounts import TRIED_CARDS, cards_at_rest
from commerce.payments.gateways.registry import get_gateway
from commerce.payments.models import Attempt, AutopayTry, Payment, SavedCard
from commerce.payments.start_payment import start_payment
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.stripe import SECRET_KEY, StripeWorld, stripe_on, stripe_world
from tests.make.jobs import run_jobs_but_documents
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
CARDS, OPEN = int(os.environ.get("CARDS", "5")), 3
"""`CARDS=60 make test ARGS=tests/flows/test_gateway_weekend.py` takes a minute more."""
DAY = timedelta(days=1)
SOME_STEPS = tuple(one for one in DAILY_STEPS if one.name in ("autopay", "compare-payments"))
VISA = "4242424242424242"
PAGE = "/admin/gateways/stripe"


@pytest.fixture
def stripe() -> Iterator[StripeWorld]:
    """Clients whose cards pay their invoices, and three who are about to pay one themselves."""
    with clock.freeze_time(make.AT), stripe_world() as world, stripe_on(world):
        set_setting(key="company.email", value="staff@example.net", ctx=Context(make.AT, SYSTEM))
        for _ in range(CARDS):
            client = make.make_client()
            attempt = begin(client, save_card=True)
            world.confirm(attempt.reference or "", VISA)
        run_jobs_but_documents(at=make.AT + timedelta(minutes=20))
        for card in SavedCard.objects.all():
            make.make_invoice(card.client)
        for _ in range(OPEN):
            begin(make.make_client())
        yield world


def begin(client: Client, *, save_card: bool = False) -> Attempt:
    attempt, _session = start_payment(
        invoice=make.make_invoice(client),
        gateway="stripe",
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=Context(clock.now(), SYSTEM),
        save_card=save_card,
    )
    return attempt


def days_pass(first: int, last: int) -> None:
    """Each day has its run, and the worker looks every three hours."""
    for day in range(first, last + 1):
        for minutes in range(0, 24 * 60, 180):
            at = make.AT + day * DAY + timedelta(minutes=minutes)
            with clock.freeze_time(at):
                if not minutes:
                    run_daily(SOME_STEPS, day=RunDay(at.date(), at), started_by="test")
                run_jobs_but_documents(at=at)


def told() -> Counter[str]:
    """Mails but those about payments that were made. No job has parked but those that wait for a document, which are
    not made here.
    """
    assert not Job.objects.filter(status="parked").exclude(action="mail.send").exists()
    events = OutgoingMail.objects.values_list("event", flat=True)
    kinds = ("gateway_", "remote_", "payment_", "run_", "payments_d")
    return Counter(one for one in events if one.startswith(kinds) and one != "payment_received")


def choose(value: str, day: float, *, sure: bool = False) -> None:
    with clock.freeze_time(make.AT + day * DAY) as _:
        ctx = Context(clock.now(), SYSTEM)
        set_setting(key="gateway.stripe.secret_key", value=value, ctx=ctx, is_confirmed=sure)


def stands() -> tuple[int, int, int]:
    """Cards that can be charged, attempts that clients have begun, and tries on cards."""
    open_ones = Attempt.objects.filter(status__in=["open", "expired"], kind="on_session")
    return SavedCard.objects.usable().count(), open_ones.count(), AutopayTry.objects.count()


def test_with_the_key_of_another_account_all_rests_until_the_right_one_is_back(
    stripe: StripeWorld,
) -> None:
    ours, wrong = stripe.double.account, "sk_test_another"
    theirs = StripeAccount(wrong, ours.publishable_key, ours.origin, name="acct_other")
    stripe.double.account = theirs
    with pytest.raises(
        NeedsConfirmation, match=f"has 0 of {min(CARDS, TRIED_CARDS)} saved payment methods"
    ) as refused:
        choose(wrong, 0.1)
    assert f"{CARDS} saved payment methods aren't charged" in str(refused.value)
    choose(wrong, 0.1, sure=True)
    days_pass(1, 4)
    assert cards_at_rest(get_gateway("stripe")).count() == CARDS
    assert stands() == (CARDS, OPEN, 0)
    staff = staff_browser(make_staff(email="grace@example.com"))
    assert f"{CARDS} saved payment methods belong to another account" in text_of(staff.get(PAGE))
    assert f"{CARDS} saved payment methods of another account at Card" in text_of(
        staff.get("/admin/dashboard")
    )
    assert told() == {"gateway_cards_rest": 1}
    assert {call.name for call in stripe.double.calls if call.name.startswith("POST")} == {
        "POST /v1/customers",
        "POST /v1/customers/{id}",
        "POST /v1/payment_intents",
        "POST /v1/payment_intents/{id}",
    }
    stripe.double.account = ours
    choose(SECRET_KEY, 4.99)
    days_pass(5, 5)
    assert cards_at_rest(get_gateway("stripe")).count() == 0
    assert Payment.objects.filter(attempt__kind="off_session").count() == CARDS
    assert told() == {"gateway_cards_rest": 1}


def test_a_new_account_takes_payments_and_cards_of_those_whose_cards_rest(
    stripe: StripeWorld,
) -> None:
    """It is meant: clients pay there, and save their cards anew."""
    ours = stripe.double.account
    stripe.double.account = StripeAccount(
        "sk_test_moved", ours.publishable_key, ours.origin, name="acct_new"
    )
    choose("sk_test_moved", 0.1, sure=True)
    card = SavedCard.objects.order_by("pk").first()
    assert card is not None
    with clock.freeze_time(make.AT + 0.2 * DAY):
        attempt = begin(card.client, save_card=True)
        stripe.confirm(attempt.reference or "", VISA)
    days_pass(1, 1)
    saved = SavedCard.objects.get(attempts=attempt)
    assert (saved.account, card.account) == ("test acct_new", "test acct_double")
    assert SavedCard.objects.usable().count() == CARDS + 1


def test_a_key_that_expires_on_friday_stops_nothing_and_a_new_one_mends_it(
    stripe: StripeWorld,
) -> None:
    stripe.double.account.secret_key = "sk_test_renewed"
    days_pass(1, 3)
    assert stands()[:2] == (CARDS, OPEN)
    assert not AutopayTry.objects.filter(attempt__status="failed").exists()
    assert told() == {"gateway_key_refused": 1}
    assert RemoteState.objects.get().name == "gateway stripe"
    with pytest.raises(NeedsConfirmation, match="doesn't accept these credentials"):
        choose("sk_test_mistyped", 3.99)
    choose("sk_test_renewed", 3.99)
    days_pass(4, 5)
    assert Payment.objects.filter(attempt__kind="off_session").count() == CARDS
    assert told() == {"gateway_key_refused": 1}
