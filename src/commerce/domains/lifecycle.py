"""What time does to a domain: expired, in redemption, gone; and which days its TLD gives it (domains.md 2 and 4)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.domains.actions.states import (
    cancel_domain,
    expire_domain,
    move_domain_into_redemption,
)
from commerce.domains.deadlines import (
    DEFAULT_GRACE_DAYS,
    DEFAULT_REDEMPTION_DAYS,
    days_of_tlds,
    past_grace,
)
from commerce.domains.emails import expiry_notice_sent, send_expiring_mail
from commerce.domains.job_names import RENEW_DOMAIN
from commerce.domains.models import Domain, DomainDrift
from commerce.domains.rules import DomainStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.context import Context

EXPIRY_NOTICE_DAYS = (30, 14, 7, 1)
"""Before its expiry a domain's client is told, whether it renews by itself or not."""


NEW_DATE_DAYS = 7
"""For so long an expiry that was taken from the registrar moves a name no further than expired: it may be wrong."""


def domains_to_advance(day: date, *, midnight: datetime) -> QuerySet[Domain]:
    """Domains whose days are over on ``day``, which begins at ``midnight`` UTC: the expiry, the grace, the redemption.

    A name is not given up while its renewal is paid and not carried out, nor in the days after its expiry became
    another one.
    """
    newly = midnight - timedelta(days=NEW_DATE_DAYS)
    redated = DomainDrift.objects.filter(
        domain_id=OuterRef("pk"), field="expiry", resolved_at__gte=newly
    )
    renewing = Job.objects.filter(
        subject_kind="domain",
        subject_id=OuterRef("pk"),
        action=RENEW_DOMAIN,
        status__in=UNFINISHED_STATES,
    )
    over = Q(status=DomainStatus.ACTIVE, expiry_date__lt=day)
    over |= Q(status=DomainStatus.EXPIRED) & past_grace(day) & ~Q(Exists(redated))
    for which, days in _days_until_gone():
        gone = day - timedelta(days=days)
        lost = Q(status=DomainStatus.REDEMPTION, expiry_date__lt=gone)
        over |= which & lost & ~Q(Exists(renewing)) & ~Q(Exists(redated))
    return Domain.objects.filter(over)


def _days_until_gone() -> Iterator[tuple[Q, int]]:
    own = {tld.tld: tld.grace_days + tld.redemption_days for tld in days_of_tlds()}
    for days in sorted(set(own.values())):
        yield Q(tld__in=[name for name in own if own[name] == days]), days
    yield ~Q(tld__in=list(own)), DEFAULT_GRACE_DAYS + DEFAULT_REDEMPTION_DAYS


def advance_domain_states(*, domain: Domain, day: date, ctx: Context) -> int:
    """Each state whose days are over, one after the other: after time off a name may pass several at once."""
    moves = 0
    midnight = datetime.combine(day, time(), UTC)
    while domains_to_advance(day, midnight=midnight).filter(pk=domain.pk).exists():
        domain.refresh_from_db()
        act = {
            DomainStatus.ACTIVE: expire_domain,
            DomainStatus.EXPIRED: move_domain_into_redemption,
            DomainStatus.REDEMPTION: cancel_domain,
        }
        act[DomainStatus(domain.status)](domain=domain, ctx=ctx)
        moves += 1
    return moves


def domains_to_notify(day: date) -> QuerySet[Domain]:
    """Active domains whose latest notice has come and was not sent."""
    due = Q()
    for step, following in pairwise((*EXPIRY_NOTICE_DAYS, -1)):
        first, last = day + timedelta(days=following + 1), day + timedelta(days=step)
        due |= Q(expiry_date__gte=first, expiry_date__lte=last) & ~expiry_notice_sent(step)
    return Domain.objects.filter(due, status=DomainStatus.ACTIVE)


def send_expiry_notice(
    *, domain: Domain, day: date, at: datetime, invoice_url: str = "", is_paid: bool = False
) -> bool:
    """The latest notice whose day has come; true the first time, and said once however often this is called.

    ``invoice_url`` is the page of the open invoice that renews it, if there is one; ``is_paid``: its renewal is paid.
    """
    assert domain.expiry_date is not None  # an active domain has one
    left = (domain.expiry_date - day).days
    step = min(days for days in EXPIRY_NOTICE_DAYS if left <= days)
    sent = send_expiring_mail(
        domain=domain, days_left=step, at=at, invoice_url=invoice_url, is_paid=is_paid
    )
    return sent > 0
