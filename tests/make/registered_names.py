"""Names at a registrar that tests keep in memory (tests/doubles/registrar.py)."""

from datetime import date, datetime, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from tests.doubles.registrar import RemoteRegistry
from tests.make.people import AT
from tests.make.records import make_domain
from tests.make.registrants import REGISTRANT


def make_domain_at(
    remote: RemoteRegistry, client: Client | None = None, status: str = "active", **over: Any
) -> Domain:
    """A domain that is managed through the double, and that it has as we have it."""
    domain = make_domain(client, status, **{"registrant": REGISTRANT, **over})
    Domain.objects.filter(pk=domain.pk).update(registrar="remote")
    domain.refresh_from_db()
    if domain.expiry_date is not None:
        remote.names[domain.domain_name] = info_of(domain)
    return domain


def info_of(domain: Domain, **over: Any) -> DomainInfo:
    """What a registrar says that has it just as we have it, unless something else is given."""
    same: dict[str, Any] = {
        "state": {"redemption": "redemption", "expired": "expired"}.get(domain.status, "active"),
        "remote_id": "r1",
        "expiry": domain.expiry_date,
        "is_locked": domain.is_locked,
        "whois_privacy": domain.whois_privacy,
        "nameservers": tuple(domain.nameservers),
    }
    values = same | over
    return DomainInfo(**values | {"state": RegistrarState(values["state"])})


def end_of(start: date, years: int) -> date:
    """The same day some years later; no test uses 29 February."""
    return start.replace(year=start.year + years)


def minutes_after(at: datetime = AT) -> list[datetime]:
    """When a job that fails each time has its tries."""
    return [at + timedelta(minutes=minutes) for minutes in (0, 2, 9, 30)]
