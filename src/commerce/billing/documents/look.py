"""How a document looks and in which language it speaks: settings of the day on which it is made."""

from dataclasses import dataclass

from commerce.billing.documents.bank import Account, account
from commerce.billing.models import CreditNote, Invoice, TaxRule
from commerce.preferences import current
from commerce.preferences.keys import KEYS


@dataclass(frozen=True, slots=True)
class Look:
    """Language, accent colour, the letter in the seller's mark (none: no mark), and the account to pay to."""

    locale: str = "en"
    accent: str = "#4f46e5"
    mark: str = ""
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
            locale=record.client.locale or current.get("locale.default"),
            accent=current.get("invoices.accent_color") or current.get("branding.primary_color"),
            mark=name[:1].upper() if current.get("invoices.show_logo") else "",
            account=account(),
        )
