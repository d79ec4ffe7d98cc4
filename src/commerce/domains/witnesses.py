"""Names that are asked about since another one is missing (domains.md 4)."""

from datetime import datetime

from django.db.models import Q

from commerce.domains.models import Domain
from commerce.domains.registrars.brakes import registered_names

_WITNESSES = 10


def ask_other_names_soon(row: Domain, registrar: str, at: datetime) -> None:
    """A name is missing: a few others, of which most are asked about once a week, say today whether it is the account
    that is in doubt. What they said before is no answer to that.
    """
    rows = registered_names(registrar).exclude(pk=row.pk).filter(next_sync_at__gt=at)
    rows = rows.filter(Q(synced_at__isnull=True) | Q(synced_at__lt=at))
    others = rows.order_by("synced_at", "pk").values_list("pk", flat=True)[:_WITNESSES]
    Domain.objects.filter(pk__in=list(others)).update(next_sync_at=at)
