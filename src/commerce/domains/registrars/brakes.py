"""How many names of a registrar are missing there: one that is gone may be so, many at once are another account."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.domains.deadlines import past_restore
from commerce.domains.models import Domain, DomainDrift, DomainLoss, RegistrarBrake, Tld
from commerce.domains.registrars.contract import RegistrarState
from commerce.domains.rules import BRAKE_DAYS, REGISTERED_DOMAIN_STATUSES, DomainStatus
from commerce.site_settings.current import business_date, get_setting

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
    return rows.exclude(_are_over(today)).order_by("domain_name", "pk")


def _are_over(today: date) -> Q:
    """Names whose days are over: nobody wonders that they are gone."""
    return Q(status=DomainStatus.REDEMPTION) & past_restore(today)


def lost_names(registrar: str, at: datetime) -> QuerySet[DomainLoss]:
    """What ended since its registrar did not have it, and may be brought back: the latest first."""
    rows = DomainLoss.objects.filter(
        registrar=registrar,
        brought_back_at=None,
        ended_at__gt=at - SHOWN_FOR,
        domain__status=DomainStatus.TRANSFERRED_AWAY,
    )
    return rows.select_related("domain").order_by("-ended_at", "-pk")


def lately_lost(registrar: str, at: datetime) -> QuerySet[DomainLoss]:
    """What ended within the days in which each name is asked about once."""
    return lost_names(registrar, at).filter(ended_at__gt=at - timedelta(days=BRAKE_DAYS))


def is_vouched_for(domain: Domain, registrar: str, since: datetime) -> bool:
    """Whether the registrar was seen to have another of its names after it was first asked in vain for this one, or has
    no other: then it was the account that was asked, and it is this name that is gone.
    """
    others = registered_names(registrar).exclude(pk=domain.pk)
    missed = DomainDrift.objects.filter(
        domain=OuterRef("pk"), resolved_at=None, field="status", theirs=RegistrarState.GONE
    )
    found = others.filter(~Exists(missed), synced_at__gte=since)
    return found.exists() or not others.exclude(_are_over(business_date(since))).exists()


def missing_count(registrar: str, at: datetime, today: date) -> tuple[int, int]:
    """How many are missing, with those that ended of late on the registrar's word alone; and of how many names."""
    lost = lately_lost(registrar, at).filter(is_confirmed=False).count()
    return (
        missing_names(registrar, today).count() + lost,
        registered_names(registrar).exclude(_are_over(today)).count() + lost,
    )


def open_brake(registrar: str) -> RegistrarBrake | None:
    """The brake that holds a registrar's names now."""
    return RegistrarBrake.objects.filter(registrar=registrar, released_at=None).first()
