"""Telling people: a mail is written in the transaction of what it tells of, and sent after it (invariants O1, U11)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from commerce.jobs.actions import queue
from commerce.jobs.rules import Priority
from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.values import packed
from commerce.preferences.current import business_date, get
from commerce.preferences.secrets import ring

NOBODY = "Nobody is to get it."

_silent: ContextVar[bool] = ContextVar("silent", default=False)


@contextmanager
def silent() -> Iterator[None]:
    """Tell nobody of what happens in this block: for history that is imported or made up."""
    mark = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(mark)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address with its reader's name, language and time zone (empty: the installation's)."""

    email: str
    name: str = ""
    locale: str = "en"
    time_zone: str = ""


def announce(
    *,
    event: str,
    once: str,
    to: Iterable[Recipient],
    values: Mapping[str, Any],
    at: datetime,
    client_id: int | None = None,
    about: tuple[str, int] | None = None,
    attach: Sequence[tuple[str, int]] = (),
    own_words: str = "",
) -> list[OutgoingMail]:
    """One mail to each address, to be sent after commit; those that this occurrence (``once``) has already are left.

    ``values`` may hold ``Money``, dates, instants, translatable words, and lists of such mappings; ``attach`` pairs of
    kind and id; ``own_words`` is the key of a template in place of the event's. Returns the new mails. Nobody to tell:
    one row that says so. Of mails about invoices ``mail.bcc_invoices`` gets a copy, a mail of its own that is no
    client's: within the client's message it would hide that the client's address was refused. Raises ``KeyError`` for
    an unknown event. What a mail with a link tells is kept sealed, and nowhere else.
    """
    known = set(EVENTS[event].names())
    if unknown := values.keys() - known:
        raise KeyError(f"{event} has no {', '.join(sorted(unknown))}")
    if _silent.get():
        return []
    people, ours = _people(event, to)
    day = business_date(at)
    rows = [
        OutgoingMail(
            event=event,
            own_words=own_words,
            once=once[:200],
            recipient=one.email.strip(),
            recipient_name=one.name[:201],
            locale=one.locale,
            time_zone=one.time_zone,
            client_id=None if one is ours else client_id,
            about_kind=about[0] if about else "",
            about_id=about[1] if about else None,
            **_kept_values(event, {"date": day, "recipient_name": one.name, **values}, one.locale),
            attachments=[list(pair) for pair in attach],
            status="queued" if one.email else "skipped",
            outcome="" if one.email else NOBODY,
            created_at=at,
        )
        for one in people or [Recipient("")]
    ]
    with transaction.atomic():
        made = _kept(event, once[:200], rows)
        for mail in made:
            if mail.status == "queued":
                queue_mail(mail, at)
    return made


def _kept_values(event: str, values: Mapping[str, Any], locale: str) -> dict[str, Any]:
    told = packed(values, locale)
    is_secret = EVENTS[event].link
    return {"sealed": ring().encrypt(json.dumps(told))} if is_secret else {"values": told}


def queue_mail(mail: OutgoingMail, at: datetime) -> None:
    """Have it sent; whoever waits for a security mail does so before a page."""
    urgent = Priority.URGENT if EVENTS[mail.event].is_security else None
    queue(("mail", mail.pk), "mail.send", "announced", at, priority=urgent)


def _people(event: str, to: Iterable[Recipient]) -> tuple[list[Recipient], Recipient | None]:
    """Each address once; the last of them, given apart too, is ours if a copy is kept of this event."""
    people: dict[str, Recipient] = {}
    for one in to:
        people.setdefault(one.email.strip().lower(), one)
    people.pop("", None)
    found = list(people.values())
    email = get("mail.bcc_invoices").strip() if EVENTS[event].copied and found else ""
    if not email or email.lower() in people:
        return found, None
    ours = replace(found[0], email=email)
    return [*found, ours], ours


def _kept(event: str, once: str, rows: list[OutgoingMail]) -> list[OutgoingMail]:
    """The rows that were not there yet, now kept; another process may be telling of the same at this moment."""
    for _again in range(2):
        there = OutgoingMail.objects.filter(event=event, once=once)
        known = {email.lower() for email in there.values_list("recipient", flat=True)}
        new = [row for row in rows if row.recipient.lower() not in known]
        try:
            with transaction.atomic():
                return OutgoingMail.objects.bulk_create(new) if new else []
        except IntegrityError:
            continue
    return []
