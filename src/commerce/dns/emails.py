"""Mails about zones: to their owner before one ends, to staff when the name server is silent or has others."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.dns.models import Zone
from commerce.presentation.labels import Text
from commerce.presentation.silences import problem_words
from commerce.site_settings.current import business_date

ZONE_FILE = "zone"
"""The kind of attachment that is a zone file."""
MAX_LISTED = 50
"""Zones that a mail about differences names."""


def send_zone_ending_mail(*, zone: Zone, at: datetime) -> None:
    """The zone ends on a day, or has ended: its file is with the mail."""
    send_client_email(
        client=zone.client,
        event="zone_ending",
        idempotency_key=f"{zone.pk} {zone.ends_on}",
        values={"zone_name": zone.name, "end_date": zone.ends_on},
        at=at,
        about=("zone", zone.pk),
        attach=[(ZONE_FILE, zone.pk)],
    )


def zone_attachment(zone_id: int) -> tuple[str, bytes]:
    """The zone file of a zone for a mail."""
    from commerce.dns.zone_files import write_zone_file

    zone = Zone.objects.get(pk=zone_id)
    newest = zone.newest
    text = write_zone_file(zone.name, newest.record_list(), soa=newest.soa_value())
    return f"{zone.name}.txt", text.encode()


def send_server_silent_email(*, server: str, problem: str, at: datetime) -> None:
    """Changes of zones wait for the name server: staff hear of it once a day."""
    send_staff_email(
        event="dns_server_down",
        idempotency_key=f"{server} {business_date(at)}",
        page="settings/dns",
        values={"server": server, "error": problem_words(problem)},
        at=at,
    )


def send_zone_differences_email(*, found: Sequence[Text], at: datetime) -> None:
    """Zones that the server has otherwise than they are here: one mail as long as nothing else is found."""
    listed = [*found[:MAX_LISTED], "…"] if len(found) > MAX_LISTED else list(found)
    digest = hashlib.sha256("\n".join(map(str, found)).encode()).hexdigest()[:24]
    send_staff_email(
        event="zones_differ",
        idempotency_key=digest,
        page="zones",
        values={"count": len(found), "waiting": listed},
        at=at,
    )
