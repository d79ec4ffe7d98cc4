"""What is said of names that expire: what renews them, and nothing that is no longer true when it is sent."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import Invoice
from commerce.daily_steps import DAILY_STEPS
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.actions.states import (
    cancel_domain,
    mark_domain_transferred_away,
    move_domain_into_redemption,
    renew_domain,
)
from commerce.domains.actions.tlds import set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.people import AT, make_client
from tests.make.records import make_domain, make_payment
from tests.make.repricing import make_tld

pytestmark = pytest.mark.django_db

EXPIRY = date(2027, 4, 8)
STAFF = "staff@example.net"
STEPS = [
    step
    for step in DAILY_STEPS
    if step.name in ("renew-domains", "advance-domains", "send-expiry-notices", "prove")
]


def at(day: date) -> datetime:
    return datetime.combine(day, time(0, 5), UTC)


def live(days_before: int) -> None:
    """The run of a day before the expiry; of what waits only mails are left."""
    day = EXPIRY - timedelta(days=days_before)
    report = run_daily(STEPS, day=RunDay(day, at(day)), started_by="test")
    assert not report.failed, report.as_text()
    run_all_jobs(at(day), failing=True)


def mails(event: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event=event).exclude(recipient="").order_by("pk"))


def paid(_domain: Domain) -> None:
    make_payment(Invoice.objects.get(), at=at(EXPIRY - timedelta(days=20)))


def waived(domain: Domain) -> None:
    void_invoice(
        invoice=Invoice.objects.get(),
        reason="a gift",
        decisions={("domain", domain.pk): "waive"},
        ctx=Context(at(EXPIRY - timedelta(days=20)), SYSTEM),
    )


def switched_off(domain: Domain) -> None:
    set_auto_renew(
        domain=domain, enabled=False, ctx=Context(at(EXPIRY - timedelta(days=20)), SYSTEM)
    )


WORDS = {
    "under way": "The renewal is paid and in progress.",
    "when paid": "The domain renews as soon as its invoice is paid.",
    "only if paid": "Auto-renew is off. To keep the domain, pay the renewal invoice",
    "nothing": "renew it before it expires",
}


@pytest.mark.parametrize(
    ("auto_renew", "then", "says", "with_invoice"),
    [
        (True, None, "when paid", True),
        (True, paid, "under way", False),
        (True, waived, "under way", False),
        (True, switched_off, "only if paid", True),
        (False, None, "nothing", False),
    ],
)
def test_a_notice_says_what_renews_the_name(
    *, auto_renew: bool, then: Callable[[Domain], None] | None, says: str, with_invoice: bool
) -> None:
    """A paid renewal was to come "as soon as its invoice is paid"; without auto-renew paying was said to do nothing."""
    domain = make_domain(make_client(), expiry_date=EXPIRY, auto_renew=auto_renew)
    live(30)
    if then:
        then(domain)
    live(14)
    last = mails("domain_expiring")[-1]
    assert "in 14 days" in last.text
    assert [name for name, words in WORDS.items() if words in last.text] == [says]
    invoice = Invoice.objects.first()
    page = f"/client/invoices/{invoice.pk}" if invoice else "/client/invoices/"
    assert (page in last.text) == with_invoice


def renewed(domain: Domain, ctx: Context) -> None:
    renew_domain(domain=domain, expiry_date=EXPIRY + timedelta(days=365), ctx=ctx)


@pytest.mark.parametrize(
    ("event", "status", "then"),
    [
        ("domain_expiring", "active", renewed),
        ("domain_expiring", "active", mark_domain_transferred_away),
        ("domain_expired", "expired", renewed),
        ("domain_expired", "expired", move_domain_into_redemption),
        ("domain_expired", "expired", mark_domain_transferred_away),
        ("domain_redemption", "redemption", renewed),
        ("domain_redemption", "redemption", cancel_domain),
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_a_mail_about_a_name_went_out_when_it_was_no_longer_true(
    *, event: str, status: str, then: Callable[..., None], late: bool
) -> None:
    domain = make_domain(make_client(), status=status, expiry_date=EXPIRY)
    ctx = Context(at(EXPIRY), SYSTEM)
    if event == "domain_expiring":
        day = EXPIRY - timedelta(days=7)
        run_daily(
            STEPS, day=RunDay(day, at(day)), started_by="test", only_step="send-expiry-notices"
        )
    for job in Job.objects.due(at(EXPIRY)).exclude(action="mail.send"):
        run_job(job, at=at(EXPIRY))
    if late:
        then(domain=domain, ctx=ctx)
    deliver_all(at(EXPIRY))
    found = mails(event)
    assert found
    assert {one.status for one in found} == {"skipped" if late else "sent"}
    if late:
        assert found[0].outcome.startswith("The domain is ")


def test_staff_hear_each_day_of_a_paid_renewal_until_it_is_carried_out() -> None:
    """It stood in the report of the run alone, which nobody has to read."""
    set_setting(key="company.email", value=STAFF, ctx=Context(at(date(2026, 4, 9)), SYSTEM))
    domain = make_domain(make_client(), expiry_date=EXPIRY)
    live(30)
    live(20)
    paid(domain)
    run_all_jobs(at(EXPIRY - timedelta(days=20)), failing=True)
    live(20)
    assert not mails("renewals_waiting")
    for _twice in range(2):
        live(18)
    live(17)
    first, second = mails("renewals_waiting")
    assert (first.recipient, first.idempotency_key, second.idempotency_key) == (
        STAFF,
        "2027-03-21",
        "2027-03-22",
    )
    assert first.subject == "Paid domain renewals not completed: 1"
    assert (
        f"{domain.domain_name} expires on Apr 8, 2027; renewal to Apr 8, 2028 is paid" in first.text
    )
    finish_manually(
        job=Job.objects.get(action="domain.renew"),
        reason="renewed",
        ctx=Context(at(EXPIRY - timedelta(days=17)), SYSTEM),
    )
    live(16)
    assert len(mails("renewals_waiting")) == 2


@pytest.mark.parametrize("fee", [8000, None])
def test_a_name_in_redemption_is_restored_by_its_owner_or_by_us(fee: int | None) -> None:
    """The mail asks to write to us only where the page of the name offers no restore."""
    make_tld()
    set_tld_price(tld=Tld.objects.get(), currency_code="EUR", restore=fee, ctx=Context(AT, SYSTEM))
    make_domain(make_client(), "redemption", expiry_date=AT.date())
    run_all_jobs(AT)
    (mail,) = mails("domain_redemption")
    assert ("To restore it, contact" in mail.text) == (fee is None)
    assert ("Restoring it costs €80.00, plus the renewal." in mail.text) == (fee is not None)
