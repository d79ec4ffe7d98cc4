"""How a document looks and in which language it speaks: settings of the day on which it is made."""

import json
from dataclasses import dataclass
from functools import lru_cache

from commerce.accounts.reading import language_of
from commerce.billing.documents.bank import Account, account
from commerce.billing.models import CreditNote, Invoice, TaxRule
from commerce.preferences import current
from commerce.preferences.keys import KEYS
from commerce.preferences.models import Picture


@dataclass(frozen=True, slots=True)
class Brand:
    """Accent colour and what stands at the head: the logo, a PNG as a list in JSON; without one a letter in a mark."""

    accent: str = "#4f46e5"
    mark: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Language, brand, and the account to pay to."""

    locale: str = "en"
    brand: Brand = Brand()
    account: Account | None = None


def missing_of_seller() -> list[str]:
    """Settings without which e-invoices fail their checks; none before the company has a name of its own."""
    values = {key: current.get(f"company.{key}") for key in ("name", "tax_id", "registration_no")}
    if values["name"] == KEYS["company.name"].default or values["tax_id"]:
        return []
    if TaxRule.objects.filter(category="S").exists():
        return ["company.tax_id"]
    return [] if values["registration_no"] else ["company.tax_id", "company.registration_no"]


def look_of(record: Invoice | CreditNote) -> Look:
    """How its document looks today: the client's language, our colour, mark and bank account."""
    with current.remembered():
        name = str(record.seller.get("name") or "")
        return Look(
            locale=language_of(record.client.locale),
            brand=brand_of(name),
            account=account(),
        )


def brand_of(seller: str) -> Brand:
    """How papers of a seller of this name look today."""
    accent = current.get("invoices.accent_color") or current.get("branding.primary_color")
    if not current.get("invoices.show_logo"):
        return Brand(accent)
    name = current.get("branding.logo")
    return Brand(accent, mark=seller[:1].upper(), logo=_numbers(name) if name else "")


@lru_cache(maxsize=2)
def _numbers(name: str) -> str:
    """A picture in the form in which the template can read it; its name stands for its content."""
    return json.dumps([*bytes(Picture.objects.get(pk=name).content)])
