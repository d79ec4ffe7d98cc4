"""Whether the registry will take who shall hold a name, and what it asks for besides (domains.md 2 and 3)."""

import re
from collections.abc import Callable, Mapping

from commerce.domains.labels import CONTACT_FIELD_LABELS
from commerce.domains.registrars.contract import (
    MOST_PHONE_DIGITS,
    Contact,
    ContactLimits,
    Contacts,
)
from commerce.kit.errors import BusinessError
from commerce.kit.text import ascii_digits
from commerce.presentation.countries import COUNTRY_CODES
from commerce.presentation.email_addresses import is_email_address

MAX_LENGTHS = {
    "first_name": 100,
    "last_name": 100,
    "company": 200,
    "email": 254,
    "phone": 30,
    "address1": 200,
    "address2": 200,
    "city": 100,
    "state": 100,
    "postcode": 20,
    "country": 2,
}
OPTIONAL_FIELDS = {"company", "address2", "state"}
"""The state too: not each country has one, and the registry says so where it must be given."""

CONTACT_ROLES = ("registrant", "admin", "tech", "billing")

EPP_PHONE = re.compile(r"\+[0-9]{1,3}\.[0-9]{2,24}")
_INTERNATIONAL_PHONE = re.compile(r"\+([0-9]{1,3})[ .]\s*([0-9][0-9 ()/-]{2,24})")
_FORMS: Mapping[str, Callable[[str], object]] = {
    "email": is_email_address,
    "phone": EPP_PHONE.fullmatch,
    "country": COUNTRY_CODES.__contains__,
}
"""What a value is, besides a text of its length."""


def registry_phone(text: str) -> str:
    """A number with its country code as registries take it, ``+49.301234``; empty for one that has none."""
    found = _INTERNATIONAL_PHONE.fullmatch(ascii_digits(text.strip()))
    return f"+{found[1]}.{re.sub(r'[^0-9]', '', found[2])}" if found else ""


def check_registrant(registrant: Mapping[str, str]) -> None:
    """Raise ``BusinessError`` unless this can hold a name."""
    if missing_registrant_fields(registrant):
        raise BusinessError("domain.no_registrant", field="registrant")


def contacts_of(registrant: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """One set of fields for all four roles; none where nobody is given."""
    return {role: dict(registrant) for role in CONTACT_ROLES} if registrant else {}


def checked_contacts(contacts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """All four roles as a registry takes them; a role that nobody has is the registrant's.

    Raises ``BusinessError`` for one that is incomplete or not known.
    """
    holder = contacts.get("registrant", {})
    found = {}
    for role in CONTACT_ROLES:
        given = contacts.get(role) or holder
        found[role] = {name: given.get(name, "").strip() for name in MAX_LENGTHS}
        if missing := missing_registrant_fields(found[role]):
            raise BusinessError("domain.contact_not_valid", field=f"{role}_{missing[0]}")
    if unknown := sorted(set(contacts) - set(CONTACT_ROLES)):
        raise BusinessError("domain.contact_not_valid", field=unknown[0])
    return found


def missing_registrant_fields(registrant: Mapping[str, str]) -> list[str]:
    """The fields that are missing, too long, or not as a registry takes them; none if this can hold a name."""
    found = []
    for name, most in MAX_LENGTHS.items():
        value = registrant.get(name, "").strip()
        good = len(value) <= most and (bool(value) or name in OPTIONAL_FIELDS)
        if not good or (name in _FORMS and not _FORMS[name](value)):
            found.append(name)
    return found


def check_contact_fits(
    contact: Mapping[str, str], limits: ContactLimits, *, field: str = "", prefix: str = ""
) -> None:
    """Raise ``BusinessError`` for what is longer than the registrar of a name takes, so that nobody pays for what is
    refused: it names the field and its limit. The error's field is ``field``, or that of the contact after ``prefix``.
    """
    for name, most in limits.lengths.items():
        if len(contact.get(name, "").strip()) > most:
            raise BusinessError(
                "domain.contact_too_long",
                label=CONTACT_FIELD_LABELS[name],
                most=most,
                field=field or f"{prefix}{name}",
            )
    code, _dot, number = contact.get("phone", "").strip().removeprefix("+").partition(".")
    least, most = limits.phone_digits
    most = min(most, MOST_PHONE_DIGITS - len(code))
    if number and not least <= len(number) <= most:
        raise BusinessError(
            "domain.phone_does_not_fit", least=least, most=most, field=field or f"{prefix}phone"
        )


def registrar_contacts(contacts: Mapping[str, Mapping[str, str]]) -> Contacts:
    """The contacts of a name as its registrar is told them; what is not known is empty, and its registry says so."""
    people = {
        role: Contact(**{name: contacts.get(role, {}).get(name, "") for name in MAX_LENGTHS})
        for role in CONTACT_ROLES
    }
    return Contacts(**people)
