"""Saving a card, alone and while it pays: with consent, once, at most ten, one of them the default (payments.md 7)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments import start_payment
from commerce.payments.actions.card_setups import expire_card_setups
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.saved_cards import (
    CardConsent,
    make_card_default,
    remove_card,
    save_card,
    stop_card,
)
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways.accounts_in_use import account_in_use
from commerce.payments.gateways.contract import CardReport, CheckoutSession, PaymentCard
from commerce.payments.models import Attempt, CardSetup, GatewayCustomer, Payment, SavedCard
from commerce.payments.start_payment import start_card_setup
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents

pytestmark = pytest.mark.usefixtures("proven", "provider")
CTX = Context(make.AT, SYSTEM)
CONSENT = CardConsent("Keep it and charge it.", make.AT)


def keep(client: Client, name: str = "card-1") -> SavedCard:
    card = PaymentCard("visa", "4242", name, 12, 2030)
    saved = save_card(
        client_id=client.pk,
        gateway="fake",
        card=card,
        consent=CONSENT,
        ctx=CTX,
        account=account_in_use("fake"),
    )
    assert saved is not None
    return saved


def begin(client: Client) -> tuple[CardSetup, CheckoutSession]:
    return start_card_setup(
        client=client,
        gateway="fake",
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=CTX,
    )


def pay(invoice: Invoice, *, save_card: bool) -> tuple[Attempt, CheckoutSession]:
    invoice.refresh_from_db()
    return start_payment.start_payment(
        invoice=invoice,
        gateway="fake",
        created_by=None,
        return_url="https://shop.example/{}".format,
        save_card=save_card,
        ctx=CTX,
    )


def after(minutes: int) -> None:
    run_jobs_but_documents(at=make.AT + timedelta(minutes=minutes))


def test_a_card_alone_is_saved_with_what_was_agreed_to_and_when(provider: FakeProvider) -> None:
    client = make.make_client()
    setup, session = begin(client)
    assert session.redirect_url == f"https://pay.example.net/{setup.idempotency_key}"
    assert SavedCard.objects.count() == 0
    provider.save(session.reference)
    after(16)
    [card] = SavedCard.objects.for_client(client)
    assert (card.name, card.is_default, str(card.expires_on)) == (
        "Visa •••• 4242",
        True,
        "2030-12-31",
    )
    assert (card.consent_text, card.consented_at) == (card_consent_text(), make.AT)
    assert "automatically" in card.consent_text
    assert CardSetup.objects.get().status == "succeeded"


def test_the_same_report_five_times_is_one_card(provider: FakeProvider) -> None:
    _setup, session = begin(make.make_client())
    card = provider.save(session.reference)
    report = CardReport("saved", session.reference, card)
    for _ in range(5):
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    assert SavedCard.objects.count() == 1
    assert AuditEntry.objects.filter(action="saved_card.created").count() == 1


def test_a_card_that_nobody_asked_to_save_is_not_kept() -> None:
    report = CardReport("saved", "u-of-nobody", PaymentCard("visa", "4242", "t", 1, 2030))
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    assert not SavedCard.objects.exists()


def test_one_client_is_one_customer_there_though_the_answer_was_lost(
    provider: FakeProvider,
) -> None:
    client = make.make_client()
    provider.lost.append("create_customer")
    with pytest.raises(BusinessError, match="responding"):
        begin(client)
    begin(client)
    begin(client)
    assert len(provider.customers) == 1
    assert GatewayCustomer.objects.get().reference in provider.customers.values()
    assert CardSetup.objects.count() == 1


def test_of_a_client_who_is_gone_there_the_cards_are_stopped_and_a_card_can_be_saved_anew(
    provider: FakeProvider,
) -> None:
    """The default card was one that is gone, and charged each night; the open setup could not be resumed."""
    client = make.make_client()
    card, elsewhere = keep(client), keep(client, "card-2")
    SavedCard.objects.filter(pk=elsewhere.pk).update(gateway="another")
    setup, _session = begin(client)
    keep(make.make_client(), "card-3")
    provider.customers.clear()
    attempt, session = pay(make.make_invoice(client), save_card=True)
    setup.refresh_from_db()
    assert (setup.status, attempt.status) == ("failed", "open")
    stopped = SavedCard.objects.exclude(stopped_at=None)
    reason = "The card is no longer saved at the payment provider."
    assert [(one.pk, one.failure) for one in stopped] == [(card.pk, reason)]
    again, _session = begin(client)
    assert (again.status, again.pk != setup.pk) == ("open", True)
    provider.pay(session.reference, card=PaymentCard("visa", "4242", "card-9", 12, 2030))
    after(16)
    assert SavedCard.objects.usable().get(token="card-9").is_default


def test_a_client_who_is_gone_while_a_card_is_being_saved_has_another_setup(
    provider: FakeProvider,
) -> None:
    client = make.make_client()
    begin(client)
    provider.customers.clear()
    second, session = begin(client)
    assert list(CardSetup.objects.order_by("pk").values_list("status", flat=True)) == [
        "failed",
        "open",
    ]
    provider.save(session.reference)
    after(16)
    second.refresh_from_db()
    assert (second.status, SavedCard.objects.count()) == ("succeeded", 1)


def test_an_open_setup_that_has_its_card_already_is_not_begun_again(
    provider: FakeProvider,
) -> None:
    client = make.make_client()
    setup, session = begin(client)
    provider.save(session.reference)
    again, given = begin(client)
    assert (again, given.redirect_url, again.status) == (setup, "", "succeeded")
    assert SavedCard.objects.count() == 1


def test_a_setup_that_failed_says_why_and_another_one_is_begun(provider: FakeProvider) -> None:
    client = make.make_client()
    setup, session = begin(client)
    provider.setups[session.reference] = CardReport(
        "failed", session.reference, reason="Your bank said no."
    )
    again, _session = begin(client)
    setup.refresh_from_db()
    assert (setup.status, setup.failure, again.pk != setup.pk) == (
        "failed",
        "Your bank said no.",
        True,
    )


def test_a_card_that_comes_after_the_time_of_its_setup_is_kept(provider: FakeProvider) -> None:
    setup, session = begin(make.make_client())
    assert expire_card_setups(ctx=Context(make.AT + timedelta(minutes=61), SYSTEM)) == 1
    setup.refresh_from_db()
    assert setup.status == "expired"
    provider.save(session.reference)
    after(62)
    assert SavedCard.objects.count() == 1


@pytest.mark.parametrize("misbehave", ["silent", "lost"])
def test_a_setup_whose_gateway_is_silent_is_asked_about_again(
    provider: FakeProvider, misbehave: str
) -> None:
    _setup, session = begin(make.make_client())
    provider.save(session.reference)
    getattr(provider, misbehave).append("fetch_card_setup")
    after(16)
    assert not SavedCard.objects.exists()
    after(61)
    assert SavedCard.objects.count() == 1


def test_the_card_that_pays_is_kept_if_its_owner_agreed(provider: FakeProvider) -> None:
    client = make.make_client()
    attempt, session = pay(make.make_invoice(client), save_card=True)
    paid_with = PaymentCard("visa", "4242", "card-9", 12, 2030)
    provider.pay(session.reference, card=paid_with)
    after(16)
    [card] = SavedCard.objects.for_client(client)
    attempt.refresh_from_db()
    assert (card.token, card.consent_text) == ("card-9", attempt.consent_text)
    assert (attempt.saved_card, Payment.objects.get().card_last4) == (card, "4242")


def test_the_card_that_pays_is_not_kept_without_that(provider: FakeProvider) -> None:
    _attempt, session = pay(make.make_invoice(), save_card=False)
    provider.pay(session.reference, card=PaymentCard("visa", "4242", "card-9", 12, 2030))
    after(16)
    assert Payment.objects.count() == 1
    assert not SavedCard.objects.exists()
    assert not provider.customers


def test_an_attempt_with_another_consent_is_closed_like_one_over_another_amount(
    provider: FakeProvider,
) -> None:
    invoice = make.make_invoice()
    first, session = pay(invoice, save_card=False)
    second, _session = pay(invoice, save_card=True)
    first.refresh_from_db()
    assert (first.status, second.status, provider.sessions[session.reference].state) == (
        "closed",
        "open",
        "closed",
    )
    assert pay(invoice, save_card=True)[0] == second


def test_an_attempt_from_before_the_first_card_is_closed_since_it_takes_no_saved_card(
    provider: FakeProvider,
) -> None:
    """The gateway does not know whose it is."""
    client = make.make_client()
    invoice = make.make_invoice(client)
    before = pay(invoice, save_card=False)[0]
    assert pay(invoice, save_card=False)[0] == before
    keep(client)
    Attempt.objects.filter(pk=before.pk).update(created_at=make.AT - timedelta(minutes=1))
    after_it = pay(invoice, save_card=False)[0]
    before.refresh_from_db()
    assert (before.status, after_it.status) == ("closed", "open")
    assert pay(invoice, save_card=False)[0] == after_it


def test_the_first_card_is_the_default_until_the_client_chooses_another() -> None:
    client = make.make_client()
    first, second = keep(client), keep(client, "card-2")
    assert (first.is_default, second.is_default) == (True, False)
    make_card_default(card=second, ctx=CTX)
    make_card_default(card=second, ctx=CTX)
    assert list(SavedCard.objects.filter(is_default=True)) == [second]
    assert AuditEntry.objects.filter(action="saved_card.made_default").count() == 1


def test_a_card_saved_after_a_stopped_default_takes_its_place() -> None:
    client = make.make_client()
    first = keep(client)
    stop_card(card=first, reason="The card is stolen.", ctx=CTX)
    stop_card(card=first, reason="Again", ctx=CTX)
    assert first.failure == "The card is stolen."
    assert keep(client, "card-2").is_default
    with pytest.raises(BusinessError, match="declined"):
        make_card_default(card=first, ctx=CTX)


def test_a_removed_card_stays_as_a_row_and_never_comes_back(provider: FakeProvider) -> None:
    client = make.make_client()
    card = keep(client)
    remove_card(card=card, ctx=CTX)
    assert (card.is_default, card.removed_at) == (False, make.AT)
    with pytest.raises(StateConflict, match="removed"):
        remove_card(card=card, ctx=CTX)
    with pytest.raises(StateConflict, match="removed"):
        make_card_default(card=card, ctx=CTX)
    saved = PaymentCard("visa", "4242", "card-1", 12, 2030)
    assert (
        save_card(client_id=client.pk, gateway="fake", card=saved, consent=CONSENT, ctx=CTX) is None
    )
    assert not SavedCard.objects.kept().exists()


def test_the_gateway_is_told_to_forget_it_until_it_answers(provider: FakeProvider) -> None:
    provider.silent.append("remove_card")
    remove_card(card=keep(make.make_client()), ctx=CTX)
    after(0)
    assert provider.forgotten == []
    after(60)
    assert provider.forgotten == ["card-1"]


def test_the_eleventh_card_is_refused_and_one_that_was_on_its_way_is_forgotten(
    provider: FakeProvider,
) -> None:
    client = make.make_client()
    _setup, session = begin(client)
    for n in range(10):
        keep(client, f"t{n}")
    with pytest.raises(BusinessError, match="10"):
        pay(make.make_invoice(client), save_card=True)
    apply_gateway_report(
        gateway="fake",
        report=CardReport("saved", session.reference, provider.save(session.reference, "late")),
        ctx=CTX,
    )
    assert SavedCard.objects.for_client(client).kept().count() == 10
    after(1)
    assert provider.forgotten == ["late"]
    with pytest.raises(BusinessError, match="10"):
        begin(client)


def test_a_token_of_one_client_is_never_another_clients(provider: FakeProvider) -> None:
    card = keep(make.make_client())
    other = make.make_client()
    saved = PaymentCard("visa", "4242", "card-1", 12, 2030)
    assert (
        save_card(client_id=other.pk, gateway="fake", card=saved, consent=CONSENT, ctx=CTX) is None
    )
    assert SavedCard.objects.get() == card


def test_a_card_is_updated_and_removed_when_its_gateway_says_so() -> None:
    card = keep(make.make_client())
    renewed = PaymentCard("visa", "1881", "card-1", 1, 2034)
    for _ in range(2):
        apply_gateway_report(gateway="fake", report=CardReport("updated", card=renewed), ctx=CTX)
    card.refresh_from_db()
    assert (card.name, card.exp_month, card.exp_year) == ("Visa •••• 1881", 1, 2034)
    assert AuditEntry.objects.filter(action="saved_card.updated").count() == 1
    apply_gateway_report(gateway="fake", report=CardReport("removed", card=renewed), ctx=CTX)
    apply_gateway_report(gateway="fake", report=CardReport("updated", card=renewed), ctx=CTX)
    card.refresh_from_db()
    assert card.removed_at is not None
    assert not Job.objects.filter(action="savedcard.remove").exists()


def test_what_can_be_no_expiry_is_none() -> None:
    card = PaymentCard("paypal", "", "p-1", 0, 2030, label="alice@example.com")
    saved = save_card(
        client_id=make.make_client().pk, gateway="fake", card=card, consent=CONSENT, ctx=CTX
    )
    assert saved is not None
    assert (saved.name, saved.expires_on) == ("PayPal alice@example.com", None)
