"""What staff switch on a client: exemption from tax, dunning, API rate (accounts.md 2, billing.md 5 and 8)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions.clients import hold, touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.audit.reasons import said
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current


def exempt_client(
    *, client: Client, reason: str, at: datetime, actor: Actor, until: date | None = None
) -> None:
    """No tax for a client through ``until``, or for good; ``reason`` stands on his invoices as their note.

    Issued invoices do not change. Raises ``Refused`` for a reason of more than 200 characters or a day that has passed.
    """
    reason = said(reason)
    if len(reason) > 200:
        raise Refused(_("Say why, in up to 200 characters."), field="reason")
    if until is not None and until < current.business_date(at):
        raise Refused(_("This day has passed."), field="until")
    fields = {"tax_exempt": True, "tax_exempt_reason": reason, "tax_exempt_until": until}
    _switch(client, "client.exempted", fields, reason, at, actor)


def end_exemption(*, client: Client, reason: str, at: datetime, actor: Actor) -> None:
    """A client is taxed like others again. Raises ``Refused`` when he is not exempt."""
    if not Client.objects.filter(pk=client.pk, tax_exempt=True).exists():
        raise Refused(_("This client is not exempt."))
    fields = {"tax_exempt": False, "tax_exempt_reason": "", "tax_exempt_until": None}
    _switch(client, "client.exemption_ended", fields, said(reason), at, actor)


def set_dunning(*, client: Client, on: bool, reason: str, at: datetime, actor: Actor) -> None:
    """Off: no reminders, late fees, suspension and termination for a client; invoices become overdue all the same."""
    action = "client.dunning_on" if on else "client.dunning_off"
    _switch(client, action, {"dunning": on}, said(reason), at, actor)


MOST_RATE = 1_000_000
"""Requests a minute that staff can allow one token."""


def set_api_rate(*, client: Client, rate: int | None, at: datetime, actor: Actor) -> None:
    """How many requests a minute each API token of a client may make; None: as many as the installation allows.

    It counts from the next request on. Raises ``Refused`` for a rate that cannot be, or that he has.
    """
    if rate is not None and not 1 <= rate <= MOST_RATE:
        text = _("Choose from 1 to %(number)d requests a minute.") % {"number": MOST_RATE}
        raise Refused(text, field="api_rate")
    _switch(client, "client.api_rate_set", {"api_rate": rate}, "", at, actor)


@transaction.atomic
def _switch(
    client: Client, action: str, fields: dict[str, Any], reason: str, at: datetime, actor: Actor
) -> None:
    row = hold(client.pk)
    touch(row.pk)
    before = {name: getattr(row, name) for name in fields}
    if before == fields:
        raise Refused(_("Nothing changes by this."))
    Client.objects.filter(pk=row.pk).update(changed_at=at, **fields)
    record(
        at=at,
        actor=actor,
        action=action,
        record=("client", row.pk),
        name=row.name,
        client_id=row.pk,
        before={name: _plain(value) for name, value in before.items()},
        after={name: _plain(value) for name, value in fields.items()},
        reason=reason,
        staff_only=True,
    )
    client.refresh_from_db()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value
