"""Telling people: a mail is written in the transaction of what it tells of, and sent after it (invariants O1, U11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.values import packed
from commerce.preferences.current import business_date

NOBODY = "Nobody is to get it."


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
) -> list[OutgoingMail]:
    """One mail to each address, to be sent after commit; those that this occurrence (``once``) has already are left.

    ``values`` may hold ``Money``, dates, instants, translatable words, and lists of such mappings; ``attach`` pairs of
    kind and id. Returns the new mails. Nobody to tell: one row that says so. Raises ``KeyError`` for an unknown event.
    """
    kind = EVENTS[event]
    people = {one.email.strip().lower(): one for one in reversed(list(to)) if one.email.strip()}
    if unknown := values.keys() - set(kind.names()):
        raise KeyError(f"{event} has no {', '.join(sorted(unknown))}")
    rows = [
        OutgoingMail(
            event=event,
            once=once[:200],
            recipient=one.email.strip(),
            recipient_name=one.name[:201],
            locale=one.locale,
            time_zone=one.time_zone,
            client_id=client_id,
            about_kind=about[0] if about else "",
            about_id=about[1] if about else None,
            values=packed({"date": business_date(at), **values}, one.locale),
            attachments=[list(pair) for pair in attach],
            status="queued" if one.email else "skipped",
            reason="" if one.email else NOBODY,
            created_at=at,
        )
        for one in reversed(list(people.values()) or [Recipient("")])
    ]
    with transaction.atomic():
        made = _kept(event, once[:200], rows)
        for mail in made:
            _queue(mail, at)
    return made


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


def _queue(mail: OutgoingMail, at: datetime) -> None:
    """The worker sends it once this transaction is committed."""
