"""Until when a name can be renewed, and restored, once it has expired: the days of its TLD (domains.md 2 and 4)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Q

from commerce.domains.models import Domain, Tld
from commerce.kit.request_cache import memoized
from commerce.site_settings import current

DEFAULT_GRACE_DAYS = DEFAULT_REDEMPTION_DAYS = 30
"""For names whose TLD is no longer in our table."""


class TldDays(NamedTuple):
    """The days that a TLD gives its names; None where a setting counts."""

    tld: str
    grace_days: int
    redemption_days: int
    renew_advance_days: int | None


def days_of_tlds() -> tuple[TldDays, ...]:
    """Those of all TLDs; within ``cached_for_request()`` read once."""
    rows = Tld.objects.order_by("tld").values_list(*TldDays._fields)
    return memoized("days of TLDs", lambda: tuple(TldDays(*row) for row in rows))


def days_by_tld(field: str, default: int, tld: str = "tld") -> Iterator[tuple[Q, int]]:
    """Which domains have how many days: those of TLDs with a value of their own, then all others.

    ``field`` is a column of ``Tld``, ``tld`` the look-up of the ending from the rows that are asked for.
    """
    said = {row.tld: getattr(row, field) for row in days_of_tlds()}
    own = {name: days for name, days in said.items() if days is not None}
    for days in sorted(set(own.values())):
        yield Q(**{f"{tld}__in": [name for name in own if own[name] == days]}), days
    yield ~Q(**{f"{tld}__in": list(own)}), default


def past_grace(day: date, domain: str = "") -> Q:
    """Which names cannot be renewed any more on ``day``; ``domain__`` is the look-up of theirs from other rows."""
    over = Q()
    for which, days in days_by_tld("grace_days", DEFAULT_GRACE_DAYS, f"{domain}tld"):
        over |= which & Q(**{f"{domain}expiry_date__lt": day - timedelta(days=days)})
    return over


def past_restore(day: date) -> Q:
    """Which names cannot even be restored any more on ``day``."""
    days = {row.tld: row.grace_days + row.redemption_days for row in days_of_tlds()}
    usual = day - timedelta(days=DEFAULT_GRACE_DAYS + DEFAULT_REDEMPTION_DAYS)
    over = ~Q(tld__in=list(days)) & Q(expiry_date__lt=usual)
    for tld, number in days.items():
        over |= Q(tld=tld, expiry_date__lt=day - timedelta(days=number))
    return over


def renewal_advance_days(tld: str) -> int:
    """How long before its expiry the renewal of a name with this ending is invoiced."""
    own = {row.tld: row.renew_advance_days for row in days_of_tlds()}.get(tld)
    return current.get_setting("domains.renewal_advance_days") if own is None else own


def last_renewable_day(domain: Domain) -> date:
    """The last day on which a registered name can be renewed without a restore."""
    assert domain.expiry_date is not None
    return domain.expiry_date + timedelta(days=_tld(domain).grace_days)


def last_restorable_day(domain: Domain) -> date:
    """The last day on which it can be restored."""
    return last_renewable_day(domain) + timedelta(days=_tld(domain).redemption_days)


def _tld(domain: Domain) -> Tld:
    return Tld.objects.filter(tld=domain.tld).first() or Tld(tld=domain.tld)
