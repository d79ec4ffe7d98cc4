"""How many names of a registrar are missing there: one that is gone may be so, many at once are another account."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from commerce.domains.deadlines import past_restore
from commerce.domains.models import Domain, DomainLoss, RegistrarBrake, Tld
from commerce.domains.registrars.contract import RegistrarState
from commerce.domains.rules import BRAKE_DAYS, REGISTERED_DOMAIN_STATUSES, DomainStatus
from commerce.site_settings.current import get_setting

SHOWN_FOR = timedelta(days=90)
"""How long names that ended on a registrar's word are listed, to be brought back together."""


def managed_by(registrar: str) -> Q:
    """Which names a registrar has, be it their own one, that of their TLD, or the default."""
    own = Tld.objects.exclude(registrar="")
    unset = Q(tld__in=own.filter(registrar=registrar).values("tld"))
    if registrar == get_setting("domains.registrar"):
        unset |= ~Q(tld__in=own.values("tld"))
    return Q(registrar=registrar) | Q(registrar="") & unset


def registered_names(registrar: str) -> QuerySet[Domain]:
    """Names that a registrar must have."""
    return Domain.objects.filter(managed_by(registrar), status__in=REGISTERED_DOMAIN_STATUSES)


def missing_names(registrar: str, today: date) -> QuerySet[Domain]:
    """Those of which it last said that it does not have them, though their days are not over, by name."""
    rows = registered_names(registrar).filter(
        drifts__resolved_at=None, drifts__field="status", drifts__theirs=RegistrarState.GONE
    )
    return rows.exclude(Q(status=DomainStatus.REDEMPTION) & past_restore(today)).order_by(
        "domain_name", "pk"
    )


def lost_names(registrar: str, at: datetime) -> QuerySet[DomainLoss]:
    """What ended on a registrar's word alone, and may be brought back: the latest first."""
    rows = DomainLoss.objects.filter(
        registrar=registrar,
        brought_back_at=None,
        ended_at__gt=at - SHOWN_FOR,
        domain__status=DomainStatus.TRANSFERRED_AWAY,
    )
    return rows.select_related("domain").order_by("-ended_at", "-pk")


def missing_count(registrar: str, at: datetime, today: date) -> tuple[int, int]:
    """How many are missing, with those that ended of late on the registrar's word alone; and of how many names."""
    recent = lost_names(registrar, at).filter(
        is_confirmed=False, ended_at__gt=at - timedelta(days=BRAKE_DAYS)
    )
    lost = recent.count()
    return (
        missing_names(registrar, today).count() + lost,
        registered_names(registrar).count() + lost,
    )


def open_brake(registrar: str) -> RegistrarBrake | None:
    """The brake that holds a registrar's names now."""
    return RegistrarBrake.objects.filter(registrar=registrar, released_at=None).first()
