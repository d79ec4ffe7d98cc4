"""The end of audit entries (backoffice.md 7); erasure alone changes them before."""

from datetime import datetime

from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry, AuditEntryQuerySet
from commerce.db import triggers
from commerce.kit.context import Context

_AT_ONCE = 10_000


SIGN_IN_ACTIONS = (
    "user.signed_in",
    "user.signed_out",
    "user.sign_in_failed",
    "user.sign_in_blocked",
)
"""What says where somebody was and with which device, and matters for a while only."""


def delete_old_audit_entries(*, before: datetime, ctx: Context) -> int:
    """Delete entries made before that instant, and leave one that says how many; returns their number.

    In bites, each a transaction of its own, so that nobody waits.
    """
    old = AuditEntry.objects.filter(at__lt=min(before, ctx.at))
    return _delete(old, before, "audit.cleaned", ctx)


def delete_old_sign_ins(*, before: datetime, ctx: Context) -> int:
    """Delete entries of sign-ins made before that instant, as ``delete_old_audit_entries`` does."""
    old = AuditEntry.objects.filter(at__lt=min(before, ctx.at), action__in=SIGN_IN_ACTIONS)
    return _delete(old, before, "audit.sign_ins_cleaned", ctx)


def _delete(old: AuditEntryQuerySet, before: datetime, action: str, ctx: Context) -> int:
    removed, old = 0, old.order_by("at", "id")
    while pks := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        with triggers.allow_retention():
            AuditEntry.objects.filter(pk__in=pks).delete()
            write_audit_entry(
                ctx=ctx,
                action=action,
                record=("audit", None),
                after={"count": len(pks), "before": before.isoformat()},
                staff_only=True,
            )
        removed += len(pks)
    return removed
