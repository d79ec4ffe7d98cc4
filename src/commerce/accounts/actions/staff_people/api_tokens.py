"""Tokens of the staff API: made, used, ended (staff-api.md)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.staff_people.givers import acting_person
from commerce.accounts.actions.tokens import token_networks
from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import MachineAccount, Staff, StaffToken, StaffTokenWrite
from commerce.accounts.rules import TOKEN_MOVES, TokenStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock, lock_name
from commerce.kit import tokens
from commerce.kit.acts.act import act, all_acts
from commerce.kit.acts.inputs import Day, Integer, Line
from commerce.kit.acts.lists import Lines, Many, WordList
from commerce.kit.acts.shown import ShownOnce
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict

MAX_STAFF_TOKENS = 20
"""Live tokens that one person may have."""

LONGEST_LIFE = timedelta(days=365)
"""How far ahead the last day may be."""

_NEVER = ("staff", "staff_token", "staff_role", "machine_account")
"""First words of acts that no token does, whatever it was given: none makes another way in (staff-api.md)."""

STAFF_WRITES_SHOWN = 100
"""Writes of a token that its page shows."""
_WRITES_KEPT = timedelta(days=30)
"""How long writes are kept, and over how long a spending limit counts."""


def is_never_by_token(act: str) -> bool:
    """Whether people alone do an act."""
    return act.partition(".")[0] in _NEVER


def create_staff_token_blocked_reason(_record: None, ctx: Context) -> StateConflict | None:
    """Why a person can have no further token now."""
    staff = acting_person(ctx)
    return _cannot_have_more(staff, staff, ctx)


def _cannot_have_more(staff: Staff, maker: Staff, ctx: Context) -> StateConflict | None:
    if not has_factor(maker.person):
        return StateConflict("staff_token.no_second_factor")
    live = StaffToken.objects.opening_on(ctx.at.astimezone(UTC).date()).filter(staff=staff)
    if live.count() >= MAX_STAFF_TOKENS:
        return StateConflict("api_token.too_many", maximum=MAX_STAFF_TOKENS)
    return None


NAME = Line(_("Name"), most=100, about=_("The program that will use it."))
PERMISSIONS = Many(
    _("Permissions"),
    labels=PERMISSION_LABELS,
    about=_("Of those, the token always has only what you have at that moment."),
)
LAST_DAY = Day(_("Last day"), about=_("The token works until the end of this day (UTC)."))
NETWORKS = Lines(
    _("Networks"), most=50, about=_("One address or network on each line. Empty: from anywhere.")
)
SPENDING_LIMIT = Integer(
    _("Spending limit"),
    about=_(
        "Credit and refunds that it may give in 30 days, in whole units of the default currency."
    ),
)
ACTS = WordList(
    _("Actions that ask for your password"), most=2000, about=_("The token does these without it.")
)


@act(
    "staff_token.new",
    None,
    label=_("Create token"),
    done=_("Token created. Copy it now: it isn't shown again."),
    staff=(),
    blocked=create_staff_token_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def create_staff_token(
    *,
    name: Annotated[str, NAME],
    permissions: Annotated[list[str], PERMISSIONS],
    expires_on: Annotated[date, LAST_DAY],
    networks: Annotated[list[str] | None, NETWORKS] = None,
    spending_limit: Annotated[int, SPENDING_LIMIT] = 0,
    acts: Annotated[list[str] | None, ACTS] = None,
    ctx: Context,
) -> ShownOnce:
    """A token of the person who acts; its plain text exists nowhere else: show it once.

    Raises ``BusinessError`` for values that no token has, ``PermissionDenied`` for a permission that its person lacks,
    and ``StateConflict`` without a second factor, or with too many tokens.
    """
    staff = acting_person(ctx)
    lock_name(f"tokens of staff {staff.pk}")
    if blocked := create_staff_token_blocked_reason(None, ctx):
        raise blocked
    wanted = NewToken(name, permissions, expires_on, networks or (), spending_limit, acts or ())
    return _create(staff, wanted, ctx)


def create_machine_token_blocked_reason(
    machine: MachineAccount, ctx: Context
) -> StateConflict | None:
    """Why a machine account can have no further token now: its owner alone makes them."""
    staff = acting_person(ctx)
    if machine.owner_id != staff.pk:
        return StateConflict("machine_account.not_owner")
    if not machine.is_active:
        return StateConflict("machine_account.inactive")
    return _cannot_have_more(machine, staff, ctx)


@act(
    "machine_account.new_token",
    MachineAccount,
    label=_("Create token"),
    done=_("Token created. Copy it now: it isn't shown again."),
    staff=(),
    blocked=create_machine_token_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def create_machine_token(
    *,
    machine: MachineAccount,
    name: Annotated[str, NAME],
    permissions: Annotated[list[str], PERMISSIONS],
    expires_on: Annotated[date, LAST_DAY],
    networks: Annotated[list[str] | None, NETWORKS] = None,
    spending_limit: Annotated[int, SPENDING_LIMIT] = 0,
    acts: Annotated[list[str] | None, ACTS] = None,
    ctx: Context,
) -> ShownOnce:
    """A token of a machine account, for its owner to give to the program. Raises as ``create_staff_token`` does."""
    stored = lock(machine, "owner", "role")
    lock_name(f"tokens of staff {stored.pk}")
    if blocked := create_machine_token_blocked_reason(stored, ctx):
        raise blocked
    wanted = NewToken(name, permissions, expires_on, networks or (), spending_limit, acts or ())
    return _create(stored, wanted, ctx)


class NewToken(NamedTuple):
    """What a new token is to be."""

    name: str
    permissions: Sequence[str]
    expires_on: date
    networks: Sequence[str]
    spending_limit: int
    acts: Sequence[str]


def _create(staff: Staff, wanted: NewToken, ctx: Context) -> ShownOnce:
    _check_values(staff, wanted, ctx)
    plain = tokens.generate_token(tokens.STAFF_TOKEN_PREFIX)
    token = StaffToken.objects.create(
        staff=staff,
        name=wanted.name,
        token_hash=tokens.token_digest(plain),
        permissions=[str(one) for one in wanted.permissions],
        acts=sorted({*wanted.acts}),
        networks=token_networks(wanted.networks),
        spending_limit=wanted.spending_limit,
        expires_on=wanted.expires_on,
        created_at=ctx.at,
    )
    after = {
        "permissions": token.permissions,
        "acts": token.acts,
        "networks": token.networks,
        "spending_limit": token.spending_limit,
        "expires_on": str(token.expires_on),
    }
    write_audit_entry(
        ctx=ctx,
        action="staff_token.created",
        record=("staff_token", token.pk),
        name=token.name,
        after=after | ({"machine_account": str(staff)} if staff.owner_id else {}),
        staff_only=True,
    )
    return ShownOnce(plain)


def _check_values(staff: Staff, new: NewToken, ctx: Context) -> None:
    wanted = {*new.permissions}
    if not wanted:
        raise BusinessError("staff_token.no_permission", field="permissions")
    for permission in StaffPermission:
        if permission in wanted - staff.all_permissions:
            raise PermissionDenied(permission)
    known = {one.key for one in all_acts() if one.staff is not None and one.asks_password}
    if unknown := sorted({*new.acts} - known):
        raise BusinessError("staff_token.act_unknown", act=unknown[0][:80], field="acts")
    today = ctx.at.astimezone(UTC).date()
    if not today <= new.expires_on <= today + LONGEST_LIFE:
        raise BusinessError(
            "staff_token.expiry_not_valid", days=LONGEST_LIFE.days, field="expires_on"
        )
    over = StaffToken.objects.live().filter(staff=staff, expires_on__lt=today)
    for token in over:
        move(token, TokenStatus.EXPIRED, allowed=TOKEN_MOVES, ctx=ctx, client_id=None)
    if StaffToken.objects.live().filter(staff=staff, name=new.name).exists():
        raise BusinessError("api_token.name_taken", field="name")


def revoke_staff_token_blocked_reason(token: StaffToken, ctx: Context) -> StateConflict | None:
    """Why there is nothing to revoke."""
    is_live = token.status == TokenStatus.LIVE
    return None if is_live else StateConflict("api_token.ended", name=token.name)


@act(
    "staff_token.revoke",
    StaffToken,
    label=_("Revoke"),
    done=_("Token revoked. Requests with it are refused from now on."),
    staff=(),
    blocked=revoke_staff_token_blocked_reason,
    is_danger=True,
    example="staff-token revoke 12",
)
@transaction.atomic
def revoke_staff_token(*, token: StaffToken, ctx: Context) -> None:
    """End a token: one's own, or that of a machine account of one's own; with ``staff.manage`` anybody's.

    Raises ``StateConflict`` and ``PermissionDenied``.
    """
    row = lock(token, "staff")
    if blocked := revoke_staff_token_blocked_reason(row, ctx):
        raise blocked
    is_of_another = ctx.actor.kind == "staff" and ctx.actor.id not in (
        row.staff_id,
        row.staff.owner_id,
    )
    if is_of_another and not acting_person(ctx).may(StaffPermission.STAFF_MANAGE):
        raise PermissionDenied(StaffPermission.STAFF_MANAGE)
    move(
        row,
        TokenStatus.REVOKED,
        allowed=TOKEN_MOVES,
        ctx=ctx,
        client_id=None,
        revoked_at=ctx.at,
    )


def note_staff_token_use(*, token: StaffToken, address: str, at: datetime) -> None:
    """Keep when and from where it was used, at most once a minute. Not audited."""
    recent = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - timedelta(seconds=60))
    rows = StaffToken.objects.filter(recent, pk=token.pk)
    rows.update(last_used_at=at, last_used_from=address or None)


def record_staff_token_write(
    *, token: StaffToken, path: str, status: int, code: str = "", amount: int = 0, at: datetime
) -> None:
    """Keep a write, whatever came of it; with what it gave away, in its transaction."""
    StaffTokenWrite.objects.create(
        token=token, at=at, path=path[:200], status=status, code=code, amount=amount
    )


def given_by_token(token: StaffToken, at: datetime) -> int:
    """What a token gave away in the 30 days before an instant, in minor units of the default currency. Writes of a
    token go one after the other, so that it stays true within a transaction that asks.
    """
    lock_name(f"writes of staff token {token.pk}")
    rows = StaffTokenWrite.objects.filter(token=token, at__gt=at - _WRITES_KEPT)
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def delete_old_staff_token_writes(*, at: datetime) -> None:
    """Forget writes that are old, and those that gave nothing away and that no page shows any more."""
    StaffTokenWrite.objects.filter(at__lt=at - _WRITES_KEPT).delete()
    crowded = StaffTokenWrite.objects.order_by().values("token").annotate(number=Count("pk"))
    for token_id in crowded.filter(number__gt=STAFF_WRITES_SHOWN).values_list("token", flat=True):
        rows = StaffTokenWrite.objects.filter(token_id=token_id)
        newest = rows.order_by("-at", "-pk").values_list("pk", flat=True)[:STAFF_WRITES_SHOWN]
        rows.filter(amount=0).exclude(pk__in=list(newest)).delete()
