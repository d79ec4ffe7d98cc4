"""Gateway and books are compared each day, both ways (payments.md 2.8)."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result

from commerce.billing.models import Invoice
from commerce.cli.root import commerce
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.gateways import registry
from commerce.payments.gateways.comparison import compare_daily, compare_gateway
from commerce.payments.models import Attempt, Payment
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider, ProviderSession
from tests.make.jobs import run_jobs_but_documents
from tests.payments.test_redirect import begin, hear

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
CTX = Context(make.AT, SYSTEM)


def paid(provider: FakeProvider) -> Attempt:
    attempt, session = begin(make.make_invoice())
    provider.pay(session.reference)
    return attempt


def compare(*, book: bool = False) -> list[tuple[str, str]]:
    found = compare_gateway(registry.get_gateway("fake"), at=make.AT, book=book)
    return [(each.kind, each.transaction_id) for each in found]


def run_step(days: int = 0) -> StepReport:
    report = StepReport("compare-payments", "compares")
    compare_daily(RunDay(date(2026, 4, 8), make.AT + timedelta(days=days)), report)
    run_jobs_but_documents(at=make.AT + timedelta(days=days))
    return report


def mails(event: str = "payments_differ") -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event=event))


@pytest.fixture(autouse=True)
def _staff(provider: FakeProvider) -> Iterator[None]:
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)
    with clock.freeze_time(make.AT):
        yield


def test_what_was_declined_there_is_no_difference(provider: FakeProvider) -> None:
    attempt, session = begin(make.make_invoice())
    provider.decline(session.reference, "No")
    assert compare() == []
    assert attempt.status == "open"


def test_what_is_booked_and_there_differs_in_nothing(provider: FakeProvider) -> None:
    attempt = paid(provider)
    hear(attempt.reference or "")
    assert compare() == []
    assert run_step().outcome == "no differences"
    assert mails() == []


def test_a_payment_without_booking_is_found_and_booked_if_it_is_ours(
    provider: FakeProvider,
) -> None:
    attempt = paid(provider)
    there = ("not_booked", f"t-{attempt.reference}")
    assert compare() == [there]
    assert not Payment.objects.exists()
    assert run_step().outcome == "1 differences"
    assert Invoice.objects.get().status == "paid"
    [mail] = mails()
    assert there[1] in mail.text
    assert "recorded now" in mail.text
    assert compare() == []


def test_one_that_is_not_ours_is_told_once_and_not_booked(provider: FakeProvider) -> None:
    """Another shop may use the same account."""
    provider.sessions["s-theirs"] = ProviderSession("s-theirs", 700, "EUR", "paid")
    for _ in range(2):
        assert run_step().outcome == "1 differences"
    assert not Payment.objects.exists()
    assert len(mails()) == 1
    provider.sessions["s-more"] = ProviderSession("s-more", 800, "EUR", "paid")
    run_step()
    assert len(mails()) == 2


def test_a_booking_without_payment_is_found(provider: FakeProvider) -> None:
    make.make_payment(gateway="fake", transaction_id="t-planted")
    assert compare() == [("not_at_gateway", "t-planted")]
    assert "unknown at the gateway" in str(run_step() and mails()[0].text)


def test_one_that_cannot_be_booked_is_told_and_the_others_are(provider: FakeProvider) -> None:
    first, second = paid(provider), paid(provider)
    provider.sessions[first.reference or ""].amount = 0
    assert run_step().outcome == "2 differences"
    assert [row.attempt for row in Payment.objects.all()] == [second]
    [mail] = mails()
    assert ("can't be recorded: Enter an amount" in mail.text, "recorded now" in mail.text) == (
        True,
        True,
    )


def test_what_was_paid_long_ago_and_booked_late_is_asked_for(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = paid(provider)
    hear(attempt.reference or "")
    adapter = registry.GATEWAY_CLASSES["fake"]
    monkeypatch.setattr(adapter, "list_payments", lambda *_: [])
    assert compare() == []
    provider.sessions[attempt.reference or ""].state = "pending"
    assert [kind for kind, _ in compare()] == ["not_at_gateway"]


def test_what_staff_keep_as_unallocated_is_known(provider: FakeProvider) -> None:
    attempt = paid(provider)
    provider.sessions[attempt.reference or ""].currency = "USD"
    hear(attempt.reference or "")
    assert compare() == []


def test_a_gateway_that_is_silent_stops_nothing_and_staff_are_told_once(
    provider: FakeProvider,
) -> None:
    provider.silent += ["list_payments"] * 2
    for _ in range(2):
        report = run_step()
        assert [each["id"] for each in report.errors] == ["fake"]
    assert len(mails("run_failed")) == 1
    assert run_step().errors == []


def test_the_command_tells_both_ways_and_books_when_asked(provider: FakeProvider) -> None:
    def run(*words: str) -> Result:
        return CliRunner().invoke(commerce, ["payment", "compare", "--json", *words])

    assert (run().exit_code, json.loads(run().stdout)) == (0, [])
    paid(provider)
    found = run()
    [one] = json.loads(found.stdout)
    assert (found.exit_code, one["amount"], one["kind"]) == (1, 1200, "not_booked")
    assert json.loads(run("--book").stdout)[0]["recorded_now"]
    assert run().exit_code == 0
    provider.silent.append("list_payments")
    silent = run()
    assert (silent.exit_code, "isn't responding" in silent.stderr) == (1, True)
