"""Sending: one mail for each idempotency key whatever the queue does (R29), tries, turns, what is no longer true."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from pytest_django.fixtures import Settings

from commerce.audit.states import move
from commerce.jobs.handlers import RateLimitReached, RetryLater
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import Money
from commerce.mail import hooks
from commerce.mail.actions.addresses import confirm_address
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.actions.lifecycle import delete_old_mails, record_bounce, retry_mail
from commerce.mail.actions.templates import set_template
from commerce.mail.delivery import deliver_mail
from commerce.mail.models import OutgoingMail, SuppressedAddress
from commerce.mail.rules import (
    LOST_AFTER_SECONDS,
    MAIL_MOVES,
    RETRY_SECONDS,
    MailStatus,
    retry_seconds,
)
from commerce.site_settings.actions import set_setting

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANN = "ann@example.org"


class BrokenBackend(BaseEmailBackend):
    """A mail server that is not there, or does not know the address."""

    error: OSError = SMTPServerDisconnected("gone")

    def send_messages(self, email_messages: object) -> int:
        raise self.error


class GreylistingBackend(BrokenBackend):
    error = SMTPRecipientsRefused({ANN: (450, b"later")})


class UnknownRecipientBackend(BrokenBackend):
    error = SMTPRecipientsRefused({ANN: (550, b"no such user")})


def queued(
    event: str = "credit_added", key: str = "7", to: str = ANN, **over: object
) -> OutgoingMail:
    values = {"amount": Money(500, "EUR")} if event == "credit_added" else {}
    whole: dict[str, Any] = {"to": [Recipient(to)], "values": values, "at": AT, **over}
    return announce(event=event, idempotency_key=key, **whole)[0]


def state(row: OutgoingMail) -> str:
    row.refresh_from_db()
    return str(row.status)


def through(settings: Settings, backend: type[BaseEmailBackend]) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.{backend.__name__}"}}


@pytest.mark.django_db
def test_a_mail_is_sent_once_and_its_words_are_kept() -> None:
    row = queued(client_id=3)
    assert deliver_mail(row.pk, AT) == 0
    assert deliver_mail(row.pk, AT) == 0
    (sent,) = mail.outbox
    assert state(row) == "sent"
    assert (row.subject, row.text, row.tries, row.sent_at) == (sent.subject, sent.body, 1, AT)
    assert "€5.00" in row.text
    assert "€5.00" in row.html
    assert deliver_mail(row.pk + 1, AT) == 0


@pytest.mark.django_db
def test_of_security_mails_only_the_subject_is_kept() -> None:
    row = queued("password_changed", values={"ip": "203.0.113.7", "when": AT})
    deliver_mail(row.pk, AT)
    assert "203.0.113.7" in mail.outbox[0].body
    assert state(row) == "sent"
    assert (row.text, row.html, row.values) == ("", "", {})
    assert row.subject == "Your password was changed"


@pytest.mark.django_db
def test_the_same_occurrence_has_one_message_id_and_another_one_has_another() -> None:
    for key, to in (("7", ANN), ("8", ANN), ("7", "bob@example.org")):
        deliver_mail(queued(key=key, to=to).pk, AT)
    ids = [sent.extra_headers["Message-ID"] for sent in mail.outbox]
    assert len(set(ids)) == 3
    OutgoingMail.objects.all().delete()
    deliver_mail(queued().pk, AT)
    assert mail.outbox[-1].extra_headers["Message-ID"] == ids[0]


@pytest.mark.django_db
def test_an_address_that_takes_no_mail_now_is_tried_five_times_over_more_than_12_hours(
    settings: Settings,
) -> None:
    through(settings, GreylistingBackend)
    row, at, waited = queued(), AT, []
    while seconds := deliver_mail(row.pk, at):
        assert state(row) == "queued"
        waited.append(seconds)
        at += timedelta(seconds=seconds)
    assert waited == [60, 900, 7200, 43200] == [*RETRY_SECONDS]
    assert (state(row), row.tries, row.is_permanent_failure) == ("failed", 5, False)
    assert row.outcome == "The server refused the recipient: 450."


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_not_tried_again_and_soon_gets_security_mails_only(
    settings: Settings,
) -> None:
    before = settings.MAILERS
    through(settings, UnknownRecipientBackend)
    for key in "123":
        row = queued(key=key)
        assert deliver_mail(row.pk, AT) == 0
        assert (state(row), row.is_permanent_failure, row.tries) == ("failed", True, 1)
        assert row.outcome == "The server refused the recipient: 550."
    settings.MAILERS = before
    row, security = queued(key="4"), queued("email_changed")
    deliver_mail(row.pk, AT)
    deliver_mail(security.pk, AT)
    assert (state(row), state(security)) == ("skipped", "sent")
    later = queued(key="5")
    deliver_mail(later.pk, AT + timedelta(days=8))
    assert state(later) == "skipped"
    assert confirm_address(email=row.recipient.upper(), ctx=Context(AT, SYSTEM))
    works = queued(key="6")
    deliver_mail(works.pk, AT)
    assert state(works) == "sent"


@pytest.mark.django_db
def test_mails_that_came_back_count_and_those_before_the_address_worked_do_not() -> None:
    def came_back(key: str) -> None:
        row = queued(key=key)
        deliver_mail(row.pk, AT)
        row.refresh_from_db()
        record_bounce(mail=row, ctx=Context(AT, SYSTEM))

    for key in "123":
        assert not SuppressedAddress.objects.exclude(suppressed_at=None).exists()
        came_back(key)
    stopped = SuppressedAddress.objects.get()
    assert stopped.suppressed_at == AT
    assert confirm_address(email=stopped.email, ctx=Context(AT + timedelta(hours=1), SYSTEM))
    came_back("4")
    stopped.refresh_from_db()
    assert stopped.suppressed_at is None
    with pytest.raises(BusinessError, match="bounced"):
        record_bounce(mail=OutgoingMail.objects.latest("pk"), ctx=Context(AT, SYSTEM))


@pytest.mark.django_db
def test_a_mail_that_another_worker_sends_is_left_to_it_until_that_is_lost() -> None:
    row = queued()
    OutgoingMail.objects.filter(pk=row.pk).update(status="sending", tries=1, tried_at=AT)
    assert (
        deliver_mail(row.pk, AT + timedelta(seconds=LOST_AFTER_SECONDS - 1)) == LOST_AFTER_SECONDS
    )
    assert mail.outbox == []
    assert deliver_mail(row.pk, AT + timedelta(seconds=LOST_AFTER_SECONDS)) == 0
    assert (state(row), row.tries, len(mail.outbox)) == ("sent", 2, 1)


@pytest.mark.django_db
def test_what_is_no_longer_true_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        hooks, "_obsolete_reasons", {"credit_added": lambda pk, _values: "Paid." * (pk == 5)}
    )
    gone, true = queued(key="1", about=("x", 5)), queued(key="2", about=("x", 6))
    deliver_mail(gone.pk, AT)
    deliver_mail(true.pk, AT)
    assert (state(gone), gone.outcome, state(true)) == ("skipped", "Paid.", "sent")


@pytest.mark.django_db
def test_an_attachment_that_is_not_made_yet_lets_the_mail_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready: list[bytes] = []

    def pdf(pk: int) -> tuple[str, bytes]:
        if not ready:
            raise RetryLater(5, "not yet")
        return f"{pk}.pdf", ready[0]

    monkeypatch.setattr(hooks, "_attachments", {"invoice": pdf})
    row = queued(attach=[("invoice", 9)])
    with pytest.raises(RetryLater):
        deliver_mail(row.pk, AT)
    assert (state(row), row.tries) == ("queued", 0)
    ready.append(b"%PDF-1.7")
    deliver_mail(row.pk, AT)
    (attached,) = mail.outbox[0].attachments
    assert (attached.filename, attached.content, attached.mimetype) == (  # type: ignore[union-attr]
        *("9.pdf", b"%PDF-1.7", "application/pdf"),
    )


@pytest.mark.django_db
def test_a_template_that_is_not_active_lets_nothing_go_out() -> None:
    words = {"subject": "x", "html": "", "text": "x", "active": False}
    set_template(event="credit_added", locale="en", **words, ctx=Context(AT, SYSTEM))  # type: ignore[arg-type]
    row = queued()
    deliver_mail(row.pk, AT)
    assert (state(row), row.outcome) == ("skipped", "The template is turned off.")


@pytest.mark.django_db
def test_a_minute_has_room_for_so_many_and_security_mails_do_not_wait() -> None:
    set_setting(key="mail.per_minute", value="2", ctx=Context(AT, SYSTEM))
    rows = [queued(key=str(number)) for number in range(4)]
    for number in range(2):
        assert deliver_mail(rows[number].pk, AT + timedelta(seconds=10 * number)) == 0
    with pytest.raises(RateLimitReached) as full:
        deliver_mail(rows[2].pk, AT + timedelta(seconds=20))
    assert full.value.seconds == 40
    security = queued("email_changed")
    assert deliver_mail(security.pk, AT - timedelta(minutes=2)) == 0
    assert deliver_mail(rows[2].pk, AT + timedelta(seconds=60)) == 0
    with pytest.raises(RateLimitReached):
        deliver_mail(rows[3].pk, AT + timedelta(seconds=69))
    assert deliver_mail(rows[3].pk, AT + timedelta(seconds=70)) == 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in tests cannot wait for locks")
@pytest.mark.django_db(transaction=True)
def test_twenty_workers_with_one_mail_send_it_once() -> None:
    row, together = queued(), Barrier(20)

    def work() -> None:
        together.wait()
        try:
            deliver_mail(row.pk, AT)
        finally:
            connection.close()

    at_once(work)
    assert (state(row), len(mail.outbox)) == ("sent", 1)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in tests cannot wait for locks")
@pytest.mark.django_db(transaction=True)
def test_twenty_who_tell_of_the_same_at_once_make_one_mail() -> None:
    together = Barrier(20)

    def work() -> None:
        together.wait()
        values = {"amount": Money(1, "EUR")}
        try:
            announce(
                event="credit_added", idempotency_key="1", to=[Recipient(ANN)], values=values, at=AT
            )
        finally:
            connection.close()

    at_once(work)
    assert OutgoingMail.objects.count() == 1


def at_once(work: Callable[[], None]) -> None:
    threads = [Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db
@pytest.mark.parametrize(("old", "new"), [*product(list(MailStatus), repeat=2)])
def test_a_mail_moves_only_along_the_table(old: str, new: str) -> None:
    row = queued()
    OutgoingMail.objects.filter(pk=row.pk).update(status=old, sent_at=AT)
    arguments = {"allowed": MAIL_MOVES, "ctx": Context(AT, SYSTEM), "client_id": None}
    if new in MAIL_MOVES.get(old, frozenset()):
        move(row, new, **arguments)  # type: ignore[arg-type]
        assert state(row) == new
    else:
        with pytest.raises(StateConflict):
            move(row, new, **arguments)  # type: ignore[arg-type]
        assert state(row) == old


@pytest.mark.django_db
def test_a_mail_that_ended_is_sent_again_as_a_new_one(settings: Settings) -> None:
    row = queued()
    with pytest.raises(BusinessError, match="This email is still being sent"):
        retry_mail(mail=row, ctx=Context(AT, SYSTEM))
    deliver_mail(row.pk, AT)
    again = retry_mail(mail=row, ctx=Context(AT, SYSTEM))
    deliver_mail(again.pk, AT)
    third = retry_mail(mail=again, ctx=Context(AT, SYSTEM))
    deliver_mail(third.pk, AT)
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 3
    secret = queued("email_changed", key="9")
    deliver_mail(secret.pk, AT)
    secret.refresh_from_db()
    with pytest.raises(
        BusinessError, match="This email's content isn't stored because it held a secret"
    ):
        retry_mail(mail=secret, ctx=Context(AT, SYSTEM))


@pytest.mark.django_db
def test_old_mails_are_forgotten_unless_they_wait() -> None:
    waits, sent = queued(key="1"), queued(key="2")
    deliver_mail(sent.pk, AT)
    assert delete_old_mails(before=AT) == 0
    assert delete_old_mails(before=AT + timedelta(seconds=1)) == 1
    assert list(OutgoingMail.objects.all()) == [waits]


def test_pauses_grow_and_end() -> None:
    assert [retry_seconds(tries) for tries in range(7)] == [None, *RETRY_SECONDS, None, None]
    assert all(first < second for first, second in pairwise(RETRY_SECONDS))
