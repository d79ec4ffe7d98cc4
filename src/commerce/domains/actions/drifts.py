"""What differed between here and a registrar, for staff to see (domains.md 4 and 9)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.domains.models import Domain, DomainDrift
from commerce.domains.registrars.contract import RegistrarState
from commerce.kit.context import Context

SHOWN_FOR = timedelta(days=30)
"""How long a difference that was settled stays on the report."""


def drift_report(ctx: Context) -> QuerySet[DomainDrift]:
    """What differs, and what differed of late, the latest first."""
    shown = Q(resolved_at=None) | Q(found_at__gt=ctx.at - SHOWN_FOR)
    return DomainDrift.objects.filter(shown).select_related("domain").order_by("-found_at", "-pk")


def _open(domain: Domain, field: str) -> QuerySet[DomainDrift]:
    """At most one."""
    return DomainDrift.objects.filter(domain=domain, field=field, resolved_at=None)


_COLUMNS = {"status": "status", "expiry": "expiry_date"}


@transaction.atomic
def note_drift(
    *,
    domain: Domain,
    field: str,
    theirs: str,
    ctx: Context,
    is_resolved: bool = False,
    ours: str = "",
) -> None:
    """A difference was found; ``is_resolved``: the registrar's word is taken. A known one stays as it was found."""
    ours = ours or str(getattr(domain, _COLUMNS[field]))
    known = [(row.ours, row.theirs) for row in _open(domain, field)]
    if known == [(ours, theirs)]:
        if is_resolved:
            resolve_drift(domain=domain, field=field, ctx=ctx)
        return
    resolve_drift(domain=domain, field=field, ctx=ctx)
    DomainDrift.objects.create(
        domain=domain,
        field=field,
        ours=ours,
        theirs=theirs,
        found_at=ctx.at,
        resolved_at=ctx.at if is_resolved else None,
    )


def is_missing(domain: Domain) -> bool:
    """Whether the registrar's last word was that it does not have it."""
    found = _open(domain, "status")
    return any(drift.theirs == RegistrarState.GONE for drift in found)


def resolve_drift(*, domain: Domain, field: str, ctx: Context) -> None:
    """Both agree again."""
    for drift in _open(domain, field):
        DomainDrift.objects.filter(pk=drift.pk, resolved_at=None).update(resolved_at=ctx.at)


def resolve_drifts(*, domain: Domain, ctx: Context) -> None:
    """What was found so far is settled: the name has just come, or has ended here."""
    DomainDrift.objects.filter(domain=domain, resolved_at=None).update(resolved_at=ctx.at)
