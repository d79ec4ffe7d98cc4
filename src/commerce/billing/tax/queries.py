"""Tax out of the rows: rules, settings, a client's record, and what was answered about their VAT number."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.accounts.vat import vat_place
from commerce.billing.models import TaxRule, VatCheck
from commerce.billing.tax.rules import (
    Taxation,
    TaxBuyer,
    TaxRate,
    TaxSeller,
    VatAnswer,
    determine_taxation,
    vat_number_to_check,
)
from commerce.db.fast_paths import CompiledQuerySet
from commerce.kit.request_cache import memoized
from commerce.site_settings import current

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


def tax_rates() -> Sequence[TaxRate]:
    """All tax rules; within ``cached_for_request()`` they are read once."""
    return memoized("tax rates", _read_tax_rates)


def _read_tax_rates() -> Sequence[TaxRate]:
    return [TaxRate(*row) for row in _RULES.tuples()]


_RULES: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: TaxRule.objects.order_by("pk").values_list(*_COLUMNS)
)


def taxes_by_state(country: str) -> bool:
    """Whether a tax rule of this country is about one of its states, so that an address there needs one."""
    return any(rule.country == country and rule.state for rule in tax_rates())


def tax_seller() -> TaxSeller:
    """The company and its choices, as the settings say now."""
    return TaxSeller(
        country=current.get_setting("company.country"),
        state=current.get_setting("company.state"),
        taxes=current.get_setting("tax.enabled"),
        prices_include_tax=current.get_setting("tax.prices_include_tax"),
        eu_consumer_basis=current.get_setting("tax.eu_consumer_basis"),
        non_eu_services=current.get_setting("tax.non_eu_services"),
    )


def taxation_for_buyer(buyer: TaxBuyer, on: date) -> Taxation:
    """How this buyer is taxed on a day; for guests, of whom no more is known than a country."""
    return determine_taxation(buyer, tax_seller(), tax_rates(), on)


def taxation_for_client(
    client: Client, on: date, *, vat_kept: Mapping[str, Any] | None = None
) -> Taxation:
    """How a client is taxed on a day, with the answers about their VAT number that count then (billing.md 5.4), or with
    those that an earlier taxation's evidence says of it.
    """
    company = tax_seller()
    buyer = tax_buyer_of_client(client, company, on, vat_kept=vat_kept)
    return determine_taxation(buyer, company, tax_rates(), on)


def tax_buyer_of_client(
    client: Client, company: TaxSeller, on: date, *, vat_kept: Mapping[str, Any] | None = None
) -> TaxBuyer:
    """A client as tax sees them. The answers about their number are read only where they decide."""
    buyer = tax_buyer_without_vat(client, on)
    number = vat_number_to_check(buyer, company, on)
    if not number:
        return buyer
    if vat_kept is not None:
        return _with_answers_kept(replace(buyer, vat_number=number), **vat_kept)
    counting, latest = vat_answers(client.pk, number, on)
    silent = VatAnswer.UNAVAILABLE if current.get_setting("tax.vies_enabled") else ""
    return replace(
        buyer,
        vat_number=number,
        vat_valid=counting is not None and counting.answer == VatAnswer.VALID,
        vat_answer=latest.answer if latest else silent,
        vat_evidence=_told(counting or latest),
    )


def _with_answers_kept(
    buyer: TaxBuyer, *, number: str = "", valid: bool = False, answer: str = "", **told: Any
) -> TaxBuyer:
    """What was kept says nothing about another number."""
    if number != buyer.vat_number:
        return buyer
    return replace(buyer, vat_valid=valid, vat_answer=answer, vat_evidence=told)


def _exempt_reason(client: Client, on: date) -> str:
    if not client.tax_exempt or (client.tax_exempt_until and client.tax_exempt_until < on):
        return ""
    return client.tax_exempt_reason or "Exempt from tax"


def tax_buyer_without_vat(client: Client, on: date) -> TaxBuyer:
    """A client as their record shows them, without any answer about their number."""
    return TaxBuyer(
        country=client.country,
        state=client.state,
        is_business=bool(client.company or client.tax_id),
        vat_number=client.tax_id,
        exempt_reason=_exempt_reason(client, on),
    )


def vat_answers(client_id: int, number: str, on: date) -> tuple[VatCheck | None, VatCheck | None]:
    """The answer about a number that counts on a day, and the latest one of all.

    A silent service takes nothing back: the last real answer counts for ``tax.vies_cache_days``. Staff's word is about
    their client only; with ``tax.vies_enabled`` off nothing else counts.
    """
    counts = Q(by_staff=True, client_id=client_id)
    if current.get_setting("tax.vies_enabled"):
        counts |= Q(by_staff=False)
    since = on - timedelta(days=current.get_setting("tax.vies_cache_days"))
    found = list(
        VatCheck.objects.filter(counts, number=number, day__gte=since, day__lte=on).order_by(
            "-checked_at", "-pk"
        )[:50]
    )
    real = (check for check in found if check.answer != VatAnswer.UNAVAILABLE)
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


def countries_without_rate(day: date) -> list[str]:
    """Countries in which clients live, where tax would be due and no rule says how much; staff are told once a day."""
    company = tax_seller()
    if not company.taxes:
        return []
    ours = vat_place(company.country, company.state, day)
    ruled = {rule.country for rule in tax_rates() if rule.valid_from <= day}
    countries = (
        Client.objects.exclude(status=ClientStatus.CLOSED)
        .filter(tax_exempt=False)
        .values_list("country", flat=True)
        .distinct()
        .order_by("country")
    )
    return [
        country
        for country in countries
        if (where := vat_place(country, "", day)).vat_territory == ours.vat_territory
        or (where.in_eu and ours.in_eu and company.eu_consumer_basis == "destination")
        if not {country, where.vat_territory} & ruled
    ]
