"""Mails with a link that signs somebody in: sent and tried again like all others, and the link can be read nowhere else
(X2).
"""

import secrets
from collections.abc import Mapping
from typing import Any

from commerce.kit import clock
from commerce.mail.actions import Recipient, announce
from commerce.mail.kinds import EVENTS


def link_after_commit(
    *,
    event: str,
    to: Recipient,
    values: Mapping[str, Any],
    once: str = "",
    client_id: int | None = None,
) -> None:
    """Send it when the transaction of what it tells of is committed. Without ``once`` each call is its own occurrence.

    ``values`` are kept sealed until it is sent or has failed. Mails with a link name no client: anybody may have had
    them sent to any address.
    """
    if not EVENTS[event].link:
        raise ValueError(f"{event} has no link that must not be kept")
    announce(
        event=event,
        once=once or secrets.token_hex(16),
        to=[to],
        values=values,
        at=clock.now(),
        client_id=client_id,
    )
