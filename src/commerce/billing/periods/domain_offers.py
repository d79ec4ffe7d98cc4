"""What renewing or restoring a name costs, and why it cannot be done now (domains.md 4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from django.db.models import BigAutoField, BigIntegerField, DateField, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.billing.models import BilledPeriod, PriceChange
from commerce.billing.periods.agreed_prices import AgreedPrice, agreed_price, announced_price
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.domains.actions.changes import open_changes
from commerce.domains.actions.editing import renewable_only_blocked_reason
from commerce.domains.deadlines import last_renewable_day
from commerce.domains.job_names import RENEW_DOMAIN
from commerce.domains.models import Domain, Tld, TldPrice
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import (
    EXPIRY_SLACK,
    MOST_YEARS_AHEAD,
    ChangeKind,
    DomainStatus,
    end_of_term,
)
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.kit.money import Money
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.site_settings.current import business_date

BOUGHT_STATUSES = (BilledPeriodStatus.PAID, BilledPeriodStatus.WAIVED)
"""Periods that the registrar carries out, or has."""


@dataclass(frozen=True, slots=True)
class RenewalOffer:
    """A renewal by some years: ``amount`` before tax, in minor units, and the expiry that it leads to."""

    years: int
    amount: int
    expiry: date

    @property
    def key(self) -> str:
        """As a page sends what it has shown."""
        return f"{self.years}:{self.amount}:{self.expiry}"

    @classmethod
    def of_key(cls, key: str) -> "RenewalOffer | None":
        """What a page has shown; None of what is no key."""
        try:
            years, amount, expiry = key.split(":")
            return cls(int(years), int(amount), date.fromisoformat(expiry))
        except ValueError:
            return None

    def at_amount(self, amount: int) -> Self:
        """The same at another amount."""
        return replace(self, amount=amount)

    def words(self, currency: str) -> str:
        """As people read it."""
        years = ngettext("%(years)s year", "%(years)s years", self.years) % {"years": self.years}
        return f"{years}: {_until(self.amount, currency, self.expiry)}"


@dataclass(frozen=True, slots=True)
class RestoreOffer:
    """A restore: its ``fee`` and the renewal that comes with it, before tax, in minor units."""

    fee: int
    renewal: RenewalOffer

    @property
    def key(self) -> str:
        """As a page sends what it has shown."""
        return f"{self.fee}:{self.renewal.key}"

    @classmethod
    def of_key(cls, key: str) -> "RestoreOffer | None":
        """What a page has shown; None of what is no key."""
        fee, _colon, rest = key.partition(":")
        renewal = RenewalOffer.of_key(rest)
        is_number = fee.isascii() and fee.isdigit() and len(fee) < 19
        return cls(int(fee), renewal) if is_number and renewal else None

    @property
    def amount(self) -> int:
        """All of it."""
        return self.fee + self.renewal.amount

    def at_amount(self, amount: int) -> Self:
        """The same at another amount."""
        return replace(self, fee=amount - self.renewal.amount)

    def words(self, currency: str) -> str:
        """As people read it."""
        return _until(self.amount, currency, self.renewal.expiry)


def _until(amount: int, currency: str, expiry: date) -> str:
    until = _("expires %(day)s") % {"day": format_day(expiry)}
    return f"{format_money(amount, currency)}, {until}"


class OfferChangedError(StateConflict):
    """What a person saw before they renewed or restored a name is no longer so; ``offer`` is what is so now."""

    def __init__(self, offer: RenewalOffer | RestoreOffer, domain: Domain) -> None:
        expiry = offer.expiry if isinstance(offer, RenewalOffer) else offer.renewal.expiry
        amount = Money(offer.amount, domain.currency_id)
        super().__init__("domain.price_changed", amount=amount, expiry=expiry)
        self.offer = offer


def renewal_offers(domain: Domain, day: date) -> list[RenewalOffer]:
    """By years what a renewal costs on ``day``: within the limits of the TLD, to at most 10 years from then."""
    if not (expiries := _renewal_expiries(domain, day)):
        return []
    price = next_price(domain)
    return [
        RenewalOffer(years, price.for_years(years), expiry) for years, expiry in expiries.items()
    ]


def renewal_offers_in_words(domain: Domain, at: datetime) -> dict[RenewalOffer, str]:
    """The same at an instant, each as people read it."""
    offers = renewal_offers(domain, business_date(at))
    return {offer: offer.words(domain.currency_id) for offer in offers}


def restore_offers_in_words(domain: Domain, at: datetime) -> dict[RestoreOffer, str]:
    """What a restore costs, as people read it; nothing where it is not offered."""
    offer = restore_offer(domain)
    return {offer: offer.words(domain.currency_id)} if offer else {}


def restore_text(domain: Domain) -> str:
    """What a restore costs, and what comes with it."""
    offer, currency = restore_offer(domain), domain.currency_id
    if offer is None:
        return ""
    fee, renewal = format_money(offer.fee, currency), offer.renewal.words(currency)
    words = _("Restore fee %(fee)s, plus the renewal (%(renewal)s). Restored once it's paid.")
    return words % {"fee": fee, "renewal": renewal}


def _renewal_expiries(domain: Domain, day: date) -> dict[int, date]:
    """By the years that are offered, when the name expires after them."""
    if domain.expiry_date is None:
        return {}
    latest = end_of_term(day, MOST_YEARS_AHEAD)
    expiries = {years: end_of_term(domain.expiry_date, years) for years in _years(domain)}
    return {years: expiry for years, expiry in expiries.items() if expiry <= latest}


def term_offers(domain: Domain) -> list[tuple[int, int]]:
    """The terms that a name can have, with the price of each."""
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
    planned = _ANNOUNCED.instances(
        domain=domain.pk, due=domain.next_due_date, amount=domain.recurring_amount
    )
    return announced_price(planned[0], domain) if planned else agreed_price(domain)


_ANNOUNCED = CompiledQuerySet(
    lambda: (
        PriceChange.objects.planned()
        .filter(
            domain_id=QueryParam("domain", BigAutoField()),
            from_date__lte=QueryParam("due", DateField()),
            old_amount=QueryParam("amount", BigIntegerField()),
        )
        .order_by("pk")[:1]
    )
)


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


def renewal_under_way_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what has to wait while a paid renewal waits for the registrar."""
    is_under_way = Domain.objects.filter(renewal_under_way(), pk=domain.pk).exists()
    return StateConflict("domain.renewal_under_way") if is_under_way else None


def _open_renewal_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    if has_open_renewal(domain):
        return StateConflict("domain.renewal_open")
    return renewal_under_way_blocked_reason(domain, ctx)


def renewal_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why it cannot be renewed now; None if it can."""
    if reason := renewable_only_blocked_reason(domain, ctx):
        return reason
    day = business_date(ctx.at)
    if last_renewable_day(domain) < day:
        return StateConflict("domain.past_grace")
    if reason := _open_renewal_reason(domain, ctx):
        return reason
    is_near = bool(_renewal_expiries(domain, day))
    return None if is_near else StateConflict("domain.renewal_too_far", years=MOST_YEARS_AHEAD)


def restore_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why it cannot be restored now; None if it can."""
    if domain.status != DomainStatus.REDEMPTION:
        return StateConflict("domain.not_in_redemption")
    if reason := _open_renewal_reason(domain, ctx):
        return reason
    if ChangeKind.RESTORE in open_changes(domain):
        return StateConflict("domain.change_under_way")
    return None if restore_offer(domain) else StateConflict("domain.restore_not_offered")


def term_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why it cannot get another term now; None if it can."""
    if reason := renewable_only_blocked_reason(domain, ctx):
        return reason
    is_open = has_open_renewal(domain)
    return StateConflict("domain.term_waits_for_renewal") if is_open else None


def restore_offer(domain: Domain) -> RestoreOffer | None:
    """What a restore of a name in redemption costs; None where it is not offered."""
    price = TldPrice.objects.filter(tld__tld=domain.tld, currency=domain.currency_id).first()
    if price is None or price.restore is None or not registrar_of(domain).capabilities.restore:
        return None
    if domain.expiry_date is None:
        return None
    years = domain.term_years
    expiry = end_of_term(domain.expiry_date, years)
    return RestoreOffer(
        price.restore, RenewalOffer(years, next_price(domain).for_years(years), expiry)
    )
