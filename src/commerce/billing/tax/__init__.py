"""Tax with dated rules and VAT numbers (billing.md 5). Import what you need from here."""

from commerce.billing.tax.accounting import accounting_tax
from commerce.billing.tax.actions import (
    add_rule,
    check_vat,
    mark_vat_valid,
    refresh_vat,
    remove_rule,
    renew_check,
    vat_due,
)
from commerce.billing.tax.reading import (
    buyer_of,
    lacking,
    remembered_rules,
    taxation_for,
    taxation_of,
    uses_states,
)
from commerce.billing.tax.rules import Buyer, Seller, Taxation

__all__ = [
    "Buyer",
    "Seller",
    "Taxation",
    "accounting_tax",
    "add_rule",
    "buyer_of",
    "check_vat",
    "lacking",
    "mark_vat_valid",
    "refresh_vat",
    "remembered_rules",
    "remove_rule",
    "renew_check",
    "taxation_for",
    "taxation_of",
    "uses_states",
    "vat_due",
]
