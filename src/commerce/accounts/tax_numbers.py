"""Tax numbers as they are typed: form and check digits, without asking anybody (billing.md 5.4)."""

import re
from dataclasses import dataclass
from datetime import date

from commerce.accounts import vat_area

# One number for each member, right in form and check digits: what a person is shown after a mistake.
EXAMPLE_VAT_NUMBERS = {
    "AT": "ATU13585627",
    "BE": "BE0403019261",
    "BG": "BG175074752",
    "CY": "CY10259033P",
    "CZ": "CZ25123891",
    "DE": "DE136695976",
    "DK": "DK13585628",
    "EE": "EE100931558",
    "ES": "ESB58378431",
    "FI": "FI20774740",
    "FR": "FR40303265045",
    "GR": "EL094259216",
    "HR": "HR33392005961",
    "HU": "HU12892312",
    "IE": "IE6433435F",
    "IT": "IT00743110157",
    "LT": "LT119511515",
    "LU": "LU15027442",
    "LV": "LV40003521600",
    "MT": "MT11679112",
    "NL": "NL004495445B01",
    "PL": "PL8567346215",
    "PT": "PT501964843",
    "RO": "RO18547290",
    "SE": "SE123456789701",
    "SI": "SI50223054",
    "SK": "SK2022749619",
}


@dataclass(frozen=True, slots=True)
class VatNumber:
    """A VAT number of an EU member whose check digits are right: ``country`` is the member, ``text`` has its prefix."""

    country: str
    text: str

    @property
    def prefix(self) -> str:
        """The two letters in front, ``EL`` for Greece."""
        return self.text[:2]

    @property
    def digits(self) -> str:
        """What follows the prefix."""
        return self.text[2:]


def parse_vat_number(tax_id: str, on: date) -> VatNumber | None:
    """The VAT number of an EU member that a stored tax number is; None for every other number.

    Northern Ireland's ``XI`` is none: it does not count as EU for services.
    """
    text = re.sub(r"[\s.\-]", "", tax_id).upper()
    by_prefix = {
        vat_area.VAT_PREFIXES.get(country, country): country
        for country in vat_area.vat_area_countries(on)
    }
    country = by_prefix.get(text[:2])
    if country is None or not re.fullmatch(r"[A-Z0-9+*]{4,15}", text):
        return None
    return VatNumber(country, text) if _is_right(country, text[2:]) else None


def _is_right(country: str, digits: str) -> bool:
    from stdnum import get_cc_module
    from stdnum.exceptions import ValidationError

    module = get_cc_module(country.lower(), "vat")
    assert module is not None
    try:
        return bool(module.compact(digits) == digits and module.validate(digits))
    except ValidationError:
        return False


def normalise_tax_id(tax_id: str, country: str, on: date) -> str | None:
    """A typed tax number as it is kept. In the EU it must be a VAT number of some member, with its letters or, for
    the client's own country, without; None if it is not. Elsewhere any number is kept.
    """
    home = vat_area.vat_place(country, "", on)
    if not tax_id or not home.in_eu:
        return tax_id
    prefix = vat_area.VAT_PREFIXES.get(home.vat_territory, home.vat_territory)
    found = parse_vat_number(tax_id, on) or parse_vat_number(prefix + tax_id, on)
    return found.text if found else None


def example_vat_number(country: str, on: date) -> str:
    """A number in the form that clients of an EU country give."""
    return EXAMPLE_VAT_NUMBERS[vat_area.vat_place(country, "", on).vat_territory]
