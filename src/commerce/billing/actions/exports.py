"""What was downloaded of the invoices of a client (backoffice.md 7)."""

from datetime import date, datetime

from django.db import transaction

from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.kit.actor import Actor


@transaction.atomic
def note_export(
    *, client: Client, file: str, span: tuple[date | None, date | None], at: datetime, actor: Actor
) -> None:
    """A member downloads a table or statement of this span of days; an open end is empty."""
    first, last = (str(day or "") for day in span)
    record(
        at=at,
        actor=actor,
        action="client.exported",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        after={"file": file, "first": first, "last": last},
    )
