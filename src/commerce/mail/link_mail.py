"""Mails with a link that signs somebody in: sent and tried again like all others, and the link can be read nowhere else
(X2).
"""

import secrets
from collections.abc import Mapping
from typing import Any

from commerce.kit import clock
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.mail_events import MAIL_EVENTS


def announce_link_mail(
    *,
    event: str,
    to: Recipient,
    values: Mapping[str, Any],
    idempotency_key: str = "",
    client_id: int | None = None,
) -> None:
    """Send it when the transaction of what it tells of is committed. Without a key each call is its own occurrence.

    ``values`` are kept encrypted until it is sent or has failed. Mails with a link name no client: anybody may have had
    them sent to any address.
    """
    if not MAIL_EVENTS[event].has_link:
        raise ValueError(f"{event} has no link that must not be kept")
    announce(
        event=event,
        idempotency_key=idempotency_key or secrets.token_hex(16),
        to=[to],
        values=values,
        at=clock.now(),
        client_id=client_id,
    )
