"""The mail server is away: it rests, holds up nothing else, and no mail is lost for three days."""

from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from commerce.jobs.job_states import park_jobs_of_silent_remotes
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.kit.money import Money
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.actions.lifecycle import retry_failed_mails
from commerce.mail.delivery import MAIL_SERVER, is_outage
from commerce.mail.models import OutgoingMail
from tests.make.people import AT

pytestmark = pytest.mark.django_db
ANN = "ann@example.org"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
tries: list[str] = []


class AwayBackend(BaseEmailBackend):
    """A mail server that is not there."""

    def send_messages(self, email_messages: object) -> int:
        tries.append("")
        raise ConnectionRefusedError


@pytest.fixture
def away(settings: Settings) -> Settings:
    tries.clear()
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.AwayBackend"}}
    return settings


def queued(number: int, event: str = "credit_added") -> None:
    values = {"amount": Money(500, "EUR")} if event == "credit_added" else {}
    announce(event=event, idempotency_key=f"{number}", to=[Recipient(ANN)], values=values, at=AT)


def states() -> set[tuple[str, int]]:
    return set(OutgoingMail.objects.values_list("status", "tries"))


def test_after_five_silences_it_is_asked_once_a_minute_and_a_day_costs_no_mail(
    away: Settings,
) -> None:
    for number in range(20):
        queued(number)
    run_due_jobs(at=AT)
    assert (len(tries), states()) == (5, {("queued", 0)})
    assert RemoteState.objects.get().name == MAIL_SERVER
    for minutes in range(1, 6):
        run_due_jobs(at=AT + minutes * MINUTE)
    assert len(tries) == 10
    park_jobs_of_silent_remotes(at=AT + DAY)
    assert not Job.objects.filter(status="parked").exists()
    away.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    queued(99, "email_changed")
    ran = run_due_jobs(at=AT + DAY)
    assert (len(mail.outbox), ran[0].priority, states()) == (21, 0, {("sent", 1)})
    assert not RemoteState.objects.exists()


def test_after_three_days_it_fails_and_all_that_failed_are_sent_by_one_command(
    away: Settings,
) -> None:
    queued(1)
    queued(2)
    run_due_jobs(at=AT + 3 * DAY)
    assert states() == {("failed", 1)}
    away.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    ctx = Context(AT + 4 * DAY, SYSTEM)
    assert retry_failed_mails(since=AT + 3 * DAY + MINUTE, ctx=ctx) == (0, 0)
    assert retry_failed_mails(since=AT + 3 * DAY, ctx=ctx) == (2, 0)
    assert retry_failed_mails(since=AT, ctx=ctx) == (0, 0)
    run_due_jobs(at=ctx.at)
    assert len(mail.outbox) == 2


OUTAGES = (
    TimeoutError(),
    SMTPAuthenticationError(535, b"no"),
    SMTPDataError(452, b"full"),
    SMTPRecipientsRefused({ANN: (421, b"bye")}),
)
OF_ONE_MAIL = (
    SMTPDataError(554, b"spam"),
    SMTPRecipientsRefused({ANN: (450, b"later")}),
    ValueError(),
)


def test_what_concerns_one_mail_is_no_outage() -> None:
    assert list(filter(is_outage, (*OUTAGES, *OF_ONE_MAIL))) == list(OUTAGES)
