"""Every setting that this release uses: its key, type, default and what it means (backoffice.md 5)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from zoneinfo import available_timezones

from stdnum import iban

from commerce.kit.errors import Refused
from commerce.kit.money import parse_amount

type Read = Callable[[str], Any]

PREFIX_LENGTH = 30
"""Of a document number, which has room for 40 characters."""


def text(value: str) -> str:
    """Free text."""
    return value.strip()


def switch(value: str) -> bool:
    """``on`` or ``off``."""
    if value.strip().lower() in ("on", "1", "true", "yes"):
        return True
    if value.strip().lower() in ("off", "0", "false", "no"):
        return False
    raise Refused("Say on or off.")


def number(least: int, most: int) -> Read:
    """A whole number within bounds."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value.strip()) or not least <= int(value) <= most:
            raise Refused(f"Give a whole number from {least} to {most}.")
        return int(value)

    return read


def matching(pattern: str, expected: str) -> Read:
    """Text of a fixed form."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value.strip()):
            raise Refused(f"Give {expected}.")
        return value.strip()

    return read


def prefix(value: str) -> str:
    """What document numbers start with; ``{YYYY}`` and ``{MM}`` become the year and month of issue (billing.md 4)."""
    value = value.strip()
    if not re.fullmatch(r"(?:[A-Za-z0-9/_.-]|\{YYYY\}|\{MM\}){0,20}", value):
        raise Refused("Give up to 20 of A-Z a-z 0-9 / _ . - and {YYYY}, {MM}.")
    if len(value.replace("{YYYY}", "2026").replace("{MM}", "12")) > PREFIX_LENGTH:
        raise Refused(f"With its year and month this is longer than {PREFIX_LENGTH} characters.")
    return value


def zone(value: str) -> str:
    """A known IANA time zone."""
    if value.strip() not in available_timezones():
        raise Refused(f"{value!r} is not a known time zone; give one such as Europe/Berlin.")
    return value.strip()


def networks(value: str) -> list[str]:
    """Networks (CIDR), separated by commas or blanks."""
    try:
        return [str(ip_network(part)) for part in re.split(r"[,\s]+", value) if part]
    except ValueError as error:
        raise Refused(f"{error}. Give networks such as 10.0.0.0/8.") from error


def days(value: str) -> list[int]:
    """Whole days, separated by commas; negative ones are before, in rising order, each once."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"[+-]?[0-9]{1,3}", part) for part in parts):
        raise Refused("Give days such as -3,1,5,10.")
    return sorted({int(part) for part in parts})


def amounts(value: str) -> dict[str, int]:
    """An amount for each currency in its own scale, such as ``EUR 5.00, JPY 800``; kept in minor units."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        code, _, typed = part.partition(" ")
        if not re.fullmatch("[A-Z]{3}", code):
            raise Refused("Give an amount for each currency, such as EUR 5.00, USD 6.00.")
        try:
            found[code] = parse_amount(typed, code)
        except ValueError as error:
            raise Refused(str(error)) from error
        if found[code] < 0:
            raise Refused("An amount must not be negative.")
    return found


def review(value: str) -> dict[str, int]:
    """Rules that hold an order, such as ``country, address 3, EUR 500.00``; amounts are kept in minor units."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        word, _, number_typed = part.partition(" ")
        if word == "address" and re.fullmatch("[0-9]{1,4}", number_typed.strip()):
            found[word] = int(number_typed)
        elif part == "country":
            found[part] = 1
        else:
            found |= amounts(part)
    return found


def host(value: str) -> str:
    """A host name such as ns1.example.net, or nothing."""
    if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}|", value.strip().lower()):
        raise Refused("Give a host name such as ns1.example.net.")
    return value.strip().lower()


def choice(*known: str) -> Read:
    """One of these words."""
    return matching("|".join(known), " or ".join((", ".join(known[:-1]), known[-1])))


def account_number(value: str) -> str:
    """An IBAN with right check digits, or nothing; kept without blanks."""
    if not iban.is_valid(value) and value.strip():
        raise Refused("Give an IBAN such as DE89 3704 0044 0532 0130 00.")
    return iban.compact(value)


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: how a typed value is read (raises ``Refused`` with the reason), its default, and its meaning."""

    read: Read
    default: Any
    meaning: str


_EMAIL = matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")

KEYS: dict[str, Key] = {
    "company.name": Key(text, "My Hosting Company", "name on invoices and in mails"),
    "company.email": Key(_EMAIL, "support@example.com", "where clients reach the company"),
    "company.address1": Key(text, "", "street"),
    "company.address2": Key(text, "", "more of the address"),
    "company.city": Key(text, "", "city"),
    "company.state": Key(text, "", "state or region"),
    "company.postcode": Key(text, "", "postcode"),
    "company.country": Key(matching("[A-Z]{2}", "an ISO code such as US"), "US", "country"),
    "company.phone": Key(text, "", "phone"),
    "company.website": Key(text, "", "website"),
    "company.tax_id": Key(text, "", "tax number"),
    "company.registration_no": Key(text, "", "registration number"),
    "branding.name": Key(text, "Client Portal", "name of the portal"),
    "branding.primary_color": Key(
        matching("#[0-9a-fA-F]{6}", "a colour such as #4f46e5"), "#4f46e5", "the accent colour"
    ),
    "locale.default": Key(matching("[a-z]{2}", "a locale such as en"), "en", "default language"),
    "locale.display_zone": Key(zone, "UTC", "time zone of readers who chose none"),
    "billing.time_zone": Key(
        zone, "UTC", "time zone of business dates; a change counts from the next daily run"
    ),
    "billing.invoice_prefix": Key(prefix, "INV-", "what invoice numbers start with"),
    "billing.run_time": Key(
        matching("([01][0-9]|2[0-3]):[0-5][0-9]", "a time such as 00:05"),
        "00:05",
        "when the daily run starts, in the business time zone",
    ),
    "billing.invoice_yearly_reset": Key(switch, False, "invoice numbers start at 1 each year"),
    "billing.credit_note_prefix": Key(prefix, "CN-", "what credit note numbers start with"),
    "billing.invoice_advance_days": Key(
        number(0, 60), 7, "days before its period in which a service is invoiced"
    ),
    "billing.grace_period_days": Key(
        number(0, 90), 3, "days after the due date until a service is suspended"
    ),
    "billing.termination_days": Key(
        number(4, 365), 14, "days from suspension to the end of a service"
    ),
    "billing.reminder_days": Key(
        days, [-3, 1, 5, 10], "days of reminders, counted from the due date"
    ),
    "billing.consolidate": Key(switch, True, "one renewal invoice for each client and run"),
    "billing.auto_apply_credit": Key(switch, True, "credit pays invoices when they are issued"),
    "billing.late_fee_kind": Key(
        choice("none", "fixed", "percent"), "none", "late fee: none, fixed or percent"
    ),
    "billing.late_fee_amount": Key(amounts, {}, "fixed late fee, an amount for each currency"),
    "billing.late_fee_percent": Key(
        number(0, 10_000), 0, "late fee in basis points of the amount due (250 is 2.5 %)"
    ),
    "billing.late_fee_tax": Key(switch, False, "late fees are taxed"),
    "billing.price_change_notice_days": Key(
        number(0, 365), 30, "days from the notice of a new price until it counts"
    ),
    "invoices.show_logo": Key(switch, True, "the logo stands on documents"),
    "invoices.accent_color": Key(
        matching("(#[0-9a-fA-F]{6})?", "a colour such as #4f46e5, or nothing"),
        "",
        "accent colour of documents; empty: the portal's",
    ),
    "invoices.footer_text": Key(text, "", "last lines of each document"),
    "invoices.payment_terms": Key(text, "", "terms of payment on invoices"),
    "plan_changes.enabled": Key(switch, True, "clients may change the plan of a service"),
    "plan_changes.require_approval": Key(switch, False, "staff approve each plan change"),
    "cancellations.auto_approve": Key(switch, False, "cancellations need no approval"),
    "tax.enabled": Key(switch, True, "tax is charged by the tax rules"),
    "tax.prices_include_tax": Key(switch, False, "prices contain tax; fixed once invoices exist"),
    "tax.eu_consumer_basis": Key(
        choice("destination", "origin"), "destination", "whose rate consumers in the EU pay"
    ),
    "tax.vies_enabled": Key(switch, True, "VAT numbers are checked online"),
    "tax.vies_cache_days": Key(
        number(1, 365), 30, "days for which an answer about a number counts"
    ),
    "tax.accounting_currency": Key(
        matching("([A-Z]{3})?", "a currency such as EUR, or nothing"),
        "",
        "currency of the tax total for the books; empty: the default currency",
    ),
    "payments.allow_partial": Key(switch, False, "clients may pay a part of an invoice"),
    "payments.session_minutes": Key(number(5, 1440), 60, "minutes until a try to pay expires"),
    "payments.bank_hold_days": Key(
        number(0, 30), 5, "days for which a declared transfer holds suspension"
    ),
    "gateway.bank_transfer.enabled": Key(switch, False, "clients can pay by bank transfer"),
    "gateway.bank_transfer.account_name": Key(text, "", "holder of the account"),
    "gateway.bank_transfer.iban": Key(account_number, "", "IBAN"),
    "gateway.bank_transfer.bic": Key(text, "", "BIC"),
    "gateway.bank_transfer.bank_name": Key(text, "", "name of the bank"),
    "gateway.bank_transfer.account_number": Key(text, "", "account number, where there is no IBAN"),
    "gateway.bank_transfer.routing_number": Key(text, "", "routing number, where there is no IBAN"),
    "gateway.bank_transfer.instructions": Key(text, "", "what else payers should know"),
    "domains.renewal_advance_days": Key(
        number(1, 90), 30, "days before its expiry in which a domain is invoiced"
    ),
    "domains.ns1": Key(host, "", "first nameserver of names that are registered without any"),
    "domains.ns2": Key(host, "", "second nameserver"),
    "domains.ns3": Key(host, "", "third nameserver"),
    "domains.ns4": Key(host, "", "fourth nameserver"),
    "billing.invoice_start_number": Key(number(1, 999_999_999), 1, "first invoice number"),
    "billing.invoice_due_days": Key(number(0, 365), 14, "days from issue to the due date"),
    "billing.invoice_min_notice_days": Key(
        number(0, 365), 7, "least days between issue and due date"
    ),
    "orders.auto_approve": Key(switch, True, "a paid order becomes active without staff"),
    "orders.cancel_unpaid_after_days": Key(
        number(0, 365), 30, "days after the due date until an unpaid order is cancelled; 0: never"
    ),
    "orders.cart_days": Key(number(1, 365), 30, "days for which an unchanged cart is kept"),
    "orders.review_rules": Key(
        review,
        {},
        "what holds an order for staff: another country of the network address than of the billing"
        " address (COMMERCE_COUNTRY_HEADER), more than 3 orders of new clients from one address in a"
        " day, or a total above an amount, such as country, address 3, EUR 500.00",
    ),
    "orders.terms_url": Key(text, "", "address of the terms; set, they must be accepted"),
    "portal.show_hero": Key(switch, True, "the start page begins with title and subtitle"),
    "portal.hero_title": Key(text, "", "title of the start page; empty: one of ours"),
    "portal.hero_subtitle": Key(text, "", "what stands below the title of the start page"),
    "portal.show_products": Key(switch, True, "the start page shows what is sold"),
    "portal.registration": Key(switch, True, "new customers may register"),
    "security.require_email_verification": Key(
        switch, True, "no sign-in before the e-mail is proven"
    ),
    "security.password_min_length": Key(number(8, 128), 8, "least length of a member's password"),
    "security.client_2fa_required": Key(switch, False, "members must set up a second factor"),
    "security.session_idle_minutes": Key(
        number(5, 1440), 120, "minutes until an idle session ends"
    ),
    "mail.per_minute": Key(number(1, 10_000), 60, "mails sent in a minute, security mails first"),
    "mail.bcc_invoices": Key(text, "", "an address that gets a copy of each invoice mail"),
    "retention.mail_days": Key(number(1, 3650), 365, "days for which sent mails are kept"),
    "mail.from_name": Key(text, "", "sender's name; empty: the company's"),
    "mail.from_address": Key(text, "", "sender's address; empty: the company's"),
}
