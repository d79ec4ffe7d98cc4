"""Asking for the erasure of a client's data, and thinking better of it (accounts.md 10)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.erasure import emails
from commerce.accounts.erasure.hooks import erasure_blockers
from commerce.accounts.erasure.rules import ERASURE_MOVES, ErasureStatus, first_erasure_day
from commerce.accounts.labels import BLOCKERS_IN_LINE, named_blockers
from commerce.accounts.models import Client, Erasure
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict, TwoTexts
from commerce.site_settings.current import business_date


def request_erasure_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why the erasure of a client's data cannot be asked for now; ``hooks.erasure_blockers`` are what is open."""
    known = Erasure.objects.for_client(client).exclude(status=ErasureStatus.WITHDRAWN).first()
    blockers = erasure_blockers(client, most=BLOCKERS_IN_LINE + 1)
    if known is None:
        records = named_blockers(blockers)
        return StateConflict("erasure.blocked", records=records) if blockers else None
    if known.status == ErasureStatus.BLOCKED and blockers:
        return StateConflict("erasure.requested_and_blocked", records=named_blockers(blockers))
    return StateConflict("erasure.already_requested", is_moot=True)


@act(
    "client.request_erasure",
    Client,
    label=_("Request erasure"),
    done=_("Erasure requested. We've emailed all owners."),
    member="data.export",
    while_suspended=True,
    blocked=request_erasure_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def request_erasure(*, client: Client, ctx: Context, reason: str = "") -> Erasure:
    """Have a client's data erased in 14 days; the owners are told. ``reason`` is the document that asks staff.

    Raises ``StateConflict`` while something is open, or when it was asked for, or done, before.
    """
    if blocked := request_erasure_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    erasure = Erasure.objects.create(
        client=client,
        requested_by_id=ctx.actor.member_id,
        reason=reason,
        requested_at=ctx.at,
        erase_on=first_erasure_day(business_date(ctx.at)),
    )
    write_audit_entry(
        ctx=ctx,
        action="erasure.requested",
        record=("erasure", erasure.pk),
        name=str(erasure),
        client_id=client.pk,
        after={"erase_on": erasure.erase_on.isoformat()},
        reason=reason,
    )
    emails.send_erasure_scheduled_email(erasure=erasure, occasion="requested", at=ctx.at)
    return erasure


@act(
    "client.erase_data",
    Client,
    label=_("Request erasure"),
    done=_("Erasure requested. We've emailed all owners."),
    staff=StaffPermission.CLIENTS_ERASE,
    blocked=request_erasure_blocked_reason,
    asks_password=True,
    is_danger=True,
    example='client erase-data alice@example.com --reason "Letter of 12 March"',
)
def request_erasure_for_staff(
    *, client: Client, reason: Annotated[str, REASON], ctx: Context
) -> Erasure:
    """``request_erasure`` for a document that asks for it, which staff name."""
    return request_erasure(client=client, reason=reason, ctx=ctx)


@transaction.atomic
def block_erasure(*, erasure: Erasure, ctx: Context) -> None:
    """Its day has come, and something is still open: the owners and staff are told what."""
    client = lock_client(erasure.client_id)
    move(
        erasure, ErasureStatus.BLOCKED, allowed=ERASURE_MOVES, ctx=ctx, client_id=erasure.client_id
    )
    emails.send_erasure_blocked_email(
        erasure=erasure, client=client, blockers=erasure_blockers(client), at=ctx.at
    )


@transaction.atomic
def unblock_erasure(*, erasure: Erasure, ctx: Context) -> bool:
    """Nothing is open any more: it can be carried out. False while something is."""
    client = lock_client(erasure.client_id)
    if erasure_blockers(client):
        return False
    move(
        erasure,
        ErasureStatus.REQUESTED,
        allowed=ERASURE_MOVES,
        ctx=ctx,
        client_id=erasure.client_id,
    )
    return True


def withdraw_erasure_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why there is no erasure of a client's data that could be withdrawn."""
    is_open = Erasure.objects.for_client(client).open().exists()
    return None if is_open else StateConflict("erasure.none_open", is_moot=True)


@act(
    "client.keep_data",
    Client,
    label=_("Withdraw request"),
    done=TwoTexts(
        member=_("Request withdrawn. Your data stays."), staff=_("Data erasure withdrawn")
    ),
    staff=StaffPermission.CLIENTS_ERASE,
    member="data.export",
    while_suspended=True,
    blocked=withdraw_erasure_blocked_reason,
)
@transaction.atomic
def withdraw_erasure(*, client: Client, ctx: Context) -> None:
    """Keep a client's data after all. Raises ``StateConflict`` when they are erased, or nobody asked for it."""
    if blocked := withdraw_erasure_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    move(
        Erasure.objects.for_client(client).open().get(),
        ErasureStatus.WITHDRAWN,
        allowed=ERASURE_MOVES,
        ctx=ctx,
        client_id=client.pk,
        ended_at=ctx.at,
    )
