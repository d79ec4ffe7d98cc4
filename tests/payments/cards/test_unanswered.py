"""A charge whose answer is missing: what is not due any more is looked up, never sent again (payments.md 7)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.gateways.contract import PaymentReport, RequestRefusedError
from commerce.payments.job_names import CHARGE_SAVED_CARD, FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, SavedCard
from tests import make
from tests.doubles.gateway import FakeGateway, FakeProvider, ProviderSession
from tests.make.cards import DAY, FIRST, at, night, status, told, tries, work
from tests.make.jobs import run_jobs_but_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


def change(what: str, client: Client, invoice: Invoice) -> None:
    match what:
        case "autopay off":
            set_autopay(client=client, on=False, ctx=at(FIRST))
        case "card removed":
            remove_card(card=SavedCard.objects.get(), ctx=at(FIRST))
        case "hold":
            set_dunning_hold(reason="asked", invoice=invoice, until=FIRST, ctx=at(FIRST))
        case "paid":
            make.make_payment(invoice, at=at(FIRST).at)
        case "paid in part":
            make.make_payment(invoice, amount=400, at=at(FIRST).at)


CHANGES = ["autopay off", "card removed", "hold", "paid", "paid in part"]


@pytest.mark.parametrize("what", CHANGES)
def test_one_that_never_went_out_is_not_sent_any_more(
    client: Client, invoice: Invoice, provider: FakeProvider, what: str
) -> None:
    provider.silent.append("charge_saved")
    night(FIRST)
    change(what, client, invoice)
    work(FIRST, minutes=5)
    assert (provider.sessions, tries(invoice)) == ({}, [(1, 1, "closed")])
    assert told("payment_failed") == []


@pytest.mark.parametrize("what", CHANGES)
def test_one_that_was_made_is_found_and_booked(
    client: Client, invoice: Invoice, provider: FakeProvider, what: str
) -> None:
    provider.lost.append("charge_saved")
    night(FIRST)
    change(what, client, invoice)
    provider.silent.append("list_payments")
    work(FIRST, minutes=5)
    assert tries(invoice) == [(1, 1, "open")]
    work(FIRST, minutes=20)
    assert (tries(invoice), status(invoice)) == ([(1, 1, "succeeded")], "paid")
    assert provider.calls.count("charge_saved") == 1


@pytest.mark.parametrize(("what", "mails"), [("autopay off", 1), ("hold", 1), ("paid", 0)])
def test_one_that_was_declined_is_told_as_what_it_is(
    client: Client, invoice: Invoice, provider: FakeProvider, what: str, mails: int
) -> None:
    """It was taken for one never made: nobody heard of it, and the card that was stolen was charged again."""
    provider.declined["card-1"] = "The card was reported stolen."
    provider.declined_for_good.add("card-1")
    provider.lost.append("charge_saved")
    night(FIRST)
    change(what, client, invoice)
    work(FIRST, minutes=5)
    work(FIRST, minutes=6)
    assert (tries(invoice), len(told("payment_failed"))) == ([(1, 1, "failed")], mails)
    assert SavedCard.objects.get().failure == "The card was reported stolen."
    assert provider.calls.count("charge_saved") == 1


def test_a_decline_of_what_was_paid_meanwhile_is_told_to_nobody(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.wants_owner.add("card-1")
    provider.lost.append("charge_saved")
    night(FIRST)
    make.make_payment(invoice, at=at(FIRST).at)
    work(FIRST, minutes=5)
    work(FIRST, minutes=6)
    assert (tries(invoice), told("payment_action_required")) == ([(1, 1, "failed")], [])


def test_what_another_installation_took_in_the_same_account_is_not_found(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """Its attempts have the same numbers as ours."""
    provider.silent.append("charge_saved")
    night(FIRST)
    number = str(Attempt.objects.get().pk)
    for name, amount, currency in (("s-1", 900, "EUR"), ("s-2", 1200, "USD")):
        provider.sessions[name] = ProviderSession(name, amount, currency, "paid", attempt=number)
    theirs = ProviderSession("s-3", 1200, "EUR", "paid", attempt=number)
    provider.sessions["s-3"] = theirs  # by another key
    set_autopay(client=client, on=False, ctx=at(FIRST))
    work(FIRST, minutes=5)
    assert (tries(invoice), status(invoice)) == ([(1, 1, "closed")], "unpaid")


def test_a_joint_charge_of_which_one_was_paid_meanwhile_is_not_sent_again(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    second = make.make_invoice(client)
    provider.silent.append("charge_saved")
    night(FIRST)
    make.make_payment(second, at=at(FIRST).at)
    work(FIRST, minutes=5)
    assert (provider.sessions, tries(invoice)) == ({}, [(1, 1, "closed")])


def test_a_refusal_of_the_first_one_is_a_try_that_failed(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.refuses.append("charge_saved")
    night(FIRST)
    work(FIRST)
    assert tries(invoice) == [(1, 1, "failed")]
    assert len(told("payment_failed")) == 1
    assert SavedCard.objects.usable().exists()


def test_a_refusal_after_silence_says_nothing_of_the_charge_before(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.lost.append("charge_saved")
    night(FIRST)
    provider.refuses.append("charge_saved")
    work(FIRST, minutes=5)
    assert tries(invoice) == [(1, 1, "open")]
    work(FIRST, minutes=60)
    assert (tries(invoice), status(invoice)) == ([(1, 1, "succeeded")], "paid")


def test_where_no_payments_are_listed_staff_look_and_nothing_is_sent_again(
    client: Client, invoice: Invoice, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same key was sent once more: a charge of a card that was removed, if the first one never arrived."""
    able = replace(FakeGateway.capabilities, list_payments=False)
    monkeypatch.setattr(FakeGateway, "capabilities", able)
    provider.silent.append("charge_saved")
    night(FIRST)
    remove_card(card=SavedCard.objects.get(), ctx=at(FIRST))
    for minutes in (5, 60, 25 * 60):
        work(FIRST, minutes=minutes)
    job = Job.objects.get(action=CHARGE_SAVED_CARD, status="parked")
    assert (job.status, provider.calls.count("charge_saved")) == ("parked", 1)
    assert "Look there: record the payment if it did" in job.error
    assert (tries(invoice), provider.forgotten) == ([(1, 1, "open")], ["card-1"])


def test_a_removed_card_is_forgotten_while_its_charge_is_on_its_way(
    invoice: Invoice, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A direct debit takes days; its answer is here, and what becomes of it is asked by its own name."""
    monkeypatch.setattr(provider, "pay", lambda *_args, **_over: None)
    night(FIRST)
    assert tries(invoice) == [(1, 1, "open")]
    remove_card(card=SavedCard.objects.get(), ctx=at(FIRST))
    work(FIRST, minutes=1)
    assert (provider.forgotten, tries(invoice)) == (["card-1"], [(1, 1, "open")])


def test_a_charge_on_its_way_that_the_gateway_does_not_know_is_settled_by_staff(
    invoice: Invoice, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stayed open, and its invoice without a try, for ever."""
    monkeypatch.setattr(provider, "pay", lambda *_args, **_over: None)

    def refuse(_me: FakeGateway, _reference: str) -> PaymentReport:
        raise RequestRefusedError("404", "No such payment")

    monkeypatch.setattr(FakeGateway, "fetch", refuse)
    night(FIRST)
    for day in range(1, 62):
        work(FIRST + day * DAY)
        assert tries(invoice) == [(1, 1, "open")]
    job = Job.objects.get(action=FOLLOW_ATTEMPT)
    assert (job.status, "Look there" in job.error) == ("parked", True)
    finish_manually(job=job, reason="never made", ctx=at(FIRST + 62 * DAY))
    assert tries(invoice) == [(1, 1, "failed")]


def test_a_removed_card_is_forgotten_however_long_its_charge_has_no_answer(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.silent += ["charge_saved", *["list_payments"] * 20]
    night(FIRST)
    remove_card(card=SavedCard.objects.get(), ctx=at(FIRST))
    for minutes in range(0, 22 * 60, 30):
        work(FIRST, minutes=minutes)
    run_jobs_but_documents(at=at(FIRST).at + timedelta(hours=23))
    assert (provider.forgotten, tries(invoice)) == (["card-1"], [(1, 1, "closed")])
