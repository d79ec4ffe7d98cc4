"""Which tax a buyer pays: the dated rules, and the cases of the law in their order (billing.md 5.1 and 5.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commerce.accounts.eu import Place, place
from commerce.accounts.tax_numbers import vat_number
from commerce.billing.rules import OUTSIDE_SCOPE, Tax

KINDS = ("hosting", "domain", "other")
"""What lines are taxed as; a line whose kind is ``''`` bears no tax."""

UNTAXED = Tax("E", 0, "", "No tax applies")
REVERSE_CHARGE = Tax("AE", 0, "VAT", "Reverse charge")
EXPORT = Tax("G", 0, "", "Export outside the EU")


@dataclass(frozen=True, slots=True)
class Rule:
    """A tax rule as it is stored; ``state`` is ``''`` for the whole country."""

    country: str
    rate_milli: int
    category: str
    valid_from: date
    state: str = ""
    product_kind: str = "all"
    client_kind: str = "all"
    name: str = ""
    note: str = ""

    @property
    def tax(self) -> Tax:
        """How a line under this rule is taxed."""
        return Tax(self.category, self.rate_milli, self.name, self.note)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays. ``vat_valid`` is what the last answers about ``vat_number`` say, ``vat_answer`` the latest of them."""

    country: str
    state: str = ""
    is_business: bool = False
    vat_number: str = ""
    vat_valid: bool = False
    exempt_reason: str = ""
    vat_answer: str = ""
    vat_evidence: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: the company, and what it has chosen about tax."""

    country: str
    state: str = ""
    taxes: bool = True
    prices_include_tax: bool = False
    eu_consumer_basis: str = "destination"


@dataclass(frozen=True, slots=True)
class Taxation:
    """How everything is taxed that one buyer gets on one day.

    ``everywhere`` is the tax of every line, whatever its kind; without it ``by_kind`` counts, and ``otherwise`` where
    no line has a rule. ``notice`` is a sentence that the invoice has to say, or ``''``.
    """

    everywhere: Tax | None
    by_kind: Mapping[str, Tax | None]
    otherwise: Tax
    home: Mapping[str, int]
    prices_include_tax: bool
    evidence: dict[str, Any]
    notice: str = ""

    def taxes(self, kinds: Sequence[str]) -> list[Tax]:
        """The tax of each line of one invoice, by its kind; ``''`` is a line without tax.

        No rule for any line: outside scope, or an export. No rule for only some: those are exempt with a note, since
        ``O`` may not stand beside another category.
        """
        found = [self._tax(kind) if kind else None for kind in kinds]
        if not any(found):
            found = [self.otherwise if kind else None for kind in kinds]
        if all(tax is None or tax.category == "O" for tax in found):
            return [tax or OUTSIDE_SCOPE for tax in found]
        return [tax if tax and tax.category != "O" else self._beside_others(tax) for tax in found]

    def _tax(self, kind: str) -> Tax | None:
        return self.everywhere or self.by_kind[kind]

    def _beside_others(self, outside: Tax | None) -> Tax:
        if self.everywhere and self.everywhere.category == "E":
            return self.everywhere
        return Tax("E", 0, outside.name, outside.note or UNTAXED.note) if outside else UNTAXED

    def home_rate_milli(self, kind: str) -> int:
        """The rate of the seller's own country that prices of this kind contain: a buyer at rate 0 does not pay it."""
        return self.home.get(kind, 0)


def applying(
    rules: Iterable[Rule], *, country: str, state: str, kind: str, is_business: bool, on: date
) -> Rule | None:
    """The one rule for a line: the most specific by state, then product kind, then client kind, as of a day."""
    client_kind = "business" if is_business else "consumer"
    named = folded(state)
    fitting = [
        rule
        for rule in rules
        if rule.country == country
        and rule.valid_from <= on
        and folded(rule.state) in ("", named)
        and rule.product_kind in ("all", kind)
        and rule.client_kind in ("all", client_kind)
    ]
    return max(fitting, key=_specific, default=None)


def _specific(rule: Rule) -> tuple[bool, bool, bool, date]:
    return (
        rule.state != "",
        rule.product_kind != "all",
        rule.client_kind != "all",
        rule.valid_from,
    )


def folded(state: str) -> str:
    """A state's name as it is compared: letters and blanks make no difference."""
    return " ".join(state.casefold().split())


def taxation(buyer: Buyer, seller: Seller, rules: Sequence[Rule], on: date) -> Taxation:
    """How a seller taxes a buyer on a day: the first case of the law that fits (billing.md 5.2)."""
    case, everywhere, by_kind = _case(buyer, seller, rules, on)
    at_home = place(seller.country, seller.state, on)
    home: dict[str, int] = {}
    if seller.taxes:
        found = _by_kind(rules, seller.country, seller.state, at_home, is_business=False, on=on)
        home = {kind: tax.rate_milli for kind, tax in found.items() if tax}
    export = case == "other" and at_home.in_eu
    return Taxation(
        everywhere=everywhere,
        by_kind=by_kind,
        otherwise=EXPORT if export else OUTSIDE_SCOPE,
        home=home,
        prices_include_tax=seller.prices_include_tax,
        evidence=_evidence(buyer, seller, case, on),
        notice=_notice(buyer, case),
    )


def _case(
    buyer: Buyer, seller: Seller, rules: Sequence[Rule], on: date
) -> tuple[str, Tax | None, dict[str, Tax | None]]:
    """Its name for the evidence, the one tax for all lines, or the taxes by kind."""
    ours = place(seller.country, seller.state, on)
    theirs = place(buyer.country, buyer.state, on)
    if not seller.taxes:
        return "off", OUTSIDE_SCOPE, {}
    if buyer.exempt_reason:
        return "exempt", Tax("E", 0, "", buyer.exempt_reason), {}
    both = ours.in_eu and theirs.in_eu
    if both and ours != theirs and buyer.vat_valid and _number_is_of(buyer, theirs, on):
        return "reverse_charge", REVERSE_CHARGE, {}
    if ours == theirs:
        case = "same_country"
    elif both:
        case = "eu_" + seller.eu_consumer_basis
    else:
        case = "other"
    who: Buyer | Seller = seller if case == "eu_origin" else buyer
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
    rules: Sequence[Rule], country: str, state: str, where: Place, *, is_business: bool, on: date
) -> dict[str, Tax | None]:
    """The tax of each product kind in a place; a country without rules that is treated as another has that one's."""
    if not any(rule.country == country for rule in rules):
        country = where.territory
    # A part of a member that its VAT does not reach has the rules that name it, and none of the rest of the country.
    reaching = [rule for rule in rules if rule.state or not where.apart]
    found = {
        kind: applying(
            reaching, country=country, state=state, kind=kind, is_business=is_business, on=on
        )
        for kind in KINDS
    }
    return {kind: rule.tax if rule else None for kind, rule in found.items()}


def _number_is_of(buyer: Buyer, theirs: Place, on: date) -> bool:
    number = vat_number(buyer.vat_number, on)
    return number is not None and number.country == theirs.territory


def number_to_check(buyer: Buyer, seller: Seller, on: date) -> str:
    """The VAT number whose validity decides about this buyer's tax; ``''`` if none does."""
    ours = place(seller.country, seller.state, on)
    theirs = place(buyer.country, buyer.state, on)
    number = vat_number(buyer.vat_number, on)
    if number is None or not seller.taxes or buyer.exempt_reason or ours == theirs:
        return ""
    decides = ours.in_eu and theirs.in_eu and number.country == theirs.territory
    return number.text if decides else ""


def _evidence(buyer: Buyer, seller: Seller, case: str, on: date) -> dict[str, Any]:
    said: dict[str, Any] = {
        "case": case,
        "on": on.isoformat(),
        "billing_country": buyer.country,
        "billing_state": buyer.state,
        "seller_country": seller.country,
        "client_kind": "business" if buyer.is_business else "consumer",
    }
    if buyer.vat_number:
        said["vat"] = {
            "number": buyer.vat_number,
            "valid": buyer.vat_valid,
            "answer": buyer.vat_answer,
            **buyer.vat_evidence,
        }
    return said


def _notice(buyer: Buyer, case: str) -> str:
    if not case.startswith("eu_") or buyer.vat_valid or buyer.vat_answer != "unavailable":
        return ""
    return f"The VAT number {buyer.vat_number} could not be checked, so tax is charged."
