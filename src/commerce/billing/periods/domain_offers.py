"""What renewing or restoring a name costs, and why it cannot be done now (domains.md 4)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from commerce.billing.models import BilledPeriod, PriceChange
from commerce.billing.periods.agreed_prices import AgreedPrice, agreed_price, announced_price
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.domains.deadlines import last_renewable_day
from commerce.domains.job_names import RENEW_DOMAIN
from commerce.domains.models import Domain, Tld, TldPrice
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import EXPIRY_SLACK, MOST_YEARS_AHEAD, DomainStatus, end_of_term
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.errors import BusinessError, StateConflict

BOUGHT_STATUSES = (BilledPeriodStatus.PAID, BilledPeriodStatus.WAIVED)
"""Periods that the registrar carries out, or has."""


@dataclass(frozen=True, slots=True)
class RenewalOffer:
    """A renewal by some years: ``amount`` before tax, in minor units, and the expiry that it leads to."""

    years: int
    amount: int
    expiry: date


@dataclass(frozen=True, slots=True)
class RestoreOffer:
    """A restore: its ``fee`` and the renewal that comes with it, before tax, in minor units."""

    fee: int
    renewal: RenewalOffer


def renewal_offers(domain: Domain, day: date) -> list[RenewalOffer]:
    """By years what a renewal costs on ``day``: within the limits of the TLD, to at most 10 years from then."""
    if not (expiries := _renewal_expiries(domain, day)):
        return []
    price = next_price(domain)
    return [
        RenewalOffer(years, price.for_years(years), expiry) for years, expiry in expiries.items()
    ]


def _renewal_expiries(domain: Domain, day: date) -> dict[int, date]:
    """By the years that are offered, when the name expires after them."""
    if domain.expiry_date is None:
        return {}
    latest = end_of_term(day, MOST_YEARS_AHEAD)
    expiries = {years: end_of_term(domain.expiry_date, years) for years in _years(domain)}
    return {years: expiry for years, expiry in expiries.items() if expiry <= latest}


def term_offers(domain: Domain) -> list[tuple[int, int]]:
    """The terms that a name can have, with the price of each; none while a renewal is open."""
    if has_open_renewal(domain) or domain.status not in (DomainStatus.ACTIVE, DomainStatus.EXPIRED):
        return []
    price = agreed_price(domain)
    return [(years, price.for_years(years)) for years in _years(domain)]


def _years(domain: Domain) -> range:
    """The terms of its TLD."""
    tld = Tld.objects.filter(tld=domain.tld).first()
    least, most = (tld.min_years, tld.max_years) if tld else (1, MOST_YEARS_AHEAD)
    return range(least, most + 1)


def next_price(domain: Domain) -> AgreedPrice:
    """What its next term costs: as agreed, or as announced for then; one that has no next due date has no announced
    price.
    """
    if domain.next_due_date is None:
        return agreed_price(domain)
    planned = PriceChange.objects.planned().filter(
        domain=domain, from_date__lte=domain.next_due_date, old_amount=domain.recurring_amount
    )
    change = planned.first()
    return agreed_price(domain) if change is None else announced_price(change, domain)


def has_open_renewal(domain: Domain) -> bool:
    """Whether a renewal waits for its payment."""
    return BilledPeriod.objects.filter(domain=domain, status=BilledPeriodStatus.OPEN).exists()


def renewal_under_way() -> Q:
    """A condition over domains: a renewal of theirs is paid or waived, and the registrar has not carried it out.

    The expiry may have been corrected by some days since it was billed.
    """
    before = OuterRef("expiry_date") - EXPIRY_SLACK
    bought = BilledPeriod.objects.filter(
        domain=OuterRef("pk"), status__in=BOUGHT_STATUSES, period_start__gt=before
    )
    jobs = Job.objects.filter(
        subject_kind="domain",
        subject_id=OuterRef("pk"),
        action=RENEW_DOMAIN,
        status__in=UNFINISHED_STATES,
    )
    return Q(Exists(bought)) | Q(Exists(jobs))


def check_nothing_open(domain: Domain) -> None:
    """Raise ``StateConflict`` while a renewal waits for its payment, or a paid one for the registrar."""
    if has_open_renewal(domain):
        raise StateConflict("domain.renewal_open")
    check_none_under_way(domain)


def check_none_under_way(domain: Domain) -> None:
    """Raise ``StateConflict`` while a paid renewal waits for the registrar."""
    if Domain.objects.filter(renewal_under_way(), pk=domain.pk).exists():
        raise StateConflict("domain.renewal_under_way")


def check_renewable(domain: Domain, day: date) -> None:
    """Raise ``StateConflict`` unless the name can be renewed on ``day``."""
    if domain.status not in (DomainStatus.ACTIVE, DomainStatus.EXPIRED):
        raise StateConflict("domain.wrong_status", status=domain.status)
    if last_renewable_day(domain) < day:
        raise StateConflict("domain.past_grace")
    check_nothing_open(domain)
    if not _renewal_expiries(domain, day):
        raise StateConflict("domain.renewal_too_far", years=MOST_YEARS_AHEAD)


def renewal_blocked_reason(domain: Domain, day: date) -> str:
    """Why it cannot be renewed on ``day``, to the client; empty if it can."""
    try:
        check_renewable(domain, day)
    except StateConflict as error:
        return str(error)
    return ""


def check_restorable(domain: Domain) -> RestoreOffer:
    """What a restore costs. Raises ``BusinessError`` unless the name can be restored."""
    if domain.status != DomainStatus.REDEMPTION or domain.expiry_date is None:
        raise StateConflict("domain.wrong_status", status=domain.status)
    check_nothing_open(domain)
    price = TldPrice.objects.filter(tld__tld=domain.tld, currency=domain.currency_id).first()
    if price is None or price.restore is None or not registrar_of(domain).capabilities.restore:
        raise BusinessError("domain.restore_not_offered")
    years = domain.term_years
    expiry = end_of_term(domain.expiry_date, years)
    return RestoreOffer(
        price.restore, RenewalOffer(years, next_price(domain).for_years(years), expiry)
    )


def restore_offer(domain: Domain) -> RestoreOffer | None:
    """What a restore costs, if the name can be restored."""
    try:
        return check_restorable(domain)
    except BusinessError:
        return None


def restore_blocked_reason(domain: Domain) -> str:
    """Why it cannot be restored, to the client; empty if it can."""
    try:
        check_restorable(domain)
    except BusinessError as error:
        return str(error)
    return ""
