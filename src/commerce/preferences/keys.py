"""Every setting that this release uses: its key, type, default and what it means (backoffice.md 5)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from zoneinfo import available_timezones

from commerce.kit.errors import Refused

type Read = Callable[[str], Any]


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
    "billing.time_zone": Key(zone, "UTC", "time zone of business dates"),
    "billing.invoice_prefix": Key(
        matching(r"(?:[A-Za-z0-9/_.-]|\{YYYY\}|\{MM\}){0,20}", "up to 20 of A-Z a-z 0-9 / _ . -"),
        "INV-",
        "what invoice numbers start with",
    ),
    "billing.invoice_start_number": Key(number(1, 999_999_999), 1, "first invoice number"),
    "billing.invoice_due_days": Key(number(0, 365), 14, "days from issue to the due date"),
    "billing.invoice_min_notice_days": Key(
        number(0, 365), 7, "least days between issue and due date"
    ),
    "orders.terms_url": Key(text, "", "address of the terms; set, they must be accepted"),
    "portal.registration": Key(switch, True, "new customers may register"),
    "security.require_email_verification": Key(
        switch, True, "no sign-in before the e-mail is proven"
    ),
    "security.password_min_length": Key(number(8, 128), 8, "least length of a member's password"),
    "security.client_2fa_required": Key(switch, False, "members must set up a second factor"),
    "security.session_idle_minutes": Key(
        number(5, 1440), 120, "minutes until an idle session ends"
    ),
    "mail.from_name": Key(text, "", "sender's name; empty: the company's"),
    "mail.from_address": Key(text, "", "sender's address; empty: the company's"),
}
