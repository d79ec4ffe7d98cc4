"""What is switched on a client: by staff exemption from tax, dunning and API rate, by members autopay (accounts.md 2,
billing.md 5 and 8, payments.md 7).
"""

from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.events import ClientChanged
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day, Flag, Integer, Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings import current


@act(
    "client.exempt",
    Client,
    label=_("Exempt from tax"),
    submit=_("Exempt from tax"),
    done=_("Client is exempt from tax."),
    staff=StaffPermission.CLIENTS_EDIT,
    example='client exempt alice@example.com --reason "Embassy" --until 2030-01-31',
)
def exempt_client(
    *,
    client: Client,
    reason: Annotated[str, Line(_("Reason, shown on invoices"), most=200)],
    ctx: Context,
    until: Annotated[
        date | None,
        Day(
            _("Last day of the exemption"),
            about=_("Leave empty for no end."),
            edits="tax_exempt_until",
            or_none=True,
        ),
    ] = None,
) -> None:
    """No tax for a client through ``until``, or for good; ``reason`` stands on their invoices as a note.

    Issued invoices do not change. Raises ``BusinessError`` for a day that has passed. An exemption that holds is
    changed.
    """
    if until is not None and until < current.business_date(ctx.at):
        raise BusinessError("exemption.day_passed", field="until")
    fields = {"tax_exempt": True, "tax_exempt_reason": reason, "tax_exempt_until": until}
    _switch(client, "client.exempted", fields, reason, ctx)


def end_exemption_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why there is no exemption to end."""
    return None if client.tax_exempt else StateConflict("client.not_exempt", is_moot=True)


@act(
    "client.end_exemption",
    Client,
    label=_("End tax exemption"),
    done=_("Client is no longer exempt from tax."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=end_exemption_blocked_reason,
)
@transaction.atomic
def end_exemption(*, client: Client, reason: Annotated[str, REASON], ctx: Context) -> None:
    """A client is taxed like others again. Raises ``StateConflict`` when they are not exempt."""
    if blocked := end_exemption_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    fields = {"tax_exempt": False, "tax_exempt_reason": "", "tax_exempt_until": None}
    _switch(client, "client.exemption_ended", fields, reason, ctx)


def dunning_on_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why dunning cannot be turned on."""
    return StateConflict("client.dunning_on", is_moot=True) if client.dunning else None


def dunning_off_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why dunning cannot be turned off."""
    return None if client.dunning else StateConflict("client.dunning_off", is_moot=True)


@act(
    "client.dunning_off",
    Client,
    label=_("Turn off dunning"),
    done=_("Dunning turned off."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=dunning_off_blocked_reason,
    example='client dunning-off alice@example.com --reason "pays by check"',
    for_many=True,
)
@transaction.atomic
def turn_dunning_off(*, client: Client, reason: Annotated[str, REASON], ctx: Context) -> None:
    """No reminders, late fees, suspension and termination for a client; invoices become overdue all the same.

    Raises ``StateConflict`` when it is so already.
    """
    if blocked := dunning_off_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    _switch(client, "client.dunning_off", {"dunning": False}, reason, ctx)


@act(
    "client.dunning_on",
    Client,
    label=_("Turn on dunning"),
    done=_("Dunning turned on."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=dunning_on_blocked_reason,
    for_many=True,
)
@transaction.atomic
def turn_dunning_on(*, client: Client, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Reminders, suspension and all else as for others. Raises ``StateConflict`` when it is so already."""
    if blocked := dunning_on_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    _switch(client, "client.dunning_on", {"dunning": True}, reason, ctx)


@act(
    "client.autopay",
    Client,
    label=_("Autopay"),
    done=lambda _none, client: _("Autopay is on.") if client.autopay else _("Autopay is off."),
    member="invoices.pay",
    while_suspended=True,
)
@transaction.atomic
def set_autopay(
    *, client: Client, on: Annotated[bool, Flag(_("Autopay"), edits="autopay")], ctx: Context
) -> None:
    """Whether the client's default card may be charged for invoices. Off: later charges stop at once; the same again
    changes nothing.
    """
    action = "client.autopay_on" if on else "client.autopay_off"
    if lock_client(client.pk).autopay != on:
        _switch(client, action, {"autopay": on}, "", ctx, staff_only=False)


MAX_API_RATE = 1_000_000
"""Requests a minute that staff can allow one token."""


@act(
    "client.api_rate",
    Client,
    label=_("API rate"),
    done=_("API rate saved."),
    staff=StaffPermission.CLIENTS_TOKENS,
    example="client api-rate alice@example.com --rate 600",
)
def set_api_rate(
    *,
    client: Client,
    ctx: Context,
    rate: Annotated[
        int | None,
        Integer(
            _("Requests per minute for each API token"),
            about=_("Leave empty to use the installation's limit."),
            least=1,
            most=MAX_API_RATE,
            edits="api_rate",
            or_none=True,
        ),
    ] = None,
) -> None:
    """How many requests a minute each API token of a client may make; None: as many as the installation allows.

    It counts from the next request on. Raises ``BusinessError`` for a rate that is in force.
    """
    _switch(client, "client.api_rate_set", {"api_rate": rate}, "", ctx)


@act(
    "client.api_write_rate",
    Client,
    label=_("API write rate"),
    done=_("API write rate saved."),
    staff=StaffPermission.CLIENTS_TOKENS,
    example="client api-write-rate alice@example.com --rate 60",
)
def set_api_write_rate(
    *,
    client: Client,
    ctx: Context,
    rate: Annotated[
        int | None,
        Integer(
            _("Writes per minute for each API token"),
            about=_(
                "Requests that change something; they count as requests, too. Leave empty to use the installation's "
                "limit."
            ),
            least=1,
            most=MAX_API_RATE,
            edits="api_write_rate",
            or_none=True,
        ),
    ] = None,
) -> None:
    """How many writes a minute each API token of a client may make; None: as many as the installation allows.

    It counts from the next request on. Raises ``BusinessError`` for a rate that is in force.
    """
    _switch(client, "client.api_write_rate_set", {"api_write_rate": rate}, "", ctx)


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
    bump_revision(row.pk, ctx)
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
