"""What stops an automatic payment at once, and what a dry run, a mail and a repeated run say of it (payments.md 7)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.jobs.runner import run_due_jobs
from commerce.kit.errors import StateConflict
from commerce.payments import start_payment
from commerce.payments.actions.card_charges import try_saved_card
from commerce.payments.actions.disputes import open_dispute
from commerce.payments.actions.saved_cards import (
    remove_card,
)
from commerce.payments.autopay import next_autopay_date
from commerce.payments.models import Attempt, Payment, SavedCard
from commerce.payments.start_payment import start_card_setup
from commerce.runs.dry_run import preview_run
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import (
    CTX,
    DAY,
    FIRST,
    STEP,
    TODAY,
    at,
    keep,
    night,
    run,
    status,
    told,
    tries,
    work,
)
from tests.make.jobs import run_jobs_but_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


@pytest.fixture(params=["hold", "autopay off", "card removed", "gateway off", "no default"])
def obstacle(request: pytest.FixtureRequest, client: Client, invoice: Invoice) -> Iterator[None]:
    match request.param:
        case "hold":
            set_dunning_hold(reason="asked", invoice=invoice, until=FIRST, ctx=CTX)
        case "autopay off":
            set_autopay(client=client, on=False, ctx=CTX)
        case "card removed":
            remove_card(card=SavedCard.objects.get(), ctx=CTX)
        case "gateway off":
            set_setting(key="gateway.fake.enabled", value="off", ctx=CTX)
        case "no default":
            first = SavedCard.objects.get()
            keep(client, "card-2")
            remove_card(card=first, ctx=CTX)
    return


@pytest.mark.usefixtures("obstacle")
def test_no_try_is_made(invoice: Invoice, provider: FakeProvider) -> None:
    night(FIRST)
    assert (tries(invoice), provider.sessions) == ([], {})


@pytest.mark.parametrize("change", ["autopay off", "card removed", "hold", "another default"])
def test_what_is_switched_off_after_the_run_stops_its_charge_at_once(
    client: Client, invoice: Invoice, provider: FakeProvider, change: str
) -> None:
    run(FIRST)
    match change:
        case "autopay off":
            set_autopay(client=client, on=False, ctx=at(FIRST))
        case "card removed":
            remove_card(card=SavedCard.objects.get(), ctx=at(FIRST))
        case "hold":
            set_dunning_hold(reason="asked", invoice=invoice, until=FIRST, ctx=at(FIRST))
        case "another default":
            SavedCard.objects.update(is_default=False)
            SavedCard.objects.filter(pk=keep(client, "card-2").pk).update(is_default=True)
    work(FIRST, minutes=2)
    assert (tries(invoice), provider.sessions) == ([], {})
    night(FIRST + DAY)
    resumed = change in ("hold", "another default")
    assert tries(invoice) == ([(1, 2, "succeeded")] if resumed else [])


def test_a_hold_moves_the_charge_to_the_day_after_it(invoice: Invoice) -> None:
    set_dunning_hold(reason="asked", invoice=invoice, until=TODAY + 3 * DAY, ctx=CTX)
    assert next_autopay_date(invoice, TODAY) == TODAY + 4 * DAY
    night(TODAY + 3 * DAY)
    assert tries(invoice) == []
    night(TODAY + 4 * DAY)
    assert tries(invoice) == [(1, 4, "succeeded")]


def test_after_days_without_a_run_the_latest_step_alone_is_tried(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.declined["card-1"] = "No"
    night(FIRST)
    night(TODAY + 7 * DAY)
    assert tries(invoice) == [(1, 1, "failed"), (4, 7, "failed")]
    night(TODAY + 8 * DAY)
    assert tries(invoice)[-1] == (5, 8, "failed")


def test_running_again_and_again_changes_nothing(invoice: Invoice, provider: FakeProvider) -> None:
    provider.declined["card-1"] = "No"
    for _ in range(20):
        night(FIRST)
    assert (tries(invoice), len(provider.sessions)) == ([(1, 1, "failed")], 1)


def test_a_removed_card_is_forgotten_there_after_its_charge_has_its_answer(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.lost.append("charge_saved")
    night(FIRST)
    remove_card(card=SavedCard.objects.get(), ctx=at(FIRST))
    work(FIRST)
    assert provider.forgotten == []
    work(FIRST, minutes=3)
    work(FIRST, minutes=6)
    assert (provider.forgotten, status(invoice)) == (["card-1"], "paid")


def test_a_dry_run_says_which_card_would_be_charged_and_charges_none(
    invoice: Invoice, provider: FakeProvider
) -> None:
    """O2."""
    report = preview_run(STEP, day=RunDay(FIRST, at(FIRST).at))
    [act] = report.acts
    assert (act["action"], act["name"]) == ("attempt.created", f"Visa •••• 4242 {invoice.number}")
    assert "amount: 1200" in act["detail"]
    assert (report.steps[0].counts, provider.sessions) == ({"charges": 1}, {})
    assert not Attempt.objects.exists()


def test_no_client_pays_by_hand_what_is_being_charged_by_the_same_gateway_in_their_presence(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """An attempt whose charge is out must not be given up as one that nobody was sent to."""
    provider.lost.append("charge_saved")
    night(FIRST)
    Attempt.objects.update(kind="on_session")
    with pytest.raises(StateConflict, match="being processed"):
        start_payment.start_payment(
            invoice=Invoice.objects.get(pk=invoice.pk),
            gateway="fake",
            created_by=None,
            return_url="https://shop.example/{}".format,
            ctx=at(FIRST),
        )


def test_the_mail_of_an_invoice_says_when_the_card_is_charged(
    client: Client, provider: FakeProvider
) -> None:
    invoice = make.make_invoice(client)
    other = make.make_invoice()
    run_due_jobs(at=at(TODAY).at)  # with the document that it attaches
    texts = {mail.about_id: mail.text for mail in told("invoice_created")}
    assert "charge your saved card on" in texts[invoice.pk]
    assert "charge your saved card" not in texts[other.pk]


def test_a_client_saved_through_the_gateway_is_charged_as_its_customer(
    provider: FakeProvider,
) -> None:
    client = make.make_client()
    _setup, session = start_card_setup(
        client=client,
        gateway="fake",
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=CTX,
    )
    provider.save(session.reference)
    run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
    invoice = make.make_invoice(client)
    assert try_saved_card(invoice=invoice, day=TODAY, ctx=CTX) is None
    night(FIRST)
    assert status(invoice) == "paid"


def test_the_card_of_a_disputed_payment_is_charged_no_more(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """payments.md 8."""
    night(FIRST)
    payment = Payment.objects.get()
    open_dispute(payment=payment, reference="d-1", amount=1200, reason="unknown", ctx=at(FIRST))
    work(FIRST)
    card = SavedCard.objects.get()
    assert (card.stopped_at is not None, "disputed" in card.failure) == (True, True)
    second = make.make_invoice(client)
    night(FIRST + DAY)
    assert (tries(second), status(second)) == ([], "unpaid")
