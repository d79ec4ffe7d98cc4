"""Mails about the erasure of a client's data (notifications.md 3, group "security")."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from commerce.accounts.erasure.rules import ErasureBlocker
from commerce.accounts.labels import blocker_lines
from commerce.accounts.models import Client, Erasure
from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.mail.actions.announcing import Recipient, announce
from commerce.site_settings.current import business_date


def send_erasure_scheduled_email(*, erasure: Erasure, occasion: str, at: datetime) -> None:
    """To the owners: on which day it is, and where it can be withdrawn; once for each ``occasion``."""
    send_client_email(
        client=erasure.client,
        event="erasure_requested",
        idempotency_key=f"{erasure.pk} {occasion}",
        values={
            "erasure_date": erasure.erase_on,
            "data_url": f"{settings.COMMERCE_URL}/client/data",
        },
        at=at,
        about=("erasure", erasure.pk),
    )


def send_erasure_blocked_email(
    *, erasure: Erasure, client: Client, blockers: Sequence[ErasureBlocker], at: datetime
) -> None:
    """To the owners and to staff: what is still open, each time that it begins to stand in the way."""
    told = {"erasure_date": erasure.erase_on, "waiting": blocker_lines(blockers)}
    key = f"{erasure.pk} {business_date(at)}"
    send_client_email(
        client=client,
        event="erasure_blocked",
        idempotency_key=key,
        values={**told, "data_url": f"{settings.COMMERCE_URL}/client/data"},
        at=at,
        about=("erasure", erasure.pk),
    )
    send_staff_email(
        event="erasure_blocked_staff",
        idempotency_key=key,
        page=f"clients/{client.pk}",
        values=told,
        client=client,
        at=at,
        about=("erasure", erasure.pk),
    )


def send_erasure_done_email(*, erasure_id: int, owners: Iterable[Recipient], at: datetime) -> None:
    """To those who were owners, without a word about them: it is done."""
    announce(
        event="erasure_done",
        idempotency_key=f"{erasure_id}",
        to=owners,
        values={"client_name": "", "client_email": "", "client_id": None},
        at=at,
        about=("erasure", erasure_id),
    )
