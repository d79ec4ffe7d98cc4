"""Sending: one mail for each once key whatever the queue does (R29), tries, turns, what is no longer true."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from pytest_django.fixtures import Settings

from commerce.audit.states import move
from commerce.jobs.registry import Later, NoRoom
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from commerce.kit.money import Money
from commerce.mail import registry
from commerce.mail.actions import (
    Recipient,
    announce,
    confirm_address,
    forget_old_mails,
    note_bounced,
    retry_mail,
    set_template,
)
from commerce.mail.models import MailAddress, OutgoingMail
from commerce.mail.rules import LOST_AFTER, MAIL_MOVES, PAUSES, pause_after
from commerce.mail.sending import deliver
from commerce.preferences.actions import set_preference

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANN = "ann@example.org"


class Broken(BaseEmailBackend):
    """A mail server that is not there, or does not know the address."""

    error: OSError = SMTPServerDisconnected("gone")

    def send_messages(self, email_messages: object) -> int:
        raise self.error


class Unknown(Broken):
    error = SMTPRecipientsRefused({ANN: (550, b"no such user")})


def queued(
    event: str = "credit_added", once: str = "7", to: str = ANN, **over: object
) -> OutgoingMail:
    values = {"amount": Money(500, "EUR")} if event == "credit_added" else {}
    whole = {"event": event, "once": once, "to": [Recipient(to)], "values": values, "at": AT}
    return announce(**{**whole, **over})[0]  # type: ignore[arg-type]


def state(row: OutgoingMail) -> str:
    row.refresh_from_db()
    return str(row.status)


def through(settings: Settings, backend: type[BaseEmailBackend]) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.{backend.__name__}"}}


@pytest.mark.django_db
def test_a_mail_is_sent_once_and_its_words_are_kept() -> None:
    row = queued(client_id=3)
    assert deliver(row.pk, AT) == 0
    assert deliver(row.pk, AT) == 0
    (sent,) = mail.outbox
    assert state(row) == "sent"
    assert (row.subject, row.text, row.tries, row.sent_at) == (sent.subject, sent.body, 1, AT)
    assert "€5.00" in row.text
    assert "€5.00" in row.html
    assert deliver(row.pk + 1, AT) == 0


@pytest.mark.django_db
def test_of_security_mails_only_the_subject_is_kept() -> None:
    row = queued("password_changed", values={"ip": "203.0.113.7", "when": AT})
    deliver(row.pk, AT)
    assert "203.0.113.7" in mail.outbox[0].body
    assert state(row) == "sent"
    assert (row.text, row.html, row.values) == ("", "", {})
    assert row.subject == "Your password was changed"


@pytest.mark.django_db
def test_the_same_occurrence_has_one_message_id_and_another_one_has_another() -> None:
    for once, to in (("7", ANN), ("8", ANN), ("7", "bob@example.org")):
        deliver(queued(once=once, to=to).pk, AT)
    ids = [sent.extra_headers["Message-ID"] for sent in mail.outbox]
    assert len(set(ids)) == 3
    OutgoingMail.objects.all().delete()
    deliver(queued().pk, AT)
    assert mail.outbox[-1].extra_headers["Message-ID"] == ids[0]


@pytest.mark.django_db
def test_a_server_that_is_away_is_asked_five_times_over_more_than_12_hours(
    settings: Settings,
) -> None:
    through(settings, Broken)
    row, at, waited = queued(), AT, []
    while seconds := deliver(row.pk, at):
        assert state(row) == "queued"
        waited.append(seconds)
        at += timedelta(seconds=seconds)
    assert waited == [60, 900, 7200, 43200] == [*PAUSES]
    assert (state(row), row.tries, row.refused) == ("failed", 5, False)
    assert row.outcome == "SMTPServerDisconnected"


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_not_tried_again_and_soon_gets_security_mails_only(
    settings: Settings,
) -> None:
    before = settings.MAILERS
    through(settings, Unknown)
    for once in "123":
        row = queued(once=once)
        assert deliver(row.pk, AT) == 0
        assert (state(row), row.refused, row.tries) == ("failed", True, 1)
        assert row.outcome == "The server refused the recipient: 550."
    settings.MAILERS = before
    row, security = queued(once="4"), queued("email_changed")
    deliver(row.pk, AT)
    deliver(security.pk, AT)
    assert (state(row), state(security)) == ("skipped", "sent")
    later = queued(once="5")
    deliver(later.pk, AT + timedelta(days=8))
    assert state(later) == "skipped"
    assert confirm_address(email=row.recipient.upper(), at=AT, actor=SYSTEM)
    works = queued(once="6")
    deliver(works.pk, AT)
    assert state(works) == "sent"


@pytest.mark.django_db
def test_mails_that_came_back_count_and_those_before_the_address_worked_do_not() -> None:
    def came_back(once: str) -> None:
        row = queued(once=once)
        deliver(row.pk, AT)
        row.refresh_from_db()
        note_bounced(mail=row, at=AT, actor=SYSTEM)

    for once in "123":
        assert not MailAddress.objects.exclude(stopped_at=None).exists()
        came_back(once)
    stopped = MailAddress.objects.get()
    assert stopped.stopped_at == AT
    assert confirm_address(email=stopped.email, at=AT + timedelta(hours=1), actor=SYSTEM)
    came_back("4")
    stopped.refresh_from_db()
    assert stopped.stopped_at is None
    with pytest.raises(Refused, match="bounced"):
        note_bounced(mail=OutgoingMail.objects.latest("pk"), at=AT, actor=SYSTEM)


@pytest.mark.django_db
def test_a_mail_that_another_worker_sends_is_left_to_it_until_that_is_lost() -> None:
    row = queued()
    OutgoingMail.objects.filter(pk=row.pk).update(status="sending", tries=1, tried_at=AT)
    assert deliver(row.pk, AT + timedelta(seconds=LOST_AFTER - 1)) == LOST_AFTER
    assert mail.outbox == []
    assert deliver(row.pk, AT + timedelta(seconds=LOST_AFTER)) == 0
    assert (state(row), row.tries, len(mail.outbox)) == ("sent", 2, 1)


@pytest.mark.django_db
def test_what_is_no_longer_true_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_drops", {"credit_added": lambda pk, _told: "Paid." * (pk == 5)})
    gone, true = queued(once="1", about=("x", 5)), queued(once="2", about=("x", 6))
    deliver(gone.pk, AT)
    deliver(true.pk, AT)
    assert (state(gone), gone.outcome, state(true)) == ("skipped", "Paid.", "sent")


@pytest.mark.django_db
def test_an_attachment_that_is_not_made_yet_lets_the_mail_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready: list[bytes] = []

    def pdf(pk: int) -> tuple[str, bytes]:
        if not ready:
            raise Later(5, "not yet")
        return f"{pk}.pdf", ready[0]

    monkeypatch.setattr(registry, "_attachments", {"invoice": pdf})
    row = queued(attach=[("invoice", 9)])
    with pytest.raises(Later):
        deliver(row.pk, AT)
    assert (state(row), row.tries) == ("queued", 0)
    ready.append(b"%PDF-1.7")
    deliver(row.pk, AT)
    (attached,) = mail.outbox[0].attachments
    assert (attached.filename, attached.content, attached.mimetype) == (  # type: ignore[union-attr]
        *("9.pdf", b"%PDF-1.7", "application/pdf"),
    )


@pytest.mark.django_db
def test_a_template_that_is_not_active_lets_nothing_go_out() -> None:
    words = {"subject": "x", "html": "", "text": "x", "active": False}
    set_template(event="credit_added", locale="en", **words, at=AT, actor=SYSTEM)  # type: ignore[arg-type]
    row = queued()
    deliver(row.pk, AT)
    assert (state(row), row.outcome) == ("skipped", "Its template is not active.")


@pytest.mark.django_db
def test_a_minute_has_room_for_so_many_and_security_mails_do_not_wait() -> None:
    set_preference(key="mail.per_minute", value="2", at=AT, actor=SYSTEM)
    rows = [queued(once=str(number)) for number in range(4)]
    for number in range(2):
        assert deliver(rows[number].pk, AT + timedelta(seconds=10 * number)) == 0
    with pytest.raises(NoRoom) as full:
        deliver(rows[2].pk, AT + timedelta(seconds=20))
    assert full.value.seconds == 40
    security = queued("email_changed")
    assert deliver(security.pk, AT - timedelta(minutes=2)) == 0
    assert deliver(rows[2].pk, AT + timedelta(seconds=60)) == 0
    with pytest.raises(NoRoom):
        deliver(rows[3].pk, AT + timedelta(seconds=69))
    assert deliver(rows[3].pk, AT + timedelta(seconds=70)) == 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in tests cannot wait for locks")
@pytest.mark.django_db(transaction=True)
def test_twenty_workers_with_one_mail_send_it_once() -> None:
    row, together = queued(), Barrier(20)

    def work() -> None:
        together.wait()
        try:
            deliver(row.pk, AT)
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
            announce(event="credit_added", once="1", to=[Recipient(ANN)], values=values, at=AT)
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
@pytest.mark.parametrize(("old", "new"), [*product(OutgoingMail.Status.values, repeat=2)])
def test_a_mail_moves_only_along_the_table(old: str, new: str) -> None:
    row = queued()
    OutgoingMail.objects.filter(pk=row.pk).update(status=old, sent_at=AT)
    arguments = {"allowed": MAIL_MOVES, "at": AT, "actor": SYSTEM, "client_id": None}
    if new in MAIL_MOVES.get(old, frozenset()):
        move(row, new, **arguments)  # type: ignore[arg-type]
        assert state(row) == new
    else:
        with pytest.raises(Moved):
            move(row, new, **arguments)  # type: ignore[arg-type]
        assert state(row) == old


@pytest.mark.django_db
def test_a_mail_that_ended_is_sent_again_as_a_new_one(settings: Settings) -> None:
    row = queued()
    with pytest.raises(Refused, match="on its way"):
        retry_mail(mail=row, at=AT, actor=SYSTEM)
    deliver(row.pk, AT)
    again = retry_mail(mail=row, at=AT, actor=SYSTEM)
    deliver(again.pk, AT)
    third = retry_mail(mail=again, at=AT, actor=SYSTEM)
    deliver(third.pk, AT)
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 3
    secret = queued("email_changed", once="9")
    deliver(secret.pk, AT)
    secret.refresh_from_db()
    with pytest.raises(Refused, match="kept nowhere"):
        retry_mail(mail=secret, at=AT, actor=SYSTEM)


@pytest.mark.django_db
def test_old_mails_are_forgotten_unless_they_wait() -> None:
    waits, sent = queued(once="1"), queued(once="2")
    deliver(sent.pk, AT)
    assert forget_old_mails(before=AT) == 0
    assert forget_old_mails(before=AT + timedelta(seconds=1)) == 1
    assert list(OutgoingMail.objects.all()) == [waits]


def test_pauses_grow_and_end() -> None:
    assert [pause_after(tries) for tries in range(7)] == [None, *PAUSES, None, None]
    assert all(first < second for first, second in pairwise(PAUSES))
