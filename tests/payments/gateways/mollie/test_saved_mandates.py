"""Mandates that clients agreed to: kept with the payment that gave them, charged at night, never twice."""

from datetime import timedelta
from html import unescape

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.billing.models import Invoice
from commerce.kit import clock
from commerce.kit.errors import NeedsConfirmation
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import Attempt, CardSetup, GatewayCustomer, Payment, SavedCard
from commerce.payments.start_payment import start_card_setup
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.mollie.account import PROFILE
from tests.doubles.mollie.world import MollieWorld
from tests.make.browser import make_browser
from tests.make.cards import DAY, FIRST, at, night, status, told, tries, work
from tests.make.jobs import run_jobs_but_documents
from tests.payments.gateways.mollie.steps import CTX, HOUR, begin, hear, stands

pytestmark = pytest.mark.usefixtures("proven")


def save(world: MollieWorld, method: str = "creditcard") -> SavedCard:
    """A client paid, and agreed that the same is charged from now on."""
    reference = begin(make.make_invoice(make.make_client()), save_card=True).reference or ""
    world.pay(reference, method)
    hear(world, reference)
    return SavedCard.objects.get()


def mandate_of(saved: SavedCard) -> str:
    return saved.token.partition("/")[2]


def last(world: MollieWorld) -> str:
    """The newest payment at Mollie."""
    return list(world.account.payments)[-1]


@pytest.mark.parametrize(
    ("method", "name", "expires"),
    [
        ("creditcard", "Mastercard •••• 6787", (12, 2030)),
        ("ideal", "SEPA •••• 0000", (None, None)),
        ("paypal", "PayPal alice@example.com", (None, None)),
    ],
)
def test_what_paid_first_is_kept(
    world: MollieWorld, method: str, name: str, expires: tuple[int | None, int | None]
) -> None:
    saved = save(world, method)
    assert (saved.name, saved.exp_month, saved.exp_year) == (name, *expires)
    assert (saved.is_default, bool(saved.consent_text)) == (True, True)
    customer = GatewayCustomer.objects.get().reference
    assert saved.token.startswith(f"{customer}/mdt_")
    assert world.account.customers[customer]["email"] == saved.client.email
    hear(world, last(world))
    assert SavedCard.objects.count() == 1


def test_who_did_not_agree_is_not_known_at_mollie(world: MollieWorld) -> None:
    reference = begin(make.make_invoice()).reference or ""
    world.pay(reference)
    hear(world, reference)
    assert (len(world.account.customers), SavedCard.objects.count()) == (0, 0)


def test_a_client_who_is_gone_at_mollie_is_made_there_anew(world: MollieWorld) -> None:
    saved = save(world)
    [customer] = world.account.customers.values()
    customer["is_gone"] = True
    again = make.make_invoice(saved.client)
    reference = begin(again, save_card=True).reference or ""
    world.pay(reference)
    hear(world, reference)
    assert (status(again), len(world.account.customers)) == ("paid", 2)
    assert SavedCard.objects.count() == 2


def test_a_card_is_charged_at_night_once(world: MollieWorld) -> None:
    saved = save(world)
    invoice = make.make_invoice(saved.client)
    night(FIRST)
    assert (status(invoice), tries(invoice)) == ("paid", [(1, 1, "succeeded")])
    charge = world.account.payments[last(world)]
    assert (charge["sequenceType"], charge["mandateId"]) == ("recurring", mandate_of(saved))
    with clock.freeze_time(at(FIRST).at):
        hear(world, charge["id"])
    assert Payment.objects.filter(invoice=invoice).count() == 1


@pytest.fixture
def debit(world: MollieWorld) -> SavedCard:
    return save(world, "ideal")


class TestDirectDebit:
    """What is charged to a bank account is on its way for days."""

    @pytest.fixture
    def on_its_way(self, world: MollieWorld, debit: SavedCard) -> Invoice:
        invoice = make.make_invoice(debit.client)
        for day in range(4):
            night(FIRST + day * DAY)
        assert tries(invoice) == [(1, 1, "open")]
        assert (status(invoice), len(world.account.payments)) == ("unpaid", 2)
        return invoice

    def test_meanwhile_nothing_is_suspended_and_the_pay_page_tells_of_it(
        self, on_its_way: Invoice
    ) -> None:
        on_its_way.refresh_from_db()
        assert on_its_way.suspension_hold_until == FIRST + 5 * DAY
        web = make_browser(make.make_member(on_its_way.client).user, acting=on_its_way.client)
        page = web.get(f"/client/invoices/{on_its_way.pk}/pay").content.decode()
        assert "We're charging SEPA •••• 0000 for this invoice." in unescape(page)

    def test_it_is_paid_in_the_end(self, world: MollieWorld, on_its_way: Invoice) -> None:
        with clock.freeze_time(at(FIRST + 4 * DAY).at):
            world.settle(last(world))
        work(FIRST + 5 * DAY, 60)  # its notice was lost
        assert (status(on_its_way), tries(on_its_way)) == ("paid", [(1, 1, "succeeded")])

    @pytest.mark.parametrize(
        ("code", "stopped", "said"),
        [
            ("AM04", False, "Your bank account has insufficient funds."),
            ("AC04", True, "Your bank declined the direct debit."),
        ],
    )
    def test_it_fails_in_the_end(
        self,
        world: MollieWorld,
        debit: SavedCard,
        on_its_way: Invoice,
        code: str,
        said: str,
        *,
        stopped: bool,
    ) -> None:
        world.fail(last(world), "directdebit", bankReasonCode=code)
        with clock.freeze_time(at(FIRST + 4 * DAY).at):
            hear(world, last(world))
        debit.refresh_from_db()
        assert (debit.stopped_at is not None) == stopped
        attempt = Attempt.objects.latest("pk")
        assert (attempt.status, attempt.failure) == ("failed", said)
        assert len(told("payment_failed")) == 1
        night(FIRST + 5 * DAY)
        assert len(world.account.payments) == (2 if stopped else 3)
        assert status(on_its_way) == "unpaid"

    def test_one_whose_answer_was_lost_is_found_though_it_is_not_due_any_more(
        self, world: MollieWorld, debit: SavedCard
    ) -> None:
        """It was paid otherwise meanwhile: nothing more is asked for, and what comes becomes credit."""
        invoice = make.make_invoice(debit.client)
        world.fails("POST /v2/payments", "lost")
        night(FIRST)
        make.make_payment(invoice, amount=1200)
        work(FIRST, 180)
        attempt = Attempt.objects.latest("pk")
        assert (attempt.status, attempt.reference) == ("open", last(world))
        assert len(world.account.payments) == 2

    def test_its_mandate_is_revoked_while_it_is_on_its_way(
        self, world: MollieWorld, debit: SavedCard, on_its_way: Invoice
    ) -> None:
        """Its removal waited for days, and was given up."""
        remove_card(card=debit, ctx=at(FIRST + 3 * DAY))
        work(FIRST + 3 * DAY, 1)
        assert world.account.mandates[mandate_of(debit)]["is_gone"]
        with clock.freeze_time(at(FIRST + 4 * DAY).at):
            world.settle(last(world))
        work(FIRST + 5 * DAY, 60)
        assert status(on_its_way) == "paid"

    def test_a_charge_of_another_installation_is_not_taken_for_ours(
        self, world: MollieWorld, debit: SavedCard
    ) -> None:
        """It counts its attempts as we do, and shares the profile."""
        invoice = make.make_invoice(debit.client)
        world.fails("POST /v2/payments", "lost")
        night(FIRST)
        theirs = world.account.payments[last(world)]
        theirs["metadata"] = theirs["metadata"] | {"key": "theirs"}
        set_autopay(client=debit.client, on=False, ctx=at(FIRST))
        work(FIRST, 180)
        assert (tries(invoice), status(invoice)) == ([(1, 1, "closed")], "unpaid")


def test_an_answer_that_was_lost_for_hours_is_no_second_charge(world: MollieWorld) -> None:
    """R18: Mollie has forgotten the key by then."""
    invoice = make.make_invoice(save(world).client)
    world.fails("POST /v2/payments", "lost")
    night(FIRST)
    world.forgets_keys()
    work(FIRST, 300)
    assert (status(invoice), len(world.account.payments)) == ("paid", 2)


@pytest.mark.parametrize(
    ("reason", "stopped"), [("insufficient_funds", False), ("card_expired", True)]
)
def test_a_decline_says_whether_the_card_is_tried_again(
    world: MollieWorld, reason: str, *, stopped: bool
) -> None:
    saved = save(world)
    invoice = make.make_invoice(saved.client)
    world.account.declines[mandate_of(saved)] = reason
    for day in (FIRST, FIRST + DAY):
        night(day)
    saved.refresh_from_db()
    assert [result for _, _, result in tries(invoice)] == ["failed"] * (1 if stopped else 2)
    assert (saved.stopped_at is not None) == stopped
    assert len(told("payment_failed")) == 1


def test_a_decline_whose_answer_was_lost_is_found_though_it_is_not_due_any_more(
    world: MollieWorld,
) -> None:
    saved = save(world)
    invoice = make.make_invoice(saved.client)
    world.account.declines[mandate_of(saved)] = "card_expired"
    world.fails("POST /v2/payments", "lost")
    night(FIRST)
    set_autopay(client=saved.client, on=False, ctx=at(FIRST))
    for minutes in (180, 181):
        work(FIRST, minutes)
    saved.refresh_from_db()
    assert (tries(invoice), saved.stopped_at is not None) == ([(1, 1, "failed")], True)
    assert len(told("payment_failed")) == 1


def test_a_bank_that_wants_to_see_the_client_has_them_mailed(world: MollieWorld) -> None:
    saved = save(world)
    make.make_invoice(saved.client)
    world.account.declines[mandate_of(saved)] = "authentication_required"
    night(FIRST)
    assert len(told("payment_action_required")) == 1


def test_a_bank_account_is_not_charged_for_what_is_not_in_euros(world: MollieWorld) -> None:
    """Mollie would refuse it each time, and the client would read that their bank did."""
    saved = save(world, "ideal")
    owed = [make.make_invoice(saved.client, currency_code=code) for code in ("USD", "EUR")]
    asked = len(world.account.payments)
    night(FIRST)
    assert [len(tries(invoice)) for invoice in owed] == [0, 1]
    assert len(world.account.payments) == asked + 1


@pytest.mark.parametrize("is_refused", [True, False])
def test_money_is_booked_though_its_mandate_cannot_be_read(
    world: MollieWorld, *, is_refused: bool
) -> None:
    """By the notice, and by the comparison of a day, which would find nothing else either."""
    invoice = make.make_invoice()
    reference = begin(invoice, save_card=True).reference or ""
    world.pay(reference)
    if is_refused:
        world.fails("GET /v2/customers/{customer}/mandates/{mandate}", "forbids", times=9)
    else:
        [mandate] = world.account.mandates.values()
        mandate["details"] = {"cardExpiryDate": "12/2030"}
    hear(world, reference)
    assert stands(invoice) == ("paid", 0)
    listed = registry.get_gateway("mollie").list_payments(make.AT - HOUR)
    assert [report.reference for report in listed] == [reference]
    assert not SavedCard.objects.exists()


def test_a_mandate_that_was_revoked_there_is_charged_no_more(world: MollieWorld) -> None:
    saved = save(world)
    invoice = make.make_invoice(saved.client)
    world.account.mandates[mandate_of(saved)]["is_gone"] = True
    night(FIRST)
    night(FIRST + DAY)
    saved.refresh_from_db()
    assert (saved.stopped_at is not None, len(tries(invoice))) == (True, 1)
    assert Attempt.objects.latest("pk").failure.startswith("The payment method is no longer saved")


def test_a_customer_whom_the_key_does_not_know_is_charged_once_it_does(world: MollieWorld) -> None:
    """With a key of the other mode one night stopped every mandate for good, and mailed its client."""
    saved = save(world)
    invoice = make.make_invoice(saved.client)
    known, world.account.customers = world.account.customers, {}
    night(FIRST)
    saved.refresh_from_db()
    assert (saved.stopped_at, told("payment_failed")) == (None, [])
    assert tries(invoice) == [(1, 1, "open")]
    world.account.customers = known
    work(FIRST, 120)
    assert (status(invoice), len(world.account.payments)) == ("paid", 2)


def test_a_customer_who_is_gone_stops_what_they_saved(world: MollieWorld) -> None:
    saved = save(world)
    world.account.customers.clear()
    begin(make.make_invoice(saved.client), save_card=True)
    saved.refresh_from_db()
    assert saved.stopped_at is not None


def test_a_customer_of_the_other_mode_is_another_one_and_nobody_is_gone(world: MollieWorld) -> None:
    """A live key knows nobody of the test mode, and a test key nobody of the live one."""
    saved = save(world)
    world.account.customers.clear()
    world.account.api_key = "live_s3cret"
    key = "gateway.mollie.api_key"
    with pytest.raises(NeedsConfirmation, match="has 0 of 1 saved"):
        set_setting(key=key, value="live_s3cret", ctx=CTX)
    set_setting(key=key, value="live_s3cret", ctx=CTX, is_confirmed=True)
    begin(make.make_invoice(saved.client), save_card=True)
    saved.refresh_from_db()
    assert saved.stopped_at is None
    customers = GatewayCustomer.objects.order_by("pk").values_list("account", flat=True)
    assert list(customers) == [f"test {PROFILE}", f"live {PROFILE}"]


def test_a_removed_card_is_revoked_at_mollie(world: MollieWorld) -> None:
    saved = save(world)
    remove_card(card=saved, ctx=CTX)
    world.fails("DELETE /v2/customers/{customer}/mandates/{mandate}", "lost")
    for minutes in (2, 60, 300):
        run_jobs_but_documents(at=make.AT + timedelta(minutes=minutes))
    assert world.account.mandates[mandate_of(saved)]["is_gone"]


class TestWithoutPaying:
    """A card that a client adds on the page of their payment methods, by a payment of nothing."""

    @pytest.fixture
    def reference(self, world: MollieWorld) -> str:
        setup, session = start_card_setup(
            client=make.make_client(),
            gateway="mollie",
            created_by=None,
            return_url="https://shop.example/{}".format,
            ctx=CTX,
        )
        [asked] = world.account.payments.values()
        assert world.payment_of(session.redirect_url) == setup.reference == asked["id"]
        assert (asked["amount"]["value"], asked["method"]) == ("0.00", "creditcard")
        return setup.reference

    def test_it_is_saved(self, world: MollieWorld, mollie: Gateway, reference: str) -> None:
        world.pay(reference)
        run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
        assert (SavedCard.objects.get().last4, Payment.objects.count()) == ("6787", 0)
        assert list(mollie.list_payments(make.AT - DAY)) == []

    def test_it_is_not_saved_where_its_bank_declines(
        self, world: MollieWorld, reference: str
    ) -> None:
        world.fail(reference, failureReason="card_expired")
        run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
        assert (CardSetup.objects.get().status, SavedCard.objects.count()) == ("failed", 0)
