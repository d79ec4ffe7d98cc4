"""Which tax a buyer pays: dated rules, the cases of the law in their order, and lines taxed so (billing.md 5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from commerce.accounts.vat import VatPlace, parse_vat_number, vat_place
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine, LineTax
from commerce.catalog.exchange_rates.rules import CurrencyRate
from commerce.catalog.rules import ProductType
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


class TaxProductKind(StrEnum):
    """The products that a tax rule is for."""

    ALL = "all"
    HOSTING = "hosting"
    DOMAIN = "domain"
    OTHER = "other"


class TaxClientKind(StrEnum):
    """The buyers that a tax rule is for."""

    ALL = "all"
    BUSINESS = "business"
    CONSUMER = "consumer"


class VatAnswer(StrEnum):
    """What VIES says about a VAT number."""

    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


class PriceDisplayMode(StrEnum):
    """How the store shows prices: with tax, without, or as the visitor expects them."""

    AUTO = "auto"
    GROSS = "gross"
    NET = "net"


TAX_KINDS = tuple(ProductType)
"""What lines are taxed as; a line whose kind is ``''`` bears no tax."""

UNTAXED = LineTax("E", 0, "", "Not subject to VAT")
"""A line that bears no tax beside others that do, such as a late fee: its category is that of the form alone."""
REVERSE_CHARGE = LineTax("AE", 0, "VAT", "Reverse charge")
SOLD_ABROAD = LineTax("G", 0, "", "Outside the scope of EU VAT")
"""A service sold from the EU to a place outside it, which is no export: that is a word for goods."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rule as it is stored; ``state`` is ``''`` for the whole country."""

    country: str
    rate_milli: int
    category: str
    valid_from: date
    state: str = ""
    product_kind: str = TaxProductKind.ALL
    client_kind: str = TaxClientKind.ALL
    name: str = ""
    note: str = ""

    @property
    def tax(self) -> LineTax:
        """How a line under this rule is taxed."""
        return LineTax(self.category, self.rate_milli, self.name, self.note)


@dataclass(frozen=True, slots=True)
class TaxBuyer:
    """Who pays. ``vat_valid`` is what the last answers about ``parse_vat_number`` say, ``vat_answer`` the latest of
    them.
    """

    country: str
    state: str = ""
    is_business: bool = False
    vat_number: str = ""
    vat_valid: bool = False
    exempt_reason: str = ""
    vat_answer: str = ""
    vat_evidence: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class TaxSeller:
    """Who sells: the company, and what it has chosen about tax."""

    country: str
    state: str = ""
    taxes: bool = True
    prices_include_tax: bool = False
    eu_consumer_basis: str = "destination"
    non_eu_services: str = "G"


@dataclass(frozen=True, slots=True)
class BooksRate:
    """What one of a currency is worth in the currency of the books, and whether that may be used on a day.

    ``to_set`` is the currency whose rate is missing or too old, where one is.
    """

    currency: str
    books: str
    rate: CurrencyRate
    to_set: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it is known, and not older than ``tax.rate_days``."""
        return not self.to_set


@dataclass(frozen=True, slots=True)
class Taxation:
    """How everything is taxed that one buyer gets on one day.

    ``tax_of_all_lines`` is the tax of every line, whatever its kind; without it ``by_kind`` counts, and
    ``tax_without_rule`` where no line has a rule. ``unchecked_vat_number``: tax is charged since nobody could
    say whether it is valid, which the invoice has to say.
    """

    tax_of_all_lines: LineTax | None
    by_kind: Mapping[str, LineTax | None]
    tax_without_rule: LineTax
    home: Mapping[str, int]
    prices_include_tax: bool
    evidence: dict[str, Any]
    unchecked_vat_number: str = ""

    def taxes(self, kinds: Sequence[str]) -> list[LineTax]:
        """The tax of each line of one invoice, by its kind; ``''`` is a line without tax.

        No rule for any line: outside scope, or sold abroad. No rule for only some: those have ``E`` with a note, since
        ``O`` may not stand beside another category.
        """
        found = [self._tax(kind) if kind else None for kind in kinds]
        if not any(found):
            found = [self.tax_without_rule if kind else None for kind in kinds]
        if all(tax is None or tax.category == "O" for tax in found):
            return [tax or OUTSIDE_SCOPE for tax in found]
        abroad = self.tax_without_rule if self.tax_without_rule.note else None
        return [
            tax
            if tax and tax.category != "O"
            else self._beside_others(tax or (abroad if kind else None))
            for kind, tax in zip(kinds, found, strict=True)
        ]

    def _tax(self, kind: str) -> LineTax | None:
        return self.tax_of_all_lines or self.by_kind[kind]

    def _beside_others(self, outside: LineTax | None) -> LineTax:
        if self.tax_of_all_lines and self.tax_of_all_lines.category == "E":
            return self.tax_of_all_lines
        return LineTax("E", 0, outside.name, outside.note or UNTAXED.note) if outside else UNTAXED

    def home_rate_milli(self, kind: str) -> int:
        """The rate of the seller's own country that prices of this kind contain: a buyer at rate 0 does not pay it."""
        return self.home.get(kind, 0)


def applicable_rate(
    rules: Iterable[TaxRate], *, country: str, state: str, kind: str, is_business: bool, on: date
) -> TaxRate | None:
    """The one rule for a line: the most specific by state, then product kind, then client kind, as of a day."""
    client_kind = TaxClientKind.BUSINESS if is_business else TaxClientKind.CONSUMER
    named = fold_state_name(state)
    fitting = [
        rule
        for rule in rules
        if rule.country == country
        and rule.valid_from <= on
        and fold_state_name(rule.state) in ("", named)
        and rule.product_kind in (TaxProductKind.ALL, kind)
        and rule.client_kind in (TaxClientKind.ALL, client_kind)
    ]
    return max(fitting, key=_specific, default=None)


def _specific(rule: TaxRate) -> tuple[bool, bool, bool, date]:
    return (
        rule.state != "",
        rule.product_kind != TaxProductKind.ALL,
        rule.client_kind != TaxClientKind.ALL,
        rule.valid_from,
    )


def fold_state_name(state: str) -> str:
    """A state's name as it is compared: letters and blanks make no difference."""
    return " ".join(state.casefold().split())


def determine_taxation(
    buyer: TaxBuyer, seller: TaxSeller, rules: Sequence[TaxRate], on: date
) -> Taxation:
    """How a seller taxes a buyer on a day: the first case of the law that fits (billing.md 5.2)."""
    case, everywhere, by_kind = _case(buyer, seller, rules, on)
    at_home = vat_place(seller.country, seller.state, on)
    home: dict[str, int] = {}
    if seller.taxes:
        found = _by_kind(rules, seller.country, seller.state, at_home, is_business=False, on=on)
        home = {kind: tax.rate_milli for kind, tax in found.items() if tax}
    abroad = case == "other" and at_home.in_eu
    return Taxation(
        tax_of_all_lines=everywhere,
        by_kind=by_kind,
        tax_without_rule=replace(SOLD_ABROAD, category=seller.non_eu_services)
        if abroad
        else OUTSIDE_SCOPE,
        home=home,
        prices_include_tax=seller.prices_include_tax,
        evidence=_evidence(buyer, seller, case, on),
        unchecked_vat_number=_unchecked_number(buyer, case),
    )


def _case(
    buyer: TaxBuyer, seller: TaxSeller, rules: Sequence[TaxRate], on: date
) -> tuple[str, LineTax | None, dict[str, LineTax | None]]:
    """Its name for the evidence, the one tax for all lines, or the taxes by kind."""
    ours = vat_place(seller.country, seller.state, on)
    theirs = vat_place(buyer.country, buyer.state, on)
    if not seller.taxes:
        return "off", OUTSIDE_SCOPE, {}
    if buyer.exempt_reason:
        return "exempt", LineTax("E", 0, "", buyer.exempt_reason), {}
    both = ours.in_eu and theirs.in_eu
    if both and ours != theirs and buyer.vat_valid and _number_is_of(buyer, theirs, on):
        return "reverse_charge", REVERSE_CHARGE, {}
    if ours == theirs:
        case = "same_country"
    elif both:
        case = "eu_" + seller.eu_consumer_basis
    else:
        case = "other"
    who: TaxBuyer | TaxSeller = seller if case == "eu_origin" else buyer
    found = _by_kind(
        rules,
        who.country,
        who.state,
        ours if who is seller else theirs,
        is_business=buyer.is_business,
        on=on,
    )
    return case, None, found


def _by_kind(
    rules: Sequence[TaxRate],
    country: str,
    state: str,
    where: VatPlace,
    *,
    is_business: bool,
    on: date,
) -> dict[str, LineTax | None]:
    """The tax of each product kind in a place; a country without rules that is treated as another has that one's."""
    if not any(rule.country == country for rule in rules):
        country = where.vat_territory
    # A part of a member that its VAT does not reach has the rules that name it, and none of the rest of the country.
    reaching = [rule for rule in rules if rule.state or not where.apart]
    found = {
        kind: applicable_rate(
            reaching, country=country, state=state, kind=kind, is_business=is_business, on=on
        )
        for kind in TAX_KINDS
    }
    return {kind: rule.tax if rule else None for kind, rule in found.items()}


def shows_prices_with_tax(mode: str, buyer: TaxBuyer, seller: TaxSeller, on: date) -> bool:
    """Whether a buyer sees prices with tax: a consumer in the EU does, and any where prices are kept with it.

    A business sees them without. Either mode but ``auto`` is for everybody.
    """
    if mode != PriceDisplayMode.AUTO:
        return mode == PriceDisplayMode.GROSS
    if buyer.is_business:
        return False
    return seller.prices_include_tax or vat_place(buyer.country, buyer.state, on).in_eu


def _number_is_of(buyer: TaxBuyer, theirs: VatPlace, on: date) -> bool:
    number = parse_vat_number(buyer.vat_number, on)
    return number is not None and number.country == theirs.vat_territory


def vat_number_to_check(buyer: TaxBuyer, seller: TaxSeller, on: date) -> str:
    """The VAT number whose validity decides about this buyer's tax; ``''`` if none does."""
    ours = vat_place(seller.country, seller.state, on)
    theirs = vat_place(buyer.country, buyer.state, on)
    number = parse_vat_number(buyer.vat_number, on)
    if number is None or not seller.taxes or buyer.exempt_reason or ours == theirs:
        return ""
    decides = ours.in_eu and theirs.in_eu and number.country == theirs.vat_territory
    return number.text if decides else ""


def _evidence(buyer: TaxBuyer, seller: TaxSeller, case: str, on: date) -> dict[str, Any]:
    said: dict[str, Any] = {
        "case": case,
        "on": on.isoformat(),
        "billing_country": buyer.country,
        "billing_state": buyer.state,
        "seller_country": seller.country,
        "client_kind": TaxClientKind.BUSINESS if buyer.is_business else TaxClientKind.CONSUMER,
    }
    if buyer.vat_number:
        said["vat"] = {
            "number": buyer.vat_number,
            "valid": buyer.vat_valid,
            "answer": buyer.vat_answer,
            **buyer.vat_evidence,
        }
    return said


def _unchecked_number(buyer: TaxBuyer, case: str) -> str:
    if not case.startswith("eu_") or buyer.vat_valid or buyer.vat_answer != VatAnswer.UNAVAILABLE:
        return ""
    return buyer.vat_number


def apply_taxes(lines: Sequence[DraftLine], taxation: Taxation) -> list[DraftLine]:
    """Lines with the tax of their ``tax_kind``; one without a kind keeps the tax that it has, if it has one."""
    taxes = taxation.taxes([line.tax_kind for line in lines])
    return [
        line
        if not line.tax_kind and line.tax != OUTSIDE_SCOPE
        else replace(line, tax=tax, home_rate_milli=taxation.home_rate_milli(line.tax_kind))
        for line, tax in zip(lines, taxes, strict=True)
    ]


VAT_REFRESH_LASTS = timedelta(minutes=5)
"""How long what was asked before a transaction may count within it."""


@dataclass(frozen=True, slots=True)
class VatRefresh:
    """That the VAT service was asked about a client, where that was due. An action that sets their tax has to be told,
    so that no door forgets to ask; None is for code that acts by itself, such as the daily run, which asks before.
    """

    client_id: int
    at: datetime


def check_vat_refresh(vat_refresh: VatRefresh | None, *, client_id: int, ctx: Context) -> None:
    """Raises ``StateConflict`` where that was too long ago to set the tax of a client by."""
    if vat_refresh is None:
        return
    if vat_refresh.client_id != client_id:
        raise ValueError("The VAT service was asked about another client.")
    if ctx.at - vat_refresh.at > VAT_REFRESH_LASTS:
        raise StateConflict("tax.vat_refresh_too_old")
