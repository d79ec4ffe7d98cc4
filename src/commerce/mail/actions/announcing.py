"""Telling people: a mail is written in the transaction of what it tells of, and sent after it (invariants O1, U11)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from commerce.db.fast_paths import insert_rows
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import JobPriority
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus
from commerce.mail.template_values import pack_values
from commerce.site_settings.current import business_date, get_setting
from commerce.site_settings.encryption import key_ring

NO_RECIPIENT_TEXT = "Nobody is to get it."

_silent: ContextVar[bool] = ContextVar("silent", default=False)
_held: ContextVar[list[OutgoingMail] | None] = ContextVar("held", default=None)


@contextmanager
def muted_mails() -> Iterator[None]:
    """Tell nobody of what happens in this block: for history that is imported or made up."""
    mark = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(mark)


@contextmanager
def held_mails() -> Iterator[list[OutgoingMail]]:
    """What is told in this block waits until `commerce.mail.actions.holding` lets it go; all but security mails."""
    held: list[OutgoingMail] = []
    mark = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(mark)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address with its reader's name, language and time zone (empty: the installation's).

    ``more`` is what a mail says to this reader alone. ``digest_of``: the staff person whose digest tells it, if they
    have ``permission`` then.
    """

    email: str
    name: str = ""
    locale: str = "en"
    time_zone: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    digest_of: int | None = None
    permission: str = ""


def announce(
    *,
    event: str,
    idempotency_key: str,
    to: Iterable[Recipient],
    values: Mapping[str, Any],
    at: datetime,
    client_id: int | None = None,
    about: tuple[str, int] | None = None,
    attach: Sequence[tuple[str, int]] = (),
    product_template: str = "",
) -> list[OutgoingMail]:
    """One mail to each address, to be sent after commit; what this ``idempotency_key`` has already is left.

    ``values`` may hold ``Money``, dates, instants, translatable words, and lists of such mappings; ``attach`` pairs of
    kind and id; ``product_template`` is the key of a template in place of the event's. Returns the new mails. Nobody to
    tell: one row that says so. Of mails about invoices ``mail.bcc_invoices`` gets a copy, a mail of its own that is no
    client's: within the client's message it would hide that the client's address was refused. Raises ``KeyError`` for
    an unknown event. What a mail with a link tells is kept encrypted, and nowhere else.
    """
    known = set(MAIL_EVENTS[event].variable_names())
    if unknown := values.keys() - known:
        raise KeyError(f"{event} has no {', '.join(sorted(unknown))}")
    if _silent.get():
        return []
    readers, copy = _readers(event, to)
    day = business_date(at)
    rows = [
        OutgoingMail(
            event=event,
            product_template=product_template,
            idempotency_key=idempotency_key[:200],
            recipient=reader.email.strip(),
            recipient_name=reader.name[:201],
            locale=reader.locale,
            time_zone=reader.time_zone,
            client_id=None if reader is copy else client_id,
            about_kind=about[0] if about else "",
            about_id=about[1] if about else None,
            digest_of=reader.digest_of,
            permission=reader.permission,
            **_stored_values(
                event,
                {"date": day, "recipient_name": reader.name, **values, **reader.more},
                reader.locale,
            ),
            attachments=[list(pair) for pair in attach],
            status=_first_status(reader, event),
            outcome="" if reader.email else NO_RECIPIENT_TEXT,
            created_at=at,
        )
        for reader in readers or [Recipient("")]
    ]
    with transaction.atomic():
        made = _insert_new(event, idempotency_key[:200], rows)
        for mail in made:
            if mail.status == MailStatus.QUEUED:
                enqueue_mail(mail, at)
    _hold(made)
    return made


def _hold(mails: Iterable[OutgoingMail]) -> None:
    """Have whoever holds mails know those that wait."""
    held = _held.get()
    if held is not None:
        held += [mail for mail in mails if mail.status == MailStatus.HELD]


def _first_status(reader: Recipient, event: str) -> MailStatus:
    if not reader.email:
        return MailStatus.SKIPPED
    if reader.digest_of:
        return MailStatus.DIGEST
    is_held = _held.get() is not None and not MAIL_EVENTS[event].is_security
    return MailStatus.HELD if is_held else MailStatus.QUEUED


def _stored_values(event: str, values: Mapping[str, Any], locale: str) -> dict[str, Any]:
    packed = pack_values(values, locale)
    is_secret = MAIL_EVENTS[event].has_link
    return (
        {"encrypted_values": key_ring().encrypt(json.dumps(packed))}
        if is_secret
        else {"values": packed}
    )


def enqueue_mail(mail: OutgoingMail, at: datetime) -> None:
    """Have it sent; whoever waits for a security mail does so before a page."""
    urgent = JobPriority.URGENT if MAIL_EVENTS[mail.event].is_security else None
    enqueue(("mail", mail.pk), "mail.send", "announced", at, priority=urgent)


def _readers(event: str, to: Iterable[Recipient]) -> tuple[list[Recipient], Recipient | None]:
    """Each address once; the last of them, returned apart too, is the company's if it gets a copy of this event."""
    by_email: dict[str, Recipient] = {}
    for recipient in to:
        by_email.setdefault(recipient.email.strip().lower(), recipient)
    by_email.pop("", None)
    readers = list(by_email.values())
    email = (
        get_setting("mail.bcc_invoices").strip()
        if MAIL_EVENTS[event].copied_to_company and readers
        else ""
    )
    if not email or email.lower() in by_email:
        return readers, None
    copy = replace(readers[0], email=email)
    return [*readers, copy], copy


def _insert_new(event: str, idempotency_key: str, rows: list[OutgoingMail]) -> list[OutgoingMail]:
    """The rows that were not there yet, now kept; another process may be telling of the same at this moment."""
    for _again in range(2):
        there = OutgoingMail.objects.filter(event=event, idempotency_key=idempotency_key)
        known = {email.lower() for email in there.values_list("recipient", flat=True)}
        new = [row for row in rows if row.recipient.lower() not in known]
        try:
            with transaction.atomic():
                insert_rows(*new)
                return new
        except IntegrityError:
            continue
    return []
