"""What is of another account of a gateway rests, and proves nothing there (payments.md 5)."""

import pytest
from click.testing import CliRunner

from commerce.billing.models import Invoice
from commerce.cli.root import commerce
from commerce.jobs.models import Job, RemoteState
from commerce.kit import clock
from commerce.kit.errors import BusinessError, NeedsConfirmation
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.gateways.accounts import account_of, recognize_account
from commerce.payments.gateways.accounts_in_use import account_in_use, rests
from commerce.payments.gateways.contract import KeyRefusedError
from commerce.payments.gateways.registry import get_gateway
from commerce.payments.models import Attempt, GatewayAccount, Payment, SavedCard
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import SECRET, FakeProvider
from tests.make.cards import CTX, DAY, FIRST, at, keep, night, status, told, tries, work
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver
from tests.payments.test_redirect import begin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
OURS, THEIRS = "live shop", "live another"


@pytest.fixture(autouse=True)
def _staff(provider: FakeProvider) -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)


def choose(token: str, provider: FakeProvider, account: str) -> None:
    """Staff set a key of an account, sure of what they do."""
    provider.account = account
    provider.unknown_cards = {"card-1"} if account == "another" else set()
    set_setting(key="gateway.fake.token", value=token, ctx=CTX, is_confirmed=True)


def stopped() -> int:
    return SavedCard.objects.exclude(stopped_at=None).count()


class TestTrial:
    def test_another_account_is_kept_only_by_whoever_is_sure(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        provider.account, provider.unknown_cards = "another", {"card-1"}
        with pytest.raises(NeedsConfirmation, match="0 of 1 saved"):
            set_setting(key="gateway.fake.token", value="other", ctx=CTX)
        command = ["gateway", "set", "fake", "token"]
        refused = CliRunner().invoke(commerce, command, input="other")
        assert (refused.exit_code, account_in_use("fake")) == (1, OURS)
        assert "1 saved payment method isn't charged" in refused.output
        kept = CliRunner().invoke(commerce, [*command, "--confirm"], input="other")
        assert (kept.exit_code, account_in_use("fake")) == (0, THEIRS), kept.output
        run_jobs_but_documents(at=make.AT)
        assert [mail.event for mail in told("gateway_cards_rest")] == ["gateway_cards_rest"]

    @pytest.mark.parametrize(("call", "text"), [("refused", "doesn't accept"), ("silent", "asked")])
    def test_one_that_does_not_answer_is_no_proof(
        self,
        invoice: Invoice,
        provider: FakeProvider,
        monkeypatch: pytest.MonkeyPatch,
        call: str,
        text: str,
    ) -> None:
        def fails(_self: object) -> str:
            raise KeyRefusedError if call == "refused" else TimeoutError

        monkeypatch.setattr(type(get_gateway("fake")), "account", fails)
        with pytest.raises(NeedsConfirmation, match=text):
            set_setting(key="gateway.fake.token", value="other", ctx=CTX)

    def test_a_new_key_of_the_same_cards_is_of_their_account_whatever_that_is_called(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        """As of another app in the same account."""
        provider.account = "renamed"
        set_setting(key="gateway.fake.token", value="other", ctx=CTX)
        assert account_in_use("fake") == OURS
        assert not rests(SavedCard.objects.get())

    def test_nobody_is_asked_where_no_card_is_kept(self, provider: FakeProvider) -> None:
        provider.account = "another"
        set_setting(key="gateway.fake.token", value="other", ctx=CTX)
        assert account_in_use("fake") == ""
        assert account_of(get_gateway("fake")) == THEIRS

    def test_one_press_mends_what_the_trial_could_not_tell(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        """The account knew none of our cards for a moment, and has another name."""
        begin(invoice)
        choose("other", provider, "another")
        work(FIRST)
        assert rests(SavedCard.objects.get())
        provider.key, provider.unknown_cards = "other", set()
        with clock.freeze_time(at(FIRST, 1).at):
            result = CliRunner().invoke(commerce, ["gateway", "test", "fake"])
        assert (result.exit_code, account_in_use("fake")) == (0, OURS), result.output
        assert not rests(SavedCard.objects.get())
        work(FIRST, 1)
        assert "fetch" in provider.calls


class TestCards:
    def test_one_of_another_account_is_not_charged_and_the_former_key_charges_it(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        choose("other", provider, "another")
        night(FIRST)
        assert ("charge_saved" in provider.calls, tries(invoice), stopped()) == (False, [], 0)
        choose(SECRET, provider, "shop")
        night(FIRST + DAY)
        assert (tries(invoice), status(invoice)) == ([(1, 2, "succeeded")], "paid")

    def test_one_that_its_own_account_does_not_know_is_gone(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        provider.unknown_cards = {"card-1"}
        night(FIRST)
        assert (tries(invoice), stopped()) == ([(1, 1, "failed")], 1)

    @pytest.mark.parametrize("known", [True, False])
    def test_of_one_older_than_the_names_of_accounts_the_others_tell(
        self, invoice: Invoice, provider: FakeProvider, *, known: bool
    ) -> None:
        others = {f"card-{number}" for number in range(2, 7)}
        for name in others:
            keep(make.make_client(), name)
        SavedCard.objects.update(account="")
        GatewayAccount.objects.all().delete()
        provider.unknown_cards = {"card-1"} | (set() if known else others)
        night(FIRST)
        assert stopped() == int(known)
        assert len(tries(invoice)) == int(known)
        expected = {OURS} if known else {""}
        assert set(SavedCard.objects.values_list("account", flat=True)) == expected

    def test_one_that_is_removed_is_forgotten_there_once_that_account_is_used(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        choose("other", provider, "another")
        remove_card(card=SavedCard.objects.get(), ctx=CTX)
        work(FIRST)
        assert provider.forgotten == []
        work(FIRST, 24 * 60)
        provider.account, provider.unknown_cards = "shop", set()
        set_setting(key="gateway.fake.token", value=SECRET, ctx=at(FIRST, 24 * 60 + 1))
        work(FIRST, 24 * 60 + 1)
        assert provider.forgotten == ["card-1"]


class TestMoney:
    def test_an_attempt_of_another_account_is_neither_asked_about_nor_closed(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        attempt, _session = begin(invoice)
        choose("other", provider, "another")
        provider.sessions.clear()
        work(FIRST)
        attempt.refresh_from_db()
        assert (attempt.account, attempt.status) == (OURS, "open")
        assert "fetch" not in provider.calls
        with pytest.raises(BusinessError, match="refused this request"):
            begin(invoice)

    def test_what_was_paid_in_it_is_booked_once_it_is_used_again(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        _attempt, session = begin(invoice)
        choose("other", provider, "another")
        provider.pay(session.reference)
        work(FIRST)
        assert not Payment.objects.exists()
        provider.account, provider.unknown_cards = "shop", set()
        set_setting(key="gateway.fake.token", value=SECRET, ctx=at(FIRST))
        work(FIRST, 1)
        assert status(invoice) == "paid"

    def test_a_message_about_it_waits_without_using_up_a_try(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        _attempt, session = begin(invoice)
        message = provider.notice(session.reference)
        assert deliver(message).status == 200
        choose("other", provider, "another")
        for hours in range(1, 30):
            provider.refuses_requests.append("fetch")
            run_jobs_but_documents(at=at(make.AT.date(), hours * 60).at)
        job = Job.objects.get(action="gateway_event.process")
        assert (job.status, job.tries) == ("waiting", 0)
        provider.pay(session.reference)
        provider.account, provider.unknown_cards = "shop", set()
        late = at(make.AT.date(), 30 * 60)
        set_setting(key="gateway.fake.token", value=SECRET, ctx=late)
        run_jobs_but_documents(at=late.at)
        assert status(invoice) == "paid"

    def test_a_refund_goes_out_in_the_account_of_its_payment(
        self, invoice: Invoice, provider: FakeProvider
    ) -> None:
        night(FIRST)
        payment = Payment.objects.get()
        choose("other", provider, "another")
        refund_payment(
            method="gateway",
            payment=payment,
            amount=500,
            reason="asked",
            idempotency_key="r",
            ctx=at(FIRST),
        )
        work(FIRST, 30)
        assert provider.refunds == {}
        choose(SECRET, provider, "shop")
        work(FIRST, 50)
        assert list(provider.refunds.values()) == [500]


def test_a_gateway_that_is_silent_five_times_is_told_of_once_until_it_answers(
    invoice: Invoice, provider: FakeProvider
) -> None:
    begin(invoice)
    provider.silent += ["fetch"] * 6
    for hours in (1, 3, 8, 32, 56, 80):
        work(make.AT.date(), hours * 60)
    assert RemoteState.objects.get().name == "gateway fake"
    assert len(told("remote_silent")) == 1
    work(make.AT.date(), 110 * 60)
    assert not RemoteState.objects.exists()
    assert Attempt.objects.get().status in ("open", "expired", "closed")


def test_the_same_trial_again_names_the_account_once(
    invoice: Invoice, provider: FakeProvider
) -> None:
    for _ in range(2):
        assert recognize_account(get_gateway("fake")).is_ours
    assert [(one.gateway, one.name) for one in GatewayAccount.objects.all()] == [("fake", OURS)]
