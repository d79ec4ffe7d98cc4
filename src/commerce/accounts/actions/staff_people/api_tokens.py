"""Tokens of the staff API: made, used, ended (staff-api.md)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.tokens import token_networks
from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Staff, StaffToken, StaffTokenWrite
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

STAFF_WRITES_SHOWN = 100
"""Writes of a token that its page shows."""
_WRITES_KEPT = timedelta(days=30)
"""How long writes are kept, and over how long a spending limit counts."""


def _person(ctx: Context) -> Staff:
    staff_id = ctx.actor.id if ctx.actor.kind == "staff" else None
    staff = Staff.objects.active().filter(pk=staff_id or 0).first()
    if staff is None:
        raise PermissionDenied(StaffPermission.STAFF_VIEW)
    return staff


def create_staff_token_blocked_reason(_record: None, ctx: Context) -> StateConflict | None:
    """Why a person can have no further token now."""
    staff = _person(ctx)
    if not has_factor(staff.user):
        return StateConflict("staff_token.no_second_factor")
    live = StaffToken.objects.opening_on(ctx.at.astimezone(UTC).date()).filter(staff=staff)
    if live.count() >= MAX_STAFF_TOKENS:
        return StateConflict("api_token.too_many", maximum=MAX_STAFF_TOKENS)
    return None


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
    name: Annotated[str, Line(_("Name"), most=100, about=_("The program that will use it."))],
    permissions: Annotated[
        list[str],
        Many(
            _("Permissions"),
            labels=PERMISSION_LABELS,
            about=_("Of those, the token always has only what you have at that moment."),
        ),
    ],
    expires_on: Annotated[
        date, Day(_("Last day"), about=_("The token works until the end of this day (UTC)."))
    ],
    networks: Annotated[
        list[str] | None,
        Lines(
            _("Networks"),
            most=50,
            about=_("One address or network on each line. Empty: from anywhere."),
        ),
    ] = None,
    spending_limit: Annotated[
        int,
        Integer(
            _("Spending limit"),
            about=_(
                "Credit and refunds that it may give in 30 days, in whole units of the default currency."
            ),
        ),
    ] = 0,
    acts: Annotated[
        list[str] | None,
        WordList(
            _("Actions that ask for your password"),
            most=2000,
            about=_("The token does these without it."),
        ),
    ] = None,
    ctx: Context,
) -> ShownOnce:
    """A token of the person who acts; its plain text exists nowhere else: show it once.

    Raises ``BusinessError`` for values that no token has, ``PermissionDenied`` for a permission that its person lacks,
    and ``StateConflict`` without a second factor, or with too many tokens.
    """
    staff = _person(ctx)
    lock_name(f"tokens of staff {staff.pk}")
    if blocked := create_staff_token_blocked_reason(None, ctx):
        raise blocked
    _check_values(staff, name, permissions, acts or (), expires_on, ctx)
    plain = tokens.generate_token(tokens.STAFF_TOKEN_PREFIX)
    token = StaffToken.objects.create(
        staff=staff,
        name=name,
        token_hash=tokens.token_digest(plain),
        permissions=[str(one) for one in permissions],
        acts=sorted({*(acts or ())}),
        networks=token_networks(networks or ()),
        spending_limit=spending_limit,
        expires_on=expires_on,
        created_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="staff_token.created",
        record=("staff_token", token.pk),
        name=token.name,
        after={
            "permissions": token.permissions,
            "acts": token.acts,
            "networks": token.networks,
            "spending_limit": token.spending_limit,
            "expires_on": str(token.expires_on),
        },
        staff_only=True,
    )
    return ShownOnce(plain)


def _check_values(
    staff: Staff,
    name: str,
    permissions: Iterable[str],
    acts: Iterable[str],
    expires_on: date,
    ctx: Context,
) -> None:
    wanted = {*permissions}
    if not wanted:
        raise BusinessError("staff_token.no_permission", field="permissions")
    for permission in StaffPermission:
        if permission in wanted - staff.all_permissions:
            raise PermissionDenied(permission)
    known = {one.key for one in all_acts() if one.staff is not None and one.asks_password}
    if unknown := sorted({*acts} - known):
        raise BusinessError("staff_token.act_unknown", act=unknown[0][:80], field="acts")
    today = ctx.at.astimezone(UTC).date()
    if not today <= expires_on <= today + LONGEST_LIFE:
        raise BusinessError(
            "staff_token.expiry_not_valid", days=LONGEST_LIFE.days, field="expires_on"
        )
    over = StaffToken.objects.live().filter(staff=staff, expires_on__lt=today)
    for token in over:
        move(token, TokenStatus.EXPIRED, allowed=TOKEN_MOVES, ctx=ctx, client_id=None)
    if StaffToken.objects.live().filter(staff=staff, name=name).exists():
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
    """End a token: one's own, or with ``staff.manage`` that of somebody else. Raises ``StateConflict`` and
    ``PermissionDenied``.
    """
    row = lock(token)
    if blocked := revoke_staff_token_blocked_reason(row, ctx):
        raise blocked
    is_of_another = ctx.actor.kind == "staff" and ctx.actor.id != row.staff_id
    if is_of_another and not _person(ctx).may(StaffPermission.STAFF_MANAGE):
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
