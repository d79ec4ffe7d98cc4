"""What is switched on a client: by staff exemption from tax, dunning and API rate, by members autopay (accounts.md 2,
billing.md 5 and 8, payments.md 7).
"""

from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.events import ClientChanged
from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import require_reason
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings import current


def exempt_client(*, client: Client, reason: str, ctx: Context, until: date | None = None) -> None:
    """No tax for a client through ``until``, or for good; ``reason`` stands on their invoices as a note.

    Issued invoices do not change. Raises ``BusinessError`` for a reason of more than 200 characters or a day that has
    passed. An exemption that holds is changed.
    """
    reason = require_reason(reason)
    if len(reason) > 200:
        raise BusinessError("exemption.reason_too_long", field="reason")
    if until is not None and until < current.business_date(ctx.at):
        raise BusinessError("exemption.day_passed", field="until")
    fields = {"tax_exempt": True, "tax_exempt_reason": reason, "tax_exempt_until": until}
    _switch(client, "client.exempted", fields, reason, ctx)


def end_exemption_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why there is no exemption to end."""
    return None if client.tax_exempt else StateConflict("client.not_exempt")


@transaction.atomic
def end_exemption(*, client: Client, reason: str, ctx: Context) -> None:
    """A client is taxed like others again. Raises ``StateConflict`` when they are not exempt."""
    if blocked := end_exemption_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    fields = {"tax_exempt": False, "tax_exempt_reason": "", "tax_exempt_until": None}
    _switch(client, "client.exemption_ended", fields, require_reason(reason), ctx)


def dunning_on_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why dunning cannot be turned on."""
    return StateConflict("client.dunning_on") if client.dunning else None


def dunning_off_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why dunning cannot be turned off."""
    return None if client.dunning else StateConflict("client.dunning_off")


@transaction.atomic
def set_dunning(*, client: Client, on: bool, reason: str, ctx: Context) -> None:
    """Off: no reminders, late fees, suspension and termination for a client; invoices become overdue all the same.

    Raises ``StateConflict`` when it is so already.
    """
    blocked_reason = dunning_on_blocked_reason if on else dunning_off_blocked_reason
    if blocked := blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    action = "client.dunning_on" if on else "client.dunning_off"
    _switch(client, action, {"dunning": on}, require_reason(reason), ctx)


@transaction.atomic
def set_autopay(*, client: Client, on: bool, ctx: Context) -> None:
    """Whether the client's default card may be charged for invoices. Off: later charges stop at once; the same again
    changes nothing.
    """
    action = "client.autopay_on" if on else "client.autopay_off"
    if lock_client(client.pk).autopay != on:
        _switch(client, action, {"autopay": on}, "", ctx, staff_only=False)


MAX_API_RATE = 1_000_000
"""Requests a minute that staff can allow one token."""


def set_api_rate(*, client: Client, rate: int | None, ctx: Context) -> None:
    """How many requests a minute each API token of a client may make; None: as many as the installation allows.

    It counts from the next request on. Raises ``BusinessError`` for a rate that cannot be, or that is in force.
    """
    if rate is not None and not 1 <= rate <= MAX_API_RATE:
        raise BusinessError("client.api_rate_out_of_range", maximum=MAX_API_RATE, field="api_rate")
    _switch(client, "client.api_rate_set", {"api_rate": rate}, "", ctx)


@transaction.atomic
def _switch(
    client: Client,
    action: str,
    fields: dict[str, Any],
    reason: str,
    ctx: Context,
    *,
    staff_only: bool = True,
) -> None:
    row = lock_client(client.pk)
    bump_revision(row.pk)
    before = {name: getattr(row, name) for name in fields}
    if before == fields:
        raise BusinessError("client.nothing_changed")
    Client.objects.filter(pk=row.pk).update(changed_at=ctx.at, **fields)
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("client", row.pk),
        name=row.name,
        client_id=row.pk,
        before={name: _plain(value) for name, value in before.items()},
        after={name: _plain(value) for name, value in fields.items()},
        reason=reason,
        staff_only=staff_only,
    )
    publish(ClientChanged(row.pk), at=ctx.at, client_id=row.pk)
    client.refresh_from_db()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value
