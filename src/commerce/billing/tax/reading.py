"""Tax out of the rows: rules, settings, a client's record, and what was answered about his VAT number."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from commerce.accounts.eu import place
from commerce.accounts.models import Client
from commerce.billing.models import TaxRule, VatCheck
from commerce.billing.tax.rules import (
    Buyer,
    Rule,
    Seller,
    Taxation,
    number_to_check,
    taxation,
)
from commerce.preferences import current

_stored: ContextVar[list[Sequence[Rule]] | None] = ContextVar("stored_tax_rules", default=None)

_COLUMNS = (
    "country",
    "rate_milli",
    "category",
    "valid_from",
    "state",
    "product_kind",
    "client_kind",
    "name",
    "note",
)


def rules() -> Sequence[Rule]:
    """All tax rules; within ``remembered_rules()`` they are read once."""
    stored = _stored.get()
    if stored:
        return stored[0]
    read = [Rule(*row) for row in TaxRule.objects.values_list(*_COLUMNS).order_by("pk")]
    if stored is not None:
        stored.append(read)
    return read


def uses_states(country: str) -> bool:
    """Whether a tax rule of this country is about one of its states, so that an address there needs one."""
    return any(rule.country == country and rule.state for rule in rules())


@contextmanager
def remembered_rules() -> Iterator[None]:
    """Read settings and tax rules at most once until the end of the block: for one run over many clients."""
    mark = _stored.set([])
    try:
        with current.remembered():
            yield
    finally:
        _stored.reset(mark)


def seller() -> Seller:
    """The company and its choices, as the settings say now."""
    return Seller(
        country=current.get("company.country"),
        state=current.get("company.state"),
        taxes=current.get("tax.enabled"),
        prices_include_tax=current.get("tax.prices_include_tax"),
        eu_consumer_basis=current.get("tax.eu_consumer_basis"),
    )


def taxation_of(buyer: Buyer, on: date) -> Taxation:
    """How this buyer is taxed on a day; for guests, of whom no more is known than a country."""
    return taxation(buyer, seller(), rules(), on)


def taxation_for(client: Client, on: date) -> Taxation:
    """How a client is taxed on a day, with the answers about his VAT number that still count (billing.md 5.4)."""
    company = seller()
    return taxation(buyer_of(client, company, on), company, rules(), on)


def buyer_of(client: Client, company: Seller, on: date) -> Buyer:
    """A client as tax sees him. The answers about his number are read only where they decide."""
    buyer = known_buyer(client, on)
    number = number_to_check(buyer, company, on)
    if not number:
        return buyer
    counting, latest = answers(client.pk, number, on)
    silent = VatCheck.Answer.UNAVAILABLE if current.get("tax.vies_enabled") else ""
    return replace(
        buyer,
        vat_number=number,
        vat_valid=counting is not None and counting.answer == VatCheck.Answer.VALID,
        vat_answer=latest.answer if latest else silent,
        vat_evidence=_told(counting or latest),
    )


def _exempt_reason(client: Client, on: date) -> str:
    if not client.tax_exempt or (client.tax_exempt_until and client.tax_exempt_until < on):
        return ""
    return client.tax_exempt_reason or "Exempt from tax"


def known_buyer(client: Client, on: date) -> Buyer:
    """A client as his record shows him, without any answer about his number."""
    return Buyer(
        country=client.country,
        state=client.state,
        is_business=bool(client.company or client.tax_id),
        vat_number=client.tax_id,
        exempt_reason=_exempt_reason(client, on),
    )


def answers(client_id: int, number: str, on: date) -> tuple[VatCheck | None, VatCheck | None]:
    """The answer about a number that counts on a day, and the latest one of all.

    A silent service takes nothing back: the last real answer counts for ``tax.vies_cache_days``. Staff's word is about
    their client only; with ``tax.vies_enabled`` off nothing else counts.
    """
    counts = Q(by_staff=True, client_id=client_id)
    if current.get("tax.vies_enabled"):
        counts |= Q(by_staff=False)
    since = on - timedelta(days=current.get("tax.vies_cache_days"))
    found = list(
        VatCheck.objects.filter(counts, number=number, day__gte=since, day__lte=on).order_by(
            "-checked_at", "-pk"
        )[:50]
    )
    real = (check for check in found if check.answer != VatCheck.Answer.UNAVAILABLE)
    return next(real, None), found[0] if found else None


def _told(check: VatCheck | None) -> dict[str, Any]:
    if check is None:
        return {}
    return {
        "check": check.pk,
        "checked_at": check.checked_at.isoformat(),
        "by_staff": check.by_staff,
        "consultation_number": check.consultation_number,
    }


def lacking(day: date) -> list[str]:
    """Countries in which clients live, where tax would be due and no rule says how much; staff are told once a day."""
    company = seller()
    if not company.taxes:
        return []
    ours = place(company.country, company.state, day)
    ruled = {rule.country for rule in rules() if rule.valid_from <= day}
    countries = (
        Client.objects.exclude(status=Client.Status.CLOSED)
        .filter(tax_exempt=False)
        .values_list("country", flat=True)
        .distinct()
        .order_by("country")
    )
    return [
        country
        for country in countries
        if (where := place(country, "", day)).territory == ours.territory
        or (where.in_eu and ours.in_eu and company.eu_consumer_basis == "destination")
        if not {country, where.territory} & ruled
    ]
