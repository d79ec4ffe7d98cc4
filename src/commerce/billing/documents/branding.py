"""How a document looks and in which language it speaks: settings of the day on which it is made."""

import json
from dataclasses import dataclass
from functools import lru_cache

from commerce.accounts.locale import effective_language
from commerce.billing.documents.bank_account import BankAccount, our_bank_account
from commerce.billing.models import CreditNote, Invoice, TaxRule
from commerce.kit.request_cache import cached_for_request
from commerce.site_settings import current
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.models import SettingPicture


@dataclass(frozen=True, slots=True)
class DocumentBrand:
    """Accent color and what stands at the head: the logo, a PNG as a list in JSON; without one a letter in a mark."""

    accent: str = "#4f46e5"
    mark: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class DocumentStyle:
    """Language, brand, and the account to pay to."""

    locale: str = "en"
    brand: DocumentBrand = DocumentBrand()
    account: BankAccount | None = None


def missing_seller_settings() -> list[str]:
    """Settings without which e-invoices fail their checks; none before the company has a name of its own."""
    values = {
        key: current.get_setting(f"company.{key}") for key in ("name", "tax_id", "registration_no")
    }
    if values["name"] == SETTING_DEFINITIONS["company.name"].default or values["tax_id"]:
        return []
    if TaxRule.objects.filter(category="S").exists():
        return ["company.tax_id"]
    return [] if values["registration_no"] else ["company.tax_id", "company.registration_no"]


def style_of(record: Invoice | CreditNote) -> DocumentStyle:
    """How its document looks today: the client's language, our color, mark and bank account."""
    with cached_for_request():
        name = str(record.seller.get("name") or "")
        return DocumentStyle(
            locale=effective_language(record.client.locale),
            brand=brand_of_seller(name),
            account=our_bank_account(),
        )


def brand_of_seller(seller: str) -> DocumentBrand:
    """How papers of a seller of this name look today."""
    accent = current.get_setting("invoices.accent_color") or current.get_setting(
        "branding.primary_color"
    )
    if not current.get_setting("invoices.show_logo"):
        return DocumentBrand(accent)
    name = current.get_setting("branding.logo")
    return DocumentBrand(accent, mark=seller[:1].upper(), logo=_numbers(name) if name else "")


@lru_cache(maxsize=2)
def _numbers(name: str) -> str:
    """A picture in the form in which the template can read it; its name stands for its content."""
    return json.dumps([*bytes(SettingPicture.objects.get(pk=name).content)])
