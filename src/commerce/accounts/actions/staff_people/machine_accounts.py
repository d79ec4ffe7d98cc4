"""Machine accounts: staff without sign-in for programs, with an owner who answers for them (staff-api.md).

One has what its role gives, and of that no more than its owner may at that moment. It works while its owner can sign in
and says, when asked every 90 days, that it is still needed. Its days are those of its tokens, in UTC.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Annotated

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.staff_people.givers import (
    STAFF_ROLE,
    StaffGiver,
    acting_person,
    role_to_give,
    staff_giver,
)
from commerce.accounts.finding import active_staff, find_staff
from commerce.accounts.models import MachineAccount, Staff, StaffRole, StaffToken
from commerce.accounts.rules import TOKEN_MOVES, TokenStatus
from commerce.accounts.sign_in_emails import send_machine_account_question
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Reference
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict

ASKED_EVERY = timedelta(days=90)
ANSWER_WITHIN = timedelta(days=30)
"""How long an owner may take to answer before the tokens stop."""
_REMINDED_BEFORE = timedelta(days=7)

OWNER = Reference(
    _("Owner"),
    about=_("Answers for it, alone makes its tokens, and is asked every 90 days if it's needed."),
    find=find_staff,
    called=str,
    shown=attrgetter("full_name"),
    among=active_staff,
)


@act(
    "machine_account.new",
    None,
    label=_("Add machine account"),
    submit=_("Create"),
    done=_("Machine account created. Its owner can create tokens for it now."),
    staff=StaffPermission.STAFF_MANAGE,
    asks_password=True,
    example="machine-account new --name Bookkeeping --role billing --owner grace@example.com",
)
@transaction.atomic
def create_machine_account(
    *,
    name: Annotated[str, Line(_("Name"), most=100, about=_("What the audit log calls it."))],
    role: Annotated[StaffRole, STAFF_ROLE],  # type: ignore[valid-type]  # taken for annotations of a query
    owner: Annotated[Staff, OWNER],  # type: ignore[valid-type]  # the same
    ctx: Context,
) -> MachineAccount:
    """A machine account without a token. Raises ``BusinessError`` and ``PermissionDenied``."""
    given = _role_to_give(role, staff_giver(ctx))
    answers = _owner_to_be(owner)
    if "@" in name:
        raise BusinessError("machine_account.name_is_address", field="name")
    if MachineAccount.objects.filter(machine_name__iexact=name).exists():
        raise BusinessError("machine_account.name_taken", field="name")
    made = MachineAccount.objects.create(
        machine_name=name,
        role=given,
        owner=answers,
        confirmed_on=_today(ctx.at),
        created_at=ctx.at,
    )
    _record("created", made, ctx, after={"role": given.key, "owner": str(answers)})
    return made


def _role_to_give(role: StaffRole, giver: StaffGiver) -> StaffRole:
    if role.is_super_admin:
        raise BusinessError("machine_account.super_admin", field="role")
    return role_to_give(role, giver)


def _owner_to_be(owner: Staff) -> Staff:
    """As they are stored now, if they can sign in."""
    stored = Staff.objects.active().select_related("user").filter(pk=owner.pk).first()
    if stored is None:
        raise BusinessError("machine_account.owner_inactive", field="owner")
    return stored


def _record(
    verb: str,
    machine: MachineAccount,
    ctx: Context,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"machine_account.{verb}",
        record=("machine_account", machine.pk),
        name=machine.machine_name,
        before=before,
        after=after,
        staff_only=True,
    )


@act(
    "machine_account.role",
    MachineAccount,
    label=_("Change role"),
    done=_("Role changed."),
    staff=StaffPermission.STAFF_MANAGE,
    asks_password=True,
)
@transaction.atomic
def set_machine_account_role(
    *,
    machine: MachineAccount,
    role: Annotated[StaffRole, STAFF_ROLE],  # type: ignore[valid-type]  # taken for annotations of a query
    ctx: Context,
) -> MachineAccount:
    """Give it another role. Raises ``BusinessError`` and ``PermissionDenied``."""
    given = _role_to_give(role, staff_giver(ctx))
    stored = lock(machine, "role")
    if given != stored.role:
        before = {"role": stored.role.key}
        stored.role = given
        stored.save(update_fields=["role"])
        _record("changed", stored, ctx, before=before, after={"role": given.key})
    return stored


@act(
    "machine_account.owner",
    MachineAccount,
    label=_("Change owner"),
    intro=_(
        "The former owner may still have its tokens: create new ones, and revoke those. They end at once if the former"
        " owner can no longer sign in, or the new one lets it do more."
    ),
    done=_("Owner changed."),
    staff=StaffPermission.STAFF_MANAGE,
    asks_password=True,
)
@transaction.atomic
def set_machine_account_owner(
    *,
    machine: MachineAccount,
    owner: Annotated[Staff, OWNER],  # type: ignore[valid-type]  # taken for annotations of a query
    ctx: Context,
) -> MachineAccount:
    """Let another person answer for it; whoever gives it on has all that its role gives.

    The former owner may still have its tokens: these end if they would do more than before, which is anything if the
    former owner can no longer sign in. Raises ``BusinessError`` and ``PermissionDenied``.
    """
    giver = staff_giver(ctx)
    stored = lock(machine, "role", "owner")
    _role_to_give(stored.role, giver)
    former = stored.owner
    works = Staff.objects.active().filter(machine_accounts=stored).exists()
    before = stored.all_permissions if works else frozenset()
    stored.owner = _owner_to_be(owner)
    if former == stored.owner:
        return stored
    if stored.all_permissions - before:
        _revoke_tokens(stored, ctx)
    _confirm(stored, ctx)
    stored.save(update_fields=["owner", "confirmed_on", "stops_after"])
    _record(
        "changed", stored, ctx, before={"owner": str(former)}, after={"owner": str(stored.owner)}
    )
    return stored


def _revoke_tokens(machine: MachineAccount, ctx: Context) -> None:
    for token in StaffToken.objects.live().filter(staff=machine).order_by("pk"):
        move(
            token,
            TokenStatus.REVOKED,
            allowed=TOKEN_MOVES,
            ctx=ctx,
            client_id=None,
            revoked_at=ctx.at,
        )


def _confirm(machine: MachineAccount, ctx: Context) -> None:
    machine.confirmed_on, machine.stops_after = _today(ctx.at), None


def _today(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _check_answers_for(machine: MachineAccount, ctx: Context) -> None:
    """Raise ``PermissionDenied`` unless it is the owner who acts, or somebody who manages staff."""
    if ctx.actor.kind == "system":
        return
    person = acting_person(ctx)
    if person.pk != machine.owner_id and not person.may(StaffPermission.STAFF_MANAGE):
        raise PermissionDenied(StaffPermission.STAFF_MANAGE)


def live_machine_blocked_reason(machine: MachineAccount, ctx: Context) -> StateConflict | None:
    """Why nothing is to be said of a machine account: it is off."""
    return None if machine.is_active else StateConflict("machine_account.inactive")


@act(
    "machine_account.confirm",
    MachineAccount,
    label=_("Still needed"),
    done=_("Noted. We ask again in 90 days."),
    staff=(),
    blocked=live_machine_blocked_reason,
)
@transaction.atomic
def confirm_machine_account(*, machine: MachineAccount, ctx: Context) -> None:
    """Its owner says that it is needed: it works on, and is asked about again in 90 days."""
    stored = lock(machine)
    _check_answers_for(stored, ctx)
    if blocked := live_machine_blocked_reason(stored, ctx):
        raise blocked
    _confirm(stored, ctx)
    stored.save(update_fields=["confirmed_on", "stops_after"])
    _record("confirmed", stored, ctx)


@act(
    "machine_account.deactivate",
    MachineAccount,
    label=_("Deactivate"),
    done=_("Deactivated. Its tokens are refused from now on."),
    staff=(),
    blocked=live_machine_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def deactivate_machine_account(*, machine: MachineAccount, ctx: Context) -> None:
    """Shut it out at once: its owner does, or whoever manages staff. The record stays."""
    stored = lock(machine)
    _check_answers_for(stored, ctx)
    if blocked := live_machine_blocked_reason(stored, ctx):
        raise blocked
    stored.is_active = False
    stored.save(update_fields=["is_active"])
    _record("deactivated", stored, ctx)


def reactivate_machine_account_blocked_reason(
    machine: MachineAccount, ctx: Context
) -> StateConflict | None:
    """Why it is not let in again: it is in."""
    return StateConflict("machine_account.active") if machine.is_active else None


@act(
    "machine_account.reactivate",
    MachineAccount,
    label=_("Reactivate"),
    done=_("Reactivated."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=reactivate_machine_account_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def reactivate_machine_account(*, machine: MachineAccount, ctx: Context) -> None:
    """Let it in again, with a role that the giver could give."""
    giver = staff_giver(ctx)
    stored = lock(machine, "role")
    if blocked := reactivate_machine_account_blocked_reason(stored, ctx):
        raise blocked
    _role_to_give(stored.role, giver)
    stored.is_active = True
    _confirm(stored, ctx)
    stored.save(update_fields=["is_active", "confirmed_on", "stops_after"])
    _record("reactivated", stored, ctx)


def ask_owners(*, at: datetime) -> int:
    """Ask owners of machine accounts whether these are still needed, and once more in the week before they stop; how
    many were asked. Owners who can't sign in aren't asked: what is theirs doesn't work.
    """
    waiting = _to_ask_about(_today(at)).values_list("pk", flat=True)
    return sum(_ask_owner(machine_id, at) for machine_id in [*waiting])


def _to_ask_about(today: date) -> QuerySet[MachineAccount]:
    long_ago = Q(stops_after__isnull=True, confirmed_on__lte=today - ASKED_EVERY)
    ends_soon = Q(stops_after__range=(today, today + _REMINDED_BEFORE))
    return MachineAccount.objects.filter(
        long_ago | ends_soon, is_active=True, owner__is_active=True, owner__user__is_active=True
    ).order_by("pk")


@transaction.atomic
def _ask_owner(machine_id: int, at: datetime) -> int:
    today = _today(at)
    waiting = _to_ask_about(today).select_for_update(of=("self",)).select_related("owner__user")
    machine = waiting.filter(pk=machine_id).first()
    if machine is None:  # answered meanwhile
        return 0
    if machine.stops_after is None:
        machine.stops_after = today + ANSWER_WITHIN
        machine.save(update_fields=["stops_after"])
    is_reminder = machine.stops_after <= today + _REMINDED_BEFORE
    return send_machine_account_question(machine=machine, is_reminder=is_reminder, at=at)
